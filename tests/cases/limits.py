"""Schedules that still fall at the last steps, and schedules that would grow beyond all rates."""

from lrschedules_math import (
    CosineDecay,
    CosineDecayRestarts,
    Difference,
    ExponentialDecay,
    Hold,
    InverseTimeDecay,
    LinearCosineDecay,
    NaturalExpDecay,
    Noise,
    NoisyLinearCosineDecay,
    PolynomialDecay,
    Product,
    Repeat,
    Stretch,
    Sum,
)


def far_steps(last):
    """Steps of all sizes up to `last`."""
    return sorted(
        {
            *(0, 1, 2, 40, 41, 42, last - 1, last),
            *(s + d for k in range(8, 53) if (s := 2**k) <= last for d in (-1, 0, 1)),
            *(10**k + d for k in range(5, 16) if 10**k <= last for d in (-1, 0, 1)),
        }
    )


GROWING = ExponentialDecay(0.1, 1, 1e30)

FALLING = [
    ExponentialDecay(0.1, 1e-6, 0.5, staircase=True),
    ExponentialDecay(0.1, 0.3, 0.999999, staircase=True),
    InverseTimeDecay(0.1, 1e-6, 1e-9, staircase=True),
    InverseTimeDecay(0.1, 41.1, 0.5, staircase=True),
    NaturalExpDecay(0.1, 1e-6, 1e-12, staircase=True),
    Stretch(Stretch(InverseTimeDecay(0.1, 10**9, 0.5), 1e-6), 1e-6),
    Stretch(ExponentialDecay(0.1, 10**14, 0.5), 0.3),
    Stretch(InverseTimeDecay(0.1, 10, 0.5), 1e12 + 0.1234),
]
# Schedules for which plain floating-point arithmetic would give infinity, NaN or 0.
UNBOUNDED = [
    0 * (GROWING * GROWING),
    GROWING * GROWING - GROWING * GROWING,
    Difference(1e300, 1e300),
    Noise(GROWING * GROWING, 1e308, seed=1),
    Noise(0.0, 1e308, seed=1),
    Product((GROWING,) * 20 + (0.0,)),
    Product((1e300, 1e300, 0.0)),
    Sum((GROWING,) * 200),
    1 / (GROWING * GROWING),
    CosineDecay(1e200, 10, alpha=1e200),
    LinearCosineDecay(0.0, 10, alpha=1e308, beta=1e308),
    NoisyLinearCosineDecay(0.0, 10, initial_variance=1e308, alpha=1e308, beta=1e308),
    CosineDecayRestarts(0.1, 1e-6, t_mul=1.0, m_mul=0.9999),
    CosineDecayRestarts(0.1, 0.3, t_mul=1.0, m_mul=2.0),
    PolynomialDecay(0.1, 1e-6, cycle=True),
    PolynomialDecay(0.1, 2.5, cycle=True),
    Repeat(Stretch(GROWING, 1e-6), 10**9),
]


DECAY = ExponentialDecay(0.8, 41, 0.5, staircase=True)
WIDE = sum([DECAY] * 499, start=DECAY)


def deep():
    schedule = DECAY
    for i in range(99):
        schedule = Hold(schedule, 1000 + i)
    return schedule
