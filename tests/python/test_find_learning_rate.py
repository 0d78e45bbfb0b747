"""The range test: what it finds, and that nothing is left of it."""

import random
import signal
import warnings

import keras
import numpy as np
import pytest

import lrschedules
from lrschedules import Constant, CosineDecay, find_learning_rate, optimizer_schedule
from lrschedules.training import find_learning_rate as module
from lrschedules.training.suggestions import suggest
from support import BACKEND, fit_modes

SCHEDULE = CosineDecay(0.05, 200)


def data(samples=200, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, 6)).astype("float32")
    return x, (x[:, :1] * 2 - 1).astype("float32")


def sgd(rate):
    return keras.optimizers.SGD(rate, momentum=0.5)


def optimizers():
    return {
        "SGD": sgd,
        "AdamW": keras.optimizers.AdamW,
        "EMA": lambda rate: keras.optimizers.SGD(rate, use_ema=True),
        "LossScaleOptimizer": lambda rate: keras.optimizers.LossScaleOptimizer(sgd(rate)),
        "accumulating": lambda rate: keras.optimizers.SGD(rate, gradient_accumulation_steps=3),
    }


class OfItsOwn(keras.layers.Layer):
    """Draws its first weights as it is built."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], shape[-1]), initializer="random_normal")

    def call(self, x):
        return x @ self.kernel


def new_model(optimizer, built=True, **arguments):
    model = keras.Sequential(
        [
            *([keras.Input((6,))] if built else []),
            keras.layers.Dense(8),
            OfItsOwn(),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer, loss="mse", metrics=["mae"], **arguments)
    return model


def fit(model, epochs=2):
    return model.fit(*data(), batch_size=20, epochs=epochs, verbose=0)


def drawn_next():
    """What each source of random numbers gives next."""
    numbers = [random.random(), np.random.random(), np.asarray(keras.random.normal((3,)))]
    if BACKEND == "tensorflow":
        import tensorflow as tf

        numbers.append(tf.random.uniform([3]).numpy())
    if BACKEND == "torch":
        import torch

        numbers.append(torch.rand(3).numpy())
    return np.concatenate([np.ravel(number) for number in numbers])


def training(make_optimizer, disturb, fit_before=False, **arguments):
    """All that a training leaves, with `disturb(model)` before it or within it."""
    keras.utils.set_random_seed(7)
    model = new_model(make_optimizer(), **arguments)
    if fit_before:
        fit(model, 1)
    disturb(model)
    losses = fit(model).history
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    left = [np.asarray(keras.ops.convert_to_numpy(v)) for v in variables]
    return [*left, np.array(losses["loss"]), np.array(losses["mae"]), drawn_next()]


def check_same_bits(make_optimizer, disturb, **arguments):
    never = training(make_optimizer, lambda model: None, **arguments)
    after = training(make_optimizer, disturb, **arguments)
    assert len(never) == len(after)
    for a, b in zip(never, after):
        np.testing.assert_array_equal(a, b)


def test_once(model):
    found = find_learning_rate(model, *data(150, 1), batch_size=10, steps=40, verbose=False)
    assert len(found.rates) > 20


test_once.__test__ = False


@pytest.mark.parametrize("mode", fit_modes())
@pytest.mark.parametrize("rate", [0.05, SCHEDULE], ids=["constant", "schedule"])
@pytest.mark.parametrize("fit_before", [False, True], ids=["first", "between"])
def test_training_goes_on_as_if_nothing_had_been(rate, fit_before, mode):
    def disturb(model):
        before = dict(vars(model))
        test_once(model)
        test_once(model)
        after = vars(model)
        assert after.keys() - before.keys() <= {module._COMPILED, "_jax_state"}
        for name in ("train_function", "history", "stop_training", "steps_per_execution"):
            assert after.get(name) is before.get(name)

    check_same_bits(lambda: sgd(rate), disturb, fit_before=fit_before, **fit_modes()[mode])


@pytest.mark.slow
@pytest.mark.parametrize("name", list(optimizers())[1:])
@pytest.mark.parametrize("rate", [0.05, SCHEDULE], ids=["constant", "schedule"])
def test_optimizers_keep_their_state(name, rate):
    check_same_bits(lambda: optimizers()[name](rate), test_once, fit_before=True)


@pytest.mark.slow
def test_a_model_that_is_not_built_starts_with_the_same_weights():
    check_same_bits(lambda: sgd(SCHEDULE), test_once, built=False)


@pytest.mark.slow
@pytest.mark.skipif(BACKEND == "torch", reason="Keras on torch has steps_per_execution 1")
def test_several_steps_in_one_execution():
    check_same_bits(lambda: sgd(0.05), test_once, fit_before=True, steps_per_execution=3)


class Fails(keras.utils.PyDataset):
    """Batches, of which one is not given."""

    def __len__(self):
        return 30

    def __getitem__(self, index):
        if index == 12:
            raise RuntimeError("no such batch")
        return data(10, index)


def fails(model):
    with pytest.raises(Exception, match="no such batch"):
        find_learning_rate(model, Fails(workers=0), verbose=False)


def fails_at_once(model):
    with pytest.raises(Exception):
        find_learning_rate(model, np.zeros((10, 5)), np.zeros((10, 1)), verbose=False)


def is_interrupted(model):
    end = module._Sweep.on_train_batch_end

    def interrupt(self, batch, logs=None):
        end(self, batch, logs)
        if len(self.losses) == 17:
            signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._Sweep, "on_train_batch_end", interrupt)
        with pytest.raises(KeyboardInterrupt):
            test_once(model)


def is_interrupted_twice(model):
    put_back, calls = module._Test.put_back_random_numbers, []

    def interrupt(self):
        calls.append(1)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        put_back(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._Test, "put_back_random_numbers", interrupt)
        is_interrupted(model)
    assert len(calls) == 3


def has_no_numbers(model):
    found = find_learning_rate(model, *data(), start=1e20, end=1e30, verbose=False)
    assert found.ended == "diverged" and not np.isfinite(found.losses[-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    "disturb", [fails, fails_at_once, is_interrupted, is_interrupted_twice, has_no_numbers]
)
@pytest.mark.parametrize(
    "rate, fit_before", [(0.05, False), (SCHEDULE, True)], ids=["first", "between"]
)
def test_also_after(disturb, rate, fit_before):
    check_same_bits(lambda: sgd(rate), disturb, fit_before=fit_before)


class CountsTraces(keras.layers.Layer):
    calls = 0

    def call(self, x):
        CountsTraces.calls += 1
        return x


@pytest.mark.slow
@pytest.mark.skipif(BACKEND == "torch", reason="nothing is compiled")
@pytest.mark.parametrize("rate", [0.05, SCHEDULE], ids=["constant", "schedule"])
def test_nothing_is_compiled_again(rate):
    model = keras.Sequential([keras.Input((6,)), CountsTraces(), keras.layers.Dense(1)])
    model.compile(sgd(rate), loss="mse")
    fit(model, 1)
    find_learning_rate(model, *data(), batch_size=20, steps=20, verbose=False)
    before = CountsTraces.calls
    fit(model, 1)
    find_learning_rate(model, *data(), batch_size=20, steps=30, start=1e-5, verbose=False)
    fit(model, 1)
    assert CountsTraces.calls == before
    # A constant rate's variable can be set: the train function is used that there is.
    if rate is SCHEDULE:
        model.compile(sgd(rate), loss="mae")
        find_learning_rate(model, *data(), batch_size=20, steps=20, verbose=False)
        assert CountsTraces.calls > before


# What it measures and finds.


def one_weight(optimizer, k, noise=0.0, seed=0):
    """A loss k w^2 / 2 of one weight that begins at 1, whose gradient has noise."""
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    )
    # x (y) is a noise whose derivative by w is x: it has the mean 0, and not in the loss measured.
    model.compile(optimizer, loss=lambda y, w: k * w**2 / 2)
    return model
