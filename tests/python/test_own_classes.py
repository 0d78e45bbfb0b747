"""Schedule classes that users write."""

import copy
import dataclasses
import json
import pickle

import keras
import pytest
from keras.optimizers.schedules import LearningRateSchedule

import lrschedules
from lrschedules import CosineDecay, Schedule, checks, schedule_class
from support import step_tensor


@schedule_class
class Halved(Schedule):
    learning_rate: checks.Rate
    every: checks.PositiveWholeSteps

    def formula(self, step, xp):
        return self.learning_rate * xp.power(0.5, xp.float(step // self.every))


def saved_and_loaded(schedule):
    serialized = keras.optimizers.schedules.serialize(schedule)
    return keras.optimizers.schedules.deserialize(json.loads(json.dumps(serialized)))


def test_a_class_is_registered_under_its_own_package():
    assert keras.saving.get_registered_name(Halved) == "test_own_classes>Halved"
    assert saved_and_loaded(Halved(0.1, 10)) == Halved(0.1, 10)
    assert saved_and_loaded(2 * Halved(0.1, 10)) == 2 * Halved(0.1, 10)


def test_the_package_can_be_chosen():
    @schedule_class(package="mine")
    class Chosen(Schedule):
        rate_at_all_steps: checks.Rate

        def formula(self, step, xp):
            return self.rate_at_all_steps

    assert keras.saving.get_registered_name(Chosen) == "mine>Chosen"
    assert saved_and_loaded(Chosen(0.5)) == Chosen(0.5)


def test_what_version_0_1_0_saved_of_a_class_loads():
    # Version 0.1.0 named every class by the package of lrschedules.
    config = {"learning_rate": 0.1, "every": 10}
    saved = {"module": "somewhere", "class_name": "Halved", "registered_name": "lrschedules>Halved"}
    loaded = keras.optimizers.schedules.deserialize({**saved, "config": config})
    assert loaded == Halved(0.1, 10)
    held = {"schedule": {**saved, "config": config}, "factor": 2.0}
    assert lrschedules.Scale.from_config(held) == 2 * Halved(0.1, 10)


def test_the_name_of_a_class_of_ours_is_refused():
    with pytest.raises(TypeError, match="`CosineDecay` is a schedule of lrschedules: give your"):
        schedule_class(type("CosineDecay", (Schedule,), {"__annotations__": {}}))
    assert type(saved_and_loaded(CosineDecay(0.1, 10))) is CosineDecay


@pytest.mark.parametrize("name", ["rate", "rates", "formula", "landmarks", "get_config"])
def test_a_field_with_the_name_of_a_method_is_refused(name):
    fields = {"__annotations__": {name: checks.Rate}}
    with pytest.raises(TypeError, match=f"`{name}` can't be a field of Mine: it is a method"):
        schedule_class(type("Mine", (Schedule,), fields))


def test_a_class_that_is_not_decorated_says_so_if_its_arguments_would_be_lost():
    class Offbeat(CosineDecay):
        beat: checks.Steps = 3

    class Made(CosineDecay):
        def __init__(self, rate):
            super().__init__(rate, 10)

    for make in (lambda: Offbeat(0.1, 10), lambda: Made(0.1)):
        with pytest.raises(TypeError, match="must be decorated with"):
            make()

    class Longer(CosineDecay):  # adds no argument
        @property
        def horizon(self):
            return 7

    assert Longer(0.1, 10).horizon == 7


def test_a_pickle_does_not_change_when_the_schedule_is_used():
    schedule = lrschedules.Warmup(CosineDecay(0.1, 100), 10)
    before = pickle.dumps(schedule)
    schedule.rates(range(50))
    for step in range(5):
        schedule(step_tensor(step))
    assert pickle.dumps(schedule) == before
    for again in (pickle.loads(before), copy.copy(schedule), copy.deepcopy(schedule)):
        assert again == schedule and type(again) is lrschedules.Warmup
        assert again.rates(range(150)).tolist() == schedule.rates(range(150)).tolist()


def test_a_timescale_that_was_left_out_follows_the_warmup():
    schedule = lrschedules.InverseSqrtDecay(1.0, warmup_steps=100)
    assert dataclasses.replace(schedule, warmup_steps=200).timescale == 200
    assert dataclasses.replace(schedule, warmup_steps=0).timescale == 10_000
    given = lrschedules.InverseSqrtDecay(1.0, warmup_steps=100, timescale=50)
    assert dataclasses.replace(given, warmup_steps=200).timescale == 50
    assert schedule == lrschedules.InverseSqrtDecay(1.0, 100, timescale=100)


def test_halves_do_not_mix():
    import lrschedules_math as math

    numbers, own = math.CosineDecay(0.1, 10), Halved(0.1, 10)
    for mixed in (lrschedules.Warmup(numbers, 5), numbers * own, own * numbers):
        held = mixed.schedules if hasattr(mixed, "schedules") else [mixed.schedule]
        assert all(isinstance(x, LearningRateSchedule) for x in [mixed, *held])
    offset = lrschedules.CosineDecayWithOffset(initial_learning_rate=1, decay_steps=9)
    assert isinstance(offset, CosineDecay) and not issubclass(math.CosineDecay, CosineDecay)
