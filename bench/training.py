"""Measures the cost of recording and changing the rate during training. Prints CSV:

- the time of `LearningRateMonitor`'s hooks in an epoch of 1,000 steps, as a share of the epoch;
- the seconds of the first step after `set_optimizer_schedule()`, which compiles it again.
"""

import statistics
import time

import lrschedules
from measure import model_with, seconds_of_fit

STEPS = 1000
ROUNDS = 21


def seconds_of_hooks(monitor, model):
    """The seconds of the monitor's hooks in one epoch, with the optimizer's count at its end."""
    iterations = model.optimizer.iterations
    start = time.perf_counter()
    monitor.on_epoch_begin(0)
    monitor.on_train_batch_begin(0)
    monitor.on_train_batch_end(0)
    begun = time.perf_counter() - start
    iterations.assign(iterations + STEPS)
    start = time.perf_counter()
    for batch in range(1, STEPS):
        monitor.on_train_batch_begin(batch)
        monitor.on_train_batch_end(batch)
    monitor.on_epoch_end(0, {})
    return begun + time.perf_counter() - start


schedule = lrschedules.CosineDecay(0.01, 100_000)
model = model_with(schedule)
monitor = lrschedules.LearningRateMonitor()
seconds_of_fit(model, 50, [monitor])
monitor.set_params({"steps": STEPS})
monitor.on_train_begin()
epochs, hooks = [], []
for _ in range(ROUNDS):
    epochs.append(seconds_of_fit(model, STEPS))
    hooks.append(seconds_of_hooks(monitor, model))
print(f"share of the monitor,{statistics.median(hooks) / statistics.median(epochs):.5f}")
print(f"monitor per epoch (ms),{statistics.median(hooks) * 1e3:.3f}")

plain, again = [], []
for _ in range(ROUNDS):
    plain.append(seconds_of_fit(model, 1))
    lrschedules.set_optimizer_schedule(model, schedule)
    again.append(seconds_of_fit(model, 1))
print(f"first step of fit (s),{statistics.median(plain):.3f}")
print(f"first step after set_optimizer_schedule (s),{statistics.median(again):.3f}")
