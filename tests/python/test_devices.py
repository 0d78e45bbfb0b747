"""On several devices a schedule gives the rates that it gives on one."""

import os
import subprocess
import sys

import numpy as np
import pytest

from lrschedules import ExponentialDecay
from support import BACKEND, TOLERANCE

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
print(*model.get_weights()[0][:, 0])
"""

SETUP = {
    "tensorflow": """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
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
    done = subprocess.run(
        [sys.executable, "-c", TRAIN.format(setup=SETUP[BACKEND])],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    used = [float(x) for x in done.stdout.split()[-STEPS:]]
    np.testing.assert_allclose(used, SCHEDULE.values(range(STEPS)), rtol=TOLERANCE)
