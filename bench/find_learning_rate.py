"""Compares a second `find_learning_rate()` of 1,000 steps with a loop of 1,000 compiled
`train_on_batch()` calls on as many samples. Prints CSV: for each kind of learning rate, the
milliseconds of a step of the loop, and the median ratio of their times.

Usage: python bench/find_learning_rate.py   (KERAS_BACKEND chooses the backend)
"""

import statistics
import time

import numpy as np

import lrschedules
from measure import BATCH, RATE, model_with

STEPS, PAIRS = 1000, 7


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def loop(model, x):
    for start in range(0, len(x), BATCH):
        batch = x[start : start + BATCH]
        model.train_on_batch(batch, batch[:, :1])


def find(model, x):
    # End at a rate at which nothing diverges, so that all steps are taken.
    found = lrschedules.find_learning_rate(
        model, x, x[:, :1], steps=STEPS, end=1e-3, batch_size=BATCH, verbose=False
    )
    assert len(found.rates) == STEPS


x = np.random.default_rng(1).normal(size=(STEPS * BATCH, 20)).astype("float32")
for name, rate in {
    "constant rate": RATE,
    "schedule": lrschedules.CosineDecay(RATE, 10 * STEPS),
}.items():
    model = model_with(rate)
    loop(model, x)
    find(model, x)
    pairs = [(seconds(find, model, x), seconds(loop, model, x)) for _ in range(PAIRS)]
    ratio = statistics.median(found / looped for found, looped in pairs)
    print(f"{name},{1e3 * statistics.median(p[1] for p in pairs) / STEPS:.3f},{ratio:.3f}")
