"""Hyperbolic tangent decay."""

import mpmath

from cases import Case
from lrschedules_math import TanhDecay


def tanh(initial, decay_steps, lower=-7.0, upper=3.0, end=0.0):
    def oracle(step):
        q = min(mpmath.mpf(step) / decay_steps, 1)
        # 200 digits: 1 - tanh of 50 has none left in 40
        with mpmath.workdps(200):
            falling = (1 - mpmath.tanh(mpmath.mpf(lower) * (1 - q) + mpmath.mpf(upper) * q)) / 2
            return mpmath.mpf(end) + (mpmath.mpf(initial) - mpmath.mpf(end)) * falling

    return Case(
        TanhDecay(initial, decay_steps, lower, upper, end),
        oracle,
        (decay_steps,),
        peak=max(initial, end),
    )


CASES = [
    *(tanh(0.5, n) for n in (1, 2, 7, 41, 1000, 10**5, 10**9)),
    tanh(0.5, 1000, -3, 12),
    tanh(0.5, 1000, -40, 40, end=0.1),
    tanh(0.5, 1000, 0, 40),
    tanh(0.1, 1000, end=0.5),
]
