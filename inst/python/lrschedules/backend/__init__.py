"""What a backend's own tensors need: a module for each backend with which Keras trains, and `host`
for all others (NumPy, OpenVINO), with the same names.

NEEDS             the oldest version of each package with which the backend trains right
INTEGER_OF_STEPS  the dtype of Keras's own count of steps
functions         where, minimum, maximum, power, sqrt, exp, log, sin, cos, tanh, sum, unstack (the
                  last axis); of a NumPy array constant, take (of a matrix, the columns of a row)
                  and count_at_most: on tensors of 64 bits, which `keras.ops` rounds to 32 on JAX
                  and PyTorch
is_scalar(tensor) whether it is known to have no axes
as_counted(step)  `step` in the dtype in which Keras counts steps
one_by_one(function, steps, dtype)
                  `function` of each element of a tensor alone
wide()            a context in which tensors of 64 bits stay 64 bits wide
on_host(tensor)   what a tensor holds, as a Python number or NumPy array, where reading it
                  waits for no device; None where it is traced or lives on an accelerator
tracing()         whether the caller is being compiled
as_written        decorator of a function that the compiler is to run as it stands
uncompiled()      a context in which no operation is compiled by itself, as JAX compiles each `cond`
deep_stack(depth) a context in which the compiler may follow calls so much deeper
bakes_in(model, before, after)
                  whether a training step of `model` that was compiled with one rate in its
                  optimizer goes on with it when there is another
as_trained(function, model=None)
                  `function` of a tensor, compiled as Keras compiles the training step of `model`,
                  or of any model by default
assign_all(variables, values)
                  assigns within a training step, on each replica its own value
computed_once     decorator of a function of plain values, to be called and not compiled
scalar_beside(tensor, number, dtype)
                  `number` as a scalar tensor on the device of `tensor`
has_float64(tensor)
                  whether the device of `tensor` has numbers of 64 bits
random_numbers()  functions by what they are for: each looks at random numbers of the package and
                  returns a function that puts them back as they are now
beside_variables(model)
                  a function that puts back what the backend keeps of `model` beside Keras's
                  variables
has_new_variables(model)
                  tells `fit()`, which has begun, that variables of `model` were added
before_steps(model, function)
                  `function` of a number, to be called before each training step of `model`,
                  compiled where that is quicker
counts_the_end(model)
                  whether `fit()` counts one step more in each epoch of data whose size it does not
                  know
build_in_fit(model)
                  makes `fit()` build `model` before it calls callbacks, where it does not
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
    """An ImportError where a package is too old to train with a schedule on this backend."""
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
    """`random_numbers()` of Python, NumPy and each package here that trains or gives data."""
    sources = {
        PYTHON: lambda: functools.partial(random.setstate, random.getstate()),
        "NumPy's random numbers": lambda: functools.partial(
            np.random.set_state, np.random.get_state()
        ),
    }
    for name in ("tensorflow", "torch"):
        # None there hides a package from `import`.
        if sys.modules.get(name) is not None:
            sources |= importlib.import_module(f"lrschedules.backend.{name}").random_numbers()
    return sources
