import json

import keras
import pytest

import lrschedules
from cases_with_keras import Halving
from lrschedules import Clamp, ExponentialDecay, KerasSchedule, Schedule, Warmup, from_text, to_text

DECAY = ExponentialDecay(0.1, 10, 0.5)
OF_KERAS = keras.optimizers.schedules.CosineDecay(0.1, 100, warmup_target=1.0, warmup_steps=5)


def text_of(schedule):
    return json.dumps({"lrschedules": 1, "schedule": schedule})


@pytest.mark.parametrize(
    "schedule",
    [
        Clamp(Warmup(DECAY, 3, from_=0.01) * DECAY / 3 - 0.1, min=1e-5),
        KerasSchedule.of(OF_KERAS),
        KerasSchedule.of(keras.optimizers.schedules.PiecewiseConstantDecay([10], [0.5, 0.25])),
        KerasSchedule.of(Halving()),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_text_round_trips(schedule, tmp_path):
    assert from_text(to_text(schedule)) == schedule
    lrschedules.write(schedule, tmp_path / "schedule.json")
    assert lrschedules.read(tmp_path / "schedule.json") == schedule


def test_an_object_of_keras_is_written_as_data():
    warmup = Warmup(OF_KERAS, 5)
    assert from_text(to_text(warmup)) == Warmup(KerasSchedule.of(OF_KERAS), 5)
    assert from_text(to_text(OF_KERAS)) == KerasSchedule.of(OF_KERAS)


class Own(Schedule):
    pass


def test_what_a_reader_would_not_know_is_not_written():
    with pytest.raises(ValueError, match="not an object of class Own"):
        to_text(Clamp(Own(), 0.1))
    with pytest.raises(ValueError, match=r"Foreign is not known .*register_keras_serializable\(\)"):
        to_text(type("Foreign", (keras.optimizers.schedules.LearningRateSchedule,), {})())


KERAS_MEMBERS = {"class": "KerasSchedule", "class_name": "CosineDecay"}
DECAY_MEMBERS = {"class": "ExponentialDecay", "decay_steps": -1, "decay_rate": 0.5}


@pytest.mark.parametrize(
    "text, message",
    [
        ("rate = 0.1", "damaged, or is not JSON"),
        (text_of({"class": "Nonsense"}), "'Nonsense', which is not a schedule"),
        (
            text_of({**DECAY_MEMBERS, "initial_learning_rate": 1}),
            "`schedule` is not a valid ExponentialDecay: `decay_steps` must be",
        ),
        (
            text_of({**KERAS_MEMBERS, "class_name": "Lambda", "config": {}}),
            "`class_name` must be a schedule class of Keras",
        ),
        (text_of({**KERAS_MEMBERS, "config": {}}), "`config` is not valid for CosineDecay"),
        (
            text_of({**KERAS_MEMBERS, "config": {"initial_learning_rate": "os", "decay_steps": 5}}),
            "`schedule` is not a valid KerasSchedule: `initial_learning_rate` must be",
        ),
    ],
)
def test_a_damaged_or_hostile_text_is_a_clear_error(text, message):
    with pytest.raises(ValueError, match=message) as raised:
        from_text(text)
    assert len(str(raised.value)) < 1000
