"""The steps that draw a schedule show what all of its steps would."""

import itertools
import math

import numpy as np
import pytest

from cases import QUICK
from lrschedules_math import (
    Accumulate,
    Clamp,
    CosineDecay,
    CosineDecayRestarts,
    Cyclical,
    ExponentialDecay,
    Hold,
    Join,
    LinearCosineDecay,
    Offset,
    OneCycle,
    PiecewiseConstantDecay,
    PiecewiseInterpolate,
    PolynomialDecay,
    PowerAndLinearDecay,
    Repeat,
    Schedule,
    Stretch,
    Tabulated,
    Warmup,
    WarmupStableDecay,
)
from lrschedules_math.insight.telling_steps import telling_steps
from support import FIRST_OF_CLASS

SPIKE = np.full(10**6, 0.1)
SPIKE[123_457] = 1.0

RESTARTS = CosineDecayRestarts(1.0, 997, t_mul=1.0)
SHORT = [
    *(case.schedule for case in FIRST_OF_CLASS.values()),
    Join([RESTARTS] * 1000, [991 * i for i in range(1, 1000)]),
    Tabulated(SPIKE),
    CosineDecayRestarts(0.1, 991, t_mul=1.0),
    CosineDecayRestarts(0.1, 10, t_mul=1.01, m_mul=0.99),
]
# With more steps than are all computed.
LONG = [
    CosineDecayRestarts(0.1, 500_000.5, t_mul=1.0),
    CosineDecayRestarts(0.1, 100, t_mul=1.1, m_mul=0.9),
    Hold(CosineDecayRestarts(0.1, 991, t_mul=1.0), 1_200_000),
    Hold(PolynomialDecay(0.1, 991, cycle=True), 1_200_000),
    Hold(Cyclical(0.1, 1.0, 37), 1_200_000),
    Hold(Cyclical(0.1, 1.0, 10**6, mode="triangular2"), 1_200_000),
    LinearCosineDecay(0.1, 1_200_000, num_periods=120_000),
    PiecewiseConstantDecay([1_034_567, 1_034_568, 1_200_000], [0.1, 5.0, 0.1, 0.01]),
    PiecewiseInterpolate([0, 1_034_567, 1_034_571, 1_200_000], [0.1, 5.0, 0.1, 0.01]),
    Tabulated([0.1] * 77_777 + [3.0] + [0.1] * 77_777, every=29),
    OneCycle(1.0, 1_200_000),
    WarmupStableDecay(1.0, 634_567, 10, 565_423),
    PowerAndLinearDecay(1e-6, 1_200_000, power=0.5, linear_decay_fraction=0.9),
    Join([0.1, 5.0, CosineDecay(1.0, 600_000)], [634_567, 634_568]),
    Offset(Repeat(CosineDecay(1.0, 991), 991), 1_500_003),
    Hold(Repeat(Cyclical(0.1, 1.0, 37), 700, times=3), 1_200_000),
    Stretch(Tabulated([0.1] * 777 + [3.0] + [0.1] * 777), 2000.5),
    Accumulate(PiecewiseConstantDecay([1234, 1235, 3000], [0.1, 5.0, 0.1, 0.01]), 1000),
    Warmup(CosineDecay(1.0, 1_200_000), 123_457),
    Clamp(0.5 * Join([1.0, 2.0, 0.1], [634_567, 634_568]) + ExponentialDecay(1, 250_000, 0.5)),
]


def last_of(schedule):
    return math.ceil(schedule.horizon)


@pytest.mark.parametrize(
    "schedule", SHORT + (LONG[::5] if QUICK else LONG), ids=lambda schedule: repr(schedule)[:80]
)
def test_each_part_has_its_lowest_and_highest_rate(schedule):
    last = last_of(schedule)
    assert last <= 6_000_000, "too many steps to compute all"
    steps, rates = telling_steps(schedule, last)
    assert steps[0] == 0 and steps[-1] == last and (np.diff(steps) > 0).all()
    assert len(steps) <= 4001
    assert rates.tolist() == schedule.rates(steps).tolist()
    every = schedule.rates(np.arange(last + 1))
    edges = [i * (last + 1) // 500 for i in range(501)]
    if last < 500:
        edges = [0, last + 1]
    exact = last < 10**6
    for start, end in itertools.pairwise(edges):
        within = rates[(steps >= start) & (steps < end)]
        part = every[start:end]
        found, expected = (within.min(), within.max()), (part.min(), part.max())
        if exact:
            assert found == expected
        else:  # between landmarks a smooth peak may lie a step further
            assert found == pytest.approx(expected, rel=1e-4, abs=1e-6 * every.max())


def test_far_steps_are_few_and_quick():
    steps, rates = telling_steps(ExponentialDecay(0.1, 10**15, 0.5, staircase=True), 5 * 10**15)
    assert len(steps) <= 4000 and rates[0] == 0.1 and rates[-1] == pytest.approx(0.1 / 32)
    falls = np.flatnonzero(np.diff(rates) < 0)
    assert len(falls) == 5


def test_a_class_of_a_users_own_is_drawn():
    class Falling(Schedule):
        horizon = 1_200_000

        def formula(self, step, xp):
            return 1.0 / (1.0 + xp.float(step))

    steps, rates = telling_steps(Falling(), 1_200_000)
    assert (steps[0], steps[-1]) == (0, 1_200_000) and rates.tolist() == (1 / (1 + steps)).tolist()


def test_landmarks_of_a_long_cycle_are_few():
    assert len(CosineDecayRestarts(0.1, 10, t_mul=1.0).landmarks(0, 10**12)) <= 10
    assert Cyclical(0.1, 1.0, 10).landmarks(35, 52) == [(40, "turn"), (50, "turn")]
