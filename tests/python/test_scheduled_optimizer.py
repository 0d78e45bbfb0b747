"""Optimizers whose momentum, decay and other numbers follow schedules, against NumPy formulas."""

import copy
import json
import pickle

import keras
import numpy as np
import pytest
from keras import ops

from lrschedules import (
    Accumulate,
    Clamp,
    Constant,
    CosineDecay,
    ExponentialDecay,
    Join,
    LearningRateMonitor,
    MomentumOneCycle,
    OneCycle,
    Tabulated,
    optimizer_schedule,
    optimizer_step,
    optimizer_with_schedules,
    scheduled_numbers,
    set_optimizer_schedule,
    set_optimizer_step,
)
from support import BACKEND, SWEEP, fit_modes, in_another_process

SGD, Adam = keras.optimizers.SGD, keras.optimizers.Adam
STEPS = 30
RATE = OneCycle(0.1, STEPS)
# The momentum is 0 at two steps: Keras checks in Python whether it is 0.
MOMENTUM = Tabulated([*np.linspace(0, 0.9, 12), 0.0, *np.linspace(0.95, 0.5, 17)])
DECAY = CosineDecay(0.5, 20)
BETA = MomentumOneCycle(RATE)

_random = np.random.default_rng(1)
X = _random.normal(size=(STEPS, 4)).astype("float32")
Y = _random.normal(size=(STEPS, 1)).astype("float32")


def new_model(optimizer, **arguments):
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    )
    model.compile(optimizer=optimizer, loss="mse", **arguments)
    return model


def fit(model, first=0, last=STEPS, **arguments):
    model.fit(X[first:last], Y[first:last], batch_size=1, shuffle=False, verbose=0, **arguments)
    return model.get_weights()[0]


def assert_close(weights, expected):
    """Checks weights to a relative 1e-5, or an absolute millionth if a weight is close to 0."""
    np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-6)


def by_hand(update, steps=STEPS):
    """The weights after all steps of `update(w, gradient, step)`, in 64 bits."""
    w = np.ones((4, 1))
    for step in range(steps):
        x, y = X[[step]].astype(float), Y[[step]].astype(float)
        w = update(w, 2 * x.T @ (x @ w - y), step)
    return w


def sgd_by_hand(momentum, decay=None, nesterov=False, rate=RATE, **arguments):
    velocity = np.zeros((4, 1))

    def update(w, gradient, step):
        nonlocal velocity
        m, lr = momentum.rate(step), rate.rate(step)
        if decay is not None:
            w = w - w * decay.rate(step) * lr
        velocity = m * velocity - lr * gradient
        return w + (m * velocity - lr * gradient if nesterov else velocity)

    return by_hand(update, **arguments)


def adam_by_hand(beta_1, beta_2, decay):
    m = v = np.zeros((4, 1))

    def update(w, gradient, step):
        nonlocal m, v
        b1, b2, lr = beta_1.rate(step), beta_2.rate(step), RATE.rate(step)
        w = w - w * decay.rate(step) * lr
        m = b1 * m + (1 - b1) * gradient
        v = b2 * v + (1 - b2) * gradient**2
        # Correct the bias with this step's numbers.
        m_hat, v_hat = m / (1 - b1 ** (step + 1)), v / (1 - b2 ** (step + 1))
        return w - lr * m_hat / (np.sqrt(v_hat) + 1e-7)

    return by_hand(update)


def rmsprop_by_hand(momentum, rho, centered):
    velocity = average = moved = np.zeros((4, 1))

    def update(w, gradient, step):
        nonlocal velocity, average, moved
        r, lr = rho.rate(step), RATE.rate(step)
        velocity = r * velocity + (1 - r) * gradient**2
        variance = velocity + 1e-2
        if centered:
            average = r * average + (1 - r) * gradient
            variance = variance - average**2
        moved = momentum.rate(step) * moved + lr * gradient / np.sqrt(variance)
        return w - moved

    return by_hand(update)


@pytest.mark.parametrize("mode", fit_modes())
@pytest.mark.parametrize("nesterov", [False, True], ids=["classical", "nesterov"])
def test_momentum_and_decay_of_sgd(nesterov, mode):
    optimizer = optimizer_with_schedules(
        SGD(RATE, nesterov=nesterov), momentum=MOMENTUM, weight_decay=DECAY
    )
    weights = fit(new_model(optimizer, **fit_modes()[mode]))
    expected = sgd_by_hand(MOMENTUM, DECAY, nesterov)
    assert_close(weights, expected)
    # Without the schedule the weights would differ.
    assert np.abs(expected - sgd_by_hand(Constant(0.5), DECAY, nesterov)).max() > 0.01


@pytest.mark.parametrize("mode", fit_modes())
def test_betas_and_decay_of_adamw(mode):
    beta_2 = ExponentialDecay(0.999, 100, 0.9)
    optimizer = optimizer_with_schedules(
        keras.optimizers.AdamW(RATE), beta_1=BETA, beta_2=beta_2, weight_decay=DECAY
    )
    weights = fit(new_model(optimizer, **fit_modes()[mode]))
    assert_close(weights, adam_by_hand(BETA, beta_2, DECAY))


@pytest.mark.slow
@pytest.mark.parametrize("centered", [False, True], ids=["plain", "centered"])
def test_momentum_and_rho_of_rmsprop(centered):
    rho = CosineDecay(0.9, 50, alpha=0.5)
    optimizer = optimizer_with_schedules(
        keras.optimizers.RMSprop(RATE, centered=centered, epsilon=1e-2), momentum=MOMENTUM, rho=rho
    )
    weights = fit(new_model(optimizer))
    assert_close(weights, rmsprop_by_hand(MOMENTUM, rho, centered))


@pytest.mark.slow
def test_a_number_is_a_constant_schedule_and_a_constant_rate_stays_one():
    optimizer = optimizer_with_schedules(SGD(0.05), momentum=0.5)
    assert optimizer.schedules == {"momentum": Constant(0.5)}
    model = new_model(optimizer)
    expected = sgd_by_hand(Constant(0.5), rate=Constant(0.05))
    assert_close(fit(model), expected)
    optimizer.learning_rate = 0.025
    assert float(ops.convert_to_numpy(optimizer.learning_rate)) == pytest.approx(0.025)


@pytest.mark.slow
def test_gradient_accumulation_counts_batches():
    momentum = Accumulate(Tabulated(np.linspace(0.1, 0.9, 10)), 3)
    optimizer = optimizer_with_schedules(
        SGD(RATE, gradient_accumulation_steps=3), momentum=momentum, weight_decay=DECAY
    )
    weights = fit(new_model(optimizer))
    w, velocity = np.ones((4, 1)), np.zeros((4, 1))
    for last in range(2, STEPS, 3):  # the steps at which weights are updated
        x, y = X[last - 2 : last + 1].astype(float), Y[last - 2 : last + 1].astype(float)
        gradient = 2 * x.T @ (x @ w - y) / 3
        lr = RATE.rate(last)
        w = w - w * DECAY.rate(last) * lr
        velocity = momentum.rate(last) * velocity - lr * gradient
        w = w + velocity
    assert_close(weights, w)


@pytest.mark.slow
def test_the_optimizer_inside_of_loss_scaling():
    optimizer = keras.optimizers.LossScaleOptimizer(SGD(RATE), initial_scale=2.0)
    scheduled = optimizer_with_schedules(optimizer, momentum=MOMENTUM)
    assert type(scheduled) is type(optimizer) and scheduled.initial_scale == 2.0
    assert scheduled.inner_optimizer.schedules == {"momentum": MOMENTUM}
    model = new_model(scheduled)
    assert_close(fit(model), sgd_by_hand(MOMENTUM))
    assert optimizer_step(model) == STEPS


def trained(optimizer, steps=3):
    """Weights after some updates, compiled."""
    variable = keras.Variable(np.linspace(-1, 1, 6, dtype="float32").reshape(3, 2), name="kernel")
    gradients = np.random.default_rng(0).normal(size=(steps, 3, 2)).astype("float32")
    optimizer.build([variable])
    if BACKEND == "jax":
        import jax

        state = [variable.value], [v.value for v in optimizer.variables]
        update = jax.jit(
            lambda weights, own, gradient: optimizer.stateless_apply(own, [gradient], weights)
        )
        for gradient in gradients:
            state = update(*state, gradient)
        return np.asarray(state[0][0])
    update = lambda gradient: optimizer.apply([gradient], [variable])  # noqa: E731
    if BACKEND == "tensorflow":
        import tensorflow as tf

        update = tf.function(update)
    for gradient in gradients:
        update(ops.convert_to_tensor(gradient))
    return ops.convert_to_numpy(variable)


def optimizer_classes():
    others = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer")
    found = (getattr(keras.optimizers, name) for name in dir(keras.optimizers))
    is_one = lambda x: isinstance(x, type) and issubclass(x, keras.optimizers.Optimizer)  # noqa: E731
    return {cls.__name__: cls for cls in found if is_one(cls) and cls.__name__ not in others}


@pytest.mark.alike
@pytest.mark.parametrize("name", optimizer_classes())
def test_each_number_of_each_optimizer_of_keras(name):
    """Constant schedules train like Keras's own numbers."""
    cls = optimizer_classes()[name]
    arguments = {"learning_rate": 0.05, "weight_decay": 0.01, "use_ema": True}
    arguments |= {"ema_overwrite_frequency": 1, "gradient_accumulation_steps": None}
    if name in ("SGD", "RMSprop"):
        arguments["momentum"] = 0.75
    plain = cls(**arguments)
    numbers = {number: getattr(plain, number) for number in scheduled_numbers(plain)}
    assert {"weight_decay", "ema_momentum"} < numbers.keys()
    scheduled = optimizer_with_schedules(cls(**arguments), **numbers)
    assert isinstance(scheduled, cls)
    np.testing.assert_allclose(trained(scheduled), trained(plain), rtol=2e-5, atol=1e-6)


def test_the_number_is_that_of_the_optimizers_step():
    optimizer = optimizer_with_schedules(Adam(RATE), beta_1=BETA, weight_decay=DECAY)
    assert not isinstance(optimizer.weight_decay, float)
    for step in (0, 9, 29):
        optimizer.iterations.assign(step)
        assert float(ops.convert_to_numpy(optimizer.beta_1)) == np.float32(BETA.rate(step))
        assert float(ops.convert_to_numpy(optimizer.weight_decay)) == np.float32(DECAY.rate(step))
        assert isinstance(optimizer.beta_2, float)


def test_a_schedule_cannot_be_set_by_assignment():
    optimizer = optimizer_with_schedules(SGD(RATE), momentum=MOMENTUM)
    with pytest.raises(AttributeError, match="`momentum` follows a schedule and can't be set"):
        optimizer.momentum = 0.5
    assert optimizer.schedules == {"momentum": MOMENTUM}


@pytest.mark.slow
def test_keras_ignores_what_a_callback_assigns():
    """The reason for this feature: in compiled training, Keras's momentum keeps its first value."""
    momentum = Tabulated([0.5, *np.linspace(0.1, 0.9, STEPS - 1)])

    class Assigns(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.momentum = momentum.rate(batch)

    model = new_model(SGD(RATE, momentum=0.5))
    weights = fit(model, callbacks=[Assigns()])
    assert model.optimizer.momentum == 0.9
    assert_close(weights, sgd_by_hand(momentum if BACKEND == "torch" else Constant(0.5)))
    model = new_model(optimizer_with_schedules(SGD(RATE), momentum=momentum))
    assert_close(fit(model), sgd_by_hand(momentum))


# ---- Saving and loading ----


def saved_optimizers():
    return {
        "SGD": optimizer_with_schedules(
            SGD(RATE, nesterov=True), momentum=MOMENTUM, weight_decay=DECAY
        ),
        "constant": optimizer_with_schedules(SGD(0.05), momentum=MOMENTUM),
        "AdamW": optimizer_with_schedules(keras.optimizers.AdamW(RATE), beta_1=BETA),
        "Nadam": optimizer_with_schedules(keras.optimizers.Nadam(RATE), beta_1=BETA),
        "LossScaleOptimizer": optimizer_with_schedules(
            keras.optimizers.LossScaleOptimizer(SGD(RATE)), momentum=MOMENTUM
        ),
        "accumulating": optimizer_with_schedules(
            SGD(RATE, gradient_accumulation_steps=4), momentum=MOMENTUM
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
    model.fit(x, y, batch_size=1, shuffle=False, verbose=0)
    weights = model.get_weights()[0].tobytes().hex()
    found[path.stem] = [type(inner).__name__, step, repr(inner.schedules), weights]
print(json.dumps(found))
"""


@pytest.mark.slow
def test_a_saved_model_continues_in_a_new_process_bit_for_bit(tmp_path):
    half = STEPS // 2
    np.save(tmp_path / "x.npy", X[half:])
    np.save(tmp_path / "y.npy", Y[half:])
    expected = {}
    for name, optimizer in saved_optimizers().items():
        model = new_model(optimizer)
        fit(model, 0, half)
        model.save(tmp_path / f"{name}.keras")
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        state = [type(inner).__name__, half, repr(inner.schedules)]
        expected[name] = [*state, fit(model, half).tobytes().hex()]
    assert json.loads(in_another_process(CONTINUE, tmp_path)) == expected


@pytest.mark.parametrize("name", saved_optimizers())
def test_the_configuration_round_trips(name):
    optimizer = saved_optimizers()[name]
    config = keras.optimizers.serialize(optimizer)
    again = keras.optimizers.deserialize(json.loads(json.dumps(config)))
    assert type(again) is type(optimizer)
    assert keras.optimizers.serialize(again) == config
    other = type(optimizer).from_config(optimizer.get_config())
    assert other.get_config() == optimizer.get_config()


def test_a_copy_goes_on_at_the_same_step():
    optimizer = optimizer_with_schedules(SGD(RATE), momentum=MOMENTUM)
    optimizer.iterations.assign(7)
    for again in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        assert type(again) is type(optimizer) and again.get_config() == optimizer.get_config()
        assert optimizer_step(again) == 7
        momentum = float(ops.convert_to_numpy(again.momentum))
        assert momentum == np.float32(MOMENTUM.rate(7))


def test_the_configuration_names_the_class_that_every_backend_has():
    optimizer = optimizer_with_schedules(SGD(RATE, momentum=0.5), momentum=MOMENTUM)
    config = keras.optimizers.serialize(optimizer)
    assert config["registered_name"] == "lrschedules>ScheduledOptimizer"
    inner = config["config"]["optimizer"]
    assert (inner["module"], inner["class_name"]) == ("keras.optimizers", "SGD")
    assert inner["registered_name"] is None and inner["config"]["momentum"] == 0.5
    assert inner["config"]["weight_decay"] is None


@keras.saving.register_keras_serializable(package="test")
class Own(keras.optimizers.Optimizer):
    """An optimizer with a number that Keras's optimizers don't have."""

    def __init__(self, learning_rate=0.1, strength=1.0, **arguments):
        super().__init__(learning_rate, **arguments)
        self.strength = strength

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, ops.sign(gradient) * self.strength)

    def get_config(self):
        return {**super().get_config(), "strength": self.strength}


def test_a_class_of_the_users_own():
    optimizer = optimizer_with_schedules(Own(), strength=Tabulated([1, 2, 4]))
    assert isinstance(optimizer, Own) and "strength" in scheduled_numbers(Own())
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(again) is type(optimizer) and again.schedules == optimizer.schedules
    moved = trained(optimizer) - np.linspace(-1, 1, 6).reshape(3, 2)
    # Three steps of lengths 1, 2 and 4, each with either sign, add up to an odd number.
    assert set(np.round(np.abs(moved), 4).ravel()) <= {1, 3, 5, 7}


# ---- Together with other features ----


@pytest.mark.slow
def test_the_functions_and_the_monitor_take_it():
    other = ExponentialDecay(0.01, 5, 0.5)
    model = new_model(optimizer_with_schedules(SGD(RATE), momentum=MOMENTUM))
    monitor = LearningRateMonitor()
    fit(model, 0, 15, callbacks=[monitor])
    assert optimizer_schedule(model) == RATE
    set_optimizer_schedule(model, other)
    weights = fit(model, 15, STEPS, callbacks=[monitor])
    rates = [*RATE.rates(range(15)), *other.rates(range(15, STEPS))]
    np.testing.assert_allclose(monitor.rates, rates)
    assert monitor.steps.tolist() == list(range(STEPS))
    assert_close(weights, sgd_by_hand(MOMENTUM, rate=Tabulated(rates)))
    set_optimizer_step(model, 3)
    momentum = float(ops.convert_to_numpy(model.optimizer.momentum))
    assert momentum == np.float32(MOMENTUM.rate(3))


@pytest.mark.slow
def test_the_range_test_leaves_it_as_it_was():
    from lrschedules import find_learning_rate

    model = new_model(optimizer_with_schedules(SGD(RATE), momentum=MOMENTUM))
    fit(model, 0, 15)
    find_learning_rate(model, X, Y, steps=20, batch_size=1, confirm=20)
    assert_close(fit(model, 15), sgd_by_hand(MOMENTUM))


def test_schedules_are_added_to_existing_schedules():
    optimizer = optimizer_with_schedules(Adam(RATE), beta_1=BETA, beta_2=0.9)
    again = optimizer_with_schedules(optimizer, beta_2=0.99, weight_decay=DECAY)
    assert again.schedules == {
        "beta_1": BETA,
        "beta_2": Constant(0.99),
        "weight_decay": DECAY,
    }
    assert optimizer.schedules == {"beta_1": BETA, "beta_2": Constant(0.9)}


def test_what_is_excluded_from_weight_decay_stays_excluded():
    plain = SGD(1.0)
    plain.exclude_from_weight_decay(var_names=["bias"])
    optimizer = optimizer_with_schedules(plain, weight_decay=0.5)
    kernel, bias = (keras.Variable([1.0], name=name) for name in ("kernel", "bias"))
    optimizer.build([kernel, bias])
    optimizer.apply([ops.zeros((1,))] * 2)
    assert [float(ops.convert_to_numpy(v)[0]) for v in (kernel, bias)] == [0.5, 1.0]


def test_a_schedule_of_keras_own_becomes_ours():
    theirs = keras.optimizers.schedules.ExponentialDecay(0.9, 10, 0.5, staircase=True)
    optimizer = optimizer_with_schedules(SGD(RATE), momentum=theirs)
    assert optimizer.schedules == {"momentum": ExponentialDecay(0.9, 10, 0.5, staircase=True)}


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
def test_other_precisions(policy):
    classes = [SGD, Adam, keras.optimizers.RMSprop]
    if not SWEEP:  # each optimizer with one of the policies
        classes = classes[:2] if policy == "bfloat16" else classes[2:]
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        for cls in classes:
            optimizer, name = cls(0.1), "beta_1" if cls is Adam else "momentum"
            model = new_model(optimizer_with_schedules(optimizer, **{name: 0.5}))
            plain = new_model(cls.from_config({**optimizer.get_config(), name: 0.5}))
            scheduled, expected = (fit(m, 0, 5).astype("float32") for m in (model, plain))
            np.testing.assert_allclose(scheduled, expected, rtol=0.02)
    finally:
        keras.config.set_dtype_policy(before)


# ---- Bad input ----


@pytest.mark.parametrize("name", ["nesterov", "name", "beta_1", "clipnorm", "iterations", "_lock"])
def test_what_is_not_a_number_of_the_optimizer_is_refused(name):
    with pytest.raises(ValueError) as raised:
        optimizer_with_schedules(SGD(RATE), **{name: 0.5})
    assert str(raised.value) == (
        f"`{name}` must be the name of a setting of this optimizer that can follow a schedule: "
        f"'momentum', 'weight_decay'. Received: {name}=0.5"
    )


def test_the_learning_rate_is_the_optimizers_own():
    with pytest.raises(ValueError, match="`learning_rate` is the optimizer's own argument"):
        optimizer_with_schedules(SGD(), learning_rate=RATE)


@pytest.mark.parametrize("bad", ["a", None, -0.1, float("nan"), True, [0.5]])
def test_what_is_not_a_schedule_is_refused(bad):
    with pytest.raises(ValueError, match="`momentum` must be a schedule, or one finite number"):
        optimizer_with_schedules(SGD(RATE), momentum=bad)


@pytest.mark.parametrize("bad", [1.0, OneCycle(5.0, 100), Tabulated([0.5, 1.0, 0.5])])
def test_all_of_the_momentum_kept_is_refused(bad):
    for optimizer, name in [(SGD(), "momentum"), (Adam(), "beta_1"), (Adam(), "beta_2")]:
        with pytest.raises(ValueError, match=f"`{name}` must be less than 1 at each step: it is"):
            optimizer_with_schedules(optimizer, **{name: bad})
    optimizer_with_schedules(SGD(), weight_decay=bad)


@pytest.mark.slow
def test_a_momentum_that_reaches_1_after_all_that_is_shown_is_refused():
    grows = ExponentialDecay(0.9, 100, 1.01)
    assert grows.rate(grows.horizon) < 0.95
    with pytest.raises(ValueError, match="must be less than 1 at each step: it is 1 at step 1,059"):
        optimizer_with_schedules(SGD(), momentum=grows)
    with pytest.raises(ValueError, match=r"it is 1\.5 at step 1,099,511,627,776"):
        optimizer_with_schedules(Adam(), beta_2=Join([0.5, 1.5, 0.5], [2**40, 2**40 + 1]))
    optimizer_with_schedules(SGD(), momentum=Clamp(grows, max=0.99))
    optimizer_with_schedules(SGD(), weight_decay=grows)
    # A foreign schedule, which may be slow or fail there, is not evaluated beyond its shape.
    optimizer_with_schedules(
        SGD(), momentum=keras.optimizers.schedules.PiecewiseConstantDecay([-1, 7], [0.5, 0.6, 0.9])
    )


def test_what_is_not_a_new_optimizer_is_refused():
    optimizer = SGD()
    with pytest.raises(ValueError, match="Pass at least one schedule"):
        optimizer_with_schedules(optimizer)
    optimizer.build([keras.Variable([1.0])])
    with pytest.raises(ValueError, match="`optimizer` must be new"):
        optimizer_with_schedules(optimizer, momentum=0.5)
    several = []
    if hasattr(keras.optimizers, "MultiOptimizer"):
        several = [keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(SGD()))]
    for bad in ("sgd", None, SGD, RATE, *several):
        with pytest.raises(ValueError, match="`optimizer` must be a single Keras optimizer"):
            optimizer_with_schedules(bad, momentum=0.5)


def test_a_schedule_is_computed_once_a_step():
    """Keras asks several times at each variable."""
    asked = []

    class Counting(Tabulated):
        def __call__(self, step):
            asked.append(step)
            return super().__call__(step)

    optimizer = optimizer_with_schedules(Adam(RATE), beta_1=Counting([0.5]))
    variables = [keras.Variable([1.0]) for _ in range(5)]
    optimizer.apply([ops.ones((1,))] * 5, variables)
    optimizer.apply([ops.ones((1,))] * 5, variables)
    assert len(asked) == 2


@pytest.mark.slow
@pytest.mark.skipif(
    BACKEND != "tensorflow", reason="this tests TensorFlow's distribution strategies"
)
def test_replicas():
    program = """
import keras, numpy as np, tensorflow as tf
from lrschedules import *
from support import two_replicas

def weights(strategy, optimizer, **schedules):
    with strategy.scope():
        dense = keras.layers.Dense(1, kernel_initializer="ones")
        model = keras.Sequential([keras.Input((4,)), dense])
        optimizer = optimizer_with_schedules(optimizer(OneCycle(0.1, 10)), **schedules)
        model.compile(optimizer, loss="mse")
    x = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
    model.fit(x, x[:, :1], batch_size=4, shuffle=False, verbose=0)
    assert float(optimizer.momentum) == np.float32(0.6)
    return model.get_weights()[0]

momentum, decay = Tabulated([0.0, 0.5, 0.9, 0.1, 0.6]), CosineDecay(0.5, 5)
for arguments in [
    dict(optimizer=keras.optimizers.SGD, momentum=momentum, weight_decay=decay),
    dict(optimizer=keras.optimizers.RMSprop, momentum=momentum, rho=decay),
]:
    two = weights(two_replicas(), **arguments)
    one = weights(tf.distribute.get_strategy(), **arguments)
    np.testing.assert_allclose(two, one, rtol=1e-5)
"""
    in_another_process(program, two_devices=True)
