"""The range test: its results, and that it leaves no traces."""

import contextlib
import functools
import math
import random
import re
import signal
import warnings

import keras
import numpy as np
import pytest

import lrschedules
from cases.pace import at_most
from lrschedules import CosineDecay, optimizer_schedule, optimizer_step
from lrschedules.training import find_learning_rate as module
from lrschedules.training import short_trainings
from lrschedules.training.short_trainings import CONSTANT, ONE_CYCLE, ShortTraining
from lrschedules.training.suggestions import suggest
from support import BACKEND, SWEEP, fit_modes

SCHEDULE = CosineDecay(0.05, 200)


def find_learning_rate(*data, confirm=0, **arguments):
    """Runs no short trainings: most tests check only the sweep, or that the model is restored."""
    return lrschedules.find_learning_rate(*data, confirm=confirm, **arguments)


def two_trainings(train, suggestions, rates, losses, confirm):
    """Replaces the search: trains once to the end, and once until the loss diverges."""
    done = [train(ONE_CYCLE, 0.05, confirm), train(CONSTANT, 1e30, confirm)]
    return short_trainings.Choice(0.05, 0.05, done, [0.05], {})


@pytest.fixture(autouse=True)
def _same_weights_in_any_order():
    keras.utils.set_random_seed(1)


def data(samples=200, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, 6)).astype("float32")
    return x, (x[:, :1] * 2 - 1).astype("float32")


def sgd(rate, **arguments):
    return keras.optimizers.SGD(rate, momentum=0.5, **arguments)


def optimizers():
    return {
        "SGD": sgd,
        "AdamW": keras.optimizers.AdamW,
        # Leave this out on JAX, where Keras itself fails in the second epoch.
        **({} if BACKEND == "jax" else {"EMA": lambda rate: sgd(rate, use_ema=True)}),
        "LossScaleOptimizer": lambda rate: keras.optimizers.LossScaleOptimizer(sgd(rate)),
        "accumulating": lambda rate: keras.optimizers.SGD(rate, gradient_accumulation_steps=3),
    }


class OfItsOwn(keras.layers.Layer):
    """Draws its initial weights when it is built."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], shape[-1]), initializer="random_normal")

    def call(self, x):
        return x @ self.kernel


def new_model(optimizer, built=True, **arguments):
    model = keras.Sequential(
        [
            *([keras.Input((6,))] if built else []),
            keras.layers.Dense(8),
            OfItsOwn(),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer, loss="mse", metrics=["mae"], **arguments)
    return model


def fit(model, epochs=2):
    return model.fit(*data(), batch_size=20, epochs=epochs, verbose=0)


def drawn_next():
    """The next number of each random-number source."""
    numbers = [
        random.random(),
        np.random.random(),
        keras.ops.convert_to_numpy(keras.random.normal((3,))),
    ]
    if BACKEND == "tensorflow":
        import tensorflow as tf

        numbers.append(tf.random.uniform([3]).numpy())
    if BACKEND == "torch":
        import torch

        numbers.append(torch.rand(3).numpy())
    return np.concatenate([np.ravel(number) for number in numbers])


def training(optimizer, rate, fit_before=False, disturb=None, **arguments):
    """All results of a training, with `disturb(model)` before or during it."""
    # Clear the session: the oldest versions keep their random generator when a seed is set.
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(7)
    model = new_model(optimizers()[optimizer](rate), **arguments)
    if fit_before:
        fit(model, 1)
    if disturb is not None:
        disturb(model)
    losses = fit(model).history
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    left = [np.asarray(keras.ops.convert_to_numpy(v)) for v in variables]
    return [*left, np.array(losses["loss"]), np.array(losses["mae"]), drawn_next()]


undisturbed = functools.cache(training)


def check_same_bits(disturb, optimizer, rate, fit_before=False, **arguments):
    never = undisturbed(optimizer, rate, fit_before, **arguments)
    after = training(optimizer, rate, fit_before, disturb, **arguments)
    assert len(never) == len(after)
    for a, b in zip(never, after):
        np.testing.assert_array_equal(a, b)


def test_once(model):
    # Use large batches: with small ones the losses vary, and a test can end after a few steps.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(short_trainings, "choose", two_trainings)
        found = find_learning_rate(
            model, *data(300, 1), batch_size=30, steps=40, confirm=20, verbose=False
        )
    assert len(found.rates) > 20
    trained, diverged = found.trainings
    assert trained.steps_taken == 20 and np.isfinite(trained.final_loss)
    assert diverged.steps_taken < 20 and diverged.final_loss == np.inf


test_once.__test__ = False


WAYS = [(SCHEDULE, False, mode) for mode in fit_modes()] + [(0.05, True, next(iter(fit_modes())))]


@pytest.mark.sweep
@pytest.mark.parametrize("rate, fit_before, mode", WAYS)
def test_training_goes_on_as_if_nothing_had_been(rate, fit_before, mode):
    def disturb(model):
        before = dict(vars(model))
        test_once(model)
        # Only the first mode keeps what it compiled over two tests in each run: the others take
        # seconds.
        if SWEEP or mode == next(iter(fit_modes())):
            test_once(model)
        after = vars(model)
        # Ignore the notes of old Keras versions on how JAX spreads variables over devices.
        new = {name for name in after.keys() - before.keys() if not name.endswith("_shardings")}
        assert new <= {module._TRAIN_FUNCTION, "_jax_state"}
        for name in ("train_function", "history", "stop_training", "steps_per_execution"):
            assert after.get(name) is before.get(name)

    check_same_bits(disturb, "SGD", rate, fit_before, **fit_modes()[mode])


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("name", list(optimizers())[1:])
def test_optimizers_keep_their_state(name):
    check_same_bits(test_once, name, SCHEDULE, True)
    # Only PyTorch, which compiles nothing, is fast enough for each run.
    if name == "LossScaleOptimizer" and (SWEEP or BACKEND == "torch"):
        check_same_bits(test_once, name, 0.05)


@pytest.mark.slow
def test_a_model_that_is_not_built_starts_with_the_same_weights():
    check_same_bits(test_once, "SGD", SCHEDULE, built=False)


@pytest.mark.slow
def test_metrics_given_as_objects_start_from_zero_again():
    def history(disturb):
        keras.utils.set_random_seed(3)
        x = keras.Input((6,))
        model = keras.Model(x, [keras.layers.Dense(1, name=name)(x) for name in "pq"])
        metrics = [
            [keras.metrics.MeanAbsoluteError()],
            [keras.metrics.AUC(multi_label=True, name="auc")],
        ]
        weighted = [["mse"], ["mae"]]
        model.compile(
            sgd(SCHEDULE), loss=["mse", "mae"], metrics=metrics, weighted_metrics=weighted
        )
        inputs, y = data()
        targets = [y, (y > 0).astype("float32")]
        if disturb:
            for _ in range(2):
                find_learning_rate(model, inputs, targets, steps=12, verbose=False)
        fits = [model.fit(inputs, targets, epochs=2, verbose=0).history]
        if disturb:
            find_learning_rate(model, inputs, targets, steps=12, verbose=False)
        return [*fits, model.fit(inputs, targets, verbose=0).history]

    assert history(True) == history(False)


@pytest.mark.slow
@pytest.mark.skipif(BACKEND == "torch", reason="Keras on torch has steps_per_execution 1")
def test_several_steps_in_one_execution():
    check_same_bits(test_once, "SGD", 0.05, True, steps_per_execution=3)


def fails_at_once(model):
    with pytest.raises(ValueError, match=r"incompatible|shape"):
        find_learning_rate(model, np.zeros((10, 5)), np.zeros((10, 1)), verbose=False)


def is_interrupted(model):
    end = module._Sweep.on_train_batch_end

    def interrupt(self, batch, logs=None):
        end(self, batch, logs)
        if len(self.losses) == 17:
            signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._Sweep, "on_train_batch_end", interrupt)
        with pytest.raises(KeyboardInterrupt):
            test_once(model)


def is_interrupted_in_a_short_training(model):
    begin = module._ShortTraining.on_train_batch_begin

    def interrupt(self, batch, logs=None):
        begin(self, batch, logs)
        if len(self.losses) == 7:
            signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._ShortTraining, "on_train_batch_begin", interrupt)
        with pytest.raises(KeyboardInterrupt):
            test_once(model)


class FailsLater(keras.utils.PyDataset):
    """Batches that end with an error in a short training, after 50 batches."""

    taken = 0

    def __len__(self):
        return 30

    def __getitem__(self, index):
        self.taken += 1
        if self.taken > 50:
            raise RuntimeError("no such batch")
        return data(10, index)


def fails_in_a_short_training(model):
    with pytest.raises(Exception, match="no such batch"):
        find_learning_rate(model, FailsLater(workers=0), steps=20, confirm=60, verbose=False)


def is_interrupted_in_each_undo(model):
    """Interrupts before and after each undo."""
    begin, calls, undone = module._Test.begin, [], []

    def interrupted(undo):
        def undo_interrupted():
            calls.append(undo)
            if calls.count(undo) > 1:
                undo()
            if calls.count(undo) < 3:
                signal.raise_signal(signal.SIGINT)
            undone.append(undo)

        return undo_interrupted

    def interrupt(self):
        begin(self)
        self.undo[:] = [interrupted(undo) for undo in self.undo]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module._Test, "begin", interrupt)
        with pytest.raises(KeyboardInterrupt):
            test_once(model)
    assert len(undone) > 4 and len(calls) == 3 * len(undone)


def has_no_numbers(model):
    found = find_learning_rate(model, *data(), start=1e20, end=1e30, verbose=False)
    assert found.ended == "diverged" and not np.isfinite(found.losses[-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    "disturb",
    [fails_at_once, is_interrupted, is_interrupted_in_a_short_training, has_no_numbers],
)
def test_training_also_goes_on_in_a_new_model(disturb):
    check_same_bits(disturb, "SGD", 0.05, False)


@pytest.mark.slow
@pytest.mark.parametrize("disturb", [fails_in_a_short_training, is_interrupted_in_each_undo])
def test_training_also_goes_on_between_two_fits(disturb):
    check_same_bits(disturb, "SGD", SCHEDULE, True)


@pytest.mark.skipif(BACKEND != "torch", reason="PyTorch modules are layers only on PyTorch")
def test_a_module_of_pytorch_stays_as_it_is():
    import torch

    module = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4))
    layers = [keras.Input((6,)), keras.layers.TorchModuleWrapper(module), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile(sgd(0.05), loss="mse")
    before = {name: value.clone() for name, value in module.state_dict().items()}
    test_once(model)
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])
    assert module.training
    assert all(parameter.grad is None for parameter in model.parameters())


class CountsTraces(keras.layers.Layer):
    calls = 0

    def call(self, x):
        CountsTraces.calls += 1
        return x


@pytest.mark.slow
@pytest.mark.skipif(BACKEND == "torch", reason="nothing is compiled")
@pytest.mark.parametrize("rate", [0.05, SCHEDULE], ids=["constant", "schedule"])
def test_nothing_is_compiled_again(rate):
    model = keras.Sequential([keras.Input((6,)), CountsTraces(), keras.layers.Dense(1)])
    model.compile(sgd(rate), loss="mse")
    fit(model, 1)
    find_learning_rate(model, *data(), batch_size=20, steps=20, verbose=False)
    before = CountsTraces.calls
    fit(model, 1)
    arguments = dict(batch_size=20, steps=30, start=1e-5, confirm=20)
    find_learning_rate(model, *data(), **arguments, verbose=False)
    fit(model, 1)
    assert CountsTraces.calls == before
    # With a constant rate, the test sets its variable and uses the existing train function.
    if rate is SCHEDULE:
        model.compile(sgd(rate), loss="mae")
        find_learning_rate(model, *data(), batch_size=20, steps=20, verbose=False)
        assert CountsTraces.calls > before


# ---- Measurements ----


def linear_model(inputs=1):
    shapes = [keras.Input((2,)) for _ in range(inputs)]
    joined = keras.layers.Concatenate()(shapes) if inputs > 1 else shapes[0]
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Model(shapes if inputs > 1 else shapes[0], dense(joined))
    model.compile(keras.optimizers.SGD(SCHEDULE), loss="mse")
    return model


def batches(count, size=4, seed=3):
    """Batches of different sizes, so that a mean over several would be a different number."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        x = rng.normal(size=(size + i % 3, 2)).astype("float32")
        yield x, (x @ [[1.0], [-2.0]] + rng.normal(size=(len(x), 1))).astype("float32")


def by_hand(batches, rates, weights=lambda y: 1.0):
    w, losses = np.zeros((2, 1)), []
    for (x, y), rate in zip(batches, rates):
        error = x @ w - y
        losses.append(np.mean(weights(y) * error**2))
        w = w - rate * 2 * x.T @ (weights(y) * error) / len(x)
    return losses


def test_the_losses_are_those_of_single_batches():
    model = linear_model()
    found = find_learning_rate(model, batches(60), start=1e-4, end=0.1, steps=60, verbose=False)
    np.testing.assert_allclose(found.rates, np.geomspace(1e-4, 0.1, 60))
    np.testing.assert_allclose(found.losses, by_hand(batches(60), found.rates), rtol=1e-4)
    assert found.ended == "end"
    assert optimizer_schedule(model) is SCHEDULE
    # fastai's smoothing: an exponential average of weight 0.98, divided by the sum of the weights.
    weights = 0.98 ** np.arange(60)[::-1]
    expected = [np.average(found.losses[: i + 1], weights=weights[59 - i :]) for i in range(60)]
    np.testing.assert_allclose(found.smoothed_losses, expected)


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 7

    def __getitem__(self, index):
        return list(batches(7))[index]


@pytest.mark.slow
def test_data_start_again_and_a_generator_ends_the_test():
    model = linear_model()
    arguments = dict(start=1e-4, end=0.01, steps=30, verbose=False)
    found = find_learning_rate(model, batches(12), **arguments)
    assert len(found.rates) == 12 and found.ended == "data"
    np.testing.assert_allclose(found.losses, by_hand(batches(12), found.rates), rtol=1e-4)

    whole = find_learning_rate(model, Batches(), **arguments)
    assert len(whole.rates) == 30 and whole.ended == "end"

    x, y = data(50)
    arrays = find_learning_rate(model, x[:, :2], y, batch_size=20, **arguments)
    assert len(arrays.rates) == 30

    if BACKEND == "tensorflow":
        import tensorflow as tf

        def dataset(batch):
            return tf.data.Dataset.from_tensor_slices((x[:, :2], y)).batch(batch)

        every = tf.autograph.experimental.do_not_convert(lambda x, y: True)
        unknown = dataset(10).filter(every)
        for given in (dataset(10), unknown, dataset(10).repeat()):
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)
                found = find_learning_rate(model, given, **arguments)
            order = [(x[i : i + 10, :2], y[i : i + 10]) for i in range(0, 50, 10)] * 6
            np.testing.assert_allclose(found.losses, by_hand(order, found.rates), rtol=1e-4)
    if BACKEND == "torch":
        import torch

        dataset = torch.utils.data.TensorDataset(torch.tensor(x[:, :2]), torch.tensor(y))
        loader = torch.utils.data.DataLoader(dataset, batch_size=10, shuffle=True)
        assert len(find_learning_rate(model, loader, **arguments).rates) == 30


@pytest.mark.slow
def test_several_inputs_and_weights():
    x, y = data(60)
    arguments = dict(batch_size=60, start=1e-4, end=0.01, steps=20, verbose=False)
    both = find_learning_rate(linear_model(2), [x[:, :1].repeat(2, 1), x[:, 1:3]], y, **arguments)
    assert len(both.rates) == 20

    classes = (y > 0).astype("float32")
    x = x[:, :2]
    found = find_learning_rate(
        linear_model(), x, classes, class_weight={0: 0.5, 1: 3.0}, **arguments
    )
    expected = by_hand([(x, classes)] * 20, found.rates, lambda y: np.where(y > 0, 3.0, 0.5))
    np.testing.assert_allclose(found.losses, expected, rtol=1e-4)
    weights = np.where(classes > 0, 3.0, 0.5)[:, 0]
    same = find_learning_rate(linear_model(), x, classes, sample_weight=weights, **arguments)
    np.testing.assert_allclose(same.losses, expected, rtol=1e-4)


@pytest.mark.slow
def test_twice_is_the_same(capsys):
    keras.utils.set_random_seed(1)
    model = new_model(sgd(SCHEDULE))
    first = find_learning_rate(model, *data(), steps=30, verbose=True)
    assert "learning_rate: 1.0000e-07" in capsys.readouterr().out
    again = find_learning_rate(model, *data(), steps=30, verbose=False)
    assert capsys.readouterr().out == ""
    np.testing.assert_array_equal(first.losses, again.losses)
    assert repr(first).startswith("RangeTest(peak=nan, constant=nan, 0 short trainings, sugg")


# ---- Suggestions ----


def one_weight():
    """A model of one weight that starts at 1, with loss k w^2 / 2 and noise in the gradient only.
    The targets hold k and the noise."""

    def loss(target, w):
        noise = target[:, 1:] * (w - keras.ops.stop_gradient(w))
        return target[:, :1] * w**2 / 2 + noise

    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    )
    model.compile(keras.optimizers.SGD(0.1), loss=loss)
    return model


@pytest.mark.sweep
@pytest.mark.slow
def test_advice_scales_with_the_problem():
    model = one_weight()
    for k in (1, 4, 100):
        for noise, seed in [(0, 0), *((0.1 * k, seed) for seed in range(5 if SWEEP else 2))]:
            noises = np.random.default_rng(seed).normal(0, noise, 100) if noise else np.zeros(100)
            y = np.stack([np.full(100, k), noises], axis=1).astype("float32")
            found = find_learning_rate(model, np.ones((100, 1)), y, batch_size=1, verbose=False)
            for rule in ("steep", "minimum", "edge"):
                assert 0.1 <= k * found.suggestions[rule] <= 2, (k, noise, seed, rule)
            check_fastai(found, 100, steep=noise == 0)


def check_fastai(found, steps, steep=False):
    """Checks fastai's four suggestions against independent computations."""
    rates = found.rates[steps // 10 : -5].tolist()
    losses = found.smoothed_losses[steps // 10 : -5].tolist()
    n = len(rates)

    slopes = [
        (losses[i + 1] - losses[i]) / (np.log(rates[i + 1]) - np.log(rates[i]))
        for i in range(n - 1)
    ]
    # With noise the rule considers only some falls, so check the steepest fall only without noise.
    if steep:
        assert found.suggestions["steep"] == rates[slopes.index(min(slopes))]
    if not math.isnan(found.suggestions["minimum"]):
        assert found.suggestions["minimum"] == rates[losses.index(min(losses))] / 10

    # Find the longest falling subsequence by patience sorting of the negated losses.
    tops, longest = [], (0, 0)
    for i, loss in enumerate(losses):
        pile = next((p for p, top in enumerate(tops) if top >= -loss), len(tops))
        tops[pile:pile] = [-loss] if pile == len(tops) else []
        tops[pile] = -loss
        longest = max(longest, (pile + 1, -i))
    length, last = longest[0], -longest[1]
    first = last - length
    assert found.suggestions["valley"] == rates[first + length // 3 + length // 6]

    slope = [
        losses[1] - losses[0],
        *((losses[i + 1] - losses[i - 1]) / 2 for i in range(1, n - 1)),
        losses[-1] - losses[-2],
    ]
    differ = [abs(slope[left + 15] - slope[left]) > 0.005 for left in range(n - 15)]
    # Find the leftmost interval of the last unbroken row of intervals whose ends differ.
    alike = [left for left, differs in enumerate(differ) if not differs]
    left = max(alike) + 1 if alike else 0
    assert found.suggestions["slide"] == rates[min(left, n - 16)]


def found_in(losses, steps=None, start=1e-6, end=1.0, ended="end"):
    """Makes a range test with these losses."""
    steps = steps or len(losses)
    rates = np.geomspace(start, end, steps)[: len(losses)]
    smoother = module.Smoothed()
    smoothed = np.array([smoother.add(loss) for loss in losses])
    suggestions, reasons = suggest(rates, np.array(losses), smoothed, steps, ended == "diverged")
    nothing = math.nan, math.nan, [], []
    return module.RangeTest(
        *nothing, rates, np.array(losses), smoothed, suggestions, reasons, ended
    )


@pytest.mark.once
def test_rules_as_fastai_defines_them():
    rng = np.random.default_rng(5)
    for steps in (40, 100, 237):
        for _ in range(20):
            fall = 1 / (1 + np.exp(np.linspace(-6, 6, steps) + rng.normal()))
            losses = fall * rng.uniform(0.1, 30) + rng.normal(0, 0.05, steps) + 1
            losses[-steps // 10 :] *= np.geomspace(1, 20, len(losses[-steps // 10 :]))
            check_fastai(found_in(losses[: steps - rng.integers(0, 9)], steps), steps)


@pytest.mark.once
def test_edge_is_a_quarter_of_where_the_rise_begins():
    i = np.arange(60)
    losses = np.where(i < 45, 2.0 - i / 60, 1.25 * 1.5 ** (i - 45.0))
    # The median of three does not move the corner.
    assert found_in(losses, ended="diverged").suggestions["edge"] == pytest.approx(
        np.geomspace(1e-6, 1, 60)[45] / 4
    )
    # An unstable loss jumps, and never comes near its lowest value again.
    jumps = np.where(i < 20, 1.0, 0.02)
    jumps[45:] = [5, 0.9, 30, 2, 0.7, 90, 8, 7, 1, 400, 90, 0.8, 1e3, 1e4, 1e3]
    assert found_in(jumps, ended="diverged").suggestions["edge"] == pytest.approx(
        np.geomspace(1e-6, 1, 60)[45] / 4
    )
    # A rise to infinity counts as a rise.
    last = [*np.linspace(2, 1, 59), np.inf]
    assert found_in(last, ended="diverged").suggestions["edge"] > 0


@pytest.mark.once
def test_a_rule_that_finds_nothing_says_why():
    rising = found_in(np.linspace(1, 2, 60))
    assert {k for k, v in rising.suggestions.items() if np.isnan(v)} == rising.reasons.keys()
    assert rising.reasons["steep"] == "the loss never falls by more than its noise"
    assert rising.reasons["minimum"] == "the loss is lowest at the first rate considered"
    assert rising.reasons["edge"] == "the loss rises from the first rate on"
    assert rising.reasons["valley"].startswith("there are no three losses")
    falling = found_in(np.linspace(2, 1, 60))
    assert falling.reasons == {"edge": "the loss does not rise at the end of the test"}
    short = found_in([2.0, 1.0, 3.0, 40.0, 900.0], 100, ended="diverged")
    assert short.suggestions.keys() == {"steep", "minimum", "edge", "valley", "slide"}
    assert "it needs 16 rates" in short.reasons["slide"]
    assert found_in(np.linspace(2, 1, 16), 100).reasons["slide"].endswith("and there is 1")
    for bad in ([np.nan], [1.0, np.inf]):
        nothing = found_in(bad, 100, ended="diverged")
        assert all(np.isnan(v) for v in nothing.suggestions.values())


@pytest.mark.once
def test_losses_below_zero_diverge_too():
    assert not module.has_diverged(-0.5, -1.0)
    assert module.has_diverged(2.1, -1.0)
    assert module.has_diverged(4.1, 1.0) and not module.has_diverged(3.9, 1.0)
    assert module.has_diverged(float("nan"), 1.0) and module.has_diverged(float("inf"), 1.0)
    assert module.has_diverged(float("inf"), float("inf"))


@pytest.mark.once
def test_noise_is_not_a_fall():
    # No fall is found in either kind of noise, and a fall of five standard deviations is found.
    fall = np.repeat([5.0, 0.0], 50)
    for seed in range(20):
        for noise in (
            np.random.default_rng(seed).normal(0, 1, 100),
            np.random.default_rng(seed).exponential(1, 100),
        ):
            nothing = found_in(2 + noise)
            for rule in ("steep", "minimum", "edge"):
                assert math.isnan(nothing.suggestions[rule])
            assert nothing.reasons["steep"] == "the loss never falls by more than its noise"
            something = found_in(2 + noise + fall).suggestions
            assert something["minimum"] > 0
            assert 30 < np.searchsorted(np.geomspace(1e-6, 1, 100), something["steep"]) < 65


@pytest.mark.once
def test_time_and_memory_do_not_grow_with_the_square_of_the_steps():
    n = 20_000
    rng = np.random.default_rng(1)
    losses = np.linspace(3, 1, n) + rng.normal(0, 0.1, n)
    losses[-n // 10 :] += np.linspace(0, 8, n // 10)
    with at_most(185):
        found = found_in(losses)
    assert all(rate > 0 for rate in found.suggestions.values())


# ---- Short trainings ----


def simulated(best, noise=0.0, unstable=16.0, start=2.0):
    """A function that trains a loss whose logarithm is lowest at a peak of `best`: a parabola over
    the logarithm of the rate."""
    errors = np.random.default_rng(4).normal(0, noise, 1000) if noise else np.zeros(1000)

    def train(schedule, rate, steps):
        measured = short_trainings.measuring(steps)
        optimum = best if schedule == ONE_CYCLE else best / 2
        if rate > unstable * best:
            return ShortTraining(schedule, rate, steps, 3, np.inf, np.array([np.nan]))
        losses = start * (0.1 + 0.02 * np.log2(rate / optimum) ** 2) + errors[:measured]
        return ShortTraining(schedule, rate, steps, steps, losses.mean(), losses)

    return train


def chosen(train, edge, valley=math.nan, confirm=100):
    rates = np.geomspace(1e-7, 10, 100)
    losses = 2 + np.random.default_rng(1).normal(0, 0.1, 100)
    suggestions = {"edge": edge, "valley": valley}
    return short_trainings.choose(train, suggestions, rates, losses, confirm)


@pytest.mark.once
@pytest.mark.parametrize("edge", [0.1, 1.0, 0.01, 30.0, math.nan])
def test_the_best_peak_is_found_also_beyond_the_sweeps_suggestions(edge):
    for valley in (math.nan, 0.003, 1e-6):
        choice = chosen(simulated(0.1), edge, valley)
        assert 0.1 / 2**0.51 <= choice.peak <= 0.1 * 2**0.51
        assert 0.05 / 2**0.51 <= choice.constant <= 0.05 * 2**0.51
        assert sum(training.steps_taken for training in choice.trainings) <= 1100
        assert min(choice.equal_peaks) <= choice.peak <= max(choice.equal_peaks)
        assert not choice.reasons


@pytest.mark.once
@pytest.mark.parametrize("confirm", [20, 37, 100, 1000])
def test_the_steps_are_limited(confirm):
    taken = []

    def train(schedule, rate, steps):
        taken.append(steps)
        # The higher, the better: without a limit the search would never end.
        losses = np.full(short_trainings.measuring(steps), 1 / (1 + rate))
        return ShortTraining(schedule, rate, steps, steps, losses.mean(), losses)

    chosen(train, 0.1, 0.001, confirm)
    assert sum(taken) <= short_trainings.MOST_STEPS * confirm


@pytest.mark.once
def test_equal_peaks_are_named_and_no_peak_may_be_better():
    sharp = chosen(simulated(0.1), 0.1)
    assert len(sharp.equal_peaks) < 3

    def flat(schedule, rate, steps):
        losses = np.full(short_trainings.measuring(steps), 0.5)
        return ShortTraining(schedule, rate, steps, steps, 0.5, losses)

    assert len(chosen(flat, 0.1).equal_peaks) >= 3

    def noise(schedule, rate, steps):
        losses = np.random.default_rng(3).normal(2, 0.1, short_trainings.measuring(steps))
        return ShortTraining(schedule, rate, steps, steps, losses.mean(), losses)

    nothing = chosen(noise, 0.1)
    assert math.isnan(nothing.peak) and math.isnan(nothing.constant)
    assert nothing.reasons["peak"].endswith("no peak is better than another")

    def diverges(schedule, rate, steps):
        return ShortTraining(schedule, rate, steps, 1, np.inf, np.array([np.nan]))

    # As with data that contain NaN: no rate is low enough, so the search must give up.
    nothing = chosen(diverges, 0.1, confirm=1000)
    assert math.isnan(nothing.peak) and math.isnan(nothing.constant)
    assert nothing.reasons["peak"] == "the loss diverged in every short training"
    assert len(nothing.trainings) < 40


@pytest.mark.once
def test_a_short_training_is_one_cycle_that_ends_before_it_measures():
    rates = short_trainings.rates_of(ONE_CYCLE, 0.5, 100)
    cycle = lrschedules.OneCycle(0.5, 80)
    np.testing.assert_array_equal(rates, cycle.rates(range(100)))
    assert (rates[80:] == rates[80]).all() and rates[80] < 1e-5
    np.testing.assert_array_equal(short_trainings.rates_of(CONSTANT, 0.5, 30), np.full(30, 0.5))


@pytest.mark.slow
def test_short_trainings_start_alike_with_the_same_batches():
    # Compute short trainings by hand, each from the start and on the batches of the sweep.
    model = linear_model()
    found = find_learning_rate(
        model, endless(), start=1e-4, end=0.1, steps=30, confirm=40, verbose=False
    )
    assert 0.01 < found.peak < 1 and found.constant > 0
    kept = list(batches(30, 30)) * 2
    for training in found.trainings[:2] + found.trainings[-1:]:
        rates = short_trainings.rates_of(training.schedule, training.rate, training.steps)
        losses = by_hand(kept, rates)[-short_trainings.measuring(training.steps) :]
        np.testing.assert_allclose(training.measured, losses, rtol=1e-3)
        assert training.final_loss == training.measured.mean()
    assert optimizer_schedule(model) is SCHEDULE
    # Nothing is trained with batches of a generator that has come to its end.
    ended = find_learning_rate(
        model, batches(12), start=1e-4, end=0.1, steps=30, confirm=40, verbose=False
    )
    assert not ended.trainings and "generator ended" in ended.reasons["peak"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    ["arrays", {"tensorflow": "tf.data", "torch": "DataLoader", "jax": "PyDataset"}[BACKEND]],
)
def test_shuffled_batches_are_the_same_for_each_short_training(kind):
    x, y = data(40)
    x = x[:, :2]
    if kind == "tf.data":
        import tensorflow as tf

        given = (tf.data.Dataset.from_tensor_slices((x, y)).shuffle(40).batch(10),)
    elif kind == "DataLoader":
        import torch

        dataset = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y))
        given = (torch.utils.data.DataLoader(dataset, batch_size=10, shuffle=True),)
    else:
        given = (Batches(),) if kind == "PyDataset" else (x, y)

    def thrice(train, suggestions, rates, losses, confirm):
        done = [train(ONE_CYCLE, 0.05, confirm) for _ in range(3)]
        return short_trainings.Choice(0.05, 0.05, done, [0.05], {})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(short_trainings, "choose", thrice)
        found = find_learning_rate(linear_model(), *given, steps=10, confirm=20, verbose=False)
    first, *others = (training.measured for training in found.trainings)
    assert len(set(first)) > 1
    for other in others:
        np.testing.assert_array_equal(first, other)


def endless():
    while True:
        yield from batches(60, 30)


@pytest.mark.slow
@pytest.mark.once
def test_a_bar_shows_all_steps(capsys):
    model = linear_model()
    find_learning_rate(model, endless(), start=1e-4, steps=20, confirm=20, verbose=True)
    bar = re.sub("\x1b[^m]*m", "", capsys.readouterr().out)
    assert set(re.findall(r"/(\d+) ", bar)) == {"240"} and bar.count("240/240") == 1


class Total(keras.Model):
    """Reports its loss as `total_loss`."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
        self(np.zeros((1, 2)))

    def call(self, x):
        return self.dense(x)

    def train_step(self, *arguments):
        logs = super().train_step(*arguments)
        if BACKEND == "jax":
            return {"total_loss": logs[0]["loss"]}, logs[1]
        return {"total_loss": logs["loss"]}


@pytest.mark.slow
def test_another_quantity_is_monitored():
    model = Total()
    model.compile(sgd(SCHEDULE), loss="mse")
    x, y = data(60)
    arguments = dict(steps=12, start=1e-4, verbose=False)
    with pytest.raises(ValueError, match=r"`monitor` must be reported .*reports 'total_loss'"):
        find_learning_rate(model, x[:, :2], y, **arguments)
    found = find_learning_rate(model, x[:, :2], y, monitor="total_loss", **arguments)
    assert np.isfinite(found.losses[:5]).all()

    # The metrics of the training step are computed for each batch alone.
    model = linear_model()
    model.compile(keras.optimizers.SGD(0.1), loss="mae", metrics=["mse"])
    found = find_learning_rate(
        model, batches(12), start=1e-12, end=1e-11, steps=12, monitor="mse", verbose=False
    )
    expected = [np.mean(y**2) for x, y in batches(12)]
    np.testing.assert_allclose(found.losses, expected, rtol=1e-5)


# ---- Bad input ----


@pytest.mark.parametrize(
    "argument, value",
    [
        *(("start", value) for value in (0, -1, "a", None, float("nan"), 10.0, 11)),
        *(("end", value) for value in (0, float("inf"), 1e-7, "a", True)),
        *(("steps", value) for value in (9, 10.5, 2e6, None, "a")),
        *(("confirm", value) for value in (-1, 19, 20.5, 2e6, None, "a")),
        *(("batch_size", value) for value in (0, 1.5, "a")),
        *(("monitor", value) for value in (None, 1, "accuracy")),
    ],
)
def test_bad_input_names_the_argument(argument, value):
    named = "end" if argument == "start" and value in (10.0, 11) else argument
    with pytest.raises(ValueError, match=f"`{named}` must be"):
        find_learning_rate(linear_model(), *data(), **{argument: value})


def test_a_model_must_be_compiled_and_data_have_batches():
    with pytest.raises(ValueError, match="`model` must be compiled"):
        find_learning_rate(keras.Sequential([keras.layers.Dense(1)]), *data())
    with pytest.raises(ValueError, match="`model` must be a compiled model"):
        find_learning_rate(sgd(0.1), *data())
    with pytest.raises(ValueError, match="`batch_size` must be a whole number greater than 0"):
        find_learning_rate(linear_model(), *data(), batch_size=0)
    with pytest.raises(ValueError, match="`batch_size` must be None"):
        find_learning_rate(linear_model(), batches(9), batch_size=3)


def test_it_stands_at_the_top():
    assert lrschedules.find_learning_rate is module.find_learning_rate


class TwoOptimizers(keras.Model):
    """Trains each of its layers with a separate optimizer."""

    def __init__(self):
        super().__init__()
        self.first, self.second = keras.layers.Dense(4), keras.layers.Dense(1)
        self.optimizers = [keras.optimizers.Adam(SCHEDULE), sgd(0.01)]
        self.named = {"idle": keras.optimizers.Adam(0.1)}
        self(np.zeros((1, 6)))

    def call(self, x):
        return self.second(self.first(x))

    def build_optimizers(self):
        for optimizer, layer in zip(self.optimizers, (self.first, self.second)):
            optimizer.build(layer.trainable_variables)
        self.named["idle"].build(self.trainable_variables)

    def train_step(self, data):
        x, y = data
        if BACKEND == "tensorflow":
            import tensorflow as tf

            with tf.GradientTape() as tape:
                loss = keras.ops.mean((self(x) - y) ** 2)
            gradients = tape.gradient(loss, [v.value for v in self.trainable_variables])
        else:
            import torch

            self.zero_grad()
            loss = keras.ops.mean((self(x) - y) ** 2)
            loss.backward()
            gradients = [v.value.grad for v in self.trainable_variables]
        with torch.no_grad() if BACKEND == "torch" else contextlib.nullcontext():
            self.optimizers[0].apply(gradients[:2], self.first.trainable_variables)
            self.optimizers[1].apply(gradients[2:], self.second.trainable_variables)
        return {"loss": loss}


@pytest.mark.skipif(
    BACKEND == "jax", reason="on JAX a training step holds the state of one optimizer"
)
def test_optimizers_in_a_list():
    model = TwoOptimizers()
    model.compile(optimizer=None)
    x, y = data()

    def find(**arguments):
        return find_learning_rate(model, x, y, batch_size=20, steps=12, verbose=False, **arguments)

    with pytest.raises(ValueError, match=r"'optimizers\[0\]' is not built"):
        find(optimizer="optimizers[1]")
    model.build_optimizers()
    fit(model, 1)
    with pytest.raises(ValueError, match=r"`optimizer` must name .*'optimizers\[1\]'"):
        find()

    held = [*model.optimizers, model.named["idle"]]
    variables = [*model.variables, *(v for optimizer in held for v in optimizer.variables)]

    def bits():
        return [keras.ops.convert_to_numpy(v).tobytes() for v in variables]

    before, steps = bits(), [optimizer_step(model, f"optimizers[{i}]") for i in (0, 1)]
    assert steps == [10, 10]
    # Only the rate of the named optimizer grows: at 1e30 its layer diverges.
    found = find(optimizer="optimizers[1]", start=1, end=1e30)
    assert found.ended == "diverged"
    assert bits() == before
    assert optimizer_schedule(model, "optimizers[0]") is SCHEDULE


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(keras.optimizers, "MultiOptimizer"), reason="this Keras has no MultiOptimizer"
)
def test_one_optimizer_of_several_by_its_pattern():
    several = keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(
            sgd(0.01), {".*/head/.*": keras.optimizers.Adam(SCHEDULE), "none": sgd(0.1)}
        )
    )
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(4), keras.layers.Dense(1, name="head")]
    )
    model.compile(several, loss="mse")
    x, y = data()

    def find(**arguments):
        return find_learning_rate(model, x, y, batch_size=20, steps=12, verbose=False, **arguments)

    with pytest.raises(ValueError, match=r"one of the optimizers: '.*head.*', 'none', 'default'"):
        find()
    with pytest.raises(ValueError, match="`optimizer` must train"):
        find(optimizer="none")
    fit(model, 1)
    variables = [*model.variables, *(v for o in several.optimizers for v in o.variables)]

    def bits():
        return [keras.ops.convert_to_numpy(v).tobytes() for v in variables]

    before = bits()
    assert find(optimizer=".*/head/.*", start=1, end=1e30).ended == "diverged"
    assert bits() == before
    assert optimizer_schedule(model, ".*/head/.*") is SCHEDULE
