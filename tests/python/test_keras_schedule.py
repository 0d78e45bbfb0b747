import copy
import json
import math
import os
import pickle
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

import lrschedules
import lrschedules_math
from cases_with_keras import Halving
from lrschedules import (
    Clamp,
    ExponentialDecay,
    ExponentialDecayWithOffset,
    KerasSchedule,
    Warmup,
    checks,
    to_keras,
)
from lrschedules.exchange import bridge
from support import (
    fit_modes,
    new_model,
    prediction_itself,
    rates_in_fit,
    step_tensor,
    train,
    used,
)

schedules = keras.optimizers.schedules


OF_KERAS = [
    schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True, name="mine"),
    schedules.PiecewiseConstantDecay([10, 20], [0.5, 0.25, 0.125]),
    schedules.PolynomialDecay(0.1, 100, 0.01, power=2.0, cycle=True),
    schedules.InverseTimeDecay(0.1, 10, 0.5),
    schedules.CosineDecay(0.1, 100, alpha=0.1, warmup_target=1.0, warmup_steps=5),
    schedules.CosineDecayRestarts(0.1, 100, t_mul=1.5),
]


@pytest.mark.parametrize("schedule", OF_KERAS, ids=lambda s: type(s).__name__)
def test_kerass_own_classes_become_ours(schedule):
    name = type(schedule).__name__
    ours = getattr(lrschedules, name).from_config(schedule.get_config())
    named = KerasSchedule(name, schedule.get_config())
    saved = {"class": "KerasSchedule", "class_name": name, "config": schedule.get_config()}
    document = json.dumps({"lrschedules": 1, "schedule": saved})
    nested = schedules.serialize(Clamp(ours))
    nested["config"]["schedule"] = schedules.serialize(schedule)
    for found in [
        KerasSchedule.of(schedule),
        named,
        lrschedules.from_text(document),
        schedules.deserialize(nested).schedule,
        (schedule + 0 * ours).schedules[0],
        Warmup(schedule, 10).schedule,
        lrschedules.Join([0.1, schedule], [5]).schedules[1],
    ]:
        assert type(found) is type(ours) and found == ours


READ_AS_KERAS_DOES = [
    (schedules.CosineDecay(0.1, 50, warmup_steps=100), lrschedules.CosineDecay(0.1, 50)),
    (schedules.CosineDecay(0.1, 50, warmup_steps=-1.5), lrschedules.CosineDecay(0.1, 50)),
    (
        schedules.PiecewiseConstantDecay([7.5, np.float32(20.9)], [0.5, 0.25, 0.125]),
        lrschedules.PiecewiseConstantDecay([7, 20], [0.5, 0.25, 0.125]),
    ),
    (
        schedules.PiecewiseConstantDecay([-0.5, 7.0], [0.5, 0.25, 0.125]),
        lrschedules.PiecewiseConstantDecay([0, 7], [0.5, 0.25, 0.125]),
    ),
]


def test_what_keras_ignores_or_cuts_off_changes_no_rate():
    for theirs, ours in READ_AS_KERAS_DOES:
        read = KerasSchedule.of(theirs)
        assert type(read) is type(ours) and read == ours
        steps = range(60)
        expected = [float(ops.convert_to_numpy(theirs(step_tensor(step)))) for step in steps]
        np.testing.assert_allclose(read.rates(steps), expected, rtol=1e-4, atol=1e-8)
        assert KerasSchedule(type(ours).__name__, theirs.get_config()) == ours


# Configurations that Keras's classes accept and ours refuse, and a rate by Keras's formula.
ONLY_KERAS_TAKES = [
    (
        schedules.CosineDecay(0.1, 20, alpha=-0.5),
        lambda s: 0.1 * (1.5 * (1 + math.cos(math.pi * min(s, 20) / 20)) / 2 - 0.5),
    ),
    (
        schedules.CosineDecay(0.0, 20, warmup_target=0.1, warmup_steps=2.5),
        lambda s: (
            0.1 * s / 2.5 if s < 2.5 else 0.1 * (1 + math.cos(math.pi * min(s - 2.5, 20) / 20)) / 2
        ),
    ),
    (
        schedules.CosineDecayRestarts(0.1, 10, t_mul=0.5),
        lambda s: (
            0.1 * (1 + math.cos(math.pi * s / 10)) / 2
            if s < 10
            else 0.1 * (1 + math.cos(math.pi * (s - 10) / 5)) / 2
            if s < 15
            else None
        ),
    ),
    (schedules.InverseTimeDecay(0.1, 10, -0.01), lambda s: 0.1 / (1 - 0.001 * s)),
    (schedules.PolynomialDecay(0.1, 10, -0.1), lambda s: 0.1 - 0.02 * min(s, 10)),
    (
        schedules.PiecewiseConstantDecay([-1, 7], [0.5, 0.25, 0.125]),
        lambda s: 0.25 if s <= 7 else 0.125,
    ),
]


@pytest.mark.parametrize("theirs, formula", ONLY_KERAS_TAKES, ids=lambda x: type(x).__name__)
def test_what_only_kerass_class_takes_is_its_plain_data(theirs, formula):
    data = KerasSchedule.of(theirs)
    name = type(theirs).__name__
    assert type(data) is KerasSchedule and data.class_name == name
    steps = [step for step in range(25) if formula(step) is not None]
    expected = np.array([formula(step) for step in steps])
    np.testing.assert_allclose(data.rates(steps), expected, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose([data.rate(s) for s in steps], data.rates(steps), rtol=1e-6)
    half = lrschedules.Scale(theirs, 0.5)
    np.testing.assert_allclose(half.rates(steps), 0.5 * expected, rtol=1e-4, atol=1e-7)
    tensor = ops.convert_to_numpy(half(step_tensor(steps)))
    np.testing.assert_allclose(tensor, 0.5 * expected, rtol=1e-4, atol=1e-7)
    saved = json.loads(json.dumps(schedules.serialize(half)))
    assert schedules.deserialize(saved) == half == pickle.loads(pickle.dumps(half))
    assert lrschedules.from_text(lrschedules.to_text(half)) == half
    as_text = {"class": "KerasSchedule", "class_name": name, "config": theirs.get_config()}
    document = json.dumps({"lrschedules": 1, "schedule": as_text})
    assert lrschedules.from_text(document) == data
    again = to_keras(data)
    assert type(again) is type(theirs) and again.get_config() == theirs.get_config()
    described = bridge.describe(half)
    assert bridge.build(described) == half
    lrschedules.schedule_check(theirs, 10, 3)
    assert lrschedules.schedule_explain(theirs, 30)[-1].last == 29


@pytest.mark.slow
def test_an_optimizer_with_what_only_kerass_class_takes(tmp_path):
    theirs = schedules.CosineDecay(1.0, 5, alpha=-0.5)
    model = new_model(theirs)
    monitor = lrschedules.LearningRateMonitor()
    train(model, 0, 4, monitor)
    expected = [1.5 * (1 + math.cos(math.pi * min(s, 5) / 5)) / 2 - 0.5 for s in range(8)]
    np.testing.assert_allclose(used(model)[:4], expected[:4], rtol=1e-5)
    np.testing.assert_allclose(monitor.rates, expected[:4], rtol=1e-5)
    assert lrschedules.optimizer_schedule(model) == KerasSchedule.of(theirs)
    lrschedules.scale_learning_rate(model, 0.5)
    train(model, 4, 6, monitor)
    model.save(tmp_path / "model.keras")
    with keras.saving.custom_object_scope({"prediction_itself": prediction_itself}):
        model = keras.models.load_model(tmp_path / "model.keras")
    assert lrschedules.optimizer_schedule(model) == lrschedules.Scale(theirs, 0.5)
    train(model, 6, 8, monitor)
    halved = [0.5 * rate for rate in expected[4:]]
    np.testing.assert_allclose(used(model)[4:8], halved, rtol=1e-5)
    np.testing.assert_allclose(monitor.rates[4:], halved, rtol=1e-5)


def test_a_checked_object_of_keras_is_told_what_keras_ignores_and_where_it_has_no_rate():
    found = lrschedules.schedule_check(schedules.CosineDecay(0.1, 30, warmup_steps=10), 10, 3)
    assert [(f.severity, f.step) for f in found] == [("problem", 0)]
    assert found[0].what.startswith("Keras ignores `warmup_steps = 10` because `warmup_target` is")
    for warm in ({}, {"warmup_target": 0.2, "warmup_steps": 2}):
        theirs = schedules.CosineDecay(0.1, 28, **warm)
        assert not [f for f in lrschedules.schedule_check(theirs, 10, 3) if "ignores" in f.what]
    # Cycles of 10, 5, 2.5, ... steps, which have all passed at step 20.
    found = lrschedules.schedule_check(schedules.CosineDecayRestarts(0.1, 10, t_mul=0.5), 10, 3)
    assert [(f.severity, f.step) for f in found] == [("problem", 20)]
    assert found[0].what.startswith("The rate is not a number at step 20 (epoch 2): ")
    # The rate is below 0 from the first step after the middle.
    found = lrschedules.schedule_check(schedules.PolynomialDecay(0.1, 20, -0.1), 10, 3)
    assert [(f.severity, f.step) for f in found] == [("problem", 11)]
    assert found[0].what == (
        "The rate is -0.01 at step 11 (epoch 1.1): a learning rate must be 0 or more."
    )


@pytest.mark.parametrize("mode", fit_modes())
def test_kerass_own_staircase_trains_at_the_formulas_rate_when_composed(mode):
    k = schedules.ExponentialDecay(1.0, 41, 0.5, staircase=True)
    for schedule in [Clamp(k), lrschedules.Join([k, 0.1], [10**6])]:
        used = rates_in_fit(schedule, 42, **fit_modes()[mode])
        assert used.tolist() == [1.0] * 41 + [0.5]


def test_an_object_is_plain_data_and_an_object_again():
    schedule = Halving([0.5, 0.125])
    data = KerasSchedule.of(schedule)
    assert type(data._schedule) is Halving and data._schedule.get_config() == {
        "rates": [0.5, 0.125]
    }
    for step in (0, 3, 50):
        assert data.rate(step) == float(ops.convert_to_numpy(schedule(step)))
    assert type(data).from_config(json.loads(json.dumps(data.get_config()))) == data
    assert schedules.deserialize(json.loads(json.dumps(schedules.serialize(data)))) == data
    assert pickle.loads(pickle.dumps(data)) == data == copy.deepcopy(data)
    assert hash(data) == hash(KerasSchedule.of(schedule))
    assert data != KerasSchedule.of(Halving())


def test_equal_configurations_have_one_hash():
    whole, real = ({"rates": [1, x]} for x in (1, 1.0))
    one, other = (KerasSchedule("test>Halving", config) for config in (whole, real))
    assert one == other and hash(one) == hash(other)


def test_a_configuration_is_frozen_as_it_was_given():
    schedule = Halving([np.float64(0.5), np.float32(0.25)])
    composed = Clamp(schedule)
    data = composed.schedule
    schedule.rates[0] = 9.0
    data.get_config()["config"]["rates"][0] = 9.0
    for change in (
        lambda: data.config.update(rates=[9.0]),
        lambda: data.config.__setitem__("rates", 9.0),
        lambda: data.config["rates"].__setitem__(0, 9.0),
    ):
        with pytest.raises((TypeError, AttributeError)):
            change()
    assert data.config == {"rates": (0.5, 0.25)} and composed.rate(0) == 0.5
    assert {type(rate) for rate in data.config["rates"]} == {float}


class OfKeras2:
    """Looks like a class of tf_keras, which is not installed here."""

    __module__ = "tf_keras.src.optimizers.schedules.learning_rate_schedule"

    def __call__(self, step):
        return 0.1


class OfOldKeras2:
    __module__ = "keras.optimizers.schedules.learning_rate_schedule"


def test_objects_of_keras_2_are_refused_in_one_sentence():
    own = type("Own", (OfKeras2,), {"__module__": "__main__"})
    for theirs in (OfKeras2(), OfOldKeras2(), own()):
        for use in (
            KerasSchedule.of,
            to_keras,
            lrschedules.to_text,
            Clamp,
            lambda schedule: lrschedules.schedule_check(schedule, 10, 2),
            lambda schedule: lrschedules.schedule_explain(schedule, 10),
            lambda schedule: lrschedules.Join([schedule, 0.1], [5]),
            lambda schedule: lrschedules.set_optimizer_schedule(keras.optimizers.SGD(), schedule),
            lrschedules.optimizer_with_schedules,
        ):
            with pytest.raises(ValueError, match="must be an object of Keras 3, not of Keras 2"):
                use(theirs)
    assert not checks.is_of_keras_2(schedules.CosineDecay(0.1, 10))
    assert not checks.is_of_keras_2(lrschedules.CosineDecay(0.1, 10))


class NotRegistered(schedules.LearningRateSchedule):
    def get_config(self):
        return {}


@keras.saving.register_keras_serializable(package="test")
class NoConfig(schedules.LearningRateSchedule):
    def __rmul__(self, other):
        return Clamp(self)


class CosineDecay(schedules.LearningRateSchedule):
    """A foreign class with the name of Keras's class."""

    def get_config(self):
        return {"initial_learning_rate": 0.1, "decay_steps": 10}


def test_a_class_of_a_name_of_keras_is_not_taken_for_it():
    with pytest.raises(ValueError, match="CosineDecay is not known to Keras"):
        KerasSchedule.of(CosineDecay())
    with pytest.raises(ValueError, match="CosineDecay is not known to Keras"):
        to_keras(CosineDecay())
    own = type("CosineDecay", (lrschedules.CosineDecay,), {"horizon": 7})(0.1, 10)
    with pytest.raises(ValueError, match="Keras has no schedule that does what CosineDecay does"):
        to_keras(own)
    assert Clamp(own).horizon == 7


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
        (
            lambda: KerasSchedule("CosineDecay", {}),
            "for CosineDecay: .*[^.]\\. Received: config={}",
        ),
        (
            lambda: KerasSchedule("CosineDecay", {"initial_learning_rate": 1, "decay_steps": 0}),
            "`decay_steps` must be a number of steps",
        ),
        (lambda: KerasSchedule("CosineDecay", "config"), "`config` must be a dictionary"),
        (
            lambda: KerasSchedule(
                "CosineDecay", {"initial_learning_rate": "0.1", "decay_steps": 10}
            ),
            "`initial_learning_rate` must be one finite number",
        ),
        (
            lambda: KerasSchedule(
                "CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "beta": 1.0}
            ),
            "`config` is not valid for CosineDecay",
        ),
        (
            lambda: KerasSchedule(
                "PiecewiseConstantDecay", {"boundaries": [-1, 2], "values": [0.1, 0.2]}
            ),
            "`boundaries\\[0\\]` must be a whole number of steps",
        ),
        (
            lambda: KerasSchedule("PiecewiseConstantDecay", {"boundaries": [], "values": [0.1]}),
            "`boundaries` must be a list of one or more whole steps",
        ),
        (
            lambda: KerasSchedule("CosineDecay", {"alpha": np.sin}),
            r"`config\['alpha'\]` must be a finite number, a string, or a list or",
        ),
        (
            lambda: KerasSchedule("CosineDecay", {"alpha": float("nan")}),
            r"`config\['alpha'\]` must be a finite number, a string, or a list or",
        ),
        (
            lambda: KerasSchedule.of(NotRegistered()),
            r"NotRegistered is not known to Keras. Register .*register_keras_serializable\(\)",
        ),
        (lambda: KerasSchedule.of(NoConfig()), r"NoConfig has no `get_config\(\)`. Register"),
        (lambda: Clamp(NotRegistered()), "`schedule` can't be used. NotRegistered is not known"),
        (lambda: 2 * NoConfig() + Warmup(0.1, 5), "NoConfig"),
        (lambda: to_keras(0.1), "`schedule` must be a schedule"),
    ],
)
def test_what_is_not_a_keras_schedule_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def same_class(cls, **config):
    """A configuration that our class and Keras's class of the same name share."""
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
    (
        Warmup(lrschedules.CosineDecay(0.5, 10), 4, to=0.5),
        schedules.CosineDecay(0.0, 10, warmup_target=0.5, warmup_steps=4),
    ),
    (Warmup(ExponentialDecay(0.1, 10, 0.5), 0), schedules.ExponentialDecay(0.1, 10, 0.5)),
]


@pytest.mark.parametrize("ours, expected", PAIRS, ids=lambda x: type(x).__name__)
def test_to_keras_gives_the_class_of_keras(ours, expected):
    actual = to_keras(ours)
    assert type(actual) is type(expected) and actual.get_config() == expected.get_config()
    steps = range(25)
    rates = [float(ops.convert_to_numpy(actual(step))) for step in steps]
    np.testing.assert_allclose(rates, ours.rates(steps), rtol=1e-4, atol=1e-7)


def test_to_keras_leaves_objects_of_keras_alone():
    schedule = schedules.ExponentialDecay(0.1, 10, 0.5)
    assert to_keras(schedule) is schedule


def test_to_keras_takes_schedules_of_the_first_half():
    decay = lrschedules_math.ExponentialDecay(0.1, 10, 0.5)
    converted = to_keras(decay)
    assert type(converted) is keras.optimizers.schedules.ExponentialDecay
    assert float(converted(10)) == pytest.approx(0.05)


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
        env={**os.environ, "KERAS_BACKEND": "jax"},  # starts in less than half of TensorFlow's time
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
            Warmup(lrschedules.CosineDecay(0.1, 10), 5, to=0.2),
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
            r"`boundaries` must be 1 or more with `boundary='right'`. Received: boundaries=\(0,",
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
