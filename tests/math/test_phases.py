"""Descriptions of schedules in phases."""

import pytest

from lrschedules_math import (
    Constant,
    Cooldown,
    CosineDecay,
    CosineDecayRestarts,
    Cyclical,
    ExponentialDecay,
    Join,
    Noise,
    Offset,
    PiecewiseConstantDecay,
    PiecewiseInterpolate,
    Tabulated,
    Warmup,
)
from lrschedules_math.insight.phases import schedule_explain
from support import CASES

TOLD = [
    (CosineDecay(0.1, 100_000), 200, [(0, 199, "falls from 0.1 to 0.099999")]),
    (
        Tabulated([0.5 + i * 2**-40 for i in range(4)]),
        4,
        [(0, 3, "rises from 0.5 to 0.500000000003")],
    ),
    (
        Cooldown(Warmup(0.1, 100), 800, 200),
        1000,
        [
            (0, 100, "rises from 0 to 0.1"),
            (100, 800, "warmup ends; stays at 0.1"),
            (800, 999, "cooldown begins; falls from 0.1 to 0.0005"),
        ],
    ),
    (
        Join([0.01, CosineDecay(0.1, 200), 0.001], [10, 110]),
        200,
        [
            (0, 9, "stays at 0.01"),
            (10, 109, "next schedule; falls from 0.1 to 0.05079"),
            (110, 199, "next schedule; stays at 0.001"),
        ],
    ),
    (
        PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.1]),
        300,
        [(0, 100, "stays at 1"), (101, 200, "stays at 0.5"), (201, 299, "stays at 0.1")],
    ),
    (
        ExponentialDecay(0.1, 10**8, 0.5, staircase=True),
        10**9,
        [(0, 10**9 - 1, "falls in 9 stairs from 0.1 to 0.0001953")],
    ),
    (
        CosineDecayRestarts(0.1, 100, t_mul=1.0),
        1000,
        [(0, 999, "10 times: falls from 0.1 to 2.467e-05")],
    ),
    (
        Cyclical(0.01, 0.1, 50),
        1001,
        [(0, 1000, "10 times: rises from 0.01 to 0.1, falls from 0.1 to 0.01")],
    ),
    (
        CosineDecayRestarts(0.1, 10, t_mul=1.0),
        20_000,
        [(0, 19_999, "2,000 times: falls from 0.1 to 0.002447")],
    ),
    (
        ExponentialDecay(0.1, 10, 0.999, staircase=True),
        20_000,
        [(0, 19_999, "falls in 1,999 stairs from 0.1 to 0.01353")],
    ),
    (
        Tabulated([0.1, 0.2, 0.15] * 500, every=3),
        4500,
        [(0, 4499, "takes 1,500 values between 0.1 and 0.2, one after the other")],
    ),
    (Constant(0.1), 1, [(0, 0, "stays at 0.1")]),
    (
        Tabulated([0.1] * 50 + [0.5] + [0.1] * 50),
        101,
        [(0, 49, "stays at 0.1"), (49, 50, "rises from 0.1 to 0.5")][:1],
    ),
]


@pytest.mark.parametrize("schedule, steps, told", TOLD, ids=lambda x: repr(x)[:60])
def test_each_phase_is_told(schedule, steps, told):
    phases = schedule_explain(schedule, steps)
    assert [(p.first, p.last, p.what) for p in phases][: len(told)] == told
    assert phases[0].first == 0 and phases[-1].last == steps - 1
    for phase in phases:
        assert [phase.start, phase.end] == schedule.rates([phase.first, phase.last]).tolist()


def test_phases_leave_out_no_step():
    schedule = Tabulated([1.0, 0.1, 0.1, 5.0, 0.1, 0.1, 0.3])
    phases = schedule_explain(schedule, 7)
    told = {step for phase in phases for step in range(phase.first, phase.last + 1)}
    assert told == set(range(7))


def test_noise_is_one_phase():
    (phase,) = schedule_explain(Noise(0.1, 0.1, 1), 1000)
    assert phase.what.startswith("varies at random between 0.0")
    with pytest.raises(ValueError, match="`steps` must be"):
        schedule_explain(Constant(0.1), 0)


def told(schedule, steps):
    return [(p.first, p.last, p.what) for p in schedule_explain(schedule, steps)]


def thue_morse(n):
    """A schedule whose rises, falls and level steps never repeat a pattern."""
    return [bin(i).count("1") % 2 for i in range(n)]


def test_up_to_40_phases_are_told_and_more_are_one():
    for segments in (40, 41):
        values = [0.25 + 0.5 * x for x in thue_morse(segments + 1)]
        schedule = PiecewiseInterpolate([10 * i for i in range(segments + 1)], values)
        phases = schedule_explain(schedule, 10 * segments + 1)
        if segments == 40:
            assert [(p.first, p.last) for p in phases] == [(10 * i, 10 * i + 10) for i in range(40)]
        else:
            (phase,) = phases
            assert (phase.first, phase.last) == (0, 410)
            assert [phase.start, phase.end] == schedule.rates([0, 410]).tolist()
            assert phase.what == "goes up and down between 0.25 and 0.75"


def test_up_to_8_phases_are_told_one_by_one():
    cycle = Cyclical(0.25, 1.0, 5)
    up, down = "rises from 0.25 to 1", "falls from 1 to 0.25"
    assert told(cycle, 41) == [(5 * i, 5 * i + 5, (up, down)[i % 2]) for i in range(8)]
    assert told(cycle, 46) == [(0, 40, f"4 times: {up}, {down}"), (40, 45, up)]


def test_a_pattern_counts_as_repeated_from_three_times_on():
    def interpolated(*values):
        schedule = PiecewiseInterpolate([10 * i for i in range(len(values))], values)
        return told(schedule, 10 * len(values) - 9)

    three = interpolated(0.5, 0.5, 1, 0.5, 0.5, 1, 0.5, 0.5, 1, 0.5, 0.25, 0.75)
    assert three == [
        (0, 90, "3 times: stays at 0.5, rises from 0.5 to 1, falls from 1 to 0.5"),
        (90, 100, "falls from 0.5 to 0.25"),
        (100, 110, "rises from 0.25 to 0.75"),
    ]
    two = interpolated(0.5, 0.5, 1, 0.5, 0.5, 1, 0.5, 0.25, 0.25, 1, 1, 0.25)
    assert all("times" not in what for _, _, what in two) and len(two) > 8


@pytest.mark.parametrize(
    "rates, phases",
    [
        # A change is a jump if it is more than twice as large as the changes next to it.
        (
            [4, 3, 5, 4, 3],
            [(0, 1, "falls from 4 to 3"), (1, 2, "rises from 3 to 5"), (2, 4, "falls from 5 to 3")],
        ),
        ([4, 3, 5.5, 4.5, 3.5], [(0, 1, "falls from 4 to 3"), (2, 4, "falls from 5.5 to 3.5")]),
        # Before the first step and after the last one nothing changes.
        ([0, 1, 0.5, 0.25], [(0, 1, "rises from 0 to 1"), (1, 3, "falls from 1 to 0.25")]),
        ([0, 1, 0.75, 0.5], [(0, 0, "stays at 0"), (1, 3, "falls from 1 to 0.5")]),
        ([0.5, 0.5, 0.5, 1], [(0, 2, "stays at 0.5"), (3, 3, "stays at 1")]),
        (
            [0.5, 0.25, 0.5, 1.25],
            [
                (0, 1, "falls from 0.5 to 0.25"),
                (1, 2, "rises from 0.25 to 0.5"),
                (3, 3, "stays at 1.25"),
            ],
        ),
        ([0.5, 0.5, 1], [(0, 1, "stays at 0.5"), (2, 2, "stays at 1")]),
        ([0.5, 1], [(0, 0, "stays at 0.5"), (1, 1, "stays at 1")]),
    ],
)
def test_what_is_a_jump(rates, phases):
    assert told(Tabulated(rates), len(rates)) == phases


def test_what_happens_at_step_0_is_not_a_turn():
    falling = ExponentialDecay(0.8, 41, 0.9)
    alone = schedule_explain(falling, 10)
    assert schedule_explain(Offset(falling, 0), 10) == alone
    for case in CASES:
        phases = schedule_explain(case.schedule, 50)
        steps = [step for phase in phases for step in (phase.first, phase.last)]
        assert steps == sorted(steps) and (steps[0], steps[-1]) == (0, 49), case.schedule


def test_stairs():
    levels = [0.125 * i for i in (9, 2, 7, 1, 8, 3, 6, 4, 5)]
    takes = "takes 9 values between 0.125 and 1.125, one after the other"
    assert told(Tabulated(levels, every=10), 90) == [(0, 89, takes)]
    falls, rises = "falls in 8 stairs from 1.125 to 0.125", "rises in 8 stairs from 0.125 to 1.125"
    assert told(Tabulated(sorted(levels), every=10), 90) == [(0, 89, rises)]
    assert told(Tabulated(sorted(levels, reverse=True), every=10), 90) == [(0, 89, falls)]


def test_what_varies_at_random_is_told_from_three_steps_on():
    noise = Noise(0.5, 0.1, 1)
    rates = noise.rates(range(3))
    assert told(noise, 2) == [
        (0, 0, f"stays at {rates[0]:.4g}"),
        (1, 1, f"stays at {rates[1]:.4g}"),
    ]
    (phase,) = schedule_explain(noise, 3)
    assert phase.what == f"varies at random between {min(rates):.4g} and {max(rates):.4g}"
    assert (phase.first, phase.last) == (0, 2)
    assert [phase.start, phase.end] == rates[[0, 2]].tolist()


def test_a_phase_does_not_change():
    (phase,) = schedule_explain(Constant(0.1), 5)
    with pytest.raises(AttributeError):
        phase.first = 3
