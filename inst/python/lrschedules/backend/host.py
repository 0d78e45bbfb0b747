"""NumPy, OpenVINO and other backends on which Keras evaluates models but does not train them. Rates
are computed on the host."""

import contextlib

import numpy as np
from keras import ops

NEEDS = {"keras": "3.3"}
INTEGER_OF_STEPS = "int64"


class functions:
    where = staticmethod(np.where)
    minimum = staticmethod(np.minimum)
    maximum = staticmethod(np.maximum)
    power = staticmethod(np.power)
    sqrt = staticmethod(np.sqrt)
    exp = staticmethod(np.exp)
    log = staticmethod(np.log)
    sin = staticmethod(np.sin)
    cos = staticmethod(np.cos)
    tanh = staticmethod(np.tanh)
    sum = staticmethod(np.sum)

    @staticmethod
    def take(table, index, dtype):
        found = np.asarray(table, dtype)[index]
        return found if table.ndim == 1 else functions.unstack(found)

    @staticmethod
    def unstack(tensor):
        return np.moveaxis(tensor, -1, 0)

    @staticmethod
    def constant(array, like, dtype):
        return np.asarray(array, dtype)

    @staticmethod
    def count_at_most(array, step):
        return np.searchsorted(array, step, side="right")


wide = contextlib.nullcontext
uncompiled = contextlib.nullcontext


def is_scalar(tensor):
    return np.ndim(tensor) == 0


def as_counted(step):
    return step


def one_by_one(function, steps, dtype):
    rates = [function(step) for step in np.ravel(steps)]
    return np.reshape(np.asarray(rates, dtype), np.shape(steps))


def on_host(tensor):
    array = np.asarray(ops.convert_to_numpy(tensor))
    return array.item() if array.ndim == 0 else array


def tracing():
    return False


def as_written(function):
    return function


def bakes_in(model, before, after):
    return False


def as_trained(function, model=None):
    return function


def deep_stack(depth):
    return contextlib.nullcontext()


def computed_once(function):
    return function


def scalar_beside(tensor, number, dtype):
    return ops.convert_to_tensor(number, dtype=dtype)


def has_float64(tensor):
    return True


def random_numbers():
    return {}


def beside_variables(model):
    return lambda: None


def has_new_variables(model):
    pass


def before_steps(model, function):
    return function


def counts_the_end(model):
    return False


def build_in_fit(model):
    pass


def assign_all(variables, values):
    for variable, value in zip(variables, values):
        variable.assign(value)
