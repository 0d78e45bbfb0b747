import copy
import json
import pickle
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

import lrschedules
from lrschedules import (
    Clamp,
    ExponentialDecay,
    ExponentialDecayWithOffset,
    KerasSchedule,
    Warmup,
    to_keras,
)
from support import Case

schedules = keras.optimizers.schedules


@keras.saving.register_keras_serializable(package="test")
class Halving(schedules.LearningRateSchedule):
    def __init__(self, rates=(0.5, 0.25)):
        self.rates = rates

    def __call__(self, step):
        return ops.where(ops.cast(step, "int32") < 7, self.rates[0], self.rates[1])

    def get_config(self):
        return {"rates": self.rates}


def piecewise(step):
    return 0.5 if step <= 9 else 0.25 if step <= 20 else 0.125


CASES = [
    Case(
        KerasSchedule.of(schedules.PiecewiseConstantDecay([9, 20], [0.5, 0.25, 0.125])),
        piecewise,
        (9, 20),
    ),
    Case(KerasSchedule.of(Halving()), lambda step: 0.5 if step < 7 else 0.25, (7,)),
]

OF_KERAS = [
    schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True, name="mine"),
    schedules.PiecewiseConstantDecay([10, 20], [0.5, 0.25, 0.125]),
    schedules.PolynomialDecay(0.1, 100, 0.01, power=2.0, cycle=True),
    schedules.InverseTimeDecay(0.1, 10, 0.5),
    schedules.CosineDecay(0.1, 100, alpha=0.1, warmup_target=1.0, warmup_steps=5),
    schedules.CosineDecayRestarts(0.1, 100, t_mul=1.5),
    Halving([0.5, 0.125]),
]


@pytest.mark.parametrize("schedule", OF_KERAS, ids=lambda s: type(s).__name__)
def test_an_object_is_plain_data_and_an_object_again(schedule):
    data = KerasSchedule.of(schedule)
    rebuilt = to_keras(data) if not isinstance(schedule, Halving) else data._schedule
    assert type(rebuilt) is type(schedule) and rebuilt.get_config() == schedule.get_config()
    for step in (0, 3, 50):
        assert data.value(step) == float(ops.convert_to_numpy(schedule(step)))
    assert type(data).from_config(json.loads(json.dumps(data.get_config()))) == data
    assert schedules.deserialize(json.loads(json.dumps(schedules.serialize(data)))) == data
    assert pickle.loads(pickle.dumps(data)) == data == copy.deepcopy(data)
    assert hash(data) == hash(KerasSchedule.of(schedule))
    assert data != KerasSchedule.of(schedules.ExponentialDecay(0.2, 10, 0.5))


def test_the_configuration_is_kept_as_it_was_given():
    config = {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": np.float64(0.5)}
    data = KerasSchedule("ExponentialDecay", config)
    config["decay_steps"] = 20
    data.get_config()["config"]["decay_steps"] = 30
    assert data.config["decay_steps"] == 10 and type(data.config["decay_rate"]) is float


class NotRegistered(schedules.LearningRateSchedule):
    def get_config(self):
        return {}


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: KerasSchedule("Nonsense", {}), "`class_name` must be a schedule class of Keras"),
        (
            lambda: KerasSchedule("LearningRateSchedule", {}),
            "`class_name` must be a schedule class of Keras",
        ),
        (lambda: KerasSchedule("serialize", {}), "`class_name` must be a schedule class of Keras"),
        (
            lambda: KerasSchedule("lrschedules>ExponentialDecay", {}),
            "`class_name` must be a schedule class of Keras",
        ),
        (lambda: KerasSchedule(1, {}), "`class_name` must be a string"),
        (lambda: KerasSchedule("CosineDecay", {}), "`config` does not configure a CosineDecay"),
        (
            lambda: KerasSchedule("CosineDecay", {"initial_learning_rate": 1, "decay_steps": 0}),
            "must be > 0",
        ),
        (lambda: KerasSchedule("CosineDecay", "config"), "`config` must be a dictionary"),
        (
            lambda: KerasSchedule("CosineDecay", {"alpha": np.sin}),
            r"`config\['alpha'\]` must be finite numbers",
        ),
        (
            lambda: KerasSchedule("CosineDecay", {"alpha": float("nan")}),
            r"`config\['alpha'\]` must be finite numbers",
        ),
        (lambda: KerasSchedule.of(NotRegistered()), "registered by"),
        (lambda: to_keras(0.1), "`schedule` must be a schedule"),
    ],
)
def test_what_is_no_schedule_of_keras_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def same_class(cls, **config):
    """A configuration that our class and Keras's of one name share."""
    return getattr(lrschedules, cls)(**config), getattr(schedules, cls)(**config)


PAIRS = [
    same_class(
        "ExponentialDecay",
        initial_learning_rate=0.1,
        decay_steps=10,
        decay_rate=0.5,
        staircase=True,
        name="mine",
    ),
    same_class("InverseTimeDecay", initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5),
    same_class(
        "PolynomialDecay",
        initial_learning_rate=0.1,
        decay_steps=10,
        power=2.0,
        end_learning_rate=0.01,
    ),
    same_class("PiecewiseConstantDecay", boundaries=[10, 20], values=[0.5, 0.25, 0.125]),
    same_class(
        "CosineDecay", initial_learning_rate=0.1, decay_steps=10, warmup_target=0.5, warmup_steps=4
    ),
    same_class(
        "CosineDecayRestarts", initial_learning_rate=0.1, first_decay_steps=10, t_mul=1.5, m_mul=0.9
    ),
    (
        ExponentialDecayWithOffset(
            offset=0, initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5
        ),
        schedules.ExponentialDecay(0.1, 10, 0.5),
    ),
    (
        lrschedules.PiecewiseConstantDecay([10, 20], [0.5, 0.25, 0.125], boundary="right"),
        schedules.PiecewiseConstantDecay([9, 19], [0.5, 0.25, 0.125]),
    ),
    (
        Warmup(lrschedules.CosineDecay(0.5, 10, alpha=0.1), 4, from_=0.1),
        schedules.CosineDecay(0.1, 10, alpha=0.1, warmup_target=0.5, warmup_steps=4),
    ),
    (Warmup(ExponentialDecay(0.1, 10, 0.5), 0), schedules.ExponentialDecay(0.1, 10, 0.5)),
]


@pytest.mark.parametrize("ours, expected", PAIRS, ids=lambda x: type(x).__name__)
def test_to_keras_gives_the_class_of_keras(ours, expected):
    actual = to_keras(ours)
    assert type(actual) is type(expected) and actual.get_config() == expected.get_config()
    steps = range(25)
    rates = [float(ops.convert_to_numpy(actual(step))) for step in steps]
    np.testing.assert_allclose(rates, ours.values(steps), rtol=1e-4, atol=1e-7)


def test_to_keras_leaves_objects_of_keras_alone():
    schedule = schedules.ExponentialDecay(0.1, 10, 0.5)
    assert to_keras(schedule) is schedule


@pytest.mark.once
@pytest.mark.slow
def test_what_keras_gives_loads_without_this_package(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(
        optimizer=keras.optimizers.SGD(to_keras(ExponentialDecay(0.1, 10, 0.5))), loss="mse"
    )
    model.save(tmp_path / "model.keras")
    program = (
        "import sys, keras; m = keras.models.load_model(sys.argv[1]);"
        "assert 'lrschedules' not in sys.modules; print(type(m.optimizer._learning_rate).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "model.keras")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["ExponentialDecay"]


@pytest.mark.parametrize(
    "schedule, message",
    [
        (
            Clamp(ExponentialDecay(0.1, 10, 0.5), 0.01),
            "Keras has no schedule that does what Clamp does",
        ),
        (
            Warmup(ExponentialDecay(0.1, 10, 0.5), 5),
            "Keras has no schedule that does what Warmup does",
        ),
        (
            Warmup(lrschedules.CosineDecay(0.1, 10), 5, shape="cosine"),
            "Keras has no schedule that does what Warmup does",
        ),
        (
            ExponentialDecayWithOffset(
                offset=1, initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5
            ),
            "Keras has no schedule that does what ExponentialDecayWithOffset does",
        ),
        (
            lrschedules.PiecewiseConstantDecay([0, 20], [0.5, 0.25, 0.125], boundary="right"),
            "Keras's PiecewiseConstantDecay has no `boundary`. Received: boundary='right'",
        ),
        (KerasSchedule.of(Halving()), "Keras has no schedule that does what Halving does"),
    ],
)
def test_to_keras_says_why_not(schedule, message):
    with pytest.raises(ValueError, match=message):
        to_keras(schedule)


def test_a_boundary_of_1_to_its_right_is_one_of_0_to_its_left():
    ours = lrschedules.PiecewiseConstantDecay([1, 5], [0.5, 0.25, 0.125], boundary="right")
    assert to_keras(ours).get_config()["boundaries"] == [0, 4]
