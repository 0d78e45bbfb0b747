"""How the tests evaluate a schedule: in every way that Keras would on this backend."""

import atexit
import dataclasses
import functools
import gc
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from cases import EVERY_DECAY_STEPS, TELLING_DECAY_STEPS
from lrschedules import ExponentialDecay, Schedule
from lrschedules.classes.half import KERAS

BACKEND = keras.backend.backend()

ROOT = pathlib.Path(__file__).parents[2]

# The oldest supported versions for this backend.
OLDEST = ROOT / ".dev" / "oldest" / ("jax" if BACKEND == "jax" else "any")

# The largest relative error of a rate; float32 has 6e-8.
TOLERANCE = 1e-6


def _torch_compiled(function):
    import torch

    torch.compiler.reset()  # otherwise it gives up on a function that was compiled eight times
    return torch.compile(function, backend="aot_eager", fullgraph=True, dynamic=False)


def compilers():
    """The ways in which the backend compiles a function, by name."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return {"graph": tf.function, "xla": functools.partial(tf.function, jit_compile=True)}
    if BACKEND == "jax":
        import jax

        return {"jit": jax.jit}
    return {"compile": _torch_compiled}


# On JAX the step is int32, like Keras's counter of iterations.
STEP_DTYPE = "int32" if BACKEND == "jax" else "int64"


def step_tensor(steps):
    return ops.convert_to_tensor(np.asarray(steps), dtype=STEP_DTYPE)


def compiled(schedules, steps, compiler):
    """The rates of each schedule at its row of `steps`. One function is compiled for all schedules,
    because compiling takes most of the time."""

    def rates(steps):
        return ops.stack([schedule(steps[i]) for i, schedule in enumerate(schedules)])

    return np.asarray(ops.convert_to_numpy(compiler(rates)(step_tensor(steps))), np.float64)


def fit_modes():
    """The arguments with which `compile()` runs training steps in each way on this backend."""
    if BACKEND == "tensorflow":
        return {
            "compiled": dict(jit_compile=False),
            "xla": dict(jit_compile=True),
            "eager": dict(run_eagerly=True),
        }
    if BACKEND == "jax":
        return {"compiled": dict(jit_compile=True), "eager": dict(run_eagerly=True)}
    return {"eager": dict(jit_compile=False)}


def rates_in_fit(schedule, steps, first=0, **compile_arguments):
    """The rates that `fit()` really used at `steps` training steps from step `first` on.

    Step i trains only weight i, with gradient 1: SGD leaves minus the rate of step i there.
    """
    model = keras.Sequential(
        [keras.Input((steps,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    optimizer = keras.optimizers.SGD(learning_rate=schedule)
    return _trained(model, optimizer, steps, first, compile_arguments)[:, 0]


class Rates(keras.optimizers.schedules.LearningRateSchedule):
    """The rates of several schedules as a vector: one rate for each column of the weights."""

    def __init__(self, schedules):
        self.schedules = schedules

    def __call__(self, step):
        return ops.stack([schedule(step) for schedule in self.schedules])


class ByColumn(keras.optimizers.SGD):
    """Keras's SGD. On PyTorch Keras would replace SGD itself by PyTorch's, which takes one rate."""


def all_rates_in_fit(schedules, steps, **compile_arguments):
    """`rates_in_fit` of each schedule, one row each, in one `fit()`: each trains one column of the
    weights."""
    layer = keras.layers.Dense(len(schedules), use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((steps,)), layer])
    optimizer = ByColumn(learning_rate=Rates(schedules))
    return _trained(model, optimizer, steps, 0, compile_arguments).T


def _trained(model, optimizer, steps, first, compile_arguments):
    optimizer.build(model.trainable_variables)
    optimizer.iterations.assign(first)
    # Use the sum, so that each prediction has gradient 1.
    model.compile(
        optimizer=optimizer, loss=lambda y, prediction: ops.sum(prediction, -1), **compile_arguments
    )
    one_hot = np.eye(steps, dtype="float32")
    model.fit(one_hot, np.zeros((steps, 1)), batch_size=1, shuffle=False, verbose=0)
    return -np.asarray(model.get_weights()[0], np.float64)


# Runs programs one after the other, each as if it were the first: importing Keras takes seconds.
_RUN_PROGRAMS = """
import contextlib, io, json, sys, traceback
import keras, lrschedules

answers, sys.stdout = sys.stdout, sys.stderr
registered = dict(keras.saving.get_custom_objects())
for line in sys.stdin:
    program, sys.argv = json.loads(line)
    printed, error = io.StringIO(), None
    try:
        with contextlib.redirect_stdout(printed):
            exec(program, {"__name__": "__main__"})
    except BaseException:
        error = traceback.format_exc()
    keras.saving.get_custom_objects().clear()
    keras.saving.get_custom_objects().update(registered)
    keras.distribution.set_distribution(None)
    print(json.dumps([printed.getvalue(), error]), file=answers, flush=True)
"""


# Makes two devices of the CPU for JAX; for TensorFlow `two_replicas` makes them.
_TWO_DEVICES = {
    "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    "JAX_PLATFORMS": "cpu",
}


@functools.cache
def two_replicas():
    """TensorFlow's strategy for two devices. A process must have only one: another would use the
    keys of its reductions again."""
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


@functools.cache
def _process(backend, oldest, two_devices):
    path = [*([OLDEST] if oldest else []), ROOT / "tests", ROOT / "tests/python"]
    path += [ROOT / "inst/python", pathlib.Path(keras.__file__).parents[1]]
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN_PROGRAMS],
        env={
            **os.environ,
            **(_TWO_DEVICES if two_devices else {}),
            "KERAS_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)  # ends the process and waits for it
    return process


def in_another_process(program, *arguments, backend=BACKEND, oldest=False, two_devices=False):
    """Runs a program in a separate process, without the classes that the tests register or anything
    that they compiled, and returns its output."""
    process = _process(backend, oldest, two_devices)
    process.stdin.write(json.dumps([program, ["-c", *map(str, arguments)]]) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, f"the process ended with status {process.wait()}"
    printed, error = json.loads(answer)
    assert error is None, error
    return printed


# `train` trains a model with this many weights, at the rates of a staircase.
STEPS = 90
STAIRS = ExponentialDecay(1.0, 41, 0.5, staircase=True)


@keras.saving.register_keras_serializable("tests")
def prediction_itself(y, prediction):
    return prediction


def new_model(rate, steps=STEPS, optimizer=None, **arguments):
    """A model in which step i trains only weight i, with gradient 1."""
    model = keras.Sequential(
        [keras.Input((steps,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    optimizer = optimizer or keras.optimizers.SGD(rate)
    model.compile(optimizer=optimizer, loss=prediction_itself, **arguments)
    return model


def batches(start, end, steps=STEPS):
    return np.eye(steps, dtype="float32")[start:end], np.zeros((end - start, 1), "float32")


def train(model, start, end, monitor, **arguments):
    x, y = batches(start, end)
    return model.fit(x, y, batch_size=1, shuffle=False, verbose=0, callbacks=[monitor], **arguments)


def two_optimizers(schedule, pattern=".*head.*"):
    """A `MultiOptimizer`, its optimizer for `pattern`, and its default one, with half the rates."""
    if not hasattr(keras.optimizers, "MultiOptimizer"):
        pytest.skip("this Keras has no MultiOptimizer")
    head, body = keras.optimizers.SGD(schedule), keras.optimizers.SGD(schedule * 0.5)
    several = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(body, {pattern: head}))
    return several, head, body


def used(model):
    """The rates that trained the weights of `new_model`."""
    return -np.asarray(model.get_weights()[0], np.float64)[:, 0]


class At(keras.callbacks.Callback):
    """Calls a function at the end of one batch, or when an epoch begins or ends."""

    def __init__(self, change, batch=None, epoch_begin=None, epoch_end=None):
        super().__init__()
        self.change, self.batch = change, batch
        self.epoch_begin, self.epoch_end = epoch_begin, epoch_end

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.batch:
            self.change(self.model)

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch_begin:
            self.change(self.model)

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch_end:
            self.change(self.model)


def assert_rates(actual, expected, peak=1.0, context=""):
    """Checks that rates are within TOLERANCE of the oracle, and zeros within 1e-9 of the peak."""
    actual = np.asarray(actual, np.float64)
    expected = np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    # Allow for compiled code, which rounds to 0 below float32's smallest normal number.
    error = np.abs(actual - expected)
    wrong = error > np.maximum(
        TOLERANCE * np.abs(expected), np.where(expected == 0, 1e-9 * peak, 2e-38)
    )
    assert not wrong.any(), (
        f"{context}: {actual[wrong][:3]} instead of {expected[wrong][:3]} "
        f"at {np.argwhere(wrong)[:3].tolist()}"
    )


def for_keras(case):
    """Converts a case to the Keras schedule of the same name."""
    schedule = KERAS.adopt(case.schedule)
    assert (
        isinstance(schedule, Schedule) and type(schedule).__name__ == type(case.schedule).__name__
    )
    return dataclasses.replace(case, schedule=schedule)


def rows_of_steps(cases):
    """The steps to check for each case, in rows of the same length, so that one compilation serves
    all."""
    rows = [case.steps_to_check() for case in cases]
    length = max(map(len, rows))
    return [row + [0] * (length - len(row)) for row in rows]


def check_on_device(cases):
    """Checks rates computed by the backend, as on an accelerator."""
    for case, row in zip(cases, rows_of_steps(cases)):
        rates = ops.convert_to_numpy(case.schedule.on_device(step_tensor(row)))
        assert_rates(rates, case.expected(row), case.peak, case)


def check_compiled(cases, compiler, group=200):
    """Checks every case in one of the backend's compilers, many in one function for speed."""
    for start in range(0, len(cases), group):
        chunk = cases[start : start + group]
        rows = rows_of_steps(chunk)
        actual = compiled([case.schedule for case in chunk], rows, compilers()[compiler])
        for case, row, rates in zip(chunk, rows, actual):
            assert_rates(rates, case.expected(row), case.peak, case)
        if len(chunk) > 100:
            gc.collect()  # so many compiled functions use much memory


def check_fit(case, mode, steps=100, first=0):
    used = rates_in_fit(case.schedule, steps, first, **fit_modes()[mode])
    assert_rates(used, case.expected(range(first, first + steps)), case.peak, case)


# The compiler that gets most cases; the others get a few. TensorFlow and JAX share XLA.
MAIN_COMPILER = next(iter(compilers()))

# `make sweep` compiles every length; otherwise only the tests in tests/math get every length.
SWEEP = bool(os.environ.get("SWEEP"))


def check_lengths(make, where):
    """Checks cases of one kind at several lengths: telling lengths on a device and in the main
    compiler (every length in a sweep), and a few in the others."""
    if where == "device":
        check_on_device([for_keras(make(t)) for t in TELLING_DECAY_STEPS])
    elif where == "compile":  # torch.compile takes a second for each
        check_compiled([for_keras(make(t)) for t in (41, 10**5)], where)
    elif where == MAIN_COMPILER:
        lengths = EVERY_DECAY_STEPS if SWEEP else TELLING_DECAY_STEPS
        check_compiled([for_keras(make(t)) for t in lengths], where)
    else:
        check_compiled([for_keras(make(t)) for t in TELLING_DECAY_STEPS[::6]], where)
