"""TensorFlow."""

import contextlib
import functools
import warnings

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from lrschedules.internals import tensorflow as internals_of_tensorflow

NEEDS = {"keras": "3.3"}
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
        found = tf.gather(tf.constant(table, dtype), index)
        return found if table.ndim == 1 else functions.unstack(found)

    @staticmethod
    def unstack(tensor):
        return tf.unstack(tensor, axis=-1)

    @staticmethod
    def constant(array, like, dtype):
        return tf.constant(array, dtype)

    @staticmethod
    def count_at_most(array, step):
        row, steps = tf.constant(array[np.newaxis]), tf.reshape(step, [1, -1])
        found = tf.raw_ops.UpperBound(sorted_inputs=row, values=steps, out_type=tf.int64)
        return tf.reshape(found, [] if is_scalar(step) else tf.shape(step))


wide = contextlib.nullcontext
uncompiled = contextlib.nullcontext


def is_scalar(tensor):
    return tensor.shape.rank == 0


def as_counted(step):
    return step


def one_by_one(function, steps, dtype):
    if is_scalar(steps):
        return function(steps)
    rates = tf.map_fn(as_written(function), tf.reshape(steps, [-1]), fn_output_signature=dtype)
    return tf.reshape(rates, tf.shape(steps))


def on_host(tensor):
    if not tf.executing_eagerly() or "CPU" not in tensor.device:
        return None
    array = tensor.numpy()
    return array.item() if array.ndim == 0 else array


def tracing():
    return not tf.executing_eagerly()


# Skip AutoGraph: it uses several stack frames for each call, and finds nothing to convert.
as_written = tf.autograph.experimental.do_not_convert


def bakes_in(model, before, after):
    return not (model.run_eagerly or tf.config.functions_run_eagerly())


def as_trained(function, model=None):
    # Compile without AutoGraph, like Keras's training step, and without XLA if there is only a CPU.
    devices = {device.device_type for device in tf.config.list_physical_devices()}
    jit_compile = devices != {"CPU"} if model is None else model.jit_compile
    # Wrap in a partial: TensorFlow warns if the same code is traced often, but sees no code here.
    own = functools.partial(function)
    return tf.function(own, jit_compile=jit_compile, autograph=False, reduce_retracing=True)


def deep_stack(depth):
    return contextlib.nullcontext()


def computed_once(function):
    return function


def scalar_beside(tensor, number, dtype):
    return ops.convert_to_tensor(number, dtype=dtype)


def has_float64(tensor):
    return True


def random_numbers():
    return {
        "the seeds of TensorFlow's operations": internals_of_tensorflow.seeds_of_operations,
        "TensorFlow's global generator": internals_of_tensorflow.state_of_generator,
    }


def beside_variables(model):
    return lambda: None


def has_new_variables(model):
    pass


def before_steps(model, function):
    if not bakes_in(model, None, None):
        return function
    # Run eagerly, each assignment takes a tenth of the time of a small training step.
    dtype = keras.config.floatx()
    graph = tf.function(as_written(function)).get_concrete_function(tf.TensorSpec([], dtype))
    return lambda number: graph(tf.constant(number, dtype))


def counts_the_end(model):
    return _counts_the_end(model.run_eagerly, model.jit_compile, model.steps_per_execution)


@functools.cache
def _counts_the_end(run_eagerly, jit_compile, steps_per_execution):
    """Trains a model with one weight to find out: what Keras counts depends on its version and on
    how the training step is compiled."""
    # Give every object a name, so that Keras's automatic names of other objects don't change.
    x = keras.Input((1,), name="x")
    y = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name="y")(x)
    model = keras.Model(x, y, name="counts_the_end")
    model.compile(
        keras.optimizers.SGD(0.0, name="counts_the_end"),
        loss="mse",
        run_eagerly=run_eagerly,
        jit_compile=jit_compile,
        steps_per_execution=steps_per_execution,
    )
    batch = np.zeros((1, 1), "float32")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns when the data run out
        model.fit(((batch, batch) for _ in range(steps_per_execution)), verbose=0)
    return int(ops.convert_to_numpy(model.optimizer.iterations)) > steps_per_execution


def build_in_fit(model):
    internals_of_tensorflow.build_in_fit(model)


def assign_all(variables, values):
    def update(strategy, variables, values):
        for variable, value in zip(variables, values):
            strategy.extended.update(
                variable, lambda each, new: each.assign(new), args=(value,), group=False
            )

    variables = [getattr(variable, "value", variable) for variable in variables]
    tf.distribute.get_replica_context().merge_call(update, args=(variables, values))
