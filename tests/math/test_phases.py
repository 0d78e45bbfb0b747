"""What a schedule does when, in words."""

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
    PiecewiseConstantDecay,
    Tabulated,
    Warmup,
)
from lrschedules_math.insight.phases import schedule_explain

TOLD = [
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
