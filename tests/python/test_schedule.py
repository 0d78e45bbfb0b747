import copy
import json
import pickle

import keras
import numpy as np
import pytest
from keras import ops

import lrschedules
from lrschedules import ExponentialDecay, ExponentialDecayWithOffset, Schedule
from support import in_another_process, step_tensor

SCHEDULES = [
    ExponentialDecay(0.1, 1000, 0.5, staircase=True, name="mine"),
    ExponentialDecayWithOffset(offset=3, initial_learning_rate=0.1, decay_steps=7, decay_rate=0.9),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: type(s).__name__)
def test_configuration_round_trips(schedule):
    assert type(schedule).from_config(schedule.get_config()) == schedule
    serialized = keras.optimizers.schedules.serialize(schedule)
    assert keras.optimizers.schedules.deserialize(json.loads(json.dumps(serialized))) == schedule
    assert (
        keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
        == schedule
    )
    assert pickle.loads(pickle.dumps(schedule)) == schedule == copy.deepcopy(schedule)


LOAD = """
import sys, keras, lrschedules
for path in sys.argv[1:]:
    optimizer = keras.models.load_model(path).optimizer
    print(repr(optimizer._learning_rate))
    print(int(optimizer.iterations.value))
"""


@pytest.mark.slow
def test_models_saved_with_it_load_in_a_new_process(tmp_path):
    paths, expected = [], []
    for schedule in SCHEDULES:
        paths.append(tmp_path / f"{type(schedule).__name__}.keras")
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.SGD(schedule), loss="mse")
        model.fit(np.ones((5, 1)), np.ones((5, 1)), batch_size=1, verbose=0)
        model.save(paths[-1])
        expected += [repr(schedule), "5"]
    assert in_another_process(LOAD, *paths).splitlines() == expected


def test_it_is_a_keras_schedule_and_a_value():
    schedule = ExponentialDecay(0.1, 10, 0.5)
    assert isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule)
    assert schedule == ExponentialDecay(0.1, 10.0, 0.5) and hash(schedule) == hash(
        ExponentialDecay(0.1, 10, 0.5)
    )
    assert schedule != ExponentialDecay(0.1, 11, 0.5)
    with pytest.raises(AttributeError):
        schedule.decay_steps = 5


def test_what_a_call_takes_and_gives():
    schedule = ExponentialDecay(0.1, 10, 0.5)
    variable = keras.Variable(10, dtype="int32", trainable=False)
    for step in (10, 10.0, np.int64(10), variable, step_tensor(10), ops.convert_to_tensor(10.0)):
        rate = schedule(step)
        assert ops.is_tensor(rate) and rate.shape == ()
        assert keras.backend.standardize_dtype(rate.dtype) == "float32"
        assert float(ops.convert_to_numpy(rate)) == np.float32(0.05)
    rates = schedule(step_tensor([[0, 10], [20, -5]]))
    assert ops.convert_to_numpy(rates).tolist() == np.float32([[0.1, 0.05], [0.025, 0.1]]).tolist()


@keras.saving.register_keras_serializable(package="test")
class Counted(keras.optimizers.schedules.LearningRateSchedule):
    """A user's schedule with a side effect."""

    asked = []  # noqa: RUF012 (shared by all objects: a composition holds a copy)

    def __call__(self, step):
        self.asked.append(int(step))
        return ops.cast(0.5, "float32")

    def get_config(self):
        return {}


def test_an_eager_optimizer_asks_a_schedule_that_is_not_ours_at_its_own_steps_only():
    counted = Counted()
    counted.asked.clear()
    schedule = lrschedules.Clamp(lrschedules.Join([counted, counted], [5]), max=0.4)
    with keras.device("cpu"):  # on an accelerator, both parts are computed at each step
        rates = [float(ops.convert_to_numpy(schedule(step_tensor(step)))) for step in range(12)]
    assert rates == pytest.approx([0.4] * 12)
    assert counted.asked == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6]


def test_a_formula_that_is_a_constant_has_the_shape_of_the_steps():
    class Fixed(Schedule):
        def formula(self, step, xp):
            return 0.5

    rates = [float(ops.convert_to_numpy(Fixed()(step_tensor(step)))) for step in range(9)]
    assert rates == [0.5] * 9
    assert ops.convert_to_numpy(Fixed()(step_tensor([[0, 1]]))).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "1", 2.0**60, True])
def test_what_is_not_a_step_is_refused(bad):
    with pytest.raises(ValueError, match=r"`step` must be (finite )?numbers"):
        ExponentialDecay(0.1, 10, 0.5)(bad)


def test_between_two_whole_steps_the_rate_is_that_of_the_step_before():
    stairs = ExponentialDecay(1.0, 10, 0.5, staircase=True)
    steps = [-0.5, 9.0, 9.999999, 10.0, 19.5]
    assert ops.convert_to_numpy(stairs(np.array(steps))).tolist() == [1.0, 1.0, 1.0, 0.5, 0.5]


def test_a_rate_is_given_in_floatx():
    keras.config.set_floatx("float16")
    try:
        assert keras.backend.standardize_dtype(ExponentialDecay(0.1, 10, 0.5)(1).dtype) == "float16"
    finally:
        keras.config.set_floatx("float32")


@pytest.mark.parametrize(
    "schedule",
    [
        ExponentialDecay(0, 1, 2),
        ExponentialDecay(0.1, 1, 2),
        lrschedules.CosineDecayRestarts(0.1, 1, t_mul=1, m_mul=2),
        0 * (1 / (lrschedules.Constant(1) - 1)),
        (1 / (lrschedules.Constant(1) - 1)) - (1 / (lrschedules.Constant(1) - 1)),
    ],
    ids=repr,
)
def test_growth_beyond_all_rates_stays_finite(schedule):
    steps = [5, 2000, 10**6]
    on_device = ops.convert_to_numpy(schedule.on_device(step_tensor(steps)))
    assert np.isfinite(on_device).all() and (on_device <= np.float32(1e38)).all()
    np.testing.assert_allclose(on_device, schedule.rates(steps), rtol=1e-6)


def test_the_horizon_of_keras_own_schedules_is_that_of_ours():
    theirs = keras.optimizers.schedules.PiecewiseConstantDecay([100000], [1.0, 0.1])
    assert (
        lrschedules.Scale(theirs, 2).horizon
        == lrschedules.PiecewiseConstantDecay([100000], [1, 0.1]).horizon
    )
