"""Factors of the rate for each layer, against Keras's own optimizers and NumPy by hand."""

import copy
import functools
import json
import pickle
import warnings

import keras
import numpy as np
import pytest
from keras import ops

from lrschedules import (
    Constant,
    CosineDecay,
    LearningRateMonitor,
    OneCycle,
    Tabulated,
    layer_rates,
    optimizer_layer_rates,
    optimizer_schedule,
    optimizer_step,
    optimizer_with_layer_rates,
    optimizer_with_schedules,
    scheduled_numbers,
    set_optimizer_schedule,
    set_optimizer_step,
)
from support import BACKEND, assert_rates, fit_modes, in_another_process

SGD, Adam, AdamW = keras.optimizers.SGD, keras.optimizers.Adam, keras.optimizers.AdamW
RATE = OneCycle(0.1, 150)
UNFREEZES = Tabulated([0.0, 0.0, 0.0, 1.0])

_random = np.random.default_rng(1)
X = _random.normal(size=(24, 4)).astype("float32")
Y = _random.normal(size=(24, 1)).astype("float32")


# Use this in tests that don't depend on compilation, which takes long on TensorFlow.
EAGERLY = {"run_eagerly": BACKEND == "tensorflow"}


def new_model(optimizer, **arguments):
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(3, name=name) for name in ("a", "b", "c")]
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(1, name="head")])
    model.compile(optimizer=optimizer, loss="mse", **arguments)
    return model


def fit(model, first=0, last=24, **arguments):
    model.fit(X[first:last], Y[first:last], batch_size=4, shuffle=False, verbose=0, **arguments)
    return weights_of(model)


def weights_of(model):
    return {w.path.partition("/")[2]: ops.convert_to_numpy(w) for w in model.weights}


# ---- The rate of each variable ----


@pytest.mark.parametrize("mode", fit_modes())
def test_the_weight_change_is_the_factor_times_the_rate(mode):
    """Step i trains weight i of each layer, with gradient 1: SGD leaves minus the rate there."""
    steps = 60 if mode == "eager" and BACKEND != "torch" else 200
    factors = {"constant": 0.1, "falls": CosineDecay(2.0, 180), "rises": Tabulated([0.0, 0.5, 1.5])}
    names = [*factors, "other"]
    inputs = keras.Input((steps,))
    layers = [
        keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name=name)
        for name in names
    ]
    outputs = keras.layers.Concatenate()([layer(inputs) for layer in layers])
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer_with_layer_rates(SGD(RATE), factors),
        loss=lambda y, prediction: ops.sum(prediction, -1),
        **fit_modes()[mode],
    )
    model.fit(np.eye(steps), np.zeros((steps, 1)), batch_size=1, shuffle=False, verbose=0)
    rates = RATE.rates(range(steps))
    expected = {
        "constant": 0.1 * rates,
        "falls": np.cos(np.clip(np.arange(steps) / 180, 0, 1) * np.pi) + 1,
        "rises": np.array([0.0, 0.5, *[1.5] * (steps - 2)]),
        "other": rates,
    }
    for name in ("falls", "rises"):
        expected[name] = expected[name] * rates
    for layer in layers:
        # The schedule and its factor are each within 1e-6 of the largest.
        used = -ops.convert_to_numpy(layer.kernel)[:, 0].astype(float)
        np.testing.assert_allclose(used, expected[layer.name], rtol=1e-6, atol=1e-8)


def optimizer_classes():
    others = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
    found = (getattr(keras.optimizers, name) for name in dir(keras.optimizers))
    is_one = lambda x: isinstance(x, type) and issubclass(x, keras.optimizers.Optimizer)  # noqa: E731
    return {cls.__name__: cls for cls in found if is_one(cls) and cls.__name__ not in others}


def variables(*names):
    values = np.linspace(-1, 1, 6, dtype="float32").reshape(3, 2)
    return [keras.Variable(values + i, name=name) for i, name in enumerate(names)]


@functools.cache
def jitted(optimizer):
    import jax

    return jax.jit(lambda own, values, g: optimizer.stateless_apply(own, [g] * len(values), values))


def trained(optimizer, of, steps=3):
    """The values of variables after some updates, and those of the optimizer's own variables. On
    JAX the optimizer stays as it was."""
    gradients = np.random.default_rng(0).normal(size=(steps, 3, 2)).astype("float32")
    optimizer.build(of)
    if BACKEND == "jax":
        update = jitted(optimizer)
        values, own = [v.value for v in of], [v.value for v in optimizer.variables]
        for gradient in gradients:
            values, own = update(own, values, gradient)
        return [np.asarray(value) for value in values], [np.asarray(value) for value in own]
    update = lambda gradient: optimizer.apply([gradient] * len(of), of)  # noqa: E731
    if BACKEND == "tensorflow":
        import tensorflow as tf

        update = tf.function(update)
    for gradient in gradients:
        update(ops.convert_to_tensor(gradient))
    return [[ops.convert_to_numpy(v) for v in vs] for vs in (of, optimizer.variables)]


def arguments_of(name, rate):
    arguments = {"learning_rate": rate, "weight_decay": 0.01}
    if name in ("SGD", "RMSprop"):
        arguments["momentum"] = 0.75
    return arguments


@pytest.mark.alike
@pytest.mark.parametrize("name", optimizer_classes())
def test_each_optimizer_of_keras_trains_as_with_the_multiplied_rate(name):
    cls = optimizer_classes()[name]
    factors = {"tenth": 0.1, "half": Constant(0.5), "whole": 1.0}
    optimizer = optimizer_with_layer_rates(
        cls(**arguments_of(name, 0.05)), {f".*{n}": factor for n, factor in factors.items()}
    )
    assert isinstance(optimizer, cls)
    together, _ = trained(optimizer, [v for name in factors for v in variables(name)])
    plain = cls(**arguments_of(name, 0.05))
    for i, factor in enumerate((0.1, 0.5, 1.0)):
        if BACKEND == "jax":  # one compilation for all
            plain.learning_rate = 0.05 * factor
        else:
            plain = cls(**arguments_of(name, 0.05 * factor))
        alone, _ = trained(plain, variables("alone"))
        np.testing.assert_allclose(together[i], alone[0], rtol=2e-6, atol=1e-7)


@pytest.mark.alike
@pytest.mark.parametrize("name", optimizer_classes())
def test_a_factor_of_0_leaves_the_bits_while_moments_continue(name):
    cls = optimizer_classes()[name]
    ema = {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2}
    optimizer = optimizer_with_layer_rates(
        cls(**arguments_of(name, 0.05), **ema),
        {"frozen": 0, "scheduled": Tabulated([0.0])},
    )
    names = ("frozen/kernel", "scheduled/kernel", "trained/kernel")
    of = []
    for path in names:
        with keras.name_scope(path.split("/")[0]):
            of += variables("kernel")
    of[0].assign(np.array([[-0.0, 0.0], [1e-40, 3e4], [0.1, -1.0]], "float32"))
    before = [ops.convert_to_numpy(variable) for variable in of]
    after, own = trained(optimizer, of)
    for i in range(2):
        assert after[i].tobytes() == before[i].tobytes()
    assert not np.array_equal(after[2], before[2])
    assert all(np.isfinite(value).all() for value in own[1:])
    if name == "Adam":
        of_scheduled = [v for v in own if v.shape == (3, 2)]
        assert sum(bool(np.any(v)) for v in of_scheduled) == len(of_scheduled)


def test_the_step_of_adam_is_a_tenth():
    optimizer = optimizer_with_layer_rates(Adam(0.01), {"tenth": 0.1})
    with keras.name_scope("tenth"):
        of = variables("kernel")
    of += variables("other")
    after, _ = trained(optimizer, of, steps=1)
    start = np.linspace(-1, 1, 6).reshape(3, 2)
    np.testing.assert_allclose(np.abs(after[0] - start), 0.001, rtol=1e-3)
    np.testing.assert_allclose(np.abs(after[1] - start), 0.01, rtol=1e-3)


def test_weight_decay_is_multiplied_by_hand():
    optimizer = optimizer_with_layer_rates(
        AdamW(0.1, weight_decay=0.5), {"tenth/.*": 0.1, "falls/.*": Tabulated([1.0, 0.5])}
    )
    of = []
    for name in ("tenth", "falls", "other"):
        with keras.name_scope(name):
            of.append(keras.Variable([1.0, -2.0], name="kernel"))
    optimizer.build(of)
    for _ in range(3):
        optimizer.apply([ops.zeros((2,))] * 3, of)
    kept = [(1 - 0.005) ** 3, (1 - 0.05) * (1 - 0.025) ** 2, (1 - 0.05) ** 3]
    for variable, part in zip(of, kept):
        np.testing.assert_allclose(ops.convert_to_numpy(variable), [part, -2 * part], rtol=1e-6)


def test_what_is_excluded_from_weight_decay_stays_excluded():
    plain = SGD(1.0, weight_decay=0.5)
    plain.exclude_from_weight_decay(var_names=["bias"])
    optimizer = optimizer_with_layer_rates(plain, {"kernel": 0.5, "bias": 0.1})
    kernel, bias = (keras.Variable([1.0], name=name) for name in ("kernel", "bias"))
    optimizer.build([kernel, bias])
    optimizer.apply([ops.zeros((1,))] * 2)
    assert [float(ops.convert_to_numpy(v)[0]) for v in (kernel, bias)] == [0.75, 1.0]


@pytest.mark.skipif(BACKEND != "torch", reason="PyTorch's lists of tensors")
def test_pytorch_updates_one_list_for_each_factor(monkeypatch):
    import torch

    calls = []
    add = torch._foreach_add_
    monkeypatch.setattr(torch, "_foreach_add_", lambda *a, **k: (calls.append(1), add(*a, **k)))
    for factors, lists in ({"a": 1.0}, 1), ({"a": 0.5, "b": 0.5}, 2), ({"a": 0.5, "b": 0.25}, 3):
        optimizer = optimizer_with_layer_rates(SGD(0.1), factors)
        of = []
        for name in ("a", "b", "c", "c"):
            with keras.name_scope(name):
                of += variables("kernel")
        if "b" not in factors:
            of = [of[0], of[2], of[3]]
        calls.clear()
        optimizer.apply([ops.ones((3, 2))] * len(of), of)
        assert len(calls) == lists


# ---- Together with other features ----


@pytest.mark.slow
def test_moving_averages_at_the_end_leave_what_is_held():
    factors = {"a": 0.0, "b": Tabulated([1.0, 0.0]), "c": 0.5}
    weights, without = (
        fit(new_model(optimizer_with_layer_rates(SGD(0.1, **ema), factors), **EAGERLY))
        for ema in (dict(use_ema=True, ema_momentum=0.5), {})
    )
    for path, weight in weights.items():
        # Variables that were held at the last step keep the weights of a training without averages.
        assert np.array_equal(weight, without[path]) == (path[0] in "ab")


@pytest.mark.slow
def test_accumulated_gradients_and_loss_scaling():
    of_factor = {"a": 0.5, "b": UNFREEZES}
    accumulating = optimizer_with_layer_rates(SGD(0.1, gradient_accumulation_steps=2), of_factor)
    scaled = optimizer_with_layer_rates(
        keras.optimizers.LossScaleOptimizer(SGD(0.1), initial_scale=2.0), of_factor
    )
    assert type(scaled) is keras.optimizers.LossScaleOptimizer and scaled.initial_scale == 2.0
    weights = fit(new_model(scaled))
    expected = fit(new_model(optimizer_with_layer_rates(SGD(0.1), of_factor)))
    for path in expected:
        np.testing.assert_allclose(weights[path], expected[path], rtol=1e-5, atol=1e-7)
    model = new_model(accumulating)
    start = weights_of(model)
    weights = fit(model, 0, 8)
    # The second of two batches updates the weights with its factors: the factor of `b` is still 0.
    full = new_model(SGD(0.1))
    full.fit(X[:8], Y[:8], batch_size=8, shuffle=False, verbose=0)
    for path, weight in weights_of(full).items():
        factor = {"a": 0.5, "b": 0.0}.get(path.split("/")[0], 1.0)
        np.testing.assert_allclose(
            weights[path] - start[path], (weight - start[path]) * factor, rtol=1e-4, atol=1e-7
        )


@pytest.mark.slow
def test_with_schedules_before_or_after():
    factors = {"a": 0.1, "b": UNFREEZES}
    momentum = Tabulated([0.0, 0.5, 0.9])
    before = optimizer_with_layer_rates(
        optimizer_with_schedules(SGD(RATE), momentum=momentum), factors
    )
    after = optimizer_with_schedules(
        optimizer_with_layer_rates(SGD(RATE), factors), momentum=momentum
    )
    assert type(before) is type(after) and isinstance(before, SGD)
    assert before.schedules == after.schedules == {"momentum": momentum}
    assert dict(before.layer_rates) == dict(after.layer_rates) == factors
    assert scheduled_numbers(before) == ["momentum", "weight_decay"]
    before, after = (fit(new_model(one, **EAGERLY)) for one in (before, after))
    for path, weights in before.items():
        assert np.array_equal(weights, after[path])
    # The velocity of Keras holds the rate, so a constant factor divides out.
    plain = fit(new_model(optimizer_with_schedules(SGD(RATE), momentum=momentum), **EAGERLY), 0, 4)
    start = weights_of(new_model("sgd"))
    layered = fit(new_model(optimizer_with_layer_rates(SGD(RATE), {"a": 0.1}), **EAGERLY), 0, 4)
    for path in (path for path in plain if path.startswith("a/")):
        np.testing.assert_allclose(
            layered[path] - start[path], 0.1 * (plain[path] - start[path]), atol=1e-7
        )


def test_factors_are_added_to_existing_factors():
    optimizer = optimizer_with_layer_rates(Adam(RATE), {"a": 0.1, "b": 0.2})
    again = optimizer_with_layer_rates(optimizer, {"b": 0.5, "c": RATE})
    assert dict(again.layer_rates) == {"a": 0.1, "b": 0.5, "c": RATE}
    assert dict(optimizer.layer_rates) == {"a": 0.1, "b": 0.2}


@pytest.mark.slow
def test_the_monitor_records_the_optimizers_rate_and_scheduled_factors():
    model = new_model(optimizer_with_layer_rates(SGD(RATE), {"a": 0.1, "b": UNFREEZES}))
    monitor = LearningRateMonitor()
    fit(model, callbacks=[monitor])
    assert_rates(monitor.rates, RATE.rates(range(6)))
    assert list(monitor.layer_rates) == ["b"]
    assert monitor.layer_rates["b"].tolist() == [0, 0, 0, 1, 1, 1]
    other = CosineDecay(0.01, 5)
    set_optimizer_schedule(model, other)
    fit(model, callbacks=[monitor])
    assert_rates(monitor.rates[6:], other.rates(range(6, 12)))
    assert monitor.layer_rates["b"].tolist() == [0, 0, 0, *[1] * 9]
    assert optimizer_schedule(model) == other and optimizer_step(model) == 12
    without = LearningRateMonitor()
    fit(new_model(SGD(RATE)), callbacks=[without])
    assert without.layer_rates == {}


def test_factors_as_schedules_of_rates():
    rates = optimizer_with_layer_rates(Adam(RATE), {"a": 0.1, "b": UNFREEZES}).layer_rates
    schedules = rates.schedules()
    steps = np.arange(10)
    np.testing.assert_allclose(schedules["a"].rates(steps), 0.1 * RATE.rates(steps))
    np.testing.assert_allclose(
        schedules["b"].rates(steps), np.where(steps < 3, 0, RATE.rates(steps))
    )


# ---- Names and models ----


def nested():
    """A model in a model, whose name is not in Keras's paths of its variables."""
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(3, name="inner")(inputs)
    backbone = keras.Model(
        inputs, keras.layers.BatchNormalization(name="norm")(hidden), name="body"
    )
    model = keras.Sequential([keras.Input((4,)), backbone, keras.layers.Dense(1, name="head")])
    assert backbone.layers[1].kernel.path == "inner/kernel"
    return model, backbone


def test_names_of_layers_paths_of_layers_and_patterns():
    for name in ("body", "body/.*", "body/inner|inner/.*|norm/.*"):
        model, backbone = nested()
        model.compile(optimizer_with_layer_rates(SGD(0.1), {name: 0.0}), loss="mse", **EAGERLY)
        before = [ops.convert_to_numpy(w) for w in backbone.trainable_weights]
        model.fit(X, Y, verbose=0)
        for weight, old in zip(backbone.trainable_weights, before):
            assert np.array_equal(ops.convert_to_numpy(weight), old)
        assert model.optimizer.layer_rates.variables == [4]
        assert model.optimizer.layer_rates.weights == [12 + 3 + 3 + 3]


def test_names_are_found_when_a_model_is_loaded_or_its_count_is_set(tmp_path):
    model, _ = nested()
    model.compile(optimizer_with_layer_rates(SGD(0.1), {"body": 0.5}), loss="mse")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "No variable matches")
        set_optimizer_step(model, 3)
        model.save(tmp_path / "model.keras")
        again = keras.models.load_model(tmp_path / "model.keras")
    for one in (model, again):
        assert one.optimizer.layer_rates.variables == [4] and optimizer_step(one) == 3


def test_the_rates_of_all_variables_with_frozen_layers():
    model, backbone = nested()
    backbone.trainable = False
    optimizer = optimizer_with_layer_rates(SGD(0.5), {"inner": 0.1, "head": UNFREEZES, "norm": 2})
    model.compile(optimizer, loss="mse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # those layers are there, and frozen
        model.fit(X, Y, batch_size=8, verbose=0)
    assert optimizer_layer_rates(model) == {
        "variable": [f"body/{v}" for v in ("inner/kernel", "inner/bias", "norm/gamma", "norm/beta")]
        + ["head/kernel", "head/bias"],
        "layer_rate": ["inner"] * 2 + ["norm"] * 2 + ["head"] * 2,
        "factor": [0.1] * 2 + [2.0] * 2 + [1.0] * 2,
        "rate": [0.0] * 4 + [0.5] * 2,
        "weights": [12, 3, 3, 3, 3, 1],
        "trainable": [False] * 4 + [True] * 2,
    }
    backbone.trainable = True
    model.compile(optimizer_with_layer_rates(SGD(0.5), {"inner": 0.1}), loss="mse")
    assert optimizer_layer_rates(model)["rate"] == [0.05] * 2 + [0.5] * 4


def test_rates_by_depth():
    model, _ = nested()
    rates = layer_rates(model, decay=0.5)
    assert dict(rates) == {"inner": 0.5, "norm": 0.5, "head": 1.0}
    assert repr(rates) == "layers  factor\ninner   0.5\nnorm    0.5\nhead    1"
    rates["inner"] = 2
    assert repr(rates) == "layers  factor\ninner   2\nnorm    0.5\nhead    1"
    rates["inner"] = 0.0
    model.compile(optimizer_with_layer_rates(SGD(0.1), rates), loss="mse")
    assert optimizer_layer_rates(model)["factor"] == [0.0] * 2 + [0.5] * 2 + [1.0] * 2
    groups = ["norm", ["inner", "head"]]
    assert dict(layer_rates(model, 0.1, groups)) == {"norm": 0.1, "inner": 1.0, "head": 1.0}


def test_layers_of_one_name_are_named_by_their_paths():
    def block(name):
        layers = [keras.layers.Dense(2, name="dense"), keras.layers.LayerNormalization(name="norm")]
        return keras.Sequential(layers, name=name)

    model = keras.Sequential([keras.Input((4,)), block("one"), block("two")])
    assert dict(layer_rates(model, 0.5)) == {
        "one/dense": 0.5,
        "one/norm": 0.5,
        "two/dense": 1.0,
        "two/norm": 1.0,
    }
    model.compile(optimizer_with_layer_rates(SGD(0.1), layer_rates(model, 0.5)), loss="mse")
    assert optimizer_layer_rates(model)["factor"] == [0.5] * 4 + [1.0] * 4


# ---- Saved and loaded ----


def saved_optimizers():
    factors = {"a": 0.0, "b": UNFREEZES, "head/.*": 0.5}
    return {
        "SGD": optimizer_with_layer_rates(SGD(0.05, momentum=0.5), factors),
        "AdamW": optimizer_with_layer_rates(AdamW(RATE), factors),
        "Nadam": optimizer_with_layer_rates(keras.optimizers.Nadam(RATE), factors),
        "scheduled": optimizer_with_schedules(
            optimizer_with_layer_rates(SGD(RATE), factors), momentum=Tabulated([0.5, 0.9])
        ),
        "LossScaleOptimizer": optimizer_with_layer_rates(
            keras.optimizers.LossScaleOptimizer(SGD(RATE)), factors
        ),
        "accumulating": optimizer_with_layer_rates(
            SGD(RATE, gradient_accumulation_steps=4), factors
        ),
    }


CONTINUE = """
import json, pathlib, sys, keras, numpy as np
import lrschedules
folder = pathlib.Path(sys.argv[1])
x, y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
found = {}
for path in sorted(folder.glob("*.keras")):
    model = keras.models.load_model(path)
    inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    step = lrschedules.optimizer_step(model)
    model.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    weights = [weight.tobytes().hex() for weight in model.get_weights()]
    found[path.stem] = [type(inner).__name__, step, repr(inner.layer_rates), weights]
print(json.dumps(found))
"""


@pytest.mark.slow
def test_a_saved_model_continues_in_a_new_process_bit_for_bit(tmp_path):
    np.save(tmp_path / "x.npy", X[8:])
    np.save(tmp_path / "y.npy", Y[8:])
    expected = {}
    for name in ("AdamW", "scheduled", "LossScaleOptimizer", "accumulating"):
        optimizer = saved_optimizers()[name]
        model = new_model(optimizer)
        fit(model, 0, 8)
        model.save(tmp_path / f"{name}.keras")
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        state = [type(inner).__name__, 2, repr(inner.layer_rates)]
        fit(model, 8)
        expected[name] = [*state, [weight.tobytes().hex() for weight in model.get_weights()]]
    assert json.loads(in_another_process(CONTINUE, tmp_path)) == expected


@pytest.mark.parametrize("name", saved_optimizers())
def test_the_configuration_round_trips(name):
    optimizer = saved_optimizers()[name]
    config = keras.optimizers.serialize(optimizer)
    again = keras.optimizers.deserialize(json.loads(json.dumps(config)))
    assert type(again) is type(optimizer)
    assert keras.optimizers.serialize(again) == config
    if name in ("SGD", "scheduled"):
        for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
            assert type(other) is type(optimizer) and other.get_config() == optimizer.get_config()


# ---- What is refused ----


@pytest.mark.parametrize("bad", [-0.1, "a", None, float("nan"), True])
def test_what_is_not_a_factor_is_refused(bad):
    with pytest.raises(ValueError, match=r"`layer_rates\['head'\]` must be a schedule, or one fin"):
        optimizer_with_layer_rates(SGD(), {"head": bad})


@pytest.mark.parametrize("bad", [{}, None, [0.1], 0.5])
def test_what_is_not_a_dictionary_is_refused(bad):
    with pytest.raises(
        ValueError, match="`layer_rates` must be a dictionary of one or more factors"
    ):
        optimizer_with_layer_rates(SGD(), bad)


def test_names_that_are_not_patterns_are_refused():
    with pytest.raises(ValueError, match=r"'conv\(' is not a valid one"):
        optimizer_with_layer_rates(SGD(), {"conv(": 0.1})
    with pytest.raises(ValueError, match="`layer_rates` must have names of layers or patterns"):
        optimizer_with_layer_rates(SGD(), {1: 0.1})


class Whole(keras.optimizers.Optimizer):
    def apply(self, grads, trainable_variables=None):
        pass


def test_optimizers_that_are_refused():
    with pytest.raises(ValueError, match=r"by `update_step\(\)`: Whole does not"):
        optimizer_with_layer_rates(Whole(0.1), {"a": 0.1})
    optimizer = SGD()
    optimizer.build(variables("a"))
    with pytest.raises(ValueError, match="`optimizer` must be new"):
        optimizer_with_layer_rates(optimizer, {"a": 0.1})
    several = []
    if hasattr(keras.optimizers, "MultiOptimizer"):
        several = [keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(SGD()))]
    for bad in ("sgd", None, *several):
        with pytest.raises(ValueError, match="`optimizer` must be a single Keras optimizer"):
            optimizer_with_layer_rates(bad, {"a": 0.1})


def test_two_matches_are_an_error_and_none_a_warning():
    model = new_model(optimizer_with_layer_rates(SGD(), {"a": 0.1, ".*a/.*": 0.5}), **EAGERLY)
    with pytest.raises(ValueError) as raised:
        fit(model)
    assert str(raised.value) == (
        "`layer_rates` must give each variable one factor: both 'a' and '.*a/.*' match 'a/kernel'."
    )
    with pytest.raises(ValueError, match="both 'a' and"):
        optimizer_layer_rates(model)
    model = new_model(optimizer_with_layer_rates(SGD(), {"haed": 0.1}), **EAGERLY)
    with pytest.warns(UserWarning) as warned:
        fit(model)
    (message,) = (str(one.message) for one in warned if "layer_rates" in str(one.message))
    assert message.startswith("No variable matches 'haed' in `layer_rates`: the nearest are 'head/")
    assert "frozen" not in message  # the model is known, with its frozen layers
    with pytest.raises(ValueError, match="No variable matches 'haed' in `layer_rates`, not even"):
        optimizer_layer_rates(model)


def test_a_warning_without_a_model_asks_whether_layers_are_frozen():
    optimizer = optimizer_with_layer_rates(SGD(), {"haed": 0.1})
    with pytest.warns(UserWarning, match=r"the nearest are .*\. Are its layers frozen\?"):
        optimizer.build(variables("head"))


def test_unfrozen_layers_and_the_old_optimizer():
    model = new_model(optimizer_with_layer_rates(SGD(), {"a": 0.1}))
    model.layers[0].trainable = False
    model.compile(model.optimizer, loss="mse")
    fit(model)
    model.layers[0].trainable = True
    model.compile(model.optimizer, loss="mse")
    with pytest.raises(ValueError, match="Compile the model with a new optimizer"):
        fit(model)


def test_bad_models_decays_and_groups():
    model = new_model("sgd")
    for bad in (None, "model", SGD(), keras.Sequential([keras.layers.Dense(1)])):
        with pytest.raises(ValueError, match="`model` must be a model that is built"):
            layer_rates(bad)
    with pytest.raises(ValueError, match="`decay` must be one finite number"):
        layer_rates(model, -1)
    with pytest.raises(ValueError, match="`groups` must be names of layers of the model: 'z' matc"):
        layer_rates(model, 0.5, ["a", "z"])
    with pytest.raises(ValueError, match="`groups` must name each layer once"):
        layer_rates(model, 0.5, ["a", ["b", "a"]])
    for bad in ([], "a", 1):
        with pytest.raises(ValueError, match="`groups` must be a list of one or more names"):
            layer_rates(model, 0.5, bad)
    for bad in ([1], [["a", 1]], [""], [None]):
        with pytest.raises(ValueError, match="`groups` must have names of layers or patterns"):
            layer_rates(model, 0.5, bad)
    with pytest.raises(ValueError, match="`groups` must have names of layers or regular expres"):
        layer_rates(model, 0.5, ["a", "b("])
    with pytest.raises(ValueError, match="`model` must be a model"):
        optimizer_layer_rates(SGD())
    unbuilt = keras.Sequential([keras.layers.Dense(1, name="head")])
    unbuilt.compile(optimizer_with_layer_rates(SGD(0.1), {"head": 0.5}))
    with pytest.raises(ValueError, match="`model` has no variables yet: give it an input layer"):
        optimizer_layer_rates(unbuilt)
    with pytest.raises(ValueError, match="must come from an optimizer"):
        layer_rates(model).schedules()


@pytest.mark.slow
@pytest.mark.skipif(BACKEND != "jax", reason="JAX's distribution of a model")
def test_devices():
    program = """
import keras, numpy as np
from keras.distribution import DataParallel, list_devices, set_distribution
from lrschedules import *
factors = {"a": 0.0, "b": Tabulated([0.0, 0.0, 1.0]), "c": 0.1}

def weights():
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(4, name=name) for name in "abc"]
    model = keras.Sequential([keras.Input((4,)), *layers])
    plain = keras.optimizers.AdamW(OneCycle(0.1, 10))
    model.compile(optimizer_with_layer_rates(plain, factors), loss="mse")
    start = model.get_weights()
    x = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
    model.fit(x, x, batch_size=4, shuffle=False, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(start[:2], model.get_weights()[:2]))
    return model.get_weights()

one = weights()
devices = list_devices("cpu")
assert len(devices) == 2
set_distribution(DataParallel(devices=devices))
for a, b in zip(weights(), one):
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
"""
    in_another_process(program, two_devices=True)


@pytest.mark.slow
@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow's distribution of a model")
def test_replicas():
    program = """
import keras, numpy as np, tensorflow as tf
from lrschedules import *
from support import two_replicas
factors = {"a": 0.0, "b": Tabulated([0.0, 0.0, 1.0]), "c": 0.1}

def weights(strategy, optimizer):
    with strategy.scope():
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [keras.Input((4,)), *(keras.layers.Dense(3, name=name) for name in "abcd")]
        )
        plain = optimizer(OneCycle(0.1, 10), weight_decay=0.1)
        model.compile(optimizer_with_layer_rates(plain, factors), loss="mse")
    start = model.get_weights()
    x = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
    model.fit(x, x[:, :3], batch_size=4, shuffle=False, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(start[:2], model.get_weights()[:2]))
    return model.get_weights()

two = weights(two_replicas(), keras.optimizers.Adam)
one = weights(tf.distribute.get_strategy(), keras.optimizers.Adam)
for a, b in zip(two, one):
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
"""
    in_another_process(program, two_devices=True)
