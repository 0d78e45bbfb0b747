"""Plans that are probably mistakes, and good ones."""

import pytest

from cases.plans import BAD, GOOD
from lrschedules_math import (
    Accumulate,
    Clamp,
    Constant,
    Cooldown,
    CosineDecay,
    ExponentialDecay,
    Hold,
    Join,
    Offset,
    Tabulated,
)
from lrschedules_math.insight.findings import schedule_check


@pytest.mark.parametrize("name", BAD)
def test_what_is_hardly_meant_is_found(name):
    plan, (severity, words, step) = BAD[name]
    found = schedule_check(*plan)
    assert [(f.severity, f.step) for f in found] == [(severity, step)], found
    assert words in found[0].what and found[0].advice


@pytest.mark.parametrize("name", GOOD)
def test_a_good_plan_has_no_finding(name):
    assert schedule_check(*GOOD[name]) == []


def test_an_offset_beyond_the_plan_and_a_second_accumulation():
    (found,) = schedule_check(Offset(CosineDecay(0.1, 100), 2000), 100, 10)
    assert "first changes at step 2,0" in found.what
    (found,) = schedule_check(Accumulate(CosineDecay(0.1, 500), 2), 100, 10, 4)
    assert "an update in every 2 steps, and the plan in every 4" in found.what
    (found,) = schedule_check(Constant(0.0), 100, 10)
    assert found.what == "The rate is 0 at every step."


def test_a_part_that_rises_at_its_last_step_has_not_ended():
    rising = Tabulated([0.0005] * 499 + [0.02])
    found = schedule_check(Join([rising, 0.1], [500]), 100, 10)
    assert [(f.kind, f.step) for f in found] == [("gap", 500)]


def test_a_part_that_is_as_steep_meets_the_next():
    steep = Tabulated([1.0] * 499 + [0.5])
    assert schedule_check(Join([steep, 0.1], [500]), 100, 10) == []
    (gap,) = schedule_check(Join([0.5, Tabulated([0.1] * 2 + [0.4] * 500)], [500]), 100, 10)
    assert (gap.kind, gap.step) == ("gap", 500)


def test_a_change_that_comes_too_late_is_named_if_it_has_a_name():
    plan = "in all 100 steps of the plan: it first changes at step"
    for schedule, what in [
        (
            Clamp(ExponentialDecay(1.0, 1000, 0.5), max=0.5),
            f"The rate is 0.5 {plan} 1,001 (epoch 100.1).",
        ),
        (
            ExponentialDecay(0.5, 150, 0.5, staircase=True),
            f"The rate is 0.5 {plan} 150 (epoch 15).",
        ),
        (Hold(0.1, 150), None),
        (
            Cooldown(0.1, 150, 10),
            f"The rate is 0.1 {plan} 151 (epoch 15.1), where the cooldown begins.",
        ),
    ]:
        found = schedule_check(schedule, 10, 10)
        assert [finding.what for finding in found if finding.kind == "never changes"] == (
            [what] if what else []
        )


def test_a_rise_far_below_the_peak_is_no_jump():
    rates = [1e-6] * 50 + [5e-4] * 10 + [4e-3] * 10 + [0.03] * 10 + [0.1] * 920
    assert schedule_check(Tabulated(rates), 100, 10) == []


def test_bad_input_names_the_argument():
    with pytest.raises(ValueError, match="`steps_per_epoch` must be"):
        schedule_check(Constant(0.1), 0, 1)
    with pytest.raises(ValueError, match="`epochs` must be"):
        schedule_check(Constant(0.1), 1, 1.5)


def test_the_tables_have_twelve_of_each():
    assert len(BAD) >= 12 and len(GOOD) >= 12


@pytest.mark.parametrize("low, kinds", [(0.99995e-3, ["nothing trains"]), (1e-3, [])])
def test_just_under_a_thousandth_of_the_peak(low, kinds):
    schedule = Tabulated([1.0] * 50 + [low] * 50)
    assert [f.kind for f in schedule_check(schedule, 10, 10) if f.kind == "nothing trains"] == kinds
