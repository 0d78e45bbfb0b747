"""The telling steps draw the same picture of a schedule as all of its steps."""

import itertools
import math

import numpy as np
import pytest

import lrschedules_math
from cases import QUICK
from lrschedules_math import (
    Accumulate,
    Clamp,
    Constant,
    Cooldown,
    CosineDecay,
    CosineDecayRestarts,
    Cyclical,
    ExponentialDecay,
    Hold,
    InverseSqrtDecay,
    Join,
    LinearCosineDecay,
    LinearWarmup,
    Offset,
    OneCycle,
    PiecewiseConstantDecay,
    PiecewiseInterpolate,
    PolynomialDecay,
    PolynomialDecayWithOffset,
    PolynomialWarmUp,
    PowerAndLinearDecay,
    PowerDecayWithOffset,
    Repeat,
    Schedule,
    StepCosineDecayWithOffset,
    Stretch,
    Tabulated,
    Warmup,
    WarmupStableDecay,
)
from lrschedules_math.core.landmarks import in_table, multiples
from lrschedules_math.insight.telling_steps import looked_at, reaching, telling_steps
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
# Schedules with so many steps that not all of them are computed.
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
    Warmup(CosineDecay(1.0, 1_200_000), 123_457, shift=False, to=1.0),
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


def test_a_part_of_a_schedule_is_drawn_from_its_first_step_to_its_last():
    stairs = ExponentialDecay(0.1, 41, 0.5, staircase=True)
    steps, rates = telling_steps(stairs, 100, 40)
    assert steps.tolist() == list(range(40, 101))
    assert rates.tolist() == stairs.rates(range(40, 101)).tolist()
    # Up to a million steps are all examined; of more steps, only those where something happens.
    far = CosineDecayRestarts(1.0, 10**6, t_mul=1.0)
    assert telling_steps(far, 10**9 + 50, 10**9)[0].tolist() == list(range(10**9, 10**9 + 51))
    steps, rates = telling_steps(far, 10**9 + 5 * 10**6, 10**9 + 1)
    assert (steps[0], steps[-1]) == (10**9 + 1, 10**9 + 5 * 10**6) and len(steps) <= 4000
    assert steps[rates == 1.0].tolist() == [10**9 + i * 10**6 for i in range(1, 6)]


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


DECAY = CosineDecay(1.0, 10)
CYCLES = Cyclical(0.1, 1.0, 5)

# The landmarks from the first step to the last, by the definition of each schedule.
HAPPENS = [
    (PolynomialDecay(1.0, 10), 0, 35, {"decay ends": [10]}),
    (PolynomialDecay(1.0, 10, cycle=True), 0, 35, {"restart": [0, 10, 20, 30]}),
    (ExponentialDecay(1.0, 10, 0.5), 0, 35, {}),
    (ExponentialDecay(1.0, 10, 0.5, staircase=True), 0, 35, {"drop": [0, 10, 20, 30]}),
    (ExponentialDecay(1.0, 10, 0.5, staircase=True), 11, 29, {"drop": [20]}),
    (
        CosineDecay(0.1, 10, warmup_target=1, warmup_steps=4),
        0,
        35,
        {"warmup ends": [4], "decay ends": [14]},
    ),
    (CosineDecayRestarts(1.0, 10), 0, 80, {"restart": [0, 10, 30, 70]}),
    (CosineDecayRestarts(1.0, 10), 11, 69, {"restart": [30]}),
    (CosineDecayRestarts(1.0, 10, t_mul=1.0), 20, 39, {"restart": [20, 30]}),
    (
        LinearCosineDecay(1.0, 10, num_periods=2),
        0,
        35,
        {"turn": [0, 3, 5, 8, 10], "decay ends": [10]},
    ),
    (OneCycle(1.0, 20), 0, 35, {"warmup ends": [6], "decay ends": [20]}),
    (
        OneCycle(1.0, 20, three_phase=True),
        0,
        35,
        {"warmup ends": [6], "turn": [12], "decay ends": [20]},
    ),
    (
        WarmupStableDecay(1.0, 5, 6, 7),
        0,
        35,
        {"warmup ends": [5], "decay begins": [11], "decay ends": [18]},
    ),
    (
        PolynomialDecayWithOffset(4, initial_learning_rate=1.0, decay_steps=10),
        0,
        35,
        {"schedule starts": [4], "decay ends": [14]},
    ),
    (PiecewiseConstantDecay([3, 9], [1, 2, 3]), 0, 10, {"boundary": [4, 10]}),
    (PiecewiseInterpolate([5, 10], [1, 2]), 0, 35, {"boundary": [5, 10]}),
    (StepCosineDecayWithOffset([5, 10], [1, 2], offset=3), 0, 35, {"boundary": [8, 13]}),
    (InverseSqrtDecay(1.0, 8), 0, 35, {"warmup ends": [8]}),
    (InverseSqrtDecay(1.0), 0, 35, {}),
    (PowerDecayWithOffset(1.0, -0.5, offset=5), 0, 35, {"schedule starts": [6]}),
    (LinearWarmup(DECAY, 4, 0.0), 0, 35, {"warmup ends": [4], "decay ends": [10]}),
    (PolynomialWarmUp(DECAY, 4), 0, 35, {"warmup ends": [4], "decay ends": [10]}),
    (Warmup(DECAY, 5), 0, 40, {"warmup ends": [5], "decay ends": [15]}),
    (Warmup(DECAY, 5, shift=False), 0, 40, {"warmup ends": [5], "decay ends": [10]}),
    (
        Cooldown(CYCLES, 12, 4),
        0,
        40,
        {"turn": [0, 5, 10], "cooldown begins": [12], "cooldown ends": [16]},
    ),
    (Hold(CYCLES, 12), 0, 40, {"turn": [0, 5, 10], "rate is held": [12]}),
    (Offset(DECAY, 7), 0, 40, {"schedule starts": [7], "decay ends": [17]}),
    (
        Join([PolynomialDecay(1.0, 4), CYCLES, 0.1], [7, 20]),
        0,
        60,
        {"decay ends": [4], "next schedule": [7, 20], "turn": [7, 12, 17]},
    ),
    (Join([0.2, CYCLES, 0.1], [7, 20]), 12, 19, {"turn": [12, 17]}),
    (Stretch(DECAY, 2.5), 0, 60, {"decay ends": [25]}),
    (Accumulate(DECAY, 3), 0, 60, {"decay ends": [30]}),
    (
        Repeat(DECAY, 15, times=3),
        0,
        100,
        {"restart": [0, 15, 30], "decay ends": [10, 25, 40]},
    ),
    (Repeat(DECAY, 15, times=3), 26, 33, {"restart": [30]}),
    (Repeat(CYCLES, 7), 15, 20, {"turn": [19]}),
    (Repeat(CYCLES, 7, times=2), 0, 16, {"restart": [0, 7], "turn": [0, 5, 7, 12]}),
    (Warmup(CYCLES, 5), 0, 20, {"warmup ends": [5], "turn": [5, 10, 15, 20]}),
    (Tabulated([0.5, 0.4, 0.3], every=5), 0, 10, {"boundary": [0, 10]}),
    (Tabulated([0.5, 0.4, 0.6, 0.3], every=5), 6, 14, {"boundary": [6, 10]}),
    (DECAY * CYCLES - 0.5, 0, 17, {"turn": [0, 5, 10, 15], "decay ends": [10]}),
]


@pytest.mark.parametrize("schedule, first, last, happens", HAPPENS, ids=lambda x: repr(x)[:60])
def test_what_happens_where(schedule, first, last, happens):
    found = {}
    for step, what in schedule.landmarks(first, last):
        if first <= step <= last:
            found.setdefault(what, set()).add(step)
    assert {what: sorted(steps) for what, steps in found.items()} == happens


@pytest.mark.parametrize("schedule", [CosineDecayRestarts(0.1, 10, t_mul=1.0), Cyclical(0, 1, 10)])
def test_of_many_the_first_three_and_the_last_are_named(schedule):
    last = 10**12
    steps = [step for step, _ in schedule.landmarks(0, last)]
    assert steps == [0, 10, 20, last - 20, last - 10, last]


def test_of_a_long_table_its_ends_and_extremes_are_named():
    rates = [0.1] * 100
    rates[40], rates[70] = 1.0, 0.0
    table = PiecewiseConstantDecay(list(range(1, 100)), rates, boundary="right")
    assert [step for step, _ in table.landmarks(0, 99)] == [0, 40, 70, 99]


def test_a_few_multiples_far_from_0_are_all_there():
    assert multiples(10, 10_000, 10_200) == list(range(10_000, 10_201, 10))


def test_a_few_steps_far_down_a_table_are_all_there():
    steps = range(0, 10_000, 10)
    assert in_table(steps, [0.1] * 1000, 5000, 5100) == list(range(5000, 5101, 10))


def test_of_many_steps_down_a_table_the_first_the_last_and_the_extremes_are_there():
    values = [0.1] * 1000
    values[300], values[400] = 0.05, 0.2
    assert in_table(range(0, 10_000, 10), values, 2000, 6000) == [2000, 3000, 4000, 6000]


def test_up_to_a_million_steps_all_are_looked_at():
    decay = lrschedules_math.ExponentialDecay(0.1, 1000, 0.5)
    for last, are_all in ((999_999, True), (1_000_000, False)):
        steps, rates = looked_at(decay, last)
        assert (len(steps) == last + 1) == are_all and steps[-1] == last
        assert len(rates) == len(steps)


def test_the_linear_fall_of_a_power_decay_is_a_landmark():
    decay = lrschedules_math.PowerAndLinearDecay(1.0, 1000, power=0.0, linear_decay_fraction=0.1)
    assert 900 in [step for step, _ in decay.landmarks(0, 2000)]


# The first step at which a rate is 1 or more, computed by hand.
REACHING = [
    (ExponentialDecay(0.9, 100, 1.01), math.ceil(100 * math.log(1 / 0.9) / math.log(1.01))),
    (ExponentialDecay(0.9, 100, 1.01, staircase=True), 1100),
    (Constant(1.0), 0),
    (Tabulated([0.5, 1.0, 0.5]), 1),
    (Join([0.5, 1.5, 0.5], [2**40, 2**40 + 1]), 2**40),
    (CosineDecayRestarts(0.9, 10, t_mul=2.0, m_mul=1.05), 70),  # 0.9 * 1.05^3, after 10 + 20 + 40
    (Clamp(ExponentialDecay(0.9, 100, 1.01), max=0.99), None),
    (Constant(0.999), None),
    (Join([0.5, 1.0], [2**53]), 2**53),
    (Offset(ExponentialDecay(0.5, 10**9, 2.0), 7), 10**9 + 7),  # exactly 1
]


@pytest.mark.parametrize("schedule, step", REACHING, ids=lambda x: type(x).__name__)
def test_where_a_rate_reaches_a_limit(schedule, step):
    found = reaching(schedule, 1)
    assert found == (None if step is None else (step, schedule.rate(step)))
    if step:
        assert schedule.rate(step - 1) < 1 <= schedule.rate(step)


def test_where_an_exponential_growth_reaches_a_limit_far_away():
    step, rate = reaching(ExponentialDecay(0.5, 10**12, 2.0), 3)
    assert step == math.ceil(10**12 * math.log2(6)) and rate == pytest.approx(3)
