"""Descriptions of schedules in phases, also of Keras's schedules."""

import keras
import numpy as np

from cases_with_keras import Halving
from lrschedules import CosineDecayRestarts, KerasSchedule, schedule_explain
from lrschedules_math.insight import phases
from lrschedules_math.insight.summary import summarize


def test_an_object_of_keras_is_told_as_ours():
    theirs = keras.optimizers.schedules.CosineDecayRestarts(0.1, 100, t_mul=1.0)
    told = schedule_explain(theirs, 1000)
    assert [phase.what for phase in told] == ["10 times: falls from 0.1 to 2.467e-05"]
    assert told == schedule_explain(CosineDecayRestarts(0.1, 100, t_mul=1.0), 1000)
    assert told == phases.schedule_explain(CosineDecayRestarts(0.1, 100, t_mul=1.0), 1000)


def test_a_schedule_of_an_unknown_class_is_told_by_its_rates():
    told = schedule_explain(Halving(), 20)
    assert (told[0].first, told[-1].last) == (0, 19)
    assert (told[0].start, told[-1].end) == (0.5, 0.25)


def test_a_rate_that_is_not_a_number_is_a_phase_of_its_own():
    # Cycles of 10, 5, 2.5, ... steps, which have all passed at step 20.
    theirs = keras.optimizers.schedules.CosineDecayRestarts(0.1, 10, t_mul=0.5)
    told = schedule_explain(theirs, 30)
    assert told[0].what == "falls from 0.1 to 0.002447" and told[0].last == 9
    assert (told[-1].first, told[-1].last, told[-1].what) == (20, 29, "is not a number")
    assert "nan" not in " ".join(phase.what for phase in told)
    numbers = summarize(KerasSchedule.of(theirs), 29)
    assert np.isnan([numbers["end"], numbers["peak"], numbers["mean"]]).all()
    assert (numbers["peak_step"], numbers["jump_step"]) == (20, 10)
