import inspect

import keras
import numpy as np
import pytest
from keras import ops

import lrschedules
from lrschedules.compat.v1 import train
from support import BACKEND, compilers, step_tensor

# Each function with its arguments after the global step, and the equivalent schedule.
FUNCTIONS = {
    "exponential_decay": (
        dict(learning_rate=0.1, decay_steps=41, decay_rate=0.5, staircase=True),
        lrschedules.ExponentialDecay(0.1, 41, 0.5, staircase=True, name=None),
    ),
    "piecewise_constant": (
        dict(boundaries=[41, 50], values=[1.0, 0.5, 0.1]),
        lrschedules.PiecewiseConstantDecay([41, 50], [1.0, 0.5, 0.1], None),
    ),
    "polynomial_decay": (
        dict(learning_rate=0.1, decay_steps=41, cycle=True),
        lrschedules.PolynomialDecay(0.1, 41, 0.0001, 1.0, True, None),
    ),
    "natural_exp_decay": (
        dict(learning_rate=0.1, decay_steps=41, decay_rate=0.5),
        lrschedules.NaturalExpDecay(0.1, 41, 0.5, name=None),
    ),
    "inverse_time_decay": (
        dict(learning_rate=0.1, decay_steps=41, decay_rate=0.5),
        lrschedules.InverseTimeDecay(0.1, 41, 0.5, name=None),
    ),
    "cosine_decay": (
        dict(learning_rate=0.1, decay_steps=100, alpha=0.1),
        lrschedules.CosineDecay(0.1, 100, 0.1, None),
    ),
    "cosine_decay_restarts": (
        dict(learning_rate=0.1, first_decay_steps=41, t_mul=1.5),
        lrschedules.CosineDecayRestarts(0.1, 41, 1.5, 1.0, 0.0, None),
    ),
    "linear_cosine_decay": (
        dict(learning_rate=0.1, decay_steps=100),
        lrschedules.LinearCosineDecay(0.1, 100, 0.5, 0.0, 0.001, None),
    ),
    "noisy_linear_cosine_decay": (
        dict(learning_rate=0.1, decay_steps=100, initial_variance=0.01, seed=5),
        lrschedules.NoisyLinearCosineDecay(0.1, 100, 0.01, 0.55, 0.5, 0.0, 0.001, None, 5),
    ),
}
STEP_NAMES = {name: "x" if name == "piecewise_constant" else "global_step" for name in FUNCTIONS}
each_function = pytest.mark.parametrize("name", FUNCTIONS)


def call(name, step):
    arguments, _ = FUNCTIONS[name]
    return getattr(train, name)(**{STEP_NAMES[name]: step}, **arguments)


def as_float(rate):
    assert ops.is_tensor(rate) and rate.shape == ()
    return float(ops.convert_to_numpy(rate))


def test_every_function_is_here():
    assert sorted(train.__all__) == sorted(FUNCTIONS)
    assert lrschedules.compat.v1.train is train


@each_function
def test_eagerly_a_function_gives_the_rate_at_the_current_step(name):
    _, schedule = FUNCTIONS[name]
    for step in (0, 41, 60, np.int64(60)):
        rate = call(name, step)
        assert callable(rate) and as_float(rate()) == np.float32(schedule.rate(int(step)))
    variable = keras.Variable(0, dtype="int32", trainable=False)
    rate = call(name, variable)
    for step in (0, 40, 41, 42, 1000):
        variable.assign(step)
        assert as_float(rate()) == np.float32(schedule.rate(step))


@each_function
@pytest.mark.parametrize("compiler", compilers())
def test_in_a_compiled_function_it_is_the_rate(name, compiler):
    _, schedule = FUNCTIONS[name]
    function = compilers()[compiler](lambda step: call(name, step))
    for step in (0, 41) if compiler != "compile" else (41,):
        assert as_float(function(step_tensor(step))) == pytest.approx(schedule.rate(step), rel=1e-6)


@pytest.mark.skipif(BACKEND == "torch", reason="torch.compile does not accept Keras variables")
@pytest.mark.parametrize("compiler", compilers())
def test_in_a_compiled_function_the_step_may_be_a_number(compiler):
    function = compilers()[compiler](lambda: call("exponential_decay", 41))
    assert as_float(function()) == np.float32(0.05)


@each_function
@pytest.mark.parametrize("step", ["missing", "None", "None by position"])
def test_the_global_step_is_required(name, step):
    arguments, _ = FUNCTIONS[name]
    function, step_name = getattr(train, name), STEP_NAMES[name]
    with pytest.raises(ValueError, match=f"`{step_name}` is required for {name}"):
        if step == "missing":
            function(**arguments)
        elif step == "None":
            function(**{step_name: None}, **arguments)
        elif step_name == "x":
            function(None, *arguments.values())
        else:
            function(arguments["learning_rate"], None, 41, 0.5)


@each_function
def test_bad_arguments_are_refused_at_once(name):
    arguments, _ = FUNCTIONS[name]
    for argument in ("learning_rate", "decay_steps", "first_decay_steps", "boundaries"):
        if argument in arguments:
            with pytest.raises(ValueError, match="must be"):
                getattr(train, name)(**{STEP_NAMES[name]: 0}, **{**arguments, argument: -1})
    with pytest.raises(TypeError):
        getattr(train, name)(**{STEP_NAMES[name]: 0}, **arguments, decay=1)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow is only available on its backend")
@each_function
def test_the_signature_is_tensorflows(name):
    import tensorflow as tf

    theirs = inspect.signature(getattr(tf.compat.v1.train, name))
    ours = inspect.signature(getattr(train, name))
    parameters = [p for p in ours.parameters.values() if p.name != "seed"]
    assert parameters == list(theirs.parameters.values())


@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow is only available on its backend")
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if not name.startswith("noisy")])
def test_eager_rates_are_tensorflows(name):
    import tensorflow as tf

    arguments, _ = FUNCTIONS[name]
    for step in (0, 1, 20, 39, 43, 60, 1000):  # off the boundaries, where TensorFlow rounds
        theirs = getattr(tf.compat.v1.train, name)(
            **{STEP_NAMES[name]: tf.constant(step)}, **arguments
        )()
        assert as_float(call(name, step)()) == pytest.approx(float(theirs), rel=1e-4, abs=1e-8)
