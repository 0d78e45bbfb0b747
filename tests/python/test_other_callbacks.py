"""Keras's callbacks, copies and files: the rates must be those of an unbroken run, or start again
as the help page says."""

import csv
import importlib.util
import warnings

import keras
import numpy as np
import pytest

from lrschedules import (
    LearningRateMonitor,
    optimizer_schedule,
    optimizer_step,
    set_optimizer_step,
)
from support import BACKEND, STAIRS, batches, new_model, used

pytestmark = pytest.mark.slow

END, SPLIT = 60, 40

only_tensorflow = pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow has it")


def trained(*callbacks):
    model = new_model(STAIRS, END)
    x, y = batches(0, SPLIT, END)
    model.fit(x, y, batch_size=1, shuffle=False, verbose=0, callbacks=list(callbacks))
    return model


def go_on(model, first=SPLIT):
    """Trains the remaining steps, and returns their rates as the weights show them."""
    before = used(model)
    x, y = batches(SPLIT, END, END)
    monitor = LearningRateMonitor()
    model.fit(x, y, batch_size=1, shuffle=False, verbose=0, callbacks=[monitor])
    assert monitor.steps.tolist() == list(range(first, first + END - SPLIT))
    np.testing.assert_allclose(monitor.rates, STAIRS.rates(monitor.steps), rtol=1e-6)
    np.testing.assert_allclose((used(model) - before)[SPLIT:], monitor.rates, rtol=1e-5)


def test_a_checkpoint_of_a_whole_model_goes_on(tmp_path):
    file = tmp_path / "model.keras"
    trained(keras.callbacks.ModelCheckpoint(file))
    go_on(keras.models.load_model(file))


@pytest.mark.telling
def test_a_checkpoint_of_weights_goes_on_in_a_built_optimizer(tmp_path):
    file = tmp_path / "model.weights.h5"
    trained(keras.callbacks.ModelCheckpoint(file, save_weights_only=True))
    model = new_model(STAIRS, END)
    model.optimizer.build(model.trainable_variables)
    model.load_weights(file)
    go_on(model)


def test_the_best_weights_do_not_set_the_count_back():
    model = new_model(STAIRS, 4)
    x, y = batches(0, 4, 4)
    # With mode="max" the falling loss never improves after the first epoch.
    stop = keras.callbacks.EarlyStopping("loss", patience=2, mode="max", restore_best_weights=True)
    monitor = LearningRateMonitor()
    model.fit(x, y, batch_size=1, epochs=9, shuffle=False, verbose=0, callbacks=[stop, monitor])
    assert monitor.steps.tolist() == list(range(12)) and optimizer_step(model) == 12
    # The weights are those of the first epoch.
    np.testing.assert_allclose(used(model), STAIRS.rates(range(4)), rtol=1e-6)


@pytest.mark.skipif(
    not importlib.util.find_spec("tensorboard"), reason="tensorboard is not installed"
)
def test_tensorboard_changes_no_rate(tmp_path):
    pytest.importorskip("tensorflow")
    go_on(trained(keras.callbacks.TensorBoard(tmp_path)))


def test_a_logger_after_the_monitor_writes_the_rate(tmp_path):
    file, monitor = tmp_path / "log.csv", LearningRateMonitor()
    model = new_model(STAIRS, END)
    x, y = batches(0, END, END)
    callbacks = [monitor, keras.callbacks.CSVLogger(file)]
    model.fit(x, y, batch_size=2, epochs=2, shuffle=False, verbose=0, callbacks=callbacks)
    with open(file, newline="") as rows:
        logged = [float(row["learning_rate"]) for row in csv.DictReader(rows)]
    assert logged == [STAIRS.rate(29), STAIRS.rate(59)]


def test_a_clone_begins_anew_with_the_schedule():
    model = trained()
    clone = keras.models.clone_model(model)
    if clone.optimizer is None:  # older versions do not compile it
        clone.compile(keras.optimizers.SGD(optimizer_schedule(model)), loss=model.loss)
    assert optimizer_schedule(clone) == STAIRS
    go_on(clone, 0)
    go_on(model)


@only_tensorflow
def test_an_export_changes_nothing(tmp_path):
    model = trained()
    model.export(tmp_path / "exported", verbose=False)
    go_on(model)


@only_tensorflow
def test_a_checkpoint_of_tensorflow_has_the_count(tmp_path):
    import tensorflow as tf

    model = trained()
    path = tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(tmp_path / "saved")
    other = new_model(STAIRS, END)
    other.optimizer.build(other.trainable_variables)
    tf.train.Checkpoint(model=other, optimizer=other.optimizer).restore(path).expect_partial()
    np.testing.assert_array_equal(used(other), used(model))
    go_on(other)


def test_a_whole_model_in_h5_is_compiled_again_to_train_on(tmp_path):
    file, model = tmp_path / "model.h5", trained()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(file)
        loaded = keras.models.load_model(file)
    np.testing.assert_array_equal(used(loaded), used(model))
    assert optimizer_schedule(loaded) == STAIRS and optimizer_step(loaded) == SPLIT
    # Keras builds its optimizer without the variables of the model.
    with pytest.raises(ValueError, match="optimizer"):
        go_on(loaded)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = keras.models.load_model(file)
    schedule, step = optimizer_schedule(loaded), optimizer_step(loaded)
    loaded.compile(keras.optimizers.SGD(schedule), loss=model.loss)
    set_optimizer_step(loaded, step)
    go_on(loaded)
