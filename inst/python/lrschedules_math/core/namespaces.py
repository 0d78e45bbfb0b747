"""Where a formula is evaluated: the `xp` of `Schedule.formula(step, xp)`.

`scalar`  one Python int at a time
`array`   a NumPy int64 array

The second half has a third one with the same functions, for the tensors of Keras's backends
(`lrschedules.classes.namespaces.Device`). All of them compute in int64 and float64, so that one
formula gives one rate. A formula uses Python's operators, and from `xp` only the functions below;
`xp.where` may evaluate both of its branches.
"""

import bisect
import math

import numpy as np

LARGEST_RATE = 1e38
"""What float32, in which Keras trains, can still hold: no schedule gives more."""

LARGEST_PARTIAL = 1e250
"""What a power, a factor or a product on the way to a rate is at most: beyond all rates, and
finite, so that a rate of 0 times it stays 0."""


class Table:
    """Numbers that a formula looks up, or increasing steps that it searches, or rows of numbers.

    Held as a tuple, which is quickest for one step, and as an array, which is made once.
    """

    def __init__(self, numbers):
        self.numbers = tuple(numbers)
        self.array = np.array(self.numbers)

    def __len__(self):
        return len(self.numbers)


class _Scalar:
    """Python's own numbers: some ten times faster than NumPy for a single step."""

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
        """The number of a `Table` at `index`; of a `Table` of rows, the numbers of that row."""
        return table.numbers[index]

    @staticmethod
    def for_each(function, step, *keys):
        """`function(step, *keys)` for the first of all `keys`, the second of all, and so on."""
        return [function(step, *each) for each in zip(*keys)]

    @staticmethod
    def count_at_most(boundaries, step):
        """How many of the increasing numbers of a `Table` are at most `step`."""
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
        # Each branch for its own steps alone: there may be a thousand.
        rates = np.empty(np.shape(step))
        for i in np.unique(index):
            at = index == i
            rates[at] = branches[i](step[at])
        return rates

    @staticmethod
    def at_most(x, limit):
        """`minimum(x, limit)`. Most arrays are within the limit: a look at them takes less time
        than a copy."""
        return x if np.size(x) and np.max(x) <= limit else np.minimum(x, limit)

    @staticmethod
    def at_least(x, limit):
        """`maximum(x, limit)`, as `at_most`."""
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
