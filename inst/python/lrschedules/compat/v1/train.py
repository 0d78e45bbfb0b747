"""The learning-rate decays of `tf.compat.v1.train`, on every Keras backend.

Each function has TensorFlow's arguments, in the same order and with the same defaults, and calls a
schedule of this package.

- Called eagerly, it returns a function without arguments, which returns the rate for the
  current value of `global_step`, even if the variable has changed since.
- Called inside a function that is being compiled (`tf.function`, `jax.jit`,
  `torch.compile`), it returns the rate itself.

Rates are tensors of the backend. `global_step` is a number, a variable or a tensor; without it,
each function raises a ValueError. The other arguments are those of the schedule, which also checks
them.

>>> import keras
>>> global_step = keras.Variable(0, dtype="int32", trainable=False)
>>> rate = exponential_decay(0.1, global_step, decay_steps=100, decay_rate=0.5)
>>> round(float(rate()), 6)
0.1
>>> global_step.assign(200) is None
False
>>> round(float(rate()), 6)
0.025
"""

import functools
import inspect

from lrschedules.backend import current
from lrschedules.classes.catalogue import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LinearCosineDecay,
    NaturalExpDecay,
    NoisyLinearCosineDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

__all__ = [
    "cosine_decay",
    "cosine_decay_restarts",
    "exponential_decay",
    "inverse_time_decay",
    "linear_cosine_decay",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "polynomial_decay",
]


def _at_global_step(step_name):
    """Decorates a function that makes a schedule, so that it is called like TensorFlow's decays."""

    def decorate(schedule_of):
        signature = inspect.signature(schedule_of)
        build = current.computed_once(schedule_of)

        @functools.wraps(schedule_of)
        def decayed(*args, **kwargs):
            arguments = signature.bind_partial(*args, **kwargs).arguments
            step = arguments.pop(step_name, None)
            if step is None:
                raise ValueError(f"`{step_name}` is required for {schedule_of.__name__}.")
            schedule = build(**{step_name: None}, **arguments)
            return schedule(step) if current.tracing() else functools.partial(schedule, step)

        return decayed

    return decorate


@_at_global_step("global_step")
def exponential_decay(
    learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None
):
    """The rate of `lrschedules.ExponentialDecay` at `global_step`."""
    return ExponentialDecay(learning_rate, decay_steps, decay_rate, staircase, name)


@_at_global_step("x")
def piecewise_constant(x, boundaries, values, name=None):
    """The rate of `lrschedules.PiecewiseConstantDecay` at step `x`."""
    return PiecewiseConstantDecay(boundaries, values, name)


@_at_global_step("global_step")
def polynomial_decay(
    learning_rate,
    global_step,
    decay_steps,
    end_learning_rate=0.0001,
    power=1.0,
    cycle=False,
    name=None,
):
    """The rate of `lrschedules.PolynomialDecay` at `global_step`."""
    return PolynomialDecay(learning_rate, decay_steps, end_learning_rate, power, cycle, name)


@_at_global_step("global_step")
def natural_exp_decay(
    learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None
):
    """The rate of `lrschedules.NaturalExpDecay` at `global_step`."""
    return NaturalExpDecay(learning_rate, decay_steps, decay_rate, staircase, name)


@_at_global_step("global_step")
def inverse_time_decay(
    learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None
):
    """The rate of `lrschedules.InverseTimeDecay` at `global_step`."""
    return InverseTimeDecay(learning_rate, decay_steps, decay_rate, staircase, name)


@_at_global_step("global_step")
def cosine_decay(learning_rate, global_step, decay_steps, alpha=0.0, name=None):
    """The rate of `lrschedules.CosineDecay` at `global_step`."""
    return CosineDecay(learning_rate, decay_steps, alpha, name)


@_at_global_step("global_step")
def cosine_decay_restarts(
    learning_rate, global_step, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None
):
    """The rate of `lrschedules.CosineDecayRestarts` at `global_step`."""
    return CosineDecayRestarts(learning_rate, first_decay_steps, t_mul, m_mul, alpha, name)


@_at_global_step("global_step")
def linear_cosine_decay(
    learning_rate, global_step, decay_steps, num_periods=0.5, alpha=0.0, beta=0.001, name=None
):
    """The rate of `lrschedules.LinearCosineDecay` at `global_step`."""
    return LinearCosineDecay(learning_rate, decay_steps, num_periods, alpha, beta, name)


@_at_global_step("global_step")
def noisy_linear_cosine_decay(
    learning_rate,
    global_step,
    decay_steps,
    initial_variance=1.0,
    variance_decay=0.55,
    num_periods=0.5,
    alpha=0.0,
    beta=0.001,
    name=None,
    seed=0,
):
    """The rate of `lrschedules.NoisyLinearCosineDecay` at `global_step`.

    `seed`, which TensorFlow's function does not have, selects the noise.
    """
    return NoisyLinearCosineDecay(
        learning_rate,
        decay_steps,
        initial_variance,
        variance_decay,
        num_periods,
        alpha,
        beta,
        name,
        seed,
    )
