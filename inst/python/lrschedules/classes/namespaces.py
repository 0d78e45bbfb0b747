"""The namespace in which a formula is evaluated on tensors of Keras's backends: the `xp` of
`Schedule.formula(step, xp)`, with the functions of `lrschedules_math.core.namespaces`.

It computes in int64 and float64, like NumPy, but in float32 on a device without float64.
"""

import keras
import numpy as np
from keras import ops

from lrschedules.backend import current
from lrschedules_math.core.namespaces import LARGEST_PARTIAL

functions = current.functions


class Device:
    """Tensors of any backend and device that Keras runs on."""

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
        """Converts a tensor and a Python number, or two tensors, to two tensors of one dtype."""
        if not ops.is_tensor(x):
            x = ops.convert_to_tensor(x, dtype=self._dtype(y))
        elif not ops.is_tensor(y):
            y = ops.convert_to_tensor(y, dtype=self._dtype(x))
        return x, y

    def _dtype(self, x):
        return keras.backend.standardize_dtype(x.dtype) if ops.is_tensor(x) else self.float_dtype

    def where(self, condition, if_true, if_false):
        if isinstance(condition, bool):  # a comparison of constants
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

    at_most = minimum
    at_least = maximum

    def power(self, base, exponent):
        return self.minimum(functions.power(*self._pair(base, exponent)), LARGEST_PARTIAL)

    def take(self, table, index):
        return functions.take(table.array, index, self.float_dtype)

    def for_each(self, function, step, *keys):
        # Handle all keys in one call, with at most half of the operations.
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
    """`step` with a trailing axis to broadcast against a row of keys; a scalar stays a scalar."""
    return step if current.is_scalar(step) else step[..., None]


# Up to this many boundaries are all compared with the step, in operations that every compiler
# fuses; longer tables are searched.
_MOST_COMPARED = 64


_device = Device()
_without_float64 = Device("float32")


def device_of(tensor):
    """The `Device` namespace for `tensor`."""
    return _device if current.has_float64(tensor) else _without_float64
