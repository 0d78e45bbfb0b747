"""The namespaces in which a formula is evaluated: the `xp` of `Schedule.formula(step, xp)`.

`scalar`  one Python int at a time
`array`   a NumPy int64 array

The second half adds a namespace with the same functions for tensors of Keras's backends
(`lrschedules.classes.namespaces.Device`). All namespaces compute in int64 and float64,
so a formula gives the same rate in each (but `Device` uses float32 on a device without float64). A
formula uses Python's operators and only the functions of `xp` below; `xp.where` may evaluate both
of its branches.
"""

import bisect
import math

import numpy as np

LARGEST_RATE = 1e38
"""The largest rate of any schedule: a round number that float32, in which Keras trains, holds."""

LARGEST_PARTIAL = 1e250
"""The largest intermediate result (a power, a factor or a product): larger than any rate, and
finite, so that multiplying it by a rate of 0 gives 0."""


class Table:
    """Numbers that a formula looks up, increasing steps that it searches, or rows of numbers.

    The table is kept as a tuple, which is faster for one step, and as an array, for many.
    """

    def __init__(self, numbers):
        self.numbers = tuple(numbers)
        self.array = np.array(self.numbers)

    def __len__(self):
        return len(self.numbers)


class _Scalar:
    """Python numbers: about ten times faster than NumPy for a single step."""

    float = float
    minimum = at_most = min
    maximum = at_least = max
    sqrt = math.sqrt
    log = math.log
    sin = math.sin
    cos = math.cos
    tanh = math.tanh

    @staticmethod
    def where(condition, if_true, if_false):
        return if_true if condition else if_false

    @staticmethod
    def switch(index, step, branches):
        """`branches[index](step)`. On tensors every branch is evaluated, and one is selected."""
        return branches[index](step)

    @staticmethod
    def power(base, exponent):
        try:
            return min(math.pow(base, exponent), LARGEST_PARTIAL)
        except OverflowError:
            return LARGEST_PARTIAL

    @staticmethod
    def exp(x):
        try:
            return math.exp(x)
        except OverflowError:
            return math.inf

    @staticmethod
    def take(table, index):
        """The number, or the row of numbers, at `index` of a `Table`."""
        return table.numbers[index]

    @staticmethod
    def for_each(function, step, *keys):
        """Calls `function` with `step` and the first element of every key, then the second, …"""
        return [function(step, *each) for each in zip(*keys)]

    @staticmethod
    def count_at_most(boundaries, step):
        """Counts the numbers of an increasing `Table` that are at most `step`."""
        return bisect.bisect_right(boundaries.numbers, step)


class _Array:
    """NumPy."""

    for_each = staticmethod(_Scalar.for_each)
    minimum = np.minimum
    maximum = np.maximum
    sqrt = np.sqrt
    log = np.log
    exp = np.exp
    sin = np.sin
    cos = np.cos
    tanh = np.tanh
    where = staticmethod(np.where)

    @staticmethod
    def switch(index, step, branches):
        # Evaluate each branch only at its own steps: there may be a thousand branches.
        rates = np.empty(np.shape(step))
        for i in np.unique(index):
            at = index == i
            rates[at] = branches[i](step[at])
        return rates

    @staticmethod
    def at_most(x, limit):
        """`minimum(x, limit)`, without a copy if `x` is within the limit, as most arrays are."""
        return x if np.size(x) and np.max(x) <= limit else np.minimum(x, limit)

    @staticmethod
    def at_least(x, limit):
        """`maximum(x, limit)`, without a copy if `x` is within the limit."""
        return x if np.size(x) and np.min(x) >= limit else np.maximum(x, limit)

    @staticmethod
    def float(x):
        return np.asarray(x).astype(np.float64)

    @staticmethod
    def power(base, exponent):
        with np.errstate(over="ignore", under="ignore"):
            return array.at_most(np.power(base, exponent), LARGEST_PARTIAL)

    @staticmethod
    def take(table, index):
        found = table.array[index]
        return found if table.array.ndim == 1 else np.moveaxis(found, -1, 0)

    @staticmethod
    def count_at_most(boundaries, step):
        return np.searchsorted(boundaries.array, step, side="right")


scalar = _Scalar()
array = _Array()
