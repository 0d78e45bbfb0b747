"""A schedule gives the same rates on several devices as on one."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from lrschedules import ExponentialDecay
from support import BACKEND, SWEEP, TOLERANCE, in_another_process

STEPS = 20
SCHEDULE = ExponentialDecay(0.1, 7, 0.5, staircase=True)

# Each step trains one weight, on two equal samples, one for each device. The gradient of the
# absolute error is -1, so the weight becomes the rate.
TRAIN = f"""
import sys, keras, numpy as np
from lrschedules import ExponentialDecay
{{setup}}
with scope():
    model = keras.Sequential(
        [keras.Input(({STEPS},)),
         keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizer=keras.optimizers.SGD({SCHEDULE!r}), loss="mae")
x = np.repeat(np.eye({STEPS}, dtype="float32"), 2, axis=0)
model.fit(x, np.full(({2 * STEPS}, 1), 1e6, "float32"), batch_size=2, shuffle=False, verbose=0)
weights = model.get_weights()[0][:, 0]
{{more}}
print(*weights)
"""

# Call each training function after five steps: the monitor must record the rates that trained.
CHANGE = """
import warnings
from lrschedules import *
with scope():
    model.compile(keras.optimizers.SGD(ExponentialDecay(1.0, 3, 0.5, staircase=True)), loss="mae")
model.set_weights([np.zeros_like(model.get_weights()[0])])
monitor = LearningRateMonitor()
reduce = ReduceScheduleOnPlateau("loss", factor=0.5, patience=1, mode="max", min_delta=1e9)

def fit(epoch, *callbacks):
    rows = slice(10 * epoch, 10 * epoch + 10)
    model.fit(
        x[rows], np.full((10, 1), 1e6, "float32"), batch_size=2, shuffle=False, verbose=0,
        initial_epoch=epoch, epochs=epoch + 1, callbacks=[monitor, ResumeCheck(5), *callbacks])

def by_hand():
    model.optimizer.learning_rate = CosineDecay(5.0, 10)

fit(0, reduce)
scale_learning_rate(model, 0.5)
fit(1, reduce)
before = model.get_weights()[0]
find_learning_rate(
    model, x, np.full((len(x), 1), 1e6), batch_size=2, steps=10, confirm=20, verbose=False)
np.testing.assert_array_equal(model.get_weights()[0], before)
by_hand()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    fit(2)
assert any("holds a different" in str(w.message) for w in caught)
set_optimizer_schedule(model, 0.125)
fit(3)
assert optimizer_step(model) == 20 and optimizer_learning_rate(model) == 0.125
np.testing.assert_allclose(monitor.rates, model.get_weights()[0][:, 0], rtol=1e-5)
assert monitor.rates[-5:].tolist() == [0.125] * 5 and monitor.rates[0] == 1
"""

SETUP = {
    "tensorflow": """
from support import two_replicas
strategy = two_replicas()
assert strategy.num_replicas_in_sync == 2
scope = strategy.scope
""",
    "jax": """
import contextlib, jax
assert jax.device_count() == 2
keras.distribution.set_distribution(keras.distribution.DataParallel())
scope = contextlib.nullcontext
""",
}


@pytest.mark.slow
@pytest.mark.skipif(
    BACKEND not in SETUP, reason="Keras trains on several devices on TensorFlow and JAX"
)
def test_two_devices_train_at_the_rates_of_one():
    program = TRAIN.format(setup=SETUP[BACKEND], more=CHANGE)
    used = [float(x) for x in in_another_process(program, two_devices=True).split()[-STEPS:]]
    np.testing.assert_allclose(used, SCHEDULE.rates(range(STEPS)), rtol=TOLERANCE)


# In process i the step's only sample is 1 + 2 i at the step's weight: the gradients are -1 and -3.
# If the processes train together, the weight becomes twice the rate in both.
TRAIN_IN_TWO_PROCESSES = """
import sys, jax
jax.config.update("jax_cpu_collectives_implementation", "gloo")
import keras, numpy as np
from keras.distribution import DataParallel, initialize, set_distribution
from lrschedules import ExponentialDecay
address, process, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
initialize(address, 2, process)
assert jax.process_count() == 2 and jax.local_device_count() == 1
set_distribution(DataParallel(auto_shard_dataset=False))
model = keras.Sequential(
    [keras.Input((steps,)),
     keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
schedule = ExponentialDecay(1.0, 41, 0.5, staircase=True)
model.compile(optimizer=keras.optimizers.SGD(schedule), loss="mae")
x = (1 + 2 * process) * np.eye(steps, dtype="float32")
model.fit(x, np.full((steps, 1), 1e6, "float32"), batch_size=1, shuffle=False, verbose=0)
print(*model.get_weights()[0][:, 0])
"""


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.skipif(BACKEND != "jax", reason="Keras trains in several processes on JAX")
@pytest.mark.skipif(not SWEEP, reason="the vignette Many machines does this in every run")
def test_two_processes_train_at_the_rates_of_one():
    steps = 84
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TRAIN_IN_TWO_PROCESSES, address, str(process), str(steps)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "JAX_PLATFORMS": "cpu"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for process in range(2)
    ]
    try:
        ended = [process.communicate(timeout=120) for process in processes]
    finally:
        for process in processes:
            process.kill()
    rates = [0.5 ** (step // 41) for step in range(steps)]
    for process, (printed, errors) in zip(processes, ended, strict=True):
        assert process.returncode == 0, errors
        weights = [float(x) for x in printed.split()[-steps:]]
        np.testing.assert_allclose(weights, 2 * np.array(rates), rtol=TOLERANCE)
