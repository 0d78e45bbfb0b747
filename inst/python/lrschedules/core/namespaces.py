"""Where a formula is evaluated: the `xp` of `Schedule.formula(step, xp)`.

`scalar`  one Python int at a time, on the host
`array`   a NumPy int64 array, on the host
`Device`  the backend's tensors, traced or on an accelerator

All of them compute in int64 and float64, so that one formula gives one rate.
A formula uses Python's operators, and from `xp` only the functions below;
`xp.where` may evaluate both of its branches.
"""

import bisect
import math

import keras
import numpy as np
from keras import ops

from lrschedules.backend import current

functions = current.functions

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
    minimum = min
    maximum = max
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
        """The rate at `step` by branch number `index`: functions of the step, of which the
        backend's tensors meet every one."""
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
    def foreign(schedule, step):
        """The rate of a Keras schedule that is not ours."""
        dtype = current.INTEGER_OF_STEPS
        if step <= np.iinfo(dtype).max:
            return _rate(schedule(ops.convert_to_tensor(step, dtype)))
        with current.wide():
            return _rate(schedule(ops.convert_to_tensor(step, "int64")))

    @staticmethod
    def count_at_most(boundaries, step):
        """How many of the increasing numbers of a `Table` are at most `step`."""
        return bisect.bisect_right(boundaries.numbers, step)


def _rate(tensor):
    return float(ops.convert_to_numpy(tensor))


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
    def float(x):
        return np.asarray(x).astype(np.float64)

    @staticmethod
    def power(base, exponent):
        with np.errstate(over="ignore", under="ignore"):
            return np.minimum(np.power(base, exponent), LARGEST_PARTIAL)

    @staticmethod
    def take(table, index):
        found = table.array[index]
        return found if table.array.ndim == 1 else np.moveaxis(found, -1, 0)

    @staticmethod
    def foreign(schedule, step):
        # One step at a time: a schedule that is not ours need not take several.
        rates = [scalar.foreign(schedule, int(s)) for s in np.ravel(step)]
        return np.reshape(np.asarray(rates, np.float64), np.shape(step))

    @staticmethod
    def count_at_most(boundaries, step):
        return np.searchsorted(boundaries.array, step, side="right")


scalar = _Scalar()
array = _Array()


class Device:
    """The tensors of whatever backend and device Keras runs on."""

    int_dtype = "int64"

    def __init__(self, float_dtype="float64"):
        self.float_dtype = float_dtype

    sqrt = staticmethod(functions.sqrt)
    exp = staticmethod(functions.exp)
    log = staticmethod(functions.log)
    sin = staticmethod(functions.sin)
    cos = staticmethod(functions.cos)
    tanh = staticmethod(functions.tanh)

    def switch(self, index, step, branches):
        rate = branches[0](step)
        for i, branch in enumerate(branches[1:], start=1):
            rate = self.where(index >= i, branch(step), rate)
        return rate

    def int(self, x):
        return ops.cast(x, self.int_dtype)

    def float(self, x):
        return ops.cast(x, self.float_dtype) if ops.is_tensor(x) else float(x)

    def _pair(self, x, y):
        """Two tensors of one dtype, where one may be a Python number."""
        if not ops.is_tensor(x):
            x = ops.convert_to_tensor(x, dtype=self._dtype(y))
        elif not ops.is_tensor(y):
            y = ops.convert_to_tensor(y, dtype=self._dtype(x))
        return x, y

    def _dtype(self, x):
        return keras.backend.standardize_dtype(x.dtype) if ops.is_tensor(x) else self.float_dtype

    def where(self, condition, if_true, if_false):
        if isinstance(condition, bool):  # of constants
            return if_true if condition else if_false
        if not ops.is_tensor(if_true) and not ops.is_tensor(if_false):
            if_true = ops.convert_to_tensor(if_true, dtype=self.float_dtype)
        return functions.where(condition, *self._pair(if_true, if_false))

    def minimum(self, x, y):
        if not ops.is_tensor(x) and not ops.is_tensor(y):
            return min(x, y)
        return functions.minimum(*self._pair(x, y))

    def maximum(self, x, y):
        if not ops.is_tensor(x) and not ops.is_tensor(y):
            return max(x, y)
        return functions.maximum(*self._pair(x, y))

    def power(self, base, exponent):
        return self.minimum(functions.power(*self._pair(base, exponent)), LARGEST_PARTIAL)

    def take(self, table, index):
        return functions.take(table.array, index, self.float_dtype)

    def for_each(self, function, step, *keys):
        # All in one: half of the operations, or fewer.
        keys = [functions.constant(np.array(key), step, self.int_dtype) for key in keys]
        return functions.unstack(function(_column(step), *keys))

    def foreign(self, schedule, step):
        def rate(step):
            rate = ops.convert_to_tensor(schedule(current.as_counted(step)))
            return ops.cast(rate, self.float_dtype)

        return current.one_by_one(rate, step, self.float_dtype)

    def count_at_most(self, boundaries, step):
        if len(boundaries) > _MOST_COMPARED:
            return self.int(functions.count_at_most(boundaries.array, step))
        boundaries = functions.constant(boundaries.array, step, self.int_dtype)
        return functions.sum(self.int(_column(step) >= boundaries), -1)


def _column(step):
    """`step` with an axis for what each of its elements meets; a scalar needs none."""
    return step if current.is_scalar(step) else step[..., None]


# Fewer numbers are compared with each step at once, in operations that every compiler fuses;
# more are searched.
_MOST_COMPARED = 64


_device = Device()
_without_float64 = Device("float32")


def device_of(tensor):
    """The `Device` namespace for `tensor`."""
    return _device if current.has_float64(tensor) else _without_float64
