"""Likely mistakes in a plan, also with Keras's own objects."""

import keras
import numpy as np
import pytest

from cases.plans import BAD, GOOD
from lrschedules import Constant, CosineDecay, ExponentialDecay, schedule_check
from lrschedules.classes.half import KERAS
from lrschedules.insight import findings as module
from lrschedules_math.insight import findings
from support import rates_in_fit


def test_the_findings_are_those_of_the_numbers():
    plans = [*(plan for plan, _ in BAD.values()), *GOOD.values()]
    for schedule, *plan in plans:
        expected = findings.schedule_check(schedule, *plan)
        # R passes a schedule of the first half.
        assert schedule_check(KERAS.adopt(schedule), *plan) == expected
        assert schedule_check(schedule, *plan) == expected


def test_bad_input_names_the_argument():
    for no_schedule in (0.1, None, "cosine"):
        with pytest.raises(ValueError, match="`schedule` must be a schedule"):
            schedule_check(no_schedule, 10, 10)
    with pytest.raises(ValueError, match="`steps_per_epoch` must be"):
        schedule_check(Constant(0.1), 0, 1)
    with pytest.raises(ValueError, match="`epochs` must be a whole number greater than 0"):
        schedule_check(Constant(0.1), 1, 1.5)


def test_steps_that_jax_and_pytorch_cannot_count():
    counter = keras.optimizers.SGD(0.1).iterations
    in_32_bits = "32" in keras.backend.standardize_dtype(counter.dtype)
    for plan in [(2**20, 2**12), (2**20, 1, 1, 2**31)]:
        found = schedule_check(Constant(0.1), *plan)
        assert [f.step for f in found] == ([2**31 - 1] if in_32_bits else [])


@pytest.mark.telling
def test_a_training_that_goes_on_is_checked_from_its_step():
    theirs = keras.optimizers.schedules.ExponentialDecay(1.0, 41, 0.5, staircase=True)

    def trains_otherwise(*plan):
        found = schedule_check(theirs, *plan)
        return [f.step for f in found if f.kind == "trains otherwise"]

    trained = rates_in_fit(theirs, 82)
    meant = ExponentialDecay(1.0, 41, 0.5, staircase=True).rates(np.arange(82))
    late = abs(trained[41] - meant[41]) > 1e-3
    assert trains_otherwise(41, 1, 1, 41) == ([41] if late else [])
    assert trains_otherwise(40, 1, 1, 42) == []
    (found,) = schedule_check(CosineDecay(0.1, 100), 10, 10, 1, 100)
    assert found.what == "The schedule has ended: every rate from step 100 on is 0."


@pytest.mark.telling
def test_where_an_object_of_keras_trains_otherwise():
    theirs = keras.optimizers.schedules.ExponentialDecay(1.0, 41, 0.5, staircase=True)
    found = schedule_check(theirs, 41, 4)
    trained = rates_in_fit(theirs, 164)
    meant = ExponentialDecay(1.0, 41, 0.5, staircase=True).rates(np.arange(164))
    wrong = np.flatnonzero(np.abs(trained - meant) > 1e-3 * meant)
    if len(wrong) == 0:
        assert found == []
        return
    (finding,) = found
    assert finding.severity == "problem" and finding.step == wrong[0]
    listed = ", ".join(str(step) for step in wrong[:5])
    assert f"at step{'s' if len(wrong) > 1 else ''} {listed} instead of" in finding.what
    assert f"trains with {trained[wrong[0]]:.4g}" in finding.what
    assert schedule_check(ExponentialDecay(1.0, 41, 0.5, staircase=True), 41, 4) == []


def test_the_largest_step_is_that_of_int32():
    assert np.iinfo(np.int32).max == module._LARGEST_STEP
