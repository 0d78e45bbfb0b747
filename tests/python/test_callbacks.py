"""Training stopped and continued: the rates must be those of an unbroken run."""

import random
import textwrap
import warnings

import keras
import numpy as np
import pytest

from lrschedules import (
    Constant,
    ExponentialDecay,
    ResumeCheck,
    backend,
    optimizer_learning_rate,
    optimizer_schedule,
    optimizer_step,
    set_optimizer_step,
)
from support import BACKEND, fit_modes, in_another_process

STEPS, SPLIT, BATCHES = 20, 8, 4
SCHEDULE = ExponentialDecay(0.1, 7, 0.5, staircase=True)
X, Y = np.eye(STEPS, dtype="float32"), np.full((STEPS, 1), 1e6, "float32")


def optimizer():
    # With a momentum, of no weight, it has variables to build.
    return keras.optimizers.SGD(SCHEDULE, momentum=1e-30)


def new_model(**arguments):
    # Step i trains weight i alone. The gradient of the absolute error is -1: it becomes the rate.
    model = keras.Sequential(
        [keras.Input((STEPS,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    model.compile(optimizer=optimizer(), loss="mae", **arguments)
    return model


def train(model, start, end, **arguments):
    model.fit(X[start:end], Y[start:end], batch_size=1, shuffle=False, verbose=0, **arguments)


def rates(model):
    return np.asarray(model.get_weights()[0], np.float64)[:, 0]


@pytest.fixture(scope="module")
def unbroken():
    model = new_model()
    train(model, 0, STEPS)
    np.testing.assert_allclose(rates(model), SCHEDULE.rates(range(STEPS)), rtol=1e-6)
    return rates(model)


@pytest.mark.slow
def test_a_loaded_model_continues_in_a_new_process(unbroken, tmp_path):
    model = new_model()
    train(model, 0, SPLIT)
    model.save(tmp_path / "model.keras")
    program = textwrap.dedent(
        f"""
        import sys, keras, numpy as np, lrschedules
        model = keras.models.load_model(sys.argv[1])
        x = np.eye({STEPS}, dtype="float32")[{SPLIT}:]
        y = np.full(({STEPS - SPLIT}, 1), 1e6, "float32")
        model.fit(x, y, batch_size=1, shuffle=False, verbose=0)
        np.save(sys.argv[2], model.get_weights()[0][:, 0])
        """
    )
    in_another_process(program, tmp_path / "model.keras", tmp_path / "rates.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "rates.npy"), np.float32(unbroken))


def test_fit_again_continues(unbroken):
    model = new_model()
    train(model, 0, SPLIT)
    train(model, SPLIT, STEPS)
    np.testing.assert_array_equal(rates(model), unbroken)


def test_weights_loaded_into_a_built_optimizer_continue(unbroken, tmp_path):
    model = new_model()
    train(model, 0, SPLIT)
    model.save_weights(tmp_path / "model.weights.h5")
    other = new_model()
    other.optimizer.build(other.trainable_variables)
    other.load_weights(tmp_path / "model.weights.h5")
    assert optimizer_step(other) == SPLIT
    train(other, SPLIT, STEPS)
    np.testing.assert_array_equal(rates(other), unbroken)


def compiled_again(tmp_path):
    model = new_model()
    train(model, 0, SPLIT)
    model.compile(optimizer=optimizer(), loss="mae")
    return model


def weights_without_an_optimizer(tmp_path):
    model = new_model()
    train(model, 0, SPLIT)
    model.save_weights(tmp_path / "model.weights.h5")
    other = new_model()
    with warnings.catch_warnings():
        # Keras says that the optimizer is not loaded; here that is the point.
        warnings.simplefilter("ignore")
        other.load_weights(tmp_path / "model.weights.h5")
    return other


def initial_epoch_alone(tmp_path):
    return new_model()


@pytest.mark.parametrize(
    "lost", [compiled_again, weights_without_an_optimizer, initial_epoch_alone]
)
def test_a_lost_step_is_detected_and_set(lost, unbroken, tmp_path):
    model = lost(tmp_path)
    before = model.get_weights()[0]
    epoch = SPLIT // BATCHES
    check = ResumeCheck(steps_per_epoch=BATCHES)
    with pytest.raises(
        ValueError, match=rf"at step {SPLIT}, .* is 0\..*set_optimizer_step\(model, {SPLIT}\)"
    ):
        train(model, SPLIT, STEPS, initial_epoch=epoch, epochs=epoch + 1, callbacks=[check])
    np.testing.assert_array_equal(model.get_weights()[0], before)
    set_optimizer_step(model, SPLIT)
    train(model, SPLIT, STEPS, initial_epoch=epoch, epochs=epoch + 1, callbacks=[check])
    np.testing.assert_array_equal(rates(model)[SPLIT:], unbroken[SPLIT:])


def test_the_check_passes_from_the_start_and_takes_the_steps_of_fit(unbroken):
    model = new_model()
    model.fit(X, Y, batch_size=1, shuffle=False, verbose=0, epochs=2, callbacks=[ResumeCheck()])
    assert optimizer_step(model) == 2 * STEPS


def test_a_model_without_an_optimizer_is_refused():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="`model` must be compiled"):
        set_optimizer_step(model, 3)


def test_the_check_looks_at_the_first_epoch_of_each_fit_and_at_no_other():
    check, model = ResumeCheck(), new_model()
    model.fit(X, Y, batch_size=1, shuffle=False, verbose=0, epochs=1, callbacks=[check])
    check.set_model(model)
    check.params = {"steps": STEPS}
    check.on_train_begin()
    check.on_epoch_begin(1)
    check.on_epoch_begin(5)
    check.on_train_begin()
    with pytest.raises(ValueError, match="Training starts in epoch 5"):
        check.on_epoch_begin(5)


@pytest.mark.parametrize("mode", fit_modes())
def test_the_end_of_data_of_unknown_size_may_be_counted(mode):
    def batches():
        for i in range(5):
            yield X[i : i + 1], Y[i : i + 1]

    def data():
        # In one epoch of Python's generator there is no second.
        if BACKEND != "tensorflow":
            return batches()
        import tensorflow as tf

        kinds = tf.TensorSpec((1, STEPS)), tf.TensorSpec((1, 1))
        return tf.data.Dataset.from_generator(batches, output_signature=kinds)

    model = new_model(**fit_modes()[mode])
    epochs = 3 if BACKEND == "tensorflow" else 1
    model.fit(data(), epochs=epochs, verbose=0)
    counted = optimizer_step(model)
    extra = epochs if backend.current.counts_the_end(model) else 0
    assert counted == 5 * epochs + extra
    check = ResumeCheck(steps_per_epoch=5)
    resumed = dict(initial_epoch=epochs, epochs=epochs + 1, callbacks=[check])
    model.fit(data(), verbose=0, **resumed)
    # With data of a known size the same count is wrong.
    set_optimizer_step(model, 5 * epochs + 1)
    with pytest.raises(ValueError, match=f"at step {5 * epochs}, .* is {5 * epochs + 1}"):
        train(model, 0, 5, **resumed)
    set_optimizer_step(model, 5 * epochs + extra + 1)
    with pytest.raises(ValueError, match=f"at step {5 * epochs}, "):
        model.fit(data(), verbose=0, **resumed)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow counts the end of data")
def test_looking_whether_the_end_is_counted_leaves_nothing():
    def drawn_next(look):
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        model = new_model()
        if look:
            backend.current._counts_the_end.cache_clear()
            backend.current.counts_the_end(model)
        names = keras.layers.Dense(1).name, keras.Sequential().name
        numbers = random.random(), np.random.random(), np.asarray(keras.random.normal((3,)))
        return str([*names, *numbers])

    assert drawn_next(True) == drawn_next(False)


@pytest.mark.parametrize("bad", [-5, 2.5, "3", None, True, 2**54])
def test_a_step_that_is_none_is_refused(bad):
    model = new_model()
    with pytest.raises(ValueError, match="`step` must be a whole number of steps, 0 or more"):
        set_optimizer_step(model, bad)
    assert optimizer_step(model) == 0


def test_the_schedule_and_the_rate_of_an_optimizer():
    theirs = keras.optimizers.schedules.ExponentialDecay(0.1, 7, 0.5, staircase=True)
    for rate, expected in [(SCHEDULE, SCHEDULE), (theirs, SCHEDULE), (0.5, Constant(0.5))]:
        optimizer = keras.optimizers.SGD(rate)
        assert optimizer_schedule(optimizer) == expected
    model = new_model()
    set_optimizer_step(model, 7)
    assert optimizer_schedule(model) == SCHEDULE
    assert optimizer_learning_rate(model) == optimizer_learning_rate(model.optimizer) == 0.05
    with pytest.raises(ValueError, match="the optimizer alone is not built"):
        set_optimizer_step(keras.optimizers.SGD(0.1), 3)


@pytest.mark.telling
def test_a_schedule_is_no_function_of_the_epoch():
    held = 0.1 * SCHEDULE  # of any class
    for schedule in (SCHEDULE, held):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
        with pytest.raises(ValueError, match="A schedule counts training steps: pass it to the"):
            model.fit(
                np.ones((4, 1)),
                np.ones((4, 1)),
                verbose=0,
                callbacks=[keras.callbacks.LearningRateScheduler(schedule)],
            )
        assert optimizer_step(model) == 0


@pytest.mark.parametrize("bad", ["10", 2.7, 0, -1, True, float("nan"), [10], 2**53 + 2])
def test_steps_per_epoch_of_the_resume_check_are_whole_steps(bad):
    with pytest.raises(
        ValueError, match="`steps_per_epoch` must be a whole number of steps greater than 0"
    ):
        ResumeCheck(bad)
    assert ResumeCheck(10.0).steps_per_epoch == 10
    assert ResumeCheck().steps_per_epoch is None
