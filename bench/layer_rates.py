"""Compares the time of a `fit()` step with a factor for each of ten patterns, and with the plain
optimizer, for a model of 100 variables. Prints CSV: the median ratio of the two times.

Usage: python bench/layer_rates.py [rounds]   (KERAS_BACKEND chooses the backend)
"""

import statistics
import sys
import time

import keras
import numpy as np

import lrschedules

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 15
STEPS, BATCH, LAYERS, WIDTH = 60, 64, 50, 128


def model_with(factors):
    keras.utils.set_random_seed(1)
    layers = [
        keras.layers.Dense(WIDTH, activation="relu", name=f"layer_{i // 10}{i % 10}")
        for i in range(LAYERS)
    ]
    model = keras.Sequential([keras.Input((WIDTH,)), *layers])
    optimizer = keras.optimizers.AdamW(1e-4)
    if factors is not None:
        optimizer = lrschedules.optimizer_with_layer_rates(optimizer, factors)
    jit_compile = False if keras.backend.backend() == "torch" else "auto"
    model.compile(optimizer, loss="mse", jit_compile=jit_compile)
    return model


def seconds(model, x):
    start = time.perf_counter()
    model.fit(x, x, batch_size=BATCH, shuffle=False, verbose=0)
    return (time.perf_counter() - start) / STEPS


x = np.random.default_rng(1).normal(size=(STEPS * BATCH, WIDTH)).astype("float32")
patterns = [f".*layer_.{i}/.*" for i in range(10)]
candidates = {
    "plain again": None,
    "equal factors": dict.fromkeys(patterns, 0.5),
    "different factors": {pattern: 0.1 + i / 10 for i, pattern in enumerate(patterns)},
}
plain = model_with(None)
models = {name: model_with(factors) for name, factors in candidates.items()}
ratios = {name: [] for name in models}
for turn in range(ROUNDS + 1):
    for name, model in models.items():
        pair = [plain, model] if turn % 2 else [model, plain]
        taken = {id(one): seconds(one, x) for one in pair}
        if turn > 0:  # the first one compiles
            ratios[name].append(taken[id(model)] / taken[id(plain)])
for name, found in ratios.items():
    print(f"{name},{statistics.median(found):.4f}")
