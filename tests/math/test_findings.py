"""Plans that are probably mistakes, and good ones."""

import dataclasses

import numpy as np
import pytest

from cases.plans import BAD, GOOD
from lrschedules_math import (
    Accumulate,
    Clamp,
    Constant,
    Cooldown,
    CosineDecay,
    CosineDecayRestarts,
    DirectPowerDecay,
    ExponentialDecay,
    Hold,
    Join,
    Offset,
    PowerAndLinearDecay,
    PowerDecayWithOffset,
    Schedule,
    Tabulated,
    Warmup,
)
from lrschedules_math.insight.findings import schedule_check


@pytest.mark.parametrize("name", BAD)
def test_a_likely_mistake_is_found(name):
    plan, (severity, words, step) = BAD[name]
    found = schedule_check(*plan)
    assert [(f.severity, f.step) for f in found] == [(severity, step)], found
    assert words in found[0].what and found[0].advice


@pytest.mark.parametrize("name", GOOD)
def test_a_good_plan_has_no_finding(name):
    assert schedule_check(*GOOD[name]) == []


def test_large_numbers_are_grouped_and_keep_their_digits():
    (found,) = schedule_check(ExponentialDecay(0.1, 2500.5, 0.5), 3000, 4000)
    assert found.what == (
        "`decay_steps = 2,500.5` is less than one epoch (3,000 steps). Did you mean 2,500.5 epochs?"
    )
    assert found.advice == "2,500.5 epochs are 7,501,500 steps."
    (found,) = schedule_check(Join([0.1, 0.001], [20_000]), 1, 15_000)
    assert "at step 20,000 (epoch 20,000)" in found.what


def test_findings_are_compared_by_their_content_and_cannot_be_changed():
    (one,), (other,) = (schedule_check(Constant(100.0), 10, 2) for _ in range(2))
    assert one == other and len({one, other}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.what = ""


@pytest.mark.parametrize("steps, kind", [(1, "never reached"), (2, "never changes")])
def test_a_single_step_has_no_rate_that_never_changes(steps, kind):
    stairs = ExponentialDecay(0.1, 10, 0.5, staircase=True)
    assert [f.kind for f in schedule_check(stairs, steps, 1)] == [kind]


def test_the_first_rate_below_0_is_named():
    class Falling(Schedule):
        def formula(self, step, xp):
            return 1.0 - xp.float(step) / 8

    found = [f for f in schedule_check(Falling(), 10, 2) if "must be 0 or more" in f.what]
    assert [f.step for f in found] == [9]
    assert found[0].what.startswith("The rate is -0.125 at step 9 ")


def test_an_offset_beyond_the_plan_and_a_second_accumulation():
    (found,) = schedule_check(Offset(CosineDecay(0.1, 100), 2000), 100, 10)
    assert "first changes at step 2,0" in found.what
    (found,) = schedule_check(Accumulate(CosineDecay(0.1, 500), 2), 100, 10, 4)
    assert "one update every 2 steps, but the plan counts one every 4 steps." in found.what
    (found,) = schedule_check(Accumulate(CosineDecay(0.1, 500), 2), 100, 10)
    assert "one update every 2 steps, but the plan counts one every step." in found.what
    (found,) = schedule_check(Accumulate(CosineDecay(0.1, 5), 1000), 5000, 1, 2000)
    assert found.advice.endswith(" in both: 1,000 or 2,000.")
    (found,) = schedule_check(Constant(0.0), 100, 10)
    assert found.what == "The rate is 0 at every step."


@pytest.mark.parametrize(
    "schedule",
    [PowerDecayWithOffset(0.1), DirectPowerDecay(0.1), PowerAndLinearDecay(0.1, 1000)],
    ids=lambda x: type(x).__name__,
)
def test_defaults_at_which_no_training_is_stable_are_found(schedule):
    assert "high rate" in [f.kind for f in schedule_check(schedule, 100, 10)]


def test_a_part_that_rises_at_its_last_step_has_not_ended():
    rising = Tabulated([0.0005] * 499 + [0.02])
    found = schedule_check(Join([rising, 0.1], [500]), 100, 10)
    assert [(f.kind, f.step) for f in found] == [("gap", 500)]


def test_parts_meet_up_to_a_gap_of_5_percent():
    # 0.03125 is also 5 % of 0.625 in float64.
    for start, expected in ((0.59375, []), (0.59374, ["gap"])):
        second = Tabulated([start] * 500 + [0.001])
        kinds = [f.kind for f in schedule_check(Join([0.625, second], [500]), 100, 10)]
        assert [kind for kind in kinds if kind == "gap"] == expected


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
        (
            Join([0.1, ExponentialDecay(0.05, 10, 0.5)], [150]),
            f"The rate is 0.1 {plan} 150 (epoch 15), where the next part begins.",
        ),
    ]:
        found = schedule_check(schedule, 10, 10)
        assert [finding.what for finding in found if finding.kind == "never changes"] == (
            [what] if what else []
        )


def test_of_many_restarts_the_next_one_after_the_plan_is_named():
    restarts = CosineDecayRestarts(0.1, 1000, t_mul=1.1)  # at 1,000 and 2,100, then ever later
    assert schedule_check(restarts, 100, 40) == []
    assert schedule_check(restarts, 100, 11, from_step=1000) == []
    (found,) = schedule_check(restarts, 100, 9)
    assert "restarts at step 1,000 (epoch 10), which" in found.what
    (found,) = schedule_check(Accumulate(restarts, 4), 100, 30, 4)
    assert "restarts at step 4,000 (epoch 40), which" in found.what


def test_advice_to_count_updates_names_the_class_and_the_r_function():
    (finding,) = schedule_check(CosineDecay(0.1, 250), 100, 10, gradient_accumulation_steps=4)
    assert "`Accumulate(schedule, 4)` (in R `schedule_accumulate(schedule, 4)`)" in finding.advice


def test_a_warmup_in_full_batches_counts_epochs_and_steps_alike():
    assert schedule_check(Warmup(CosineDecay(0.1, 4995), 5), 1, 5000) == []


def test_one_step_and_one_update_are_singular():
    found = schedule_check(Warmup(0.1, 50, from_=0.1), 1, 1)
    assert [f.what.partition("which ")[2] for f in found] == ["the plan of 1 step never reaches."]
    updates, *_ = schedule_check(CosineDecay(0.1, 1), 1, 4, gradient_accumulation_steps=4)
    assert updates.what.endswith("the plan has 4 steps and 1 update.")


def test_a_rise_far_below_the_peak_is_not_a_jump():
    rates = [1e-6] * 50 + [5e-4] * 10 + [4e-3] * 10 + [0.03] * 10 + [0.1] * 920
    assert schedule_check(Tabulated(rates), 100, 10) == []


def test_bad_input_names_the_argument():
    with pytest.raises(ValueError, match="`steps_per_epoch` must be"):
        schedule_check(Constant(0.1), 0, 1)
    with pytest.raises(ValueError, match="`epochs` must be a whole number greater than 0"):
        schedule_check(Constant(0.1), 1, 1.5)


def test_the_tables_have_twelve_of_each():
    assert len(BAD) >= 12 and len(GOOD) >= 12


@pytest.mark.parametrize("low, kinds", [(0.99995e-3, ["nothing trains"]), (1e-3, [])])
def test_just_under_a_thousandth_of_the_peak(low, kinds):
    schedule = Tabulated([1.0] * 50 + [low] * 50)
    assert [f.kind for f in schedule_check(schedule, 10, 10) if f.kind == "nothing trains"] == kinds


def test_a_training_after_the_end_of_the_schedule_is_found():
    cosine, one_cycle = CosineDecay(0.1, 1000), Cooldown(0.1, 900, 100)
    for schedule in cosine, one_cycle:
        for first in 1000, 1001, 5000:
            (found,) = schedule_check(schedule, 100, 10, 1, first)
            assert (found.step, found.severity) == (first, "warning")
            sentence = f"The schedule has ended: every rate from step {first:,} on is 0."
            assert found.what == sentence and found.advice
    # The schedule ends during training.
    (found,) = schedule_check(cosine, 100, 10, 1, 500)
    assert (found.what, found.step) == ("The rate is 0 in 500 of 1,000 steps.", 1000)
    # A rate that was never greater, or that ends higher, has not ended.
    (found,) = schedule_check(Constant(0.0), 100, 10, 1, 1000)
    assert (found.what, found.step) == ("The rate is 0 at every step.", 1000)
    assert schedule_check(CosineDecay(0.1, 1000, alpha=0.1), 100, 10, 1, 1000) == []
    # The rate rises again after these steps.
    again = Join([cosine, 0.1], [3000])
    (found,) = schedule_check(again, 100, 10, 1, 1000)
    assert found.what.startswith(
        "The rate is 0 in all 1,000 steps of the plan from step 1,000 on: it first changes at "
        "step 3,000 (epoch 30)"
    )


def test_the_findings_are_those_of_the_steps_that_are_left():
    # The tail of a decay is compared with the earlier peak.
    (found,) = schedule_check(ExponentialDecay(0.1, 100, 0.1), 100, 10, 1, 1000)
    assert found.what == "The rate is under a thousandth of its peak in 1,000 of 1,000 steps."
    # Check a jump, and an end that is reached, before and after the first step.
    jump = Tabulated([0.001] * 100 + [0.1] * 1900)
    assert [f.step for f in schedule_check(jump, 100, 10)] == [100]
    assert [f.step for f in schedule_check(jump, 100, 10, 1, 99)] == [100]
    assert schedule_check(jump, 100, 10, 1, 100) == []
    assert [f.kind for f in schedule_check(CosineDecay(0.1, 1500), 100, 10)] == ["never reached"]
    assert schedule_check(CosineDecay(0.1, 1500), 100, 10, 1, 500) == []
    (found,) = schedule_check(CosineDecay(0.1, 1501), 100, 10, 1, 500)
    assert "which the plan of 1,000 steps from step 500 on never reaches" in found.what


@pytest.mark.parametrize("steps_per_epoch", [100, 300_000])
def test_from_any_step_all_steps_or_the_telling_ones_are_looked_at(steps_per_epoch):
    from lrschedules_math.insight.telling_steps import looked_at

    schedule, first = CosineDecay(0.1, 7 * steps_per_epoch), 2 * steps_per_epoch + 1
    last = 9 * steps_per_epoch
    steps, rates = looked_at(schedule, last, first)
    assert steps[0] == first and steps[-1] == last and (np.diff(steps) > 0).all()
    assert 7 * steps_per_epoch in steps
    np.testing.assert_array_equal(rates, schedule.rates(steps))


def test_a_bad_first_step_is_refused():
    for bad in -1, 1.5, "3", None, True, 2**53:
        with pytest.raises(ValueError, match="`from_step` must be"):
            schedule_check(Constant(0.1), 100, 10, 1, bad)


def test_a_warmup_of_a_schedule_that_has_one_itself_is_found():
    twice = Warmup(Warmup(CosineDecay(0.1, 850), 50), 100)
    assert schedule_check(Warmup(CosineDecay(0.1, 900), 50), 100, 10) == []
    # The zeros at steps 0 to 100 are not reported a second time.
    (found,) = schedule_check(twice, 100, 10)
    assert (found.kind, found.step) == ("warmup to 0", 100)
    assert found.what.startswith("The warmup ends at a rate of 0, at step 100 (epoch 1)")
    # A warmup to a low rate, or one that only rises to a constant 0, is not reported.
    assert schedule_check(Warmup(Warmup(CosineDecay(0.1, 850), 50, from_=0.01), 100), 100, 10) == []
    assert "warmup to 0" not in [f.kind for f in schedule_check(Warmup(0.0, 100), 100, 10)]


def test_a_low_rate_at_the_beginning_has_the_advice_for_the_beginning():
    (found,) = schedule_check(Tabulated([0.0] * 300 + [0.1] * 700), 100, 10)
    assert (found.what, found.advice) == (
        "The rate is 0 in 300 of 1,000 steps.",
        "Begin at a higher rate, or make that part shorter.",
    )
    (found,) = schedule_check(Tabulated([0.1] * 700 + [0.0] * 300), 100, 10)
    assert found.advice.startswith("Let the decay last longer")


@pytest.mark.parametrize("peak, kinds", [(9.99, []), (10, ["high rate"]), (3e4, ["high rate"])])
def test_a_peak_of_ten_or_more_is_found(peak, kinds):
    found = schedule_check(Warmup(CosineDecay(peak, 800), 200), 100, 10)
    assert [(f.kind, f.step) for f in found] == [(kind, 200) for kind in kinds]
