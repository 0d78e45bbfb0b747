"""Cyclical rates."""

from fractions import Fraction

import mpmath

from cases import Case
from lrschedules_math import Cyclical


def cyclical(low, high, step_size, mode="triangular", gamma=1.0):
    def oracle(step):
        cycle = 1 + step // (2 * step_size)
        x = abs(Fraction(step, step_size) - 2 * cycle + 1)
        height = (
            mpmath.mpf(1 - x)
            if isinstance(1 - x, int)
            else mpmath.mpf((1 - x).numerator) / (1 - x).denominator
        )
        if mode == "triangular2":
            height /= mpmath.mpf(2) ** (cycle - 1)
        elif mode == "exp_range":
            height *= mpmath.mpf(gamma) ** step
        return mpmath.mpf(low) + (mpmath.mpf(high) - mpmath.mpf(low)) * height

    schedule = Cyclical(low, high, step_size, mode, gamma)
    return Case(schedule, oracle, tuple(k * step_size for k in (1, 2, 3, 4, 5, 8, 9)), peak=high)


SIZES = (1, 2, 3, 7, 41, 1000, 2**23 + 1, 10**9)

CASES = [
    *(cyclical(low, 1.0, n) for n in SIZES for low in (0.0, 0.1)),
    *(cyclical(0.1, 1.0, n, "triangular2") for n in SIZES),
    *(cyclical(0.1, 1.0, n, "exp_range", gamma) for n in SIZES for gamma in (1.0, 0.999)),
    cyclical(0.0, 1.0, 10**6, "triangular2"),
    cyclical(0.5, 0.5, 10),
]
