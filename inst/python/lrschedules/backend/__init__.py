"""Backend-specific code: a module for each backend on which Keras trains, and `host` for all others
(NumPy, OpenVINO). All modules define the same names.

NEEDS             the oldest version of each package with which the backend trains correctly
INTEGER_OF_STEPS  the dtype in which Keras counts steps
functions         where, minimum, maximum, power, sqrt, exp, log, sin, cos, tanh, sum, unstack (the
                  last axis); and, from a NumPy array, constant, take (from a matrix, the columns of
                  a row) and count_at_most. They compute in 64 bits: `keras.ops` rounds to 32 on
                  JAX and PyTorch
is_scalar(tensor) whether `tensor` is known to have no axes
as_counted(step)  `step` in the dtype in which Keras counts steps
one_by_one(function, steps, dtype)
                  calls `function` for each element of a tensor
wide()            a context in which 64-bit tensors stay 64 bits wide
on_host(tensor)   the value of a tensor as a Python number or NumPy array, if it can be read without
                  waiting for a device; None if the tensor is traced or lives on an accelerator
tracing()         whether the caller is being compiled
as_written        decorates a function that the compiler must not convert
uncompiled()      a context in which no operation is compiled alone, as JAX compiles each `cond`
deep_stack(depth) a context in which the compiler may follow calls `depth` levels deeper
bakes_in(model, before, after)
                  whether a training step of `model` that was compiled with the rate `before` keeps
                  using it when its optimizer holds `after`
as_trained(function, model=None)
                  compiles `function` of a tensor as Keras compiles the training step of `model`,
                  or of a typical model by default
assign_all(variables, values)
                  assigns within a training step, on each replica its own value
computed_once     decorates a function of plain values, which is called and not compiled
scalar_beside(tensor, number, dtype)
                  `number` as a scalar tensor on the device of `tensor`
has_float64(tensor)
                  whether the device of `tensor` has 64-bit floats
random_numbers()  a dictionary of functions by descriptions; each records the state of random
                  numbers of the package, and returns a function that restores it
beside_variables(model)
                  a function that restores what the backend keeps of `model` outside Keras's
                  variables
has_new_variables(model)
                  call after adding variables to `model` during `fit()`
before_steps(model, function)
                  `function` of a number, to call before each training step of `model`; compiled if
                  that is faster
counts_the_end(model)
                  whether `fit()` counts one extra step in each epoch of data of unknown size
build_in_fit(model)
                  makes `fit()` build `model` before it calls callbacks, if it would not
"""

import functools
import importlib
import random
import re
import sys

import keras
import numpy as np

_TRAINING = ("tensorflow", "jax", "torch")

_name = keras.backend.backend()
current = importlib.import_module(f"lrschedules.backend.{_name if _name in _TRAINING else 'host'}")
"""The module of the backend that Keras runs on; `host` for one that Keras cannot train with."""


@current.computed_once
def require_versions():
    """Raises an ImportError if a package is too old to train with a schedule on this backend."""
    _require_versions()


@functools.cache
def _require_versions():
    for package, oldest in current.NEEDS.items():
        found = importlib.import_module(package).__version__
        if _numbers(found) < _numbers(oldest):
            raise ImportError(
                f"Schedules of lrschedules need {package} {oldest} or later on the backend "
                f"{keras.backend.backend()!r}; this is {package} {found}."
            )


def _numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


PYTHON = "Python's random numbers"


def all_random_numbers():
    """`random_numbers()` of Python, NumPy and the loaded packages that train or supply data."""
    sources = {
        PYTHON: lambda: functools.partial(random.setstate, random.getstate()),
        "NumPy's random numbers": lambda: functools.partial(
            np.random.set_state, np.random.get_state()
        ),
    }
    for name in ("tensorflow", "torch"):
        # An entry of None hides a package from `import`.
        if sys.modules.get(name) is not None:
            sources |= importlib.import_module(f"lrschedules.backend.{name}").random_numbers()
    return sources
