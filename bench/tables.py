"""Times one rate and 10,000 rates of a schedule with 100,000 boundaries on the backend. Prints CSV:
milliseconds, and the megabytes that 10,000 rates take.

Usage: python bench/tables.py   (KERAS_BACKEND chooses the backend)
"""

import resource
import statistics
import time

import keras
import numpy as np
from keras import ops

import lrschedules

N = 100_000
BACKEND = keras.backend.backend()
schedule = lrschedules.PiecewiseConstantDecay(list(range(N)), np.linspace(1, 0.1, N + 1))


def tensor(steps):
    return ops.convert_to_tensor(steps, dtype="int32" if BACKEND == "jax" else "int64")


def compiled(function):
    if BACKEND == "jax":
        import jax

        return jax.jit(function)
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return tf.function(function)
    return function


def milliseconds(function, step, times=50):
    ops.convert_to_numpy(function(step))
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        ops.convert_to_numpy(function(step))
        taken.append(time.perf_counter() - start)
    return 1e3 * statistics.median(taken)


print(f"on the device,{milliseconds(schedule.on_device, tensor(41)):.4f}")
print(f"compiled,{milliseconds(compiled(lambda step: schedule(step)), tensor(41)):.4f}")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
steps = tensor(np.arange(10_000))
print(f"10000 steps at once,{milliseconds(schedule.on_device, steps):.4f}")
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(f"10000 steps at once (MB more),{(after - before) / 1024:.1f}")
