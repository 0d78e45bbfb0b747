"""Constant and interpolated pieces."""

import mpmath

from cases import Case
from lrschedules_math import (
    PiecewiseConstantDecay,
    PiecewiseInterpolate,
    StepCosineDecayWithOffset,
)


def constant(boundaries, values, boundary="left"):
    def oracle(step):
        passed = [b for b in boundaries if (step >= b if boundary == "right" else step > b)]
        return values[len(passed)]

    schedule = PiecewiseConstantDecay(boundaries, values, boundary=boundary)
    return Case(schedule, oracle, tuple(boundaries), peak=max(values))


def interpolated(boundaries, values, shape, step):
    """The published formula in 40 digits."""
    if step < boundaries[0]:
        return values[0]
    for b, end, a, e in zip(boundaries, boundaries[1:], values, values[1:]):
        if b <= step < end:
            a, e, q = mpmath.mpf(a), mpmath.mpf(e), mpmath.mpf(step - b) / (end - b)
            # (1 + cos πq) / 2 without the digits it loses near its end
            return (
                a + (e - a) * q
                if shape == "linear"
                else e + (a - e) * mpmath.cos(mpmath.pi * q / 2) ** 2
            )
    return values[-1]


def interpolate(boundaries, values, interpolation="linear"):
    return Case(
        PiecewiseInterpolate(boundaries, values, interpolation),
        lambda step: interpolated(boundaries, values, interpolation, step),
        tuple(boundaries),
        peak=max(values),
    )


def step_cosine(boundaries, values, offset=0):
    return Case(
        StepCosineDecayWithOffset(boundaries, values, offset),
        lambda step: interpolated(boundaries, values, "cosine", step - offset),
        (offset, *(offset + b for b in boundaries)),
        peak=max(values),
    )


LENGTHS = (1, 2, 3, 7, 41, 1000, 10**5, 10**9)

CASES = [
    constant([10], [1.0, 0.5]),
    constant([0], [1.0, 0.5]),
    constant([0], [1.0, 0.5], "right"),
    constant([10, 11, 20, 2**24], [0.0, 1.0, 0.5, 0.25, 0.125]),
    constant([10, 11, 20, 2**24], [0.0, 1.0, 0.5, 0.25, 0.125], "right"),
    constant([2**31 - 3, 2**40], [1.0, 0.1, 0.01]),
    interpolate([7], [0.3]),
    interpolate([5, 10, 30, 31], [0.0, 1.0, 0.5, 0.5]),
    interpolate([0, 10, 20, 2**40], [1.0, 0.0, 0.0, 1e-3], "cosine"),
    *(interpolate([0, n], [1.0, 0.0], shape) for n in LENGTHS for shape in ("linear", "cosine")),
    *(interpolate([3, 3 + n, 3 + 2 * n], [0.1, 1.0, 1e-6], "cosine") for n in LENGTHS),
    step_cosine([0], [0.5], offset=3),
    step_cosine([0, 100, 250], [1.0, 0.5, 0.0]),
    step_cosine([40, 100, 250], [0.1, 1.0, 0.0], offset=11),
    *(step_cosine([0, n], [1.0, 0.0], offset=n) for n in LENGTHS),
]
