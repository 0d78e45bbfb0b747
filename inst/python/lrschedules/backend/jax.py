"""JAX."""

import contextlib

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import ops

from lrschedules.internals import jax as internals_of_jax

NEEDS = {"keras": "3.10", "jax": "0.7.2"}
INTEGER_OF_STEPS = "int32"


class functions:
    where = staticmethod(jnp.where)
    minimum = staticmethod(jnp.minimum)
    maximum = staticmethod(jnp.maximum)
    power = staticmethod(jnp.power)
    sqrt = staticmethod(jnp.sqrt)
    exp = staticmethod(jnp.exp)
    log = staticmethod(jnp.log)
    sin = staticmethod(jnp.sin)
    cos = staticmethod(jnp.cos)
    tanh = staticmethod(jnp.tanh)
    sum = staticmethod(jnp.sum)

    @staticmethod
    def take(table, index, dtype):
        found = jnp.asarray(table, dtype)[index]
        return found if table.ndim == 1 else functions.unstack(found)

    @staticmethod
    def unstack(tensor):
        return jnp.unstack(tensor, axis=-1)

    @staticmethod
    def constant(array, like, dtype):
        return jnp.asarray(array, dtype)

    @staticmethod
    def count_at_most(array, step):
        return jnp.searchsorted(jnp.asarray(array), step, side="right")


def wide():
    # JAX narrows 64-bit tensors to 32 bits by default.
    try:
        return jax.enable_x64(True)
    except AttributeError:
        from jax.experimental import enable_x64

        return enable_x64()


def is_scalar(tensor):
    return tensor.ndim == 0


def as_counted(step):
    largest = np.iinfo(INTEGER_OF_STEPS).max
    return jnp.minimum(step, largest).astype(INTEGER_OF_STEPS)


def one_by_one(function, steps, dtype):
    if steps.ndim == 0:
        return function(steps)
    return jax.lax.map(function, steps.ravel()).reshape(steps.shape)


def on_host(tensor):
    if isinstance(tensor, jax.core.Tracer) or any(d.platform != "cpu" for d in tensor.devices()):
        return None
    array = np.asarray(tensor)
    return array.item() if array.ndim == 0 else array


def tracing():
    return isinstance(jnp.zeros(()), jax.core.Tracer)


def as_written(function):
    return function


def bakes_in(model, before, after):
    # Adding or removing a variable changes the state, and JAX compiles the step again.
    same_state = isinstance(before, keras.Variable) == isinstance(after, keras.Variable)
    return same_state and model.jit_compile and not model.run_eagerly


def as_trained(function, model=None):
    return jax.jit(lambda tensor: function(tensor))


def uncompiled():
    return jax.disable_jit()


def deep_stack(depth):
    return contextlib.nullcontext()


def computed_once(function):
    return function


def scalar_beside(tensor, number, dtype):
    return ops.convert_to_tensor(number, dtype=dtype)


def has_float64(tensor):
    return True


def random_numbers():
    return {}  # JAX keeps no global random state


beside_variables = internals_of_jax.state_of_fit
has_new_variables = internals_of_jax.has_new_variables


def before_steps(model, function):
    return function


def counts_the_end(model):
    return False


def build_in_fit(model):
    pass


def assign_all(variables, values):
    for variable, value in zip(variables, values):
        variable.assign(value)
