"""Likely mistakes in a plan, also with Keras's own objects."""

import keras
import numpy as np
import pytest

from cases.plans import BAD, GOOD
from lrschedules import Constant, ExponentialDecay, schedule_check
from lrschedules.classes.half import KERAS
from lrschedules.insight import findings as module
from lrschedules_math.insight import findings
from support import BACKEND, rates_in_fit


def test_the_findings_are_those_of_the_numbers():
    plans = [*(plan for plan, _ in BAD.values()), *GOOD.values()]
    for schedule, *plan in plans:
        found = schedule_check(KERAS.adopt(schedule), *plan)
        assert found == findings.schedule_check(schedule, *plan)


def test_bad_input_names_the_argument():
    with pytest.raises(ValueError, match="`steps_per_epoch` must be"):
        schedule_check(Constant(0.1), 0, 1)
    with pytest.raises(ValueError, match="`epochs` must be"):
        schedule_check(Constant(0.1), 1, 1.5)


def test_steps_that_keras_cannot_count():
    found = schedule_check(Constant(0.1), 2**20, 2**12)
    assert [f.step for f in found] == ([] if BACKEND == "tensorflow" else [2**31 - 1])


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
