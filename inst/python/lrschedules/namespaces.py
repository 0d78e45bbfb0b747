"""Where a formula is evaluated: the `xp` of `Schedule.formula(step, xp)`.

`scalar`  one Python int at a time, on the host
`array`   a NumPy int64 array, on the host
`ahead`   the same, at steps that nobody has asked for yet
`Device`  the backend's tensors, traced or on an accelerator

All of them compute in int64 and float64, so that one formula gives one rate.
A formula uses Python's operators, and from `xp` only the functions below;
`xp.where` may evaluate both of its branches.
"""

import bisect
import contextlib
import importlib
import math

import keras
import numpy as np
from keras import ops

LARGEST_RATE = 1e38
"""What float32, in which Keras trains, can still hold: no schedule gives more."""

# A power that has grown beyond all rates: finite, so that a rate of 0 times it stays 0.
_LARGEST_POWER = 1e250


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
    def switch(index, branches):
        """The rate of branch number `index`: functions of no arguments, of which the other
        namespaces may run every one."""
        return branches[index]()

    @staticmethod
    def power(base, exponent):
        try:
            return min(math.pow(base, exponent), _LARGEST_POWER)
        except OverflowError:
            return _LARGEST_POWER

    @staticmethod
    def exp(x):
        try:
            return math.exp(x)
        except OverflowError:
            return math.inf

    @staticmethod
    def take(table, index):
        return table[index]

    @staticmethod
    def foreign(schedule, step):
        """The rate of a Keras schedule that is not ours."""
        return float(ops.convert_to_numpy(schedule(step)))

    @staticmethod
    def count_at_most(boundaries, step):
        """How many of the sorted `boundaries` are at most `step`."""
        return bisect.bisect_right(boundaries, step)


class _Vectorized:
    def switch(self, index, branches):
        rate = branches[0]()
        for i, branch in enumerate(branches[1:], start=1):
            rate = self.where(index >= i, branch(), rate)
        return rate


class _Array(_Vectorized):
    """NumPy."""

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
    def float(x):
        return np.asarray(x).astype(np.float64)

    @staticmethod
    def power(base, exponent):
        with np.errstate(over="ignore", under="ignore"):
            return np.minimum(np.power(base, exponent), _LARGEST_POWER)

    @staticmethod
    def take(table, index):
        return np.asarray(table)[index]

    @staticmethod
    def foreign(schedule, step):
        # One step at a time: a schedule that is not ours need not take several.
        schedule = _quicker(schedule)
        rates = [scalar.foreign(schedule, int(s)) for s in np.ravel(step)]
        return np.reshape(np.asarray(rates, np.float64), np.shape(step))

    @staticmethod
    def count_at_most(boundaries, step):
        return np.searchsorted(np.asarray(boundaries, np.int64), step, side="right")


def _quicker(schedule):
    # Keras's own classes branch by `cond`, which JAX compiles anew in every eager call.
    if keras.backend.backend() == "jax" and type(schedule).__module__.startswith("keras."):
        import jax

        return jax.jit(schedule)
    return schedule


class Unforeseeable(Exception):
    """The rate is not known before its step."""


class _Ahead(_Array):
    """NumPy, for steps that have not been asked for yet."""

    @staticmethod
    def foreign(schedule, step):
        # It may be slow, and need not be a function of the step alone.
        raise Unforeseeable


scalar = _Scalar()
array = _Array()
ahead = _Ahead()


def _native():
    """The backend's own functions. Those of `keras.ops` round 64-bit numbers to 32 bits
    on JAX and PyTorch."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        def take(table, index, dtype):
            return tf.gather(tf.constant(table, dtype), index)

        return dict(
            where=tf.where, minimum=tf.minimum, maximum=tf.maximum, power=tf.pow, sqrt=tf.sqrt, exp=tf.exp,
            log=tf.math.log, sin=tf.sin, cos=tf.cos, tanh=tf.tanh, take=take, sum=tf.reduce_sum,
        )  # fmt: skip
    if backend == "torch":
        import torch

        def take(table, index, dtype):
            return torch.take(
                torch.as_tensor(table, dtype=getattr(torch, dtype), device=index.device), index
            )

        return dict(
            where=torch.where, minimum=torch.minimum, maximum=torch.maximum, power=torch.pow, sqrt=torch.sqrt,
            exp=torch.exp, log=torch.log, sin=torch.sin, cos=torch.cos, tanh=torch.tanh,
            take=take, sum=torch.sum,
        )  # fmt: skip
    if backend == "jax":
        import jax.numpy as jnp

        def take(table, index, dtype):
            return jnp.asarray(table, dtype)[index]

        return dict(
            where=jnp.where, minimum=jnp.minimum, maximum=jnp.maximum, power=jnp.power, sqrt=jnp.sqrt,
            exp=jnp.exp, log=jnp.log, sin=jnp.sin, cos=jnp.cos, tanh=jnp.tanh,
            take=take, sum=jnp.sum,
        )  # fmt: skip
    return {}


class Device(_Vectorized):
    """The tensors of whatever backend and device Keras runs on."""

    int_dtype = "int64"

    def __init__(self, float_dtype="float64"):
        self.float_dtype = float_dtype
        self._native = _native()
        for name in ("sqrt", "exp", "log", "sin", "cos", "tanh"):
            setattr(self, name, self._native.get(name))

    def int(self, x):
        return ops.cast(x, self.int_dtype)

    def float(self, x):
        return ops.cast(x, self.float_dtype) if ops.is_tensor(x) else float(x)

    def _with_pair(self, function, x, y):
        """`function` of two tensors of one dtype, where one may be a Python number."""
        if not ops.is_tensor(x):
            x = ops.convert_to_tensor(x, dtype=self._dtype(y))
        elif not ops.is_tensor(y):
            y = ops.convert_to_tensor(y, dtype=self._dtype(x))
        return function(x, y)

    def _dtype(self, x):
        return keras.backend.standardize_dtype(x.dtype) if ops.is_tensor(x) else self.float_dtype

    def where(self, condition, if_true, if_false):
        where = self._native["where"]
        if not ops.is_tensor(if_true) and not ops.is_tensor(if_false):
            if_true = ops.convert_to_tensor(if_true, dtype=self.float_dtype)
        return self._with_pair(lambda x, y: where(condition, x, y), if_true, if_false)

    def minimum(self, x, y):
        return self._with_pair(self._native["minimum"], x, y)

    def maximum(self, x, y):
        return self._with_pair(self._native["maximum"], x, y)

    def power(self, base, exponent):
        return self.minimum(self._with_pair(self._native["power"], base, exponent), _LARGEST_POWER)

    def take(self, table, index):
        dtype = self.int_dtype if isinstance(table[0], int) else self.float_dtype
        return self._native["take"](table, index, dtype)

    def foreign(self, schedule, step):
        if len(step.shape) == 0:
            return self.float(schedule(step))
        # One step at a time, as on the host.
        rates = ops.map(lambda s: self.float(schedule(s)), ops.reshape(step, [-1]))
        return ops.reshape(rates, ops.shape(step))

    def count_at_most(self, boundaries, step):
        boundaries = ops.convert_to_tensor(boundaries, dtype=self.int_dtype)
        return self._native["sum"](self.int(step[..., None] >= boundaries), -1)


def _jax_wide():
    import jax

    try:
        return jax.enable_x64(True)
    except AttributeError:
        from jax.experimental import enable_x64

        return enable_x64()


wide = _jax_wide if keras.backend.backend() == "jax" else contextlib.nullcontext
"""A context in which 64-bit tensors are 64 bits wide: JAX makes them 32 unless told."""


_torch = importlib.import_module("torch") if keras.backend.backend() == "torch" else None


def _number_or_array(array):
    return array.item() if np.ndim(array) == 0 else array


def _read_torch(tensor):
    if not tensor.is_cpu or _torch.compiler.is_compiling():
        return None
    return tensor.item() if tensor.ndim == 0 else tensor.numpy()


def _read_tensorflow(tensor):
    import tensorflow as tf

    if not tf.executing_eagerly() or "CPU" not in tensor.device:
        return None
    return _number_or_array(tensor.numpy())


def _read_jax(tensor):
    import jax

    if isinstance(tensor, jax.core.Tracer) or any(d.platform != "cpu" for d in tensor.devices()):
        return None
    return _number_or_array(np.asarray(tensor))


_read = {
    "torch": _read_torch,
    "tensorflow": _read_tensorflow,
    "jax": _read_jax,
    "numpy": np.asarray,
}.get(keras.backend.backend(), lambda tensor: None)


def on_host(tensor):
    """What `tensor` holds, as a Python number or NumPy array, where reading it waits for
    no device; None where it is traced or lives on an accelerator."""
    return _read(tensor)


def _tracing_tensorflow():
    import tensorflow as tf

    return not tf.executing_eagerly()


def _tracing_torch():
    import torch

    return torch.compiler.is_compiling()


def _tracing_jax():
    import jax

    return isinstance(jax.numpy.zeros(()), jax.core.Tracer)


tracing = {"torch": _tracing_torch, "tensorflow": _tracing_tensorflow, "jax": _tracing_jax}.get(
    keras.backend.backend(), lambda: False
)
"""Whether the caller is being compiled by the backend."""


def _computed_once_torch(function):
    import torch

    return torch.compiler.assume_constant_result(function)


computed_once = {"torch": _computed_once_torch}.get(
    keras.backend.backend(), lambda function: function
)
"""Decorator of a function of plain values, for the backend to call and not to compile."""


def _scalar_beside_torch(tensor, number, dtype):
    # A third of the time of `ops.convert_to_tensor`, which is most of a call.
    return _torch.scalar_tensor(number, dtype=getattr(_torch, dtype), device=tensor.device)


def _scalar_beside(tensor, number, dtype):
    return ops.convert_to_tensor(number, dtype=dtype)


scalar_beside = _scalar_beside if _torch is None else _scalar_beside_torch
"""`number` as a scalar tensor of `dtype` on the device of `tensor`: (tensor, number, dtype)."""


def device_of(tensor):
    """The `Device` namespace for `tensor`. Apple's MPS has no float64."""
    device = getattr(tensor, "device", None)
    return _without_float64 if getattr(device, "type", None) == "mps" else _device


_device = Device()
_without_float64 = Device("float32")
