"""Weights files keep the step, the momentum and the factor that our functions set."""

import functools
import itertools
import warnings

import keras
import numpy as np
import pytest

from lrschedules import (
    ExponentialDecay,
    LearningRateMonitor,
    ReduceScheduleOnPlateau,
    ResumeCheck,
    optimizer_learning_rate,
    optimizer_schedule,
    optimizer_step,
    scale_learning_rate,
    set_optimizer_schedule,
)
from support import SWEEP, train, two_optimizers, used
from support import new_model as a_rate_at_each_step

pytestmark = pytest.mark.slow

SCHEDULE = ExponentialDecay(0.5, decay_steps=7, decay_rate=0.5, staircase=True)
X, Y = np.ones((4, 1), "float32"), np.ones((4, 1), "float32")


class Crash(Exception):
    pass


class CrashIn(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise Crash


@pytest.fixture
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


def new_model(rate, optimizer=keras.optimizers.SGD, **arguments):
    dense = keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False)
    model = keras.Sequential([keras.Input((1,)), dense])
    model.compile(optimizer(rate, **arguments), loss="mae")
    model.optimizer.build(model.trainable_variables)
    return model


def fit(model, *callbacks, epochs=1, **arguments):
    model.fit(X, Y, batch_size=1, epochs=epochs, verbose=0, callbacks=list(callbacks), **arguments)
    return model


def plateau(**arguments):
    return ReduceScheduleOnPlateau("loss", 0.5, patience=2, min_delta=1e6, **arguments)


def variables(optimizer):
    return [keras.ops.convert_to_numpy(variable).tolist() for variable in optimizer.variables]


@functools.cache
def unbroken_training(rate):
    # The rate is reduced after epochs 2, 4 and 6: epoch 0 sets the best value.
    return fit(new_model(rate, momentum=0.5), plateau(), epochs=8)


RATES = [SCHEDULE, 0.25, keras.optimizers.schedules.CosineDecay(0.5, 40)]
# The order of the callbacks does not depend on the rate, so each run tests it with some.
SOME = [(RATES[0], False), (RATES[1], True), (RATES[2], False)]


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize(
    "rate, backup_comes_first", list(itertools.product(RATES, [False, True])) if SWEEP else SOME
)
def test_a_training_that_crashed_after_a_reduction_goes_on_as_if_it_had_not(
    rate, backup_comes_first, tmp_path
):
    unbroken = unbroken_training(rate)
    for crash in (4, 5):
        folder = tmp_path / str(crash)
        model = new_model(rate, momentum=0.5)
        with pytest.raises(Crash):
            backup = keras.callbacks.BackupAndRestore(folder)
            fit(model, plateau(), backup, CrashIn(crash), epochs=8)
        again = new_model(rate, momentum=0.5)
        backup = keras.callbacks.BackupAndRestore(folder)
        callbacks = [backup, plateau()] if backup_comes_first else [plateau(), backup]
        fit(again, *callbacks, epochs=8)
        assert optimizer_schedule(again) == optimizer_schedule(unbroken)
        assert variables(again.optimizer) == variables(unbroken.optimizer)
        np.testing.assert_array_equal(again.get_weights()[0], unbroken.get_weights()[0])


def test_a_schedule_that_was_scaled_by_the_user_is_not_scaled_twice(tmp_path):
    file = tmp_path / "a.weights.h5"
    model = new_model(SCHEDULE * 0.5)
    scale_learning_rate(model, 0.25)
    model.save_weights(file)
    for held in (SCHEDULE, SCHEDULE * 0.5, SCHEDULE * 0.125):
        reader = new_model(held)
        set_optimizer_schedule(reader, held)
        reader.load_weights(file)
        assert optimizer_schedule(reader) == SCHEDULE * 0.125
    # A file from before the reduction undoes it, as it does for a rate that is a number.
    scale_learning_rate(reader, 0.5)
    before = new_model(SCHEDULE)
    set_optimizer_schedule(before, SCHEDULE)
    before.save_weights(file)
    reader.load_weights(file)
    assert optimizer_schedule(reader) == SCHEDULE


def test_what_was_compiled_goes_on_with_the_factor_of_the_file(tmp_path):
    file = tmp_path / "a.weights.h5"
    model, monitor = a_rate_at_each_step(SCHEDULE), LearningRateMonitor()
    train(model, 0, 4, monitor)
    scale_learning_rate(model, 0.25)
    model.save_weights(file)
    scale_learning_rate(model, 0.5)
    train(model, 4, 8, monitor)
    model.load_weights(file)
    train(model, 8, 12, monitor)
    # The count is again the one in the file.
    assert monitor.steps.tolist() == [*range(4), *range(4, 8), *range(4, 8)]
    factors = np.repeat([1, 0.125, 0.25], 4)
    np.testing.assert_allclose(monitor.rates, SCHEDULE.rates(monitor.steps) * factors, rtol=1e-6)
    np.testing.assert_allclose(used(model)[8:12], monitor.rates[8:], rtol=1e-5)


def test_the_factor_is_not_put_on_a_different_schedule(tmp_path):
    file = tmp_path / "a.weights.h5"
    model = fit(new_model(SCHEDULE))
    scale_learning_rate(model, 0.25)
    model.save_weights(file)
    reader, other = new_model(0.1), ExponentialDecay(0.5, 9, 0.5)
    set_optimizer_schedule(reader, other)
    with pytest.warns(UserWarning, match=r"`scale_learning_rate\(model, 0.25\)` to scale it"):
        reader.load_weights(file)
    assert optimizer_schedule(reader) == other
    assert optimizer_step(reader) == 4


@pytest.mark.telling
def test_only_the_writer_or_only_the_reader_knows_of_the_factor(tmp_path, no_warning):
    file = tmp_path / "a.weights.h5"
    writer = fit(new_model(SCHEDULE, momentum=0.5))
    plain = variables(writer.optimizer)
    scale_learning_rate(writer, 0.25)
    writer.save_weights(file)
    reader = new_model(SCHEDULE, momentum=0.5)
    reader.load_weights(file)
    assert variables(reader.optimizer) == plain and optimizer_schedule(reader) == SCHEDULE
    reader.save_weights(file)
    scale_learning_rate(writer, 0.5)
    writer.load_weights(file)
    assert variables(writer.optimizer) == plain
    assert optimizer_schedule(writer) == SCHEDULE * 0.125


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, keras.optimizers.Adam])
def test_a_number_and_a_schedule_read_each_others_files(optimizer, tmp_path, no_warning):
    file = tmp_path / "a.weights.h5"
    number = fit(new_model(0.125, optimizer))
    number.save_weights(file)
    expected = variables(number.optimizer)
    schedule = new_model(0.5, optimizer)
    set_optimizer_schedule(schedule, SCHEDULE)
    schedule.load_weights(file)
    assert optimizer_schedule(schedule) == SCHEDULE
    # The learning rate comes second.
    assert variables(schedule.optimizer) == expected[:1] + expected[2:]
    fit(schedule).save_weights(file)
    ResumeCheck().set_model(number)
    number.load_weights(file)
    assert optimizer_learning_rate(number) == 0.125
    found = variables(number.optimizer)
    assert found[:1] + found[2:] == variables(schedule.optimizer)
    assert optimizer_step(number) == 8


def test_a_whole_model_is_read_as_before(tmp_path, no_warning):
    file = tmp_path / "a.keras"
    model = fit(new_model(SCHEDULE, momentum=0.5), plateau(), epochs=5)
    model.save(file)
    read = keras.models.load_model(file)
    assert optimizer_schedule(read) == optimizer_schedule(model) == SCHEDULE * 0.25
    assert variables(read.optimizer) == variables(model.optimizer)
    weights = tmp_path / "a.weights.h5"
    model.save_weights(weights)
    # The loaded schedule is already scaled.
    scale_learning_rate(read, 1.0)
    read.load_weights(weights)
    assert optimizer_schedule(read) == SCHEDULE * 0.25


@pytest.mark.parametrize("several", [False, True])
def test_wrapped_optimizers_keep_their_factors(several, tmp_path):
    file = tmp_path / "a.weights.h5"

    def new():
        inner = keras.optimizers.SGD(SCHEDULE, momentum=0.5)
        outer = (
            two_optimizers(SCHEDULE)[0] if several else keras.optimizers.LossScaleOptimizer(inner)
        )
        layers = [keras.layers.Dense(1), keras.layers.Dense(1, name="head")]
        model = keras.Sequential([keras.Input((1,)), *layers])
        model.compile(outer, loss="mae")
        outer.build(model.trainable_variables)
        return model

    written = fit(new())
    scale_learning_rate(written, 0.25)
    written.save_weights(file)
    read = new()
    scale_learning_rate(read, 0.5)
    read.load_weights(file)
    assert optimizer_schedule(read) == optimizer_schedule(written)
    assert optimizer_step(read) == 4
