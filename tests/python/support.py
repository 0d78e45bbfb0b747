"""How the tests evaluate a schedule: every way that Keras would, on the backend at hand."""

import dataclasses
import functools
import gc
import itertools
import os
import typing

import keras
import mpmath
import numpy as np
import pytest
from keras import ops

from lrschedules import ExponentialDecay

mpmath.mp.dps = 40
BACKEND = keras.backend.backend()

# The largest relative error of a rate; float32 itself has 6e-8.
TOLERANCE = 1e-6


def _torch_compiled(function):
    import torch

    torch.compiler.reset()  # else it gives up on a function that was compiled eight times
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


# On JAX the step is int32, as Keras's own counter of iterations is.
STEP_DTYPE = "int32" if BACKEND == "jax" else "int64"


def step_tensor(steps):
    return ops.convert_to_tensor(np.asarray(steps), dtype=STEP_DTYPE)


def compiled(schedules, steps, compiler):
    """The rates of each schedule at its own row of `steps`, all in one compiled function.
    One function for many schedules, since compiling is what takes time."""

    def rates(steps):
        return ops.stack([schedule(steps[i]) for i, schedule in enumerate(schedules)])

    return np.asarray(ops.convert_to_numpy(compiler(rates)(step_tensor(steps))), np.float64)


def fit_modes():
    """How `compile()` is told to run a training step on this backend."""
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

    Step i trains weight i alone, with gradient 1: SGD leaves minus the rate of step i there.
    """
    model = keras.Sequential(
        [keras.Input((steps,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    optimizer = keras.optimizers.SGD(learning_rate=schedule)
    optimizer.build(model.trainable_variables)
    optimizer.iterations.assign(first)
    model.compile(optimizer=optimizer, loss=lambda y, prediction: prediction, **compile_arguments)
    one_hot = np.eye(steps, dtype="float32")
    model.fit(one_hot, np.zeros((steps, 1)), batch_size=1, shuffle=False, verbose=0)
    return -np.asarray(model.get_weights()[0], np.float64)[:, 0]


# What `train` trains: a model of so many weights, at the rates of a staircase.
STEPS = 90
STAIRS = ExponentialDecay(1.0, 41, 0.5, staircase=True)


@keras.saving.register_keras_serializable("tests")
def prediction_itself(y, prediction):
    return prediction


def new_model(rate, steps=STEPS, optimizer=None, **arguments):
    """A model of which step i trains weight i alone, with gradient 1."""
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


def used(model):
    """The rates that trained the weights of `new_model`."""
    return -np.asarray(model.get_weights()[0], np.float64)[:, 0]


class At(keras.callbacks.Callback):
    """Calls a function at the end of one batch, or as an epoch begins or ends."""

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
    """Each rate within TOLERANCE of the oracle's, and zeros within 1e-9 of the peak."""
    actual = np.asarray(actual, np.float64)
    expected = np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    # Below float32's smallest normal number compiled code rounds to 0.
    error = np.abs(actual - expected)
    wrong = error > np.maximum(
        TOLERANCE * np.abs(expected), np.where(expected == 0, 1e-9 * peak, 2e-38)
    )
    assert not wrong.any(), (
        f"{context}: {actual[wrong][:3]} instead of {expected[wrong][:3]} "
        f"at {np.argwhere(wrong)[:3].tolist()}"
    )


FAR = (2**24 - 1, 2**24, 2**24 + 1, 2**31 - 2)


@dataclasses.dataclass(frozen=True)
class Case:
    """A schedule with what it must compute.

    `oracle(step)` is written from the published formula in exact or 40-digit arithmetic,
    for steps >= 0; `boundaries` are the steps where the shape changes, its end included.
    """

    schedule: object
    oracle: typing.Callable
    boundaries: tuple = ()
    peak: float = 1.0
    steps: tuple = ()  # further steps to look at

    def __repr__(self):
        return repr(self.schedule)

    def steps_to_check(self):
        edges = [0, *self.boundaries]
        halfway = [(a + b) // 2 for a, b in itertools.pairwise(edges)]
        steps = {*around(*edges), *halfway, *FAR, *self.steps}
        return sorted(s for s in steps if s <= FAR[-1])

    def expected(self, steps):
        return np.array([float(self.oracle(max(int(s), 0))) for s in steps])


def check_on_host(case):
    """One step, a vector of steps, and tensors as they come from an accelerator."""
    steps = case.steps_to_check()
    expected = case.expected(steps)
    one_by_one = [case.schedule.rate(s) for s in steps]
    vector = case.schedule.rates(steps)
    np.testing.assert_allclose(
        vector, expected, rtol=1e-9, atol=1e-12 * case.peak, err_msg=repr(case)
    )
    np.testing.assert_allclose(
        one_by_one, vector, rtol=1e-12, atol=1e-15 * case.peak, err_msg=repr(case)
    )
    tensor = ops.convert_to_numpy(case.schedule.on_device(step_tensor(steps)))
    assert_rates(tensor, expected, case.peak, case)


def check_compiled(cases, compiler, group=200):
    """Every case in one of the backend's compilers; many to one function, for speed."""
    for start in range(0, len(cases), group):
        chunk = cases[start : start + group]
        rows = [case.steps_to_check() for case in chunk]
        length = max(map(len, rows))
        rows = [row + [0] * (length - len(row)) for row in rows]
        actual = compiled([case.schedule for case in chunk], rows, compilers()[compiler])
        for case, row, rates in zip(chunk, rows, actual):
            assert_rates(rates, case.expected(row), case.peak, case)
        gc.collect()  # what is compiled holds much memory


def check_fit(case, mode, steps=100, first=0):
    used = rates_in_fit(case.schedule, steps, first, **fit_modes()[mode])
    assert_rates(used, case.expected(range(first, first + steps)), case.peak, case)


def around(*boundaries):
    """Each boundary with its two neighbours."""
    return {b + d for b in boundaries for d in (-1, 0, 1)}


EVERY_DECAY_STEPS = (*range(1, 2001), 10**4, 10**5, 10**6, 10**9)


def _reciprocal_errs(steps):
    """Whether `steps * (1 / steps)`, which compiled code makes of a division, is not 1 in float32:
    then Keras's own staircases fall a step late."""
    return np.float32(steps) * (np.float32(1) / np.float32(steps)) != 1


# Where an error would show first: lengths at which Keras's own classes err, primes, powers of two
# with their neighbours, and the ends of the range.
TELLING_DECAY_STEPS = tuple(
    sorted(
        {
            *[t for t in EVERY_DECAY_STEPS if _reciprocal_errs(t)][::32],
            *(1, 2, 3, 7, 41, 47, 97, 1009, 1999),
            *(2**k + d for k in (6, 10) for d in (-1, 0, 1)),
            *EVERY_DECAY_STEPS[-4:],
        }
    )
)

# The compiler that is given the most cases; the others see a few. TensorFlow's XLA is JAX's.
MAIN_COMPILER = next(iter(compilers()))

# The host computes in NumPy whichever backend there is: one looks at every length.
HOST_BACKEND = "torch"

# `make sweep` compiles what else is checked on the host alone.
SWEEP = bool(os.environ.get("SWEEP"))


def check_lengths(make, where):
    """Cases of one kind, for lengths in steps. The host sees every length, on one backend; each
    compiler the telling ones, its main one every one in a sweep."""
    if where == "host":
        lengths = EVERY_DECAY_STEPS if BACKEND == HOST_BACKEND else TELLING_DECAY_STEPS
        for length in lengths:
            check_on_host(make(length))
    elif where == "compile":  # which takes a second for each
        check_compiled([make(t) for t in (41, 10**5)], where)
    elif where == MAIN_COMPILER:
        lengths = EVERY_DECAY_STEPS if SWEEP else TELLING_DECAY_STEPS
        check_compiled([make(t) for t in lengths], where)
    else:
        check_compiled([make(t) for t in TELLING_DECAY_STEPS[::6]], where)


def bad_inputs(cls, good, **bad):
    """Parameters of a test: an argument and a value that must be refused, for each in `bad`."""
    return [(cls, good, argument, value) for argument, values in bad.items() for value in values]


def check_bad_input(cls, good, argument, bad):
    """The message names the argument and the value."""
    with pytest.raises(ValueError) as raised:
        cls(**{**good, argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")


NAN, INFINITY = float("nan"), float("inf")
NOT_RATES = [NAN, INFINITY, -INFINITY, -1, "0.1", [0.1], None, True]
NOT_POSITIVE = [*NOT_RATES, 0]
NOT_POSITIVE_STEPS = [*NOT_POSITIVE, 2**53 + 2]
NOT_STEPS = [*NOT_RATES, 0.5, 2**53 + 2]
NOT_FLAGS = ["no", None, 1, NAN]
NOT_LABELS = [1, ["a"], True]
