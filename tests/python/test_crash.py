"""A training that is killed and resumed in a new process gives the weights of an unbroken one."""

import os
import random
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest

from lrschedules import ExponentialDecay, LearningRateMonitor
from support import SWEEP

# The program backs up at the end of each epoch of ten steps. It announces each batch, so that the
# test can kill it there.
PROGRAM = """
import sys, keras, numpy as np
sys.stdout.reconfigure(line_buffering=True)
from test_crash import new_model, fit
from lrschedules import ResumeCheck

class Announce(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        print("batch")

model, backup = new_model(sys.argv[2]), keras.callbacks.BackupAndRestore(sys.argv[1])
monitor = fit(model, backup, Announce(), ResumeCheck())
weights = model.get_weights()[0][:, 0]
np.savez(sys.argv[3], weights=weights, steps=monitor.steps, rates=monitor.rates)
"""

RATES = {"schedule": ExponentialDecay(0.5, 7, 0.5, staircase=True), "number": 0.25}
EPOCHS = 4


def new_model(rate):
    keras.utils.set_random_seed(1)
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((40,)), dense])
    model.compile(keras.optimizers.SGD(RATES[rate], momentum=0.5), loss="mse")
    return model


def fit(model, *callbacks):
    x = np.eye(10, 40, dtype="float32")
    monitor = LearningRateMonitor()
    model.fit(
        x,
        np.ones((10, 1), "float32"),
        batch_size=1,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        callbacks=[*callbacks, monitor],
    )
    return monitor


@pytest.mark.sweep
@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES if SWEEP else ["schedule"])
def test_a_killed_training_goes_on_as_if_it_had_not_been(rate, tmp_path):
    unbroken = new_model(rate)
    whole = fit(unbroken)
    random.seed(1)
    for n in range(20 if SWEEP else 1):
        arguments = [str(tmp_path / f"backup{n}"), rate, str(tmp_path / f"{n}.npz")]
        command = [sys.executable, "-c", PROGRAM, *arguments]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        killed = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        last = random.randint(15, 35)
        for i, _ in enumerate(killed.stdout, 1):
            if i == last:
                killed.send_signal(signal.SIGKILL)
        assert killed.wait() == -signal.SIGKILL
        again = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert again.returncode == 0, again.stderr
        found = np.load(arguments[2])
        np.testing.assert_array_equal(found["weights"], unbroken.get_weights()[0][:, 0])
        # It resumes at the start of the epoch in which it was killed, or of the next.
        first = found["steps"][0]
        assert first % 10 == 0 and first in (10 * ((last - 1) // 10), 10 * (last // 10))
        np.testing.assert_array_equal(found["rates"], whole.rates[first:])
