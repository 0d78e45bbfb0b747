"""Schedules with the rates that they must give, for the tests of both halves.

A module here lists its `CASES`, of classes of `lrschedules_math`, and may list `KINDS`: functions
that make a case from a length in steps. `tests/math` evaluates them as numbers, without Keras;
`tests/python` evaluates the Keras schedules of the same names.
"""

import dataclasses
import functools
import importlib
import itertools
import os
import pathlib
import pkgutil
import typing

import mpmath
import numpy as np

mpmath.mp.dps = 40

FOLDER = pathlib.Path(__file__).parent

# A quick run skips slow tests.
QUICK = os.environ.get("LRSCHEDULES_QUICK") == "true"

FAR = (2**24 - 1, 2**24, 2**24 + 1, 2**31 - 2)


def around(*boundaries):
    """Each boundary with its two neighbours."""
    return {b + d for b in boundaries for d in (-1, 0, 1)}


@dataclasses.dataclass(frozen=True)
class Case:
    """A schedule with the rates that it must compute.

    `oracle(step)` is written from the published formula in exact or 40-digit arithmetic,
    for steps >= 0; `boundaries` are the steps where the shape changes, its end included.
    """

    schedule: object
    oracle: typing.Callable
    boundaries: tuple = ()
    peak: float = 1.0
    steps: tuple = ()  # more steps to check

    def __repr__(self):
        return repr(self.schedule)

    def steps_to_check(self):
        edges = [0, *self.boundaries]
        halfway = [(a + b) // 2 for a, b in itertools.pairwise(edges)]
        steps = {*around(*edges), *halfway, *FAR, *self.steps}
        return sorted(s for s in steps if s <= FAR[-1])

    def expected(self, steps):
        return np.array([_rate(self.oracle, max(int(s), 0)) for s in steps])


@functools.lru_cache(2**17)
def _rate(oracle, step):
    # Cached: 40 digits take long, and each case is evaluated in several ways.
    return float(oracle(step))


@functools.cache
def all_cases():
    """The cases of all modules in this folder."""
    names = [module.name for module in pkgutil.iter_modules([str(FOLDER)])]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return [case for module in modules for case in getattr(module, "CASES", ())]


def first_of_class(cases):
    """The first case of each class."""
    found = {}
    for case in cases:
        found.setdefault(type(case.schedule), case)
    return found


def check_rates(case):
    """Checks rates on the host against the oracle: a vector of steps, and one step at a time."""
    steps = case.steps_to_check()
    one_by_one = [case.schedule.rate(s) for s in steps]
    vector = case.schedule.rates(steps)
    np.testing.assert_allclose(
        vector, case.expected(steps), rtol=1e-9, atol=1e-12 * case.peak, err_msg=repr(case)
    )
    np.testing.assert_allclose(
        one_by_one, vector, rtol=1e-12, atol=1e-15 * case.peak, err_msg=repr(case)
    )


EVERY_DECAY_STEPS = (*range(1, 2001), 10**4, 10**5, 10**6, 10**9)


def _reciprocal_errs(steps):
    """Whether `steps * (1 / steps)`, to which compilers rewrite a division, is not 1 in float32, so
    that Keras's own staircases fall a step late."""
    return np.float32(steps) * (np.float32(1) / np.float32(steps)) != 1


# The lengths at which errors would show first: those at which Keras's own classes err, primes,
# powers of two with their neighbours, and the ends of the range.
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
