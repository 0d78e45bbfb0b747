"""New schedules for compiled models, and reductions on a plateau."""

import functools
import itertools

import keras
import numpy as np
import pytest

from lrschedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    LearningRateMonitor,
    ReduceScheduleOnPlateau,
    Scale,
    Tabulated,
    optimizer_learning_rate,
    optimizer_schedule,
    optimizer_step,
    scale_learning_rate,
    set_optimizer_schedule,
    set_optimizer_step,
)
from support import STAIRS, SWEEP, At, batches, fit_modes, new_model, train, used

OTHER = ExponentialDecay(4.0, 7, 0.5, staircase=True)


def fit(model, start, end, **arguments):
    x, y = batches(start, end)
    return model.fit(x, y, batch_size=1, shuffle=False, verbose=0, **arguments)


def optimizers():
    return {
        "SGD": lambda rate: keras.optimizers.SGD(rate, momentum=0.5),
        "AdamW": lambda rate: keras.optimizers.AdamW(rate),
        "LossScaleOptimizer": lambda rate: keras.optimizers.LossScaleOptimizer(
            keras.optimizers.SGD(rate, momentum=0.5)
        ),
        "accumulating": lambda rate: keras.optimizers.SGD(rate, gradient_accumulation_steps=2),
    }


def changes():
    """What trains, what replaces it, and the mode; in the first mode everything."""
    first, *others = fit_modes()
    changes = [(STAIRS, 0.125), (0.25, OTHER), (0.25, 0.125), (STAIRS, OTHER)]
    yield from ((*change, first) for change in changes)
    # The other modes have no changes of their own, so the sweep tests the rest.
    for mode in others:
        yield from ((*change, mode) for change in (changes if SWEEP else changes[:2]))


@pytest.mark.sweep
@pytest.mark.parametrize("before, after, mode", list(changes()))
def test_the_next_step_uses_the_new_schedule(before, after, mode):
    model = new_model(before, **fit_modes()[mode])
    fit(model, 0, 30)
    set_optimizer_schedule(model, after)
    assert optimizer_step(model) == 30
    fit(model, 30, 60)
    first = before.rates(range(30)) if before is STAIRS else np.full(30, before)
    second = after.rates(range(30, 60)) if after is OTHER else np.full(30, after)
    np.testing.assert_allclose(used(model)[:60], [*first, *second], rtol=1e-6)
    assert optimizer_learning_rate(model) == (OTHER.rate(60) if after is OTHER else 0.125)


# What an optimizer keeps does not depend on the rate before, so each run tests it with one.
BEFORE = list(zip([0.25, STAIRS, STAIRS, 0.25], optimizers(), strict=True))


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize(
    "before, name", list(itertools.product([0.25, STAIRS], optimizers())) if SWEEP else BEFORE
)
def test_as_if_it_had_been_there_from_the_start(name, before, tmp_path):
    """Weights, state and count stay: the run continues like a model whose schedule joins both, also
    if the model is saved and loaded in between."""
    first = before if before is STAIRS else Constant(before)
    joined = first.rates(range(20)).tolist() + OTHER.rates(range(20, 60)).tolist()
    whole = new_model(None, optimizer=optimizers()[name](Tabulated(joined)))
    fit(whole, 0, 60)
    model = new_model(None, optimizer=optimizers()[name](before))
    fit(model, 0, 20)
    set_optimizer_schedule(model, OTHER)
    fit(model, 20, 40)
    model.save(tmp_path / "model.keras")
    fit(model, 40, 60)
    np.testing.assert_allclose(model.get_weights()[0], whole.get_weights()[0], rtol=1e-6)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert optimizer_schedule(loaded) == OTHER and optimizer_step(loaded) == 40
    fit(loaded, 40, 60)
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


@pytest.mark.slow
def test_within_an_epoch_by_a_callback():
    model = new_model(STAIRS)
    change = At(lambda model: set_optimizer_schedule(model, OTHER), batch=9)
    fit(model, 0, 30, callbacks=[change])
    expected = [*STAIRS.rates(range(10)), *OTHER.rates(range(10, 30))]
    np.testing.assert_allclose(used(model)[:30], expected, rtol=1e-6)


def test_scaled_twice_is_one_factor_and_a_long_run_never_nests():
    model = new_model(STAIRS)
    for _ in range(300):
        scale_learning_rate(model, 0.5)
    assert optimizer_schedule(model) == Scale(STAIRS, 0.5**300)
    scale_learning_rate(new_model(0.5).optimizer, 0.5)


def test_an_optimizer_alone():
    optimizer = keras.optimizers.SGD(0.5)
    set_optimizer_schedule(optimizer, OTHER)
    assert optimizer_schedule(optimizer) is OTHER
    scale_learning_rate(optimizer, 0.5)
    assert optimizer_learning_rate(optimizer) == 2.0
    set_optimizer_schedule(optimizer, 0.1)
    assert optimizer_schedule(optimizer) == Constant(0.1)


def test_bad_input_names_the_argument():
    model = new_model(STAIRS)
    with pytest.raises(ValueError, match="`schedule` must be"):
        set_optimizer_schedule(model, "a")
    with pytest.raises(ValueError, match="`factor` must be"):
        scale_learning_rate(model, -1)
    with pytest.raises(ValueError, match="`model` must be compiled"):
        set_optimizer_schedule(keras.Sequential([keras.layers.Dense(1)]), 0.1)


@pytest.mark.slow
def test_a_train_step_of_the_users_own_stays():
    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")

        def call(self, x):
            return self.dense(x)

    model = Model()
    model.compile(keras.optimizers.SGD(STAIRS), loss=lambda y, p: p)
    fit(model, 0, 10)
    calls = []
    own = type(model).train_step

    def train_step(*args, **kwargs):
        calls.append(1)
        return own(model, *args, **kwargs)

    model.__dict__["train_step"] = train_step
    set_optimizer_schedule(model, OTHER)
    fit(model, 10, 20)
    assert calls and model.__dict__["train_step"] is train_step
    np.testing.assert_allclose(-model.get_weights()[0][10:20, 0], OTHER.rates(range(10, 20)))


class Stalls(keras.callbacks.Callback):
    """Sets the metric of each epoch, before the callback that reads it."""

    def __init__(self, losses):
        super().__init__()
        self.losses = losses

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = self.losses[epoch]


def plateau_run(rate, losses, callback=ReduceScheduleOnPlateau, **arguments):
    model, monitor = new_model(rate, 30), LearningRateMonitor()
    x, y = batches(0, 30, 30)
    reduce = callback(**arguments)
    history = model.fit(
        x,
        y,
        batch_size=1,
        epochs=len(losses),
        shuffle=False,
        verbose=0,
        callbacks=[Stalls(losses), reduce, monitor],
    )
    return model, monitor, history


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["constant", "schedule"])
def test_a_plateau_lowers_what_trains(kind):
    schedule = Constant(0.8) if kind == "constant" else CosineDecay(0.8, 300)
    losses = [1.0, 0.5, 0.5, 0.5, 0.5, 0.5]
    model, monitor, history = plateau_run(schedule, losses, factor=0.5, patience=2)
    plan = schedule.rates(range(180))
    expected = np.concatenate([plan[:120], plan[120:] * 0.5])
    np.testing.assert_allclose(monitor.rates, expected, rtol=1e-6)
    assert optimizer_schedule(model).factor == 0.25
    # Compare with Keras's callback on a constant rate.
    assert history.history["learning_rate"] == monitor.rates[29::30].tolist()
    if kind == "constant":
        theirs, _, _ = plateau_run(
            0.8, losses, keras.callbacks.ReduceLROnPlateau, factor=0.5, patience=2
        )
        np.testing.assert_allclose(model.get_weights()[0], theirs.get_weights()[0], rtol=1e-6)


@pytest.mark.slow
def test_cooldown_and_the_lowest_rate():
    stall = [1.0] * 7
    arguments = dict(factor=0.5, patience=1, cooldown=2, min_lr=0.3)
    _, monitor, _ = plateau_run(0.8, stall, **arguments)
    by_epoch = monitor.rates[::30].tolist()
    assert by_epoch == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.3, 0.3, 0.3])
    _, theirs, _ = plateau_run(0.8, stall, keras.callbacks.ReduceLROnPlateau, **arguments)
    np.testing.assert_allclose(monitor.rates, theirs.rates, rtol=1e-6)
    # A schedule that is already below `min_lr` is not raised.
    _, monitor, _ = plateau_run(STAIRS, stall, factor=0.5, patience=1, min_lr=2.0)
    assert monitor.rates.tolist() == STAIRS.rates(range(210)).tolist()


def test_a_factor_that_is_not_from_0_to_below_1_is_refused():
    for factor in (1.0, 1.5, float("nan"), -0.5, "0.5"):
        with pytest.raises(ValueError, match="`factor` must be one number, 0 or more and less tha"):
            ReduceScheduleOnPlateau(factor=factor)


@functools.cache
def model_for(callback):
    model = new_model(0.5, 3, metrics=["accuracy", "mae"])
    model.fit(np.zeros((1, 3)), np.zeros((1, 1)), verbose=0)  # builds the metrics
    return model


def decisions(callback, values, metric, capsys, **arguments):
    """The rates after each epoch and the printed text of a callback that gets these values."""
    model = model_for(callback)
    model.optimizer.learning_rate = 0.5
    callback = callback(monitor=metric, factor=0.3, verbose=1, **arguments)
    callback.set_model(model)
    rates = []
    for _ in range(2):  # the second training starts afresh
        callback.on_train_begin()
        for epoch, value in enumerate(values):
            callback.on_epoch_end(epoch, {metric: value})
            rates.append(optimizer_learning_rate(model))
    printed = capsys.readouterr().out.replace(type(callback).__name__, "").splitlines()
    return rates, [line.rpartition(" ")[0] for line in printed], callback


@pytest.mark.slow
@pytest.mark.parametrize(
    "metric, arguments",
    [
        ("val_loss", {}),
        ("val_accuracy", {}),
        ("mae", {"mode": "max"}),
        ("loss", {"mode": "min", "min_delta": -0.5}),
        ("anything", {"mode": "max", "cooldown": 2}),
        ("loss", {"cooldown": 3, "min_lr": 0.01}),
        ("val_loss", {"patience": 0, "min_lr": 0.1}),
    ],
)
def test_each_decision_is_that_of_keras_own(metric, arguments, capsys):
    values = np.random.default_rng(3).integers(0, 6, 30) / 4
    values[4] = np.nan
    arguments = {"patience": 2, "min_delta": 0.3, **arguments}
    ours = decisions(ReduceScheduleOnPlateau, values, metric, capsys, **arguments)
    theirs = decisions(keras.callbacks.ReduceLROnPlateau, values, metric, capsys, **arguments)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5)
    assert ours[1] == theirs[1] and len(ours[1]) > 1
    for name in ("wait", "cooldown_counter", "best"):
        np.testing.assert_equal(getattr(ours[2], name), getattr(theirs[2], name))


def test_what_cannot_be_monitored_is_said():
    model = new_model(0.5, 3, metrics=["accuracy"])
    model.fit(np.zeros((1, 3)), np.zeros((1, 1)), verbose=0)
    plateau = ReduceScheduleOnPlateau("val_loss")
    plateau.set_model(model)
    with pytest.warns(UserWarning, match="does not report 'val_loss'. It reports 'loss', 'learn"):
        plateau.on_epoch_end(0, {"loss": 1.0})
    plateau.monitor = "anything"
    with pytest.raises(ValueError, match='"anything" should fall or rise: set `mode`'):
        plateau.on_epoch_end(0, {"anything": 1.0})
    with pytest.warns(UserWarning, match='`mode` must be "auto", .*, not \'up\': "auto" is used'):
        assert ReduceScheduleOnPlateau(mode="up").mode == "auto"


@pytest.mark.slow
def test_a_scaled_model_continues_loaded(tmp_path):
    model, monitor = new_model(STAIRS), LearningRateMonitor()
    fit(model, 0, 30)
    scale_learning_rate(model, 0.5)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    train(loaded, 30, 60, monitor)
    np.testing.assert_allclose(monitor.rates, STAIRS.rates(range(30, 60)) / 2, rtol=1e-6)
    np.testing.assert_allclose(monitor.rates, used(loaded)[30:60], rtol=1e-5)


def two_phases():
    """A model whose first layer is frozen, trained for two steps."""
    base = keras.layers.Dense(3, name="base")
    base.trainable = False
    model = keras.Sequential([keras.Input((2,)), base, keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(CosineDecay(0.1, 100)), loss="mse")
    model.fit(np.ones((8, 2)), np.ones((8, 1)), batch_size=4, verbose=0)
    return model, base


@pytest.mark.slow
def test_layers_that_were_unfrozen_are_an_error_that_says_what_to_do():
    model, base = two_phases()
    # Scaled before, the model still has Keras's own training step.
    scale_learning_rate(model, 0.5)
    base.trainable = True
    before = optimizer_schedule(model)
    message = (
        r"\(\S*base/kernel and 1 more\): they were unfrozen .* Compile the model again.*"
        r"`set_optimizer_step\(model, 2\)`"
    )
    with pytest.raises(ValueError, match=message):
        set_optimizer_schedule(model, OTHER)
    with pytest.raises(ValueError, match=message):
        scale_learning_rate(model, 0.5)
    assert optimizer_schedule(model) == before
    # What it says to do works.
    weights = base.get_weights()[0]
    model.compile(optimizer=keras.optimizers.SGD(CosineDecay(0.01, 100)), loss="mse")
    set_optimizer_step(model, 2)
    model.fit(np.ones((8, 2)), np.zeros((8, 1)), batch_size=4, verbose=0)
    assert optimizer_step(model) == 4
    assert not np.array_equal(base.get_weights()[0], weights)


@pytest.mark.slow
def test_layers_that_are_frozen_meanwhile_are_not_an_error():
    model, base = two_phases()
    model.layers[-1].trainable = False
    base.trainable = False
    set_optimizer_schedule(model, OTHER)
    assert optimizer_schedule(model) == OTHER
