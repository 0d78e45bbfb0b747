"""The recorded rates against the rates that the weights show: step i trains only weight i, with
gradient 1, so SGD leaves minus the rate there."""

import itertools
import time
import warnings

import keras
import numpy as np
import pytest

from cases.pace import unit
from lrschedules import (
    Constant,
    CosineDecay,
    LearningRateMonitor,
    ResumeCheck,
    backend,
    optimizer_step,
    scale_learning_rate,
    set_optimizer_schedule,
    set_optimizer_step,
)
from support import BACKEND, STAIRS, STEPS, SWEEP, At, batches, fit_modes, new_model, train, used


def check(monitor, model, steps=None):
    """The record has one row per batch, with the rate that the batch used."""
    expected = used(model)[: len(monitor.rates)]
    np.testing.assert_allclose(monitor.rates, expected, rtol=1e-5)
    assert monitor.steps.tolist() == list(range(len(expected)) if steps is None else steps)


@pytest.mark.parametrize("mode", fit_modes())
@pytest.mark.parametrize("rate", [0.25, STAIRS], ids=["constant", "staircase"])
def test_rates_in_one_run(rate, mode):
    model, monitor = new_model(rate, **fit_modes()[mode]), LearningRateMonitor()
    history = train(model, 0, STEPS, monitor)
    check(monitor, model)
    assert len(monitor.rates) == STEPS and set(monitor.fit_epochs) == {1}
    assert history.history["learning_rate"] == [monitor.rates[-1]]
    assert monitor.steps_per_epoch == STEPS


@pytest.mark.slow
def test_a_second_fit_goes_on_and_epochs_are_counted():
    model, monitor = new_model(STAIRS), LearningRateMonitor()
    train(model, 0, 30, monitor)
    train(model, 30, 60, monitor, initial_epoch=1, epochs=2)
    check(monitor, model)
    assert monitor.fit_epochs.tolist() == [1] * 30 + [2] * 30
    # Weights 60 to 89 in two epochs of 15 steps.
    x, y = batches(60, 90)
    model.fit(x, y, batch_size=2, epochs=2, verbose=0, shuffle=False, callbacks=[monitor])
    assert monitor.steps.tolist() == list(range(90))
    np.testing.assert_allclose(monitor.rates, STAIRS.rates(range(90)), rtol=1e-6)


@pytest.mark.slow
def test_right_after_resuming():
    again, monitor = new_model(STAIRS), LearningRateMonitor()
    set_optimizer_step(again, 50)
    train(again, 50, STEPS, monitor)
    assert monitor.steps.tolist() == list(range(50, STEPS))
    np.testing.assert_allclose(monitor.rates, used(again)[50:], rtol=1e-5)


def changes():
    """The mode, and where and in which order it changes; in the first mode everything."""
    everywhere = list(itertools.product(["batch", "epoch_begin", "epoch_end"], [0, 1]))
    for i, mode in enumerate(fit_modes()):
        # The order does not depend on the mode, so in the others the sweep tests the rest.
        some = everywhere if SWEEP or i == 0 else everywhere[::3] + everywhere[4:5]
        yield from ((mode, *one) for one in some)


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("mode, place, first", list(changes()))
def test_a_change_within_and_between_epochs(mode, place, first):
    model, monitor = new_model(STAIRS, **fit_modes()[mode]), LearningRateMonitor()
    at = {"batch": 19, "epoch_begin": 1, "epoch_end": 0}[place]
    change = At(lambda model: scale_learning_rate(model, 0.25), **{place: at})
    callbacks = [change, monitor] if first else [monitor, change]

    # Train the same 45 weights twice: the second epoch adds to the weights of the first.
    x, y = batches(0, 45)
    seen = []
    weights = At(lambda model: seen.append(used(model)), epoch_end=0)
    model.fit(
        x, y, batch_size=1, epochs=2, shuffle=False, verbose=0, callbacks=[*callbacks, weights]
    )
    once = seen[0][:45]
    twice = used(model)[:45] - once
    np.testing.assert_allclose(monitor.rates, [*once, *twice], rtol=1e-5)
    expected = STAIRS.rates(range(90))
    # A change at the end of a batch happens in both epochs.
    for step in (20, 65) if place == "batch" else (45,):
        expected[step:] *= 0.25
    np.testing.assert_allclose(monitor.rates, expected, rtol=1e-6)


@pytest.mark.slow
def test_gradient_accumulation_has_a_row_per_batch():
    optimizer = keras.optimizers.SGD(STAIRS, gradient_accumulation_steps=2)
    model, monitor = new_model(None, optimizer=optimizer), LearningRateMonitor()
    train(model, 0, STEPS, monitor)
    assert monitor.steps.tolist() == list(range(STEPS))
    # Each update uses the mean of two gradients, at the rate of the second step.
    np.testing.assert_allclose(used(model)[1::2], monitor.rates[1::2] / 2, rtol=1e-5)
    np.testing.assert_allclose(used(model)[0::2], monitor.rates[1::2] / 2, rtol=1e-5)


@pytest.mark.slow
def test_loss_scaling_and_adam():
    inner = keras.optimizers.AdamW(STAIRS)
    optimizer = keras.optimizers.LossScaleOptimizer(inner)
    model, monitor = new_model(None, optimizer=optimizer), LearningRateMonitor()
    train(model, 0, STEPS, monitor)
    assert monitor.steps.tolist() == list(range(STEPS))
    np.testing.assert_allclose(monitor.rates, STAIRS.rates(range(STEPS)), rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("mode", fit_modes())
def test_data_of_unknown_size(mode):
    model, monitor = new_model(STAIRS, **fit_modes()[mode]), LearningRateMonitor()

    def rows(start):
        x, y = batches(start, start + 15)
        return ((x[i : i + 1], y[i : i + 1]) for i in range(15))

    for start in (0, 15, 30):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras warns when a generator runs out
            model.fit(rows(start), verbose=0, callbacks=[monitor])
    np.testing.assert_allclose(monitor.rates, used(model)[:45], rtol=1e-5)
    gap = 1 if backend.current.counts_the_end(model) else 0
    assert optimizer_step(model) == 3 * (15 + gap)
    steps = [i + gap * (i // 15) for i in range(45)]
    assert monitor.steps.tolist() == steps
    np.testing.assert_allclose(monitor.rates, STAIRS.rates(steps), rtol=1e-6)


@pytest.mark.slow
def test_an_interrupt_keeps_the_epoch_begun():
    def interrupt(model):
        raise KeyboardInterrupt

    model, monitor = new_model(STAIRS), LearningRateMonitor()
    x, y = batches(0, STEPS)
    with pytest.raises(KeyboardInterrupt):
        model.fit(
            x,
            y,
            batch_size=1,
            shuffle=False,
            verbose=0,
            callbacks=[monitor, At(interrupt, batch=49)],
        )
    check(monitor, model, range(50))
    train(model, 50, STEPS, monitor)
    check(monitor, model, range(STEPS))


@pytest.mark.slow
def test_what_trains_counts_and_not_what_was_assigned_by_hand():
    model, monitor = new_model(STAIRS), LearningRateMonitor()
    train(model, 0, 30, monitor)
    model.optimizer.learning_rate = CosineDecay(5.0, 100)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train(model, 30, 60, monitor)
    check(monitor, model)
    said = [str(w.message) for w in caught if "set_optimizer_schedule" in str(w.message)]
    assert len(said) == (0 if BACKEND == "torch" else 1)
    set_optimizer_schedule(model, 0.125)
    train(model, 60, 90, monitor)
    check(monitor, model)
    assert monitor.rates[60:].tolist() == [0.125] * 30


@pytest.mark.slow
def test_another_callback_remembers_too():
    model = new_model(STAIRS)
    x, y = batches(0, 30)
    model.fit(x, y, batch_size=1, shuffle=False, verbose=0, callbacks=[ResumeCheck()])
    model.optimizer.learning_rate = Constant(5.0)
    monitor = LearningRateMonitor()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        train(model, 30, 60, monitor)
    np.testing.assert_allclose(monitor.rates, used(model)[30:60], rtol=1e-5)


@pytest.mark.parametrize("mode", fit_modes())
def test_keras_own_schedule_is_recorded_as_it_trains(mode):
    theirs = keras.optimizers.schedules.ExponentialDecay(1.0, 41, 0.5, staircase=True)
    model, monitor = new_model(theirs, **fit_modes()[mode]), LearningRateMonitor()
    train(model, 0, STEPS, monitor)
    check(monitor, model)


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 1], ids=["monitor first", "monitor last"])
def test_a_constant_that_keras_own_callback_changes(first):
    model, monitor = new_model(0.5, 30), LearningRateMonitor()
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.5 / 4**epoch)
    seen = []
    weights = At(lambda model: seen.append(used(model)), epoch_end=0)
    x, y = batches(0, 30, 30)
    callbacks = [scheduler, monitor] if first else [monitor, scheduler]
    model.fit(
        x, y, batch_size=1, epochs=2, shuffle=False, verbose=0, callbacks=[*callbacks, weights]
    )
    np.testing.assert_allclose(monitor.rates, [*seen[0], *(used(model) - seen[0])], rtol=1e-5)
    assert monitor.rates.tolist() == [0.5] * 30 + [0.125] * 30


@pytest.mark.slow
def test_an_epoch_costs_little():
    monitor, model = LearningRateMonitor(), new_model(STAIRS)
    train(model, 0, STEPS, monitor)
    monitor.set_params({"steps": 1000})
    monitor.on_train_begin()
    seconds = []
    for epoch in range(1, 6):
        start = time.process_time()
        monitor.on_epoch_begin(epoch)
        for batch in range(1000):
            monitor.on_train_batch_begin(batch)
            monitor.on_train_batch_end(batch)
        model.optimizer.iterations.assign_add(1000)
        monitor.on_epoch_end(epoch, {})
        seconds.append(time.process_time() - start)
    assert min(seconds) < unit()
    assert len(monitor.rates) == STEPS + 5000


def test_nothing_is_recorded_before_it_trains():
    monitor = LearningRateMonitor()
    assert monitor.steps.tolist() == [] and monitor.rates.tolist() == []
