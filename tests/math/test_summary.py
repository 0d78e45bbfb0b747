"""Summaries of schedules against numbers computed from all rates."""

import numpy as np
import pytest

from lrschedules_math import (
    Constant,
    CosineDecay,
    Cyclical,
    Join,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Tabulated,
)
from lrschedules_math.insight.summary import summarize

SPIKE = Tabulated([0.5, 0.0, 0.0, 4.0, 3.0, 1.0, 1.5, 1.0, 1.0, 0.25, 0.25])


def test_of_every_step():
    found = summarize(SPIKE, 10)
    quarters = found.pop("quarters").tolist()
    line = found.pop("line")
    assert found == {
        "first": 0,
        "last": 10,
        "start": 0.5,
        "end": 0.25,
        "peak": 4,
        "peak_step": 3,
        "lowest": 0,
        "lowest_step": 1,
        "mean": pytest.approx(12.5 / 11),
        "zeros": 2,
        "jump": 4,
        "jump_step": 3,
    }
    # The quarters are steps 0 and 1, 2 to 4, 5 to 7, and 8 to 10.
    assert quarters == [
        [0, 1, 0, 0.5, 0.25],
        [2, 4, 0, 4, pytest.approx(7 / 3)],
        [5, 7, 1, 1.5, pytest.approx(3.5 / 3)],
        [8, 10, 0.25, 1, 0.5],
    ]
    assert line.tolist() == SPIKE.rates(np.linspace(0, 10, 40)).tolist()


def test_a_fall_is_a_jump_below_0():
    found = summarize(PiecewiseConstantDecay([3, 8], [1.0, 0.9, 0.2]), 20)
    assert (found["jump"], found["jump_step"]) == (pytest.approx(-0.7), 9)


def test_a_constant_has_no_jump():
    found = summarize(Constant(0.1), 0)
    assert (found["jump"], found["jump_step"], found["mean"], found["last"]) == (0, 0, 0.1, 0)
    assert found["quarters"].tolist() == [[0, 0, 0.1, 0.1, 0.1]]


def test_without_consecutive_steps_the_largest_jump_is_not_known():
    found = summarize(SPIKE, None, np.array([0, 3, 6]))
    assert np.isnan([found["jump"], found["jump_step"]]).all()
    assert (found["peak"], found["peak_step"]) == (4, 3)


@pytest.mark.parametrize(
    "schedule, last", [(Tabulated([0.1, 0.2], every=40), 80), (Cyclical(0.1, 1, 2.0**50), 2**53)]
)
def test_without_a_last_step_the_shape_ends_it(schedule, last):
    assert summarize(schedule, None)["last"] == last


def test_many_steps_are_weighted_by_the_distance_to_the_next():
    last = 4_000_000 - 1
    falling = PolynomialDecay(1.0, 10**6, 0.0)
    found = summarize(Join([falling, 0.5, 0.25], [2 * 10**6, 3 * 10**6]), last)
    assert found["mean"] == pytest.approx((0.5 + 0 + 0.5 + 0.25) / 4, rel=1e-3)
    assert found["zeros"] == pytest.approx(10**6, rel=1e-3)
    means = [quarter[4] for quarter in found["quarters"]]
    assert means == pytest.approx([0.5, 0, 0.5, 0.25], rel=1e-2)
    assert (found["jump"], found["jump_step"]) == (0.5, 2 * 10**6)
    smooth = summarize(CosineDecay(1.0, 2 * 10**6), 2 * 10**6 - 1)
    assert abs(smooth["jump"]) < 1e-6


def test_the_steps_that_are_given_are_described():
    stairs = PiecewiseConstantDecay([3, 8], [1.0, 0.9, 0.2])
    found = summarize(stairs, None, np.array([9, 3, 4, 4, 20, 8]))
    assert (found["first"], found["last"]) == (3, 20)
    assert (found["start"], found["end"], found["lowest_step"]) == (1.0, 0.2, 9)
    assert found["mean"] == pytest.approx((1 + 0.9 + 0.9 + 0.2 + 0.2) / 5)
    # The jump is from 8 to 9, not from 4 to 8 or from 9 to 20.
    assert (found["jump"], found["jump_step"]) == (pytest.approx(-0.7), 9)
    all_steps = summarize(stairs, 20), summarize(stairs, None, np.arange(21))
    assert str(all_steps[0]) == str(all_steps[1])
