"""Decays that begin at an offset, as in Model Garden."""

import mpmath

from cases import Case
from lrschedules_math import (
    CosineDecayWithOffset,
    ExponentialDecayWithOffset,
    PiecewiseConstantDecayWithOffset,
    PolynomialDecayWithOffset,
)

OFFSETS = (0, 1, 7, 41, 2**24)


def exponential(step):
    return mpmath.mpf(0.1) * mpmath.mpf(0.5) ** (step // 41)


def polynomial(step):
    left = mpmath.mpf(41 - min(step, 41)) / 41
    return (1 - mpmath.mpf(0.1)) * left**2 + mpmath.mpf(0.1)


def cosine(step):
    if step < 10:
        return mpmath.mpf(0.1) + (1 - mpmath.mpf(0.1)) * step / 10
    return mpmath.cos(mpmath.pi * min(step - 10, 41) / 82) ** 2 if step < 51 else mpmath.mpf(0)


def piecewise(step):
    return 1.0 if step <= 3 else 0.5 if step <= 10 else 0.25


CLASSES = {
    ExponentialDecayWithOffset: (
        exponential,
        (41, 82),
        dict(initial_learning_rate=0.1, decay_steps=41, decay_rate=0.5, staircase=True),
    ),
    PolynomialDecayWithOffset: (
        polynomial,
        (41,),
        dict(initial_learning_rate=1, decay_steps=41, end_learning_rate=0.1, power=2),
    ),
    CosineDecayWithOffset: (
        cosine,
        (10, 51),
        dict(initial_learning_rate=0.1, decay_steps=41, warmup_target=1, warmup_steps=10),
    ),
    PiecewiseConstantDecayWithOffset: (
        piecewise,
        (3, 10),
        dict(boundaries=[3, 10], values=[1, 0.5, 0.25]),
    ),
}


def with_offset(cls, offset):
    base, boundaries, arguments = CLASSES[cls]
    return Case(
        cls(offset=offset, **arguments),
        lambda step: base(max(step - offset, 0)),
        (offset, *(offset + b for b in boundaries)),
    )


CASES = [with_offset(cls, offset) for cls in CLASSES for offset in OFFSETS]
