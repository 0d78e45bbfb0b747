"""How the benchmarks train: small models that differ in their learning rate alone."""

import random
import statistics
import time

import keras
import numpy as np

CONSTANT, AGAIN = "constant rate", "constant rate again"
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


def seconds_of_fit(model, steps):
    x = np.random.default_rng(1).normal(size=(steps * BATCH, 20)).astype("float32")
    start = time.perf_counter()
    model.fit(x, x[:, :1], batch_size=BATCH, shuffle=False, verbose=0)
    return time.perf_counter() - start


def ratios_over_constant(learning_rates, steps, rounds, eager=False):
    """For each learning rate the median, over rounds in turn, of the time of `fit()` over that
    with a constant rate; and the seconds of a step with a constant rate. A second constant
    rate shows how far apart two equal things are measured."""
    candidates = {CONSTANT: RATE, AGAIN: RATE, **learning_rates}
    models = {name: model_with(rate, eager) for name, rate in candidates.items()}
    for model in models.values():
        seconds_of_fit(model, 50)
    order = random.Random(1)
    rows = []
    for _ in range(rounds):
        names = list(models)
        order.shuffle(names)
        rows.append({name: seconds_of_fit(models[name], steps) for name in names})
    medians = {
        name: statistics.median(row[name] / row[CONSTANT] for row in rows) for name in models if name != CONSTANT
    }
    return medians, statistics.median(row[CONSTANT] for row in rows) / steps
