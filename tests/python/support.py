"""How the tests evaluate a schedule: every way that Keras would, on the backend at hand."""

import functools

import keras
import mpmath
import numpy as np
from keras import ops

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


def assert_rates(actual, expected, peak=1.0, context=""):
    """Each rate within TOLERANCE of the oracle's, and zeros within 1e-9 of the peak."""
    actual = np.asarray(actual, np.float64)
    expected = np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    # Below float32's smallest normal number compiled code rounds to 0.
    error = np.abs(actual - expected)
    wrong = error > np.maximum(TOLERANCE * np.abs(expected), np.where(expected == 0, 1e-9 * peak, 2e-38))
    assert not wrong.any(), (
        f"{context}: {actual[wrong][:3]} instead of {expected[wrong][:3]} at {np.argwhere(wrong)[:3].tolist()}"
    )


def around(*boundaries):
    """Each boundary with its two neighbours, sorted, from -1 to the last int32 step."""
    steps = {b + d for b in boundaries for d in (-1, 0, 1)}
    return sorted(s for s in steps if -1 <= s <= 2**31 - 2)
