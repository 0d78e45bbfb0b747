"""TensorFlow."""

import contextlib

import tensorflow as tf
from keras import ops

INTEGER_OF_STEPS = "int64"


class functions:
    where = staticmethod(tf.where)
    minimum = staticmethod(tf.minimum)
    maximum = staticmethod(tf.maximum)
    power = staticmethod(tf.pow)
    sqrt = staticmethod(tf.sqrt)
    exp = staticmethod(tf.exp)
    log = staticmethod(tf.math.log)
    sin = staticmethod(tf.sin)
    cos = staticmethod(tf.cos)
    tanh = staticmethod(tf.tanh)
    sum = staticmethod(tf.reduce_sum)

    @staticmethod
    def take(table, index, dtype):
        return tf.gather(tf.constant(table, dtype), index)


wide = contextlib.nullcontext


def on_host(tensor):
    if not tf.executing_eagerly() or "CPU" not in tensor.device:
        return None
    array = tensor.numpy()
    return array.item() if array.ndim == 0 else array


def tracing():
    return not tf.executing_eagerly()


def computed_once(function):
    return function


def scalar_beside(tensor, number, dtype):
    return ops.convert_to_tensor(number, dtype=dtype)


def has_float64(tensor):
    return True
