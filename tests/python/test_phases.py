"""What a schedule does when, in words, also for one of Keras's own."""

import keras

from cases_with_keras import Halving
from lrschedules import CosineDecayRestarts, schedule_explain
from lrschedules_math.insight import phases


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
