"""Training for the benchmarks: small models that differ only in their learning rate."""

import random
import statistics
import time

import keras
import numpy as np

AGAIN = "constant rate again"
RATE = 0.01
BATCH = 32


def model_with(learning_rate, eager=False):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((20,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate),
        loss="mse",
        run_eagerly=eager,
        jit_compile=False if keras.backend.backend() == "torch" else "auto",
    )
    return model


def _data(steps):
    return np.random.default_rng(1).normal(size=(steps * BATCH, 20)).astype("float32")


def seconds_of_fit(model, steps, callbacks=None):
    x = _data(steps)
    start = time.perf_counter()
    model.fit(x, x[:, :1], batch_size=BATCH, shuffle=False, verbose=0, callbacks=callbacks)
    return time.perf_counter() - start


def ratios_over_constant(learning_rates, steps, rounds, eager=False):
    """For each learning rate, the time of a `fit()` step, relative to a step with a constant rate;
    and the seconds of a step with a constant rate. They are medians, over `rounds`, of medians over
    `steps`. A second constant rate shows the error of the measurement."""
    # Whole calls of `fit()` differ by more than the effect, so each step trains with one of the two
    # rates at random. Alternating them could coincide with a rhythm of the machine.
    candidates = {AGAIN: RATE, **learning_rates}
    if eager or keras.backend.backend() == "torch":
        return _step_by_step(candidates, steps, rounds, eager)
    return _model_by_model(candidates, steps, rounds)


def _model_by_model(candidates, steps, rounds):
    # A compiled model keeps its learning rate, and `fit()` can't alternate between two models. So
    # the extra time of a step of the second model is related to a step of `fit()`.
    constant, x = model_with(RATE), _data(1)
    more, seconds = {name: [] for name in candidates}, []
    for seed in range(rounds):
        seconds_of_fit(constant, 50)
        seconds.append(seconds_of_fit(constant, steps) / steps)
        for name, rate in candidates.items():
            models = constant, model_with(rate)
            draw, taken = random.Random(seed), ([], [])
            for _ in range(steps):
                drawn = draw.randrange(2)
                start = time.perf_counter()
                models[drawn].train_on_batch(x, x[:, :1])
                taken[drawn].append(time.perf_counter() - start)
            medians = [statistics.median(t[10:]) for t in taken]
            more[name].append(medians[1] - medians[0])
    step = statistics.median(seconds)
    return {name: 1 + statistics.median(m) / step for name, m in more.items()}, step


class _DrawOptimizer(keras.callbacks.Callback):
    """Trains each step with one of two optimizers, and measures its time."""

    def __init__(self, optimizers, seed):
        super().__init__()
        self.optimizers, self.seconds = optimizers, ([], [])
        self.random = random.Random(seed)

    def on_train_batch_begin(self, batch, logs=None):
        self.drawn = self.random.randrange(2)
        self.model.optimizer = self.optimizers[self.drawn]
        self.start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.seconds[self.drawn].append(time.perf_counter() - self.start)


def _step_by_step(candidates, steps, rounds, eager):
    # If nothing is compiled, one model can change its optimizer at every step of `fit()`.
    model = model_with(RATE, eager)
    seconds_of_fit(model, 50)
    ratios, constants = {name: [] for name in candidates}, []
    for seed in range(rounds):
        for name, rate in candidates.items():
            optimizers = [keras.optimizers.SGD(rate) for rate in (RATE, rate)]
            for optimizer in optimizers:
                optimizer.build(model.trainable_variables)
            draw = _DrawOptimizer(optimizers, seed)
            seconds_of_fit(model, steps, [draw])
            constant, other = (statistics.median(seconds[10:]) for seconds in draw.seconds)
            ratios[name].append(other / constant)
            constants.append(constant)
    return {name: statistics.median(r) for name, r in ratios.items()}, statistics.median(constants)
