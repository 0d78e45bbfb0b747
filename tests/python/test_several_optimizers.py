"""Models with several optimizers."""

import warnings

import keras
import numpy as np
import pytest
from keras import ops

from lrschedules import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    LearningRateMonitor,
    ReduceScheduleOnPlateau,
    ResumeCheck,
    Scale,
    optimizer_learning_rate,
    optimizer_schedule,
    optimizer_step,
    scale_learning_rate,
    set_optimizer_schedule,
    set_optimizer_step,
)
from support import batches, fit_modes, prediction_itself

STEPS = 30
HEAD = ExponentialDecay(1.0, 7, 0.5, staircase=True)
REST = CosineDecay(0.5, 40)

needs_several = pytest.mark.skipif(
    not hasattr(keras.optimizers, "MultiOptimizer"), reason="Keras has no MultiOptimizer yet"
)


def model_of_two(**arguments):
    """A model of two layers, each trained by a separate optimizer: step i trains weight i."""
    keras.utils.clear_session(free_memory=False)
    x = keras.Input((STEPS,))
    layers = [
        keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name=name)
        for name in ("head", "rest")
    ]
    model = keras.Model(x, keras.layers.Add()([layer(x) for layer in layers]))
    several = keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(
            keras.optimizers.SGD(REST), {"head/.*": keras.optimizers.SGD(HEAD)}
        )
    )
    model.compile(several, loss=prediction_itself, **arguments)
    return model


def used(model):
    return {
        name: -np.asarray(model.get_layer(layer).get_weights()[0], np.float64)[:, 0]
        for name, layer in (("head/.*", "head"), ("default", "rest"))
    }


def fit(model, start, end, *callbacks, **arguments):
    x, y = batches(start, end, STEPS)
    arguments = {"batch_size": 1, "shuffle": False, "verbose": 0, **arguments}
    return model.fit(x, y, callbacks=list(callbacks), **arguments)


def check(monitor, model, end):
    for name, weights in used(model).items():
        np.testing.assert_allclose(monitor.rates[name], weights[:end], rtol=1e-5)
        assert monitor.steps[name].tolist() == list(range(end))


@needs_several
@pytest.mark.slow
@pytest.mark.parametrize("mode", fit_modes())
def test_each_of_a_multi_optimizer_is_recorded_scaled_and_set(mode):
    model, monitor = model_of_two(**fit_modes()[mode]), LearningRateMonitor()
    assert optimizer_schedule(model) == {"head/.*": HEAD, "default": REST}
    history = fit(model, 0, 10, monitor).history
    assert history["learning_rate_head/.*"] == [0.5]
    scale_learning_rate(model, 0.5)
    fit(model, 10, 20, monitor)
    set_optimizer_schedule(model, 0.125, optimizer="head/.*")
    fit(model, 20, 30, monitor)
    check(monitor, model, 30)
    halved = Scale(REST, 0.5)
    assert optimizer_schedule(model) == {"head/.*": Constant(0.125), "default": halved}
    assert optimizer_schedule(model, optimizer="default") == halved
    assert optimizer_step(model) == 30
    rates = optimizer_learning_rate(model)
    assert rates == {"head/.*": 0.125, "default": halved.rate(30)}


@needs_several
@pytest.mark.slow
def test_all_counts_are_set_and_checked():
    model, monitor = model_of_two(), LearningRateMonitor()
    set_optimizer_step(model, 10)
    assert optimizer_step(model) == 10
    assert int(ops.convert_to_numpy(model.optimizer.iterations)) == 10
    fit(model, 10, 20, monitor, ResumeCheck(), initial_epoch=1, epochs=2)
    for name, weights in used(model).items():
        np.testing.assert_allclose(monitor.rates[name], weights[10:20], rtol=1e-5)
    set_optimizer_step(model, 5, optimizer="head/.*")
    with pytest.raises(
        ValueError, match=r"their step counts differ: 5 \('head/.\*'\), 20 \('default'\)"
    ):
        optimizer_step(model)


@needs_several
@pytest.mark.slow
def test_a_plateau_lowers_all():
    model = model_of_two()
    reduce = ReduceScheduleOnPlateau("loss", factor=0.5, patience=1, mode="max", min_delta=1e9)
    fit(model, 0, 10, reduce, epochs=3)
    assert optimizer_schedule(model) == {"head/.*": Scale(HEAD, 0.25), "default": Scale(REST, 0.25)}


@needs_several
@pytest.mark.slow
def test_an_optimizer_that_trains_nothing_has_no_record():
    model, monitor = model_of_two(), LearningRateMonitor()
    several = keras.optimizers.OptimizerMap(
        keras.optimizers.SGD(REST), {".*": keras.optimizers.SGD(HEAD)}
    )
    model.compile(keras.optimizers.MultiOptimizer(several), loss=prediction_itself)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(model, 0, 10, monitor, epochs=2)
    assert [w for w in caught if w.category is UserWarning] == []
    assert list(monitor.rates) == [".*"] and len(monitor.rates[".*"]) == 20


@needs_several
def test_names_that_no_optimizer_has():
    with pytest.raises(ValueError, match=r"the model's optimizers: 'head/.\*', 'default', 'o"):
        optimizer_schedule(model_of_two(), optimizer="tail")
    with pytest.raises(ValueError, match="`optimizer` must be an optimizer or the name of one"):
        optimizer_schedule(model_of_two(), optimizer=1)


class Adversaries(keras.Model):
    """A model with two optimizers, the second of which takes two steps in each training step."""

    def __init__(self):
        super().__init__()
        dense = dict(units=1, use_bias=False, kernel_initializer="zeros")
        self.generator, self.critic = keras.layers.Dense(**dense), keras.layers.Dense(**dense)

    def build(self, shape):
        self.generator.build(shape)
        self.critic.build(shape)
        self.built = True

    def compile(self, d_optimizer, g_optimizer):
        super().compile()
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    def call(self, x):
        return self.generator(x)

    def train_step(self, data):
        x, _ = data
        gradient = ops.transpose(x)
        for _ in range(2):
            self.d_optimizer.apply([gradient], self.critic.trainable_variables)
        self.g_optimizer.apply([gradient], self.generator.trainable_variables)
        return {"loss": ops.sum(x)}


def adversaries(built=True):
    model = Adversaries()
    model.build((None, STEPS))
    model.compile(keras.optimizers.SGD(HEAD), keras.optimizers.SGD(REST))
    if not built:
        return model
    model.d_optimizer.build(model.critic.trainable_variables)
    model.g_optimizer.build(model.generator.trainable_variables)
    return model


torch_and_tensorflow = pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="Keras trains on JAX with one optimizer"
)


@torch_and_tensorflow
@pytest.mark.slow
def test_the_optimizers_of_a_model_with_its_own_train_step():
    model, monitor = adversaries(), LearningRateMonitor()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(model, 0, 10, monitor)
    assert [w for w in caught if w.category is UserWarning] == []
    assert set(monitor.rates) == {"d_optimizer", "g_optimizer"}
    weights = -np.asarray(model.generator.get_weights()[0], np.float64)[:10, 0]
    np.testing.assert_allclose(monitor.rates["g_optimizer"], weights, rtol=1e-5)
    both = monitor.rates["d_optimizer"].reshape(10, 2).sum(1)
    weights = -np.asarray(model.critic.get_weights()[0], np.float64)[:10, 0]
    np.testing.assert_allclose(both, weights, rtol=1e-5)

    assert optimizer_step(model, optimizer="d_optimizer") == 20
    with pytest.raises(ValueError, match="this model has 'd_optimizer', 'g_optimizer', and `model"):
        optimizer_step(model)
    one = LearningRateMonitor(optimizer="g_optimizer")
    scale_learning_rate(model, 0.5, optimizer="g_optimizer")
    fit(model, 10, 20, one)
    weights = -np.asarray(model.generator.get_weights()[0], np.float64)[10:20, 0]
    np.testing.assert_allclose(one.rates, weights, rtol=1e-5)


def test_the_count_of_an_optimizer_is_set_before_it_is_built():
    model = adversaries(built=False)
    set_optimizer_step(model, 7, optimizer="d_optimizer")
    assert not model.d_optimizer.built
    model.d_optimizer.build(model.critic.trainable_variables)
    assert optimizer_step(model, optimizer="d_optimizer") == 7


def test_optimizers_in_lists_and_dictionaries_have_names():
    model = adversaries()
    model.others = [keras.optimizers.SGD(HEAD)]
    model.more = {"a": keras.optimizers.SGD(REST)}
    assert optimizer_schedule(model, optimizer="others[0]") == HEAD
    assert optimizer_schedule(model, optimizer="more['a']") == REST
    assert optimizer_schedule(model, optimizer=model.d_optimizer) == HEAD
