"""The time of `fit()` per step with a schedule, over a constant rate. Prints CSV.

Usage: python bench/fit.py [compiled|eager]   (KERAS_BACKEND chooses the backend)
"""

import random
import statistics
import sys
import time

import keras
import numpy as np

import lrschedules

MODE = sys.argv[1] if len(sys.argv) > 1 else "compiled"
STEPS, ROUNDS = (600, 31) if MODE == "compiled" else (250, 31)
CONSTANT = "constant rate"

CANDIDATES = {
    CONSTANT: lambda: 0.01,
    # A second constant rate shows how far apart two equal things are measured.
    "constant rate again": lambda: 0.01,
    "ours": lambda: lrschedules.ExponentialDecay(0.01, 100, 0.96, staircase=True),
    "Keras's own": lambda: keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.96, staircase=True),
}

x = np.random.default_rng(1).normal(size=(STEPS * 32, 20)).astype("float32")
y = x[:, :1] * 2


def model_with(learning_rate):
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
        run_eagerly=MODE == "eager" and keras.backend.backend() != "torch",
        jit_compile="auto" if keras.backend.backend() != "torch" else False,
    )
    return model


models = {name: model_with(make()) for name, make in CANDIDATES.items()}


def seconds_per_step(model):
    start = time.perf_counter()
    model.fit(x, y, batch_size=32, shuffle=False, verbose=0)
    return (time.perf_counter() - start) / STEPS


for model in models.values():
    seconds_per_step(model)

ratios = {name: [] for name in models}
baseline = []
order = random.Random(1)
for _ in range(ROUNDS):
    names = list(models)
    order.shuffle(names)
    seconds = {name: seconds_per_step(models[name]) for name in names}
    baseline.append(seconds[CONSTANT])
    for name, value in seconds.items():
        ratios[name].append(value / seconds[CONSTANT])

for name, values in ratios.items():
    if name != CONSTANT:
        print(f"{name},{statistics.median(baseline) * 1e6:.0f},{statistics.median(values):.4f}")
