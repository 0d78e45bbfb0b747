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
    LearningRateMonitor,
    ReduceScheduleOnPlateau,
    ResumeCheck,
    backend,
    optimizer_learning_rate,
    optimizer_schedule,
    optimizer_step,
    scale_learning_rate,
    set_optimizer_step,
)
from support import BACKEND, At, fit_modes, in_another_process, two_optimizers
from support import new_model as prediction_model

STEPS, SPLIT, BATCHES = 20, 8, 4
SCHEDULE = ExponentialDecay(0.1, 7, 0.5, staircase=True)
X, Y = np.eye(STEPS, dtype="float32"), np.full((STEPS, 1), 1e6, "float32")


def optimizer():
    # A negligible momentum gives the optimizer variables to build.
    return keras.optimizers.SGD(SCHEDULE, momentum=1e-30)


def new_model(**arguments):
    # Step i trains only weight i. The gradient of the absolute error is -1, so the weight becomes
    # the rate.
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


def test_sgd_without_momentum_gets_its_count_from_a_weights_file(tmp_path):
    def plain():
        model = new_model()
        model.compile(optimizer=keras.optimizers.SGD(SCHEDULE), loss="mae")
        return model

    model, other = plain(), plain()
    set_optimizer_step(model, SPLIT)
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    assert optimizer_step(other) == SPLIT


def test_compiling_again_with_the_same_optimizer_keeps_the_count():
    model = new_model()
    set_optimizer_step(model, SPLIT)
    model.compile(optimizer=model.optimizer, loss="mae")
    assert optimizer_step(model) == SPLIT


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
        # Ignore Keras's warning that the optimizer is not loaded: this is being tested.
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
        # A Python generator can't supply a second epoch.
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
    # If the size of the data is known, the same count is wrong.
    set_optimizer_step(model, 5 * epochs + 1)
    with pytest.raises(ValueError, match=f"at step {5 * epochs}, .* is {5 * epochs + 1}"):
        train(model, 0, 5, **resumed)
    set_optimizer_step(model, 5 * epochs + extra + 1)
    with pytest.raises(ValueError, match=f"at step {5 * epochs}, "):
        model.fit(data(), verbose=0, **resumed)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow counts the end of data")
def test_looking_whether_the_end_is_counted_leaves_nothing():
    def drawn_next(look):
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(1)
        model = new_model()
        if look:
            backend.current._counts_the_end.cache_clear()
            backend.current.counts_the_end(model)
        names = keras.layers.Dense(1).name, keras.Sequential().name
        numbers = (
            random.random(),
            np.random.random(),
            keras.ops.convert_to_numpy(keras.random.normal((3,))),
        )
        return str([*names, *numbers])

    assert drawn_next(True) == drawn_next(False)


@pytest.mark.parametrize("bad", [-5, 2.5, "3", None, True, 2**54])
def test_a_bad_step_is_refused(bad):
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
    with pytest.raises(
        ValueError, match="must be the model itself, because its optimizer is not built"
    ):
        set_optimizer_step(keras.optimizers.SGD(0.1), 3)


@pytest.mark.telling
def test_a_schedule_is_not_a_function_of_the_epoch():
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


def small_model(optimizer, **arguments):
    """A model of two layers, so that a `MultiOptimizer` can train each at a different rate."""
    layers = [keras.layers.Dense(2, name="body"), keras.layers.Dense(1, name="head")]
    model = keras.Sequential([keras.Input((1,)), *layers])
    model.compile(optimizer, loss="mse", run_eagerly=BACKEND != "torch", **arguments)
    return model


def fit(model, *callbacks, epochs=1, **arguments):
    """Trains four steps in each epoch."""
    ones = np.ones((4, 1), "float32")
    return model.fit(
        ones, ones, batch_size=1, epochs=epochs, verbose=0, callbacks=list(callbacks), **arguments
    )


def test_the_check_sets_a_lost_count():
    model = small_model(optimizer())
    monitor = LearningRateMonitor()
    fit(model, ResumeCheck(set=True), monitor, initial_epoch=2, epochs=3)
    assert monitor.steps.tolist() == [8, 9, 10, 11]
    assert optimizer_step(model) == 12


def test_the_check_looks_at_each_optimizer_and_sets_all():
    several, *_ = two_optimizers(SCHEDULE)
    model = small_model(several)
    fit(model, ResumeCheck())
    head_name, body_name = ".*head.*", "default"
    set_optimizer_step(model, 3, body_name)
    with pytest.raises(ValueError, match=f"the count of the optimizer '{body_name}', .* is 3"):
        fit(model, ResumeCheck(), initial_epoch=1, epochs=2)
    fit(model, ResumeCheck(optimizer=head_name), initial_epoch=1, epochs=2)
    assert (optimizer_step(model, head_name), optimizer_step(model, body_name)) == (8, 7)
    fit(model, ResumeCheck(set=True), initial_epoch=4, epochs=5)
    assert (optimizer_step(model, head_name), optimizer_step(model, body_name)) == (20, 20)


def test_an_optimizer_that_trains_nothing_is_not_checked():
    several, idle, body = two_optimizers(SCHEDULE, "no such layer")
    model = small_model(several)
    fit(model)
    fit(model, ResumeCheck(), initial_epoch=1, epochs=2)
    assert (optimizer_step(idle), optimizer_step(body)) == (0, 8)


@pytest.mark.slow
def test_a_second_fit_goes_on_in_this_process_alone():
    model = small_model(optimizer())
    for end in 8, 16:
        fit(model, ResumeCheck(), epochs=2)
        assert optimizer_step(model) == end
    # The same count in another optimizer, as after loading a model in a new process.
    other = small_model(optimizer())
    set_optimizer_step(other, 16)
    with pytest.raises(
        ValueError, match=r"step 0, .* is 16. Start at `initial_epoch = 4` \(in R 5\).*_step"
    ):
        fit(other, ResumeCheck())
    # The check knows nothing of a fit() that ran without it.
    fit(model)
    with pytest.raises(ValueError, match=r"at step 0, .* is 20"):
        fit(model, ResumeCheck())


def test_where_a_fit_ended_is_forgotten_with_its_optimizer():
    import gc

    from lrschedules.training import callbacks

    model = small_model(optimizer())
    gc.collect()
    before = len(callbacks._ended)
    fit(model, ResumeCheck())
    assert len(callbacks._ended) == before + 1
    del model
    keras.utils.clear_session()
    gc.collect()
    assert len(callbacks._ended) <= before


def stop():
    raise KeyboardInterrupt


def test_an_epoch_that_keras_begins_again_from_its_middle(tmp_path):
    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=3)

    model = small_model(optimizer())
    with pytest.raises(KeyboardInterrupt):
        fit(model, backup(), At(lambda model: stop(), batch=2))
    # Keras begins epoch 0 again, with the count of the third step.
    model = small_model(optimizer())
    with pytest.raises(ValueError, match=r"epoch 0 .* is 3\. If `BackupAndRestore.*`set=True`"):
        fit(model, backup(), ResumeCheck(), epochs=2)
    monitor = LearningRateMonitor()
    model = small_model(optimizer())
    fit(model, backup(), ResumeCheck(set=True), monitor, epochs=2)
    assert monitor.steps.tolist() == list(range(8))
    np.testing.assert_allclose(monitor.rates, SCHEDULE.rates(range(8)), rtol=1e-6)


def test_the_message_counts_as_python_and_r_do():
    model = small_model(optimizer())
    with pytest.raises(ValueError) as error:
        fit(model, ResumeCheck(), initial_epoch=2, epochs=3)
    assert str(error.value) == (
        "Training starts in epoch 2 (counted from 0; epoch 3 in R and in the progress bar), at "
        "step 8, but the optimizer's count, which the learning-rate schedule follows, is 0. Load "
        "the whole model with its optimizer and do not compile it again, or set the count: "
        "`set_optimizer_step(model, 8)`. `set=True` (in R `set = TRUE`) lets this check set it."
    )


def test_the_message_groups_the_digits_of_large_counts():
    model = small_model(optimizer())
    set_optimizer_step(model, 1234)
    with pytest.raises(ValueError, match=r"at step 1,600, but the .* follows, is 1,234\. Set"):
        fit(model, ResumeCheck(), initial_epoch=400, epochs=401)


def test_skipped_steps_of_a_scaled_loss_are_right():
    scaled = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(SCHEDULE), initial_scale=2.0**127
    )
    model, monitor = prediction_model(None, STEPS, scaled), LearningRateMonitor()

    def trained(start, end, **arguments):
        # Each gradient is 8. The first three loss scales, each half the previous one, make it
        # overflow in float32.
        callbacks = [ResumeCheck(), monitor]
        model.fit(
            8 * X[start:end],
            Y[start:end],
            batch_size=1,
            shuffle=False,
            verbose=0,
            callbacks=callbacks,
            **arguments,
        )

    trained(0, 8)
    assert optimizer_step(model) == 5
    trained(8, 16, initial_epoch=1, epochs=2)
    trained(16, STEPS)
    assert monitor.steps.tolist() == list(range(STEPS - 3))
    expected = SCHEDULE.rates(range(STEPS - 3))
    np.testing.assert_allclose(monitor.rates, expected, rtol=1e-6)
    np.testing.assert_allclose(-rates(model), [0, 0, 0, *(8 * expected)], rtol=1e-6)
    # A count greater than the number of steps is still wrong.
    set_optimizer_step(model, 9)
    with pytest.raises(ValueError, match=r"at step 8, .* is 9"):
        trained(0, 8, initial_epoch=1, epochs=2)


def plateau(**arguments):
    # The loss never improves by 1e6.
    return ReduceScheduleOnPlateau("loss", 0.5, patience=1, min_delta=1e6, **arguments)


@pytest.mark.slow
def test_no_reduction_is_counted_before_an_epoch():
    # Epoch 0 sets the best value; the later epochs reduce the rate.
    for start, factors in [(0, [1, 1, 0.5, 0.25, 0.125]), (2, [1, 1, 1, 1, 0.5])]:
        model = small_model(keras.optimizers.SGD(0.5))
        history = fit(model, plateau(start_from_epoch=start), epochs=5)
        assert history.history["learning_rate"] == [0.5 * factor for factor in factors]


def test_a_plateau_lowers_all_optimizers_by_one_factor():
    several, *_ = two_optimizers(SCHEDULE)
    model = small_model(several)
    history = fit(model, plateau(), epochs=2).history
    assert optimizer_schedule(model) == {".*head.*": SCHEDULE * 0.5, "default": SCHEDULE * 0.25}
    assert history["learning_rate_.*head.*"] == [SCHEDULE.rate(3), SCHEDULE.rate(7)]
    assert history["learning_rate_default"] == [SCHEDULE.rate(3) / 2, SCHEDULE.rate(7) / 2]
    # Reduce only one optimizer.
    fit(model, plateau(optimizer=".*head.*"), epochs=2)
    assert optimizer_schedule(model) == {".*head.*": SCHEDULE * 0.25, "default": SCHEDULE * 0.25}
    # The lowest rate above `min_lr` limits the common factor; a rate below `min_lr` stays.
    scale_learning_rate(model, 2.0, ".*head.*")
    low = optimizer_learning_rate(model, "default")
    fit(model, plateau(min_lr=low * 0.8 * SCHEDULE.rate(24) / SCHEDULE.rate(16)), epochs=2)
    found = optimizer_schedule(model)
    ratio = found[".*head.*"].rate(0) / found["default"].rate(0)
    assert ratio == pytest.approx(2.0)
    assert found["default"].rate(24) == pytest.approx(0.8 * 0.25 * SCHEDULE.rate(24))


def test_a_rate_that_is_a_function_is_refused_before_training():
    model = small_model(keras.optimizers.SGD(lambda: 0.5))
    before = model.get_weights()[0]
    with pytest.raises(
        ValueError, match="The optimizer's learning rate is a function, which can't"
    ):
        fit(model, plateau())
    np.testing.assert_array_equal(model.get_weights()[0], before)
