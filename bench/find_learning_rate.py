"""Compares the time of a second `find_learning_rate()` with a loop of as many compiled
`train_on_batch()` calls: for a sweep of 1,000 steps, and for a sweep of 100 steps with its short
trainings. Prints CSV: for each kind of learning rate the milliseconds of a step of the loop, and
the median ratio of the two times. `advice.py` measures how good the rates are.

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


def sweep(model, x):
    # End at a rate at which nothing diverges, so that all steps are taken.
    found = lrschedules.find_learning_rate(
        model, x, x[:, :1], steps=STEPS, confirm=0, end=1e-3, batch_size=BATCH, verbose=False
    )
    assert len(found.rates) == STEPS
    return STEPS


def sweep_and_trainings(model, x):
    found = lrschedules.find_learning_rate(model, x, x[:, :1], batch_size=BATCH, verbose=False)
    return len(found.rates) + sum(training.steps_taken for training in found.trainings)


x = np.random.default_rng(1).normal(size=(STEPS * BATCH, 20)).astype("float32")
for name, rate in {
    "constant rate": RATE,
    "schedule": lrschedules.CosineDecay(RATE, 10 * STEPS),
}.items():
    for what, find in {"": sweep, " and short trainings": sweep_and_trainings}.items():
        model = model_with(rate)
        loop(model, x)
        steps = find(model, x)
        # Each search tries the same rates, so it takes the same number of steps.
        looped = np.resize(x, (steps * BATCH, x.shape[1]))
        pairs = [(seconds(find, model, x), seconds(loop, model, looped)) for _ in range(PAIRS)]
        ratio = statistics.median(found / looped for found, looped in pairs)
        step = 1e3 * statistics.median(looped for _, looped in pairs) / steps
        print(f"{name}{what},{step:.3f},{ratio:.3f}")
