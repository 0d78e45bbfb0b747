"""Warmups that overlay a schedule, as in Model Garden."""

import mpmath

from cases import Case
from lrschedules_math import ExponentialDecay, LinearWarmup, PolynomialWarmUp

INNER = dict(initial_learning_rate=0.5, decay_steps=41, decay_rate=0.9, staircase=True)


def inner(step):
    return mpmath.mpf(0.5) * mpmath.mpf(0.9) ** (step // 41)


def warmed(make, rise, warmup_steps, rate=None):
    after = inner if rate is None else lambda step: mpmath.mpf(rate)

    def oracle(step):
        return rise(step, after(warmup_steps)) if step < warmup_steps else after(step)

    schedule = make(ExponentialDecay(**INNER) if rate is None else rate)
    return Case(schedule, oracle, (warmup_steps, 41, 82), peak=0.5)


def linear(warmup_steps, first, rate=None):
    return warmed(
        lambda after: LinearWarmup(after, warmup_steps, first),
        lambda step, target: (
            mpmath.mpf(first) + mpmath.mpf(step) / warmup_steps * (target - mpmath.mpf(first))
        ),
        warmup_steps,
        rate,
    )


def polynomial(warmup_steps, power, rate=None):
    return warmed(
        lambda after: PolynomialWarmUp(after, warmup_steps, power),
        lambda step, target: (
            target * (mpmath.mpf(max(step, 1)) / warmup_steps) ** mpmath.mpf(power)
        ),
        warmup_steps,
        rate,
    )


WARMUPS = (0, 1, 2, 41, 100, 1000, 10**9)

CASES = [
    *(linear(n, first, rate) for n in WARMUPS for first in (0.0, 0.1, 2.0) for rate in (None, 0.5)),
    *(
        polynomial(n, power, rate)
        for n in WARMUPS
        for power in (1, 2, 0.5, 0)
        for rate in (None, 0.5)
    ),
]
