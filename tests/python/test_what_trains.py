"""The monitor's record against the weights, in unusual trainings: step i trains only weight i,
with gradient 1, so SGD leaves minus the rate there."""

import itertools
import logging
import warnings

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from cases.strategies import examples
from lrschedules import (
    Constant,
    CosineDecay,
    LearningRateMonitor,
    ResumeCheck,
    optimizer_learning_rate,
    optimizer_schedule,
    optimizer_step,
    scale_learning_rate,
    set_optimizer_schedule,
    set_optimizer_step,
)
from support import (
    BACKEND,
    STAIRS,
    STEPS,
    SWEEP,
    At,
    batches,
    fit_modes,
    new_model,
    prediction_itself,
    used,
)

OTHER = CosineDecay(0.7, 80)
IS_COMPILED = BACKEND != "torch"


class OfTheUser(keras.optimizers.schedules.LearningRateSchedule):
    """Returns a Python number or a 64-bit tensor when it can, as users' schedules do."""

    def __call__(self, step):
        if BACKEND == "torch":
            return 0.5 if int(step) < 9 else 0.25
        rate = ops.where(step < 9, 0.5, 0.25)
        return ops.cast(rate, "float64") if BACKEND == "tensorflow" else rate

    def get_config(self):
        return {}


OfTheUser = keras.saving.register_keras_serializable("what_trains")(OfTheUser)


def rates():
    return {
        "constant": 0.25,
        "staircase": STAIRS,
        "cosine": CosineDecay(0.5, 70),
        "Keras's": keras.optimizers.schedules.ExponentialDecay(1.0, 41, 0.5, staircase=True),
        "user's": OfTheUser(),
    }


def fit(model, start, end, *callbacks, size=1, **arguments):
    x, y = batches(start, end)
    arguments = {"batch_size": size, "shuffle": False, "verbose": 0, **arguments}
    return model.fit(x, y, callbacks=list(callbacks), **arguments)


def assign(model):
    model.optimizer.learning_rate = OTHER


def before(model, monitor):
    assign(model)
    fit(model, 0, 60, monitor)


def between(model, monitor):
    fit(model, 0, 30, monitor)
    assign(model)
    fit(model, 30, 60, monitor)


def between_without_a_monitor(model, monitor):
    fit(model, 0, 30)
    assign(model)
    fit(model, 30, 60, monitor)


def within(model, monitor):
    fit(model, 0, 60, monitor, At(assign, batch=19))


def within_before_the_monitor(model, monitor):
    fit(model, 0, 60, At(assign, batch=19), monitor)


def by_our_functions(model, monitor):
    halve = At(lambda model: scale_learning_rate(model, 0.5), batch=9)
    fit(model, 0, 30, monitor, halve)
    set_optimizer_schedule(model, OTHER)
    fit(model, 30, 60, monitor)


def recompiled(model, monitor):
    fit(model, 0, 30, monitor)
    model.compile(model.optimizer, loss=lambda y, prediction: prediction)
    set_optimizer_schedule(model, OTHER)
    fit(model, 30, 45, monitor)
    model.compile(model.optimizer, loss=lambda y, prediction: prediction)
    fit(model, 45, 60, monitor)


def compiled_for_another_shape(model, monitor):
    fit(model, 0, 20, monitor)
    assign(model)
    x, y = np.zeros((20, STEPS), "float32"), np.zeros((20, 1), "float32")
    x[::2] = batches(20, 30)[0]
    # In a batch one row has gradient 1 and the other 0: the mean is half.
    model.fit(x * 2, y, batch_size=2, shuffle=False, verbose=0, callbacks=[monitor])


def resumed(model, monitor):
    set_optimizer_step(model, 30)
    fit(model, 30, 60, monitor)


WAYS = [
    before,
    between,
    between_without_a_monitor,
    within,
    within_before_the_monitor,
    by_our_functions,
    recompiled,
    compiled_for_another_shape,
    resumed,
]

# A record of a compiled step can't know a rate that was assigned before this package first looked
# at it, or which rate batches of several shapes use.
HELD_ANOTHER = "The optimizer holds a different learning-rate schedule"
UNKNOWN = {
    ("between_without_a_monitor", "constant"): "The training step was compiled before",
    ("between_without_a_monitor", "Keras's"): "The training step was compiled before",
    ("between_without_a_monitor", "user's"): "The training step was compiled before",
}


def check(way, rate, **arguments):
    model, monitor = new_model(rates()[rate], **arguments), LearningRateMonitor()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        way(model, monitor)
        steps, recorded = monitor.steps, monitor.rates
    said = [str(w.message) for w in caught if w.category is UserWarning]
    assert len(steps) == len(set(steps.tolist())) and len(steps) >= 30 - 20 * (way is resumed)
    trained = used(model)[steps]
    if model.optimizer.gradient_accumulation_steps:
        # The rate of the second of two steps trains the weights of both, with half the gradient.
        trained, recorded = 2 * trained[steps % 2 == 1], recorded[steps % 2 == 1]
    known = ~np.isnan(recorded)
    np.testing.assert_allclose(recorded[known], trained[known], rtol=1e-5)
    unknown = UNKNOWN.get((way.__name__, rate)) if IS_COMPILED else None
    compiled = not arguments.get("run_eagerly") and IS_COMPILED
    if unknown and compiled and not known.all():
        assert any(sentence.startswith(unknown) for sentence in said)
    else:
        assert known.all()
    return said


def rates_and_ways():
    """Every rate with every way in the sweep; in each run, each way with three kinds of rates, and
    with all that it may not know."""
    kinds = list(rates())
    for i, way in enumerate(WAYS):
        for j, rate in enumerate(kinds):
            if SWEEP or (i + j) % 5 in (0, 1, 3) or (way.__name__, rate) in UNKNOWN:
                yield pytest.param(rate, way, id=f"{rate}-{way.__name__}")


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("rate, way", list(rates_and_ways()))
def test_the_record_is_what_the_weights_show(rate, way):
    check(way, rate)


# The other modes compile otherwise what the first mode tests above.
SOME = [
    ("constant", between),
    ("staircase", within),
    ("user's", compiled_for_another_shape),
    ("staircase", compiled_for_another_shape),
    ("user's", between),
]


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("rate, way", list(itertools.product(rates(), WAYS)) if SWEEP else SOME)
@pytest.mark.parametrize("mode", list(fit_modes())[1:])
def test_also_in_other_modes(mode, rate, way):
    check(way, rate, **fit_modes()[mode])


def loss_scaling(rate):
    return {"optimizer": keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(rate))}


def accumulation(rate):
    return {"optimizer": keras.optimizers.SGD(rate, gradient_accumulation_steps=2)}


def steps_per_execution(rate):
    if BACKEND == "torch":
        pytest.skip("Keras on torch has steps_per_execution 1")
    return {"steps_per_execution": 3}


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS if SWEEP else [before, between, by_our_functions, resumed])
@pytest.mark.parametrize("rate", rates() if SWEEP else ["staircase"])
@pytest.mark.parametrize("mode", [steps_per_execution, loss_scaling, accumulation])
def test_also_with_steps_that_are_not_separate_updates(mode, rate, way):
    check(way, rate, **mode(rates()[rate]))


@pytest.mark.slow
@pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow warns about it")
def test_many_records_of_keras_own_schedules_are_not_traced_too_often(monkeypatch):
    said = []
    monkeypatch.setattr(logging.getLogger("tensorflow"), "warning", lambda *a: said.append(a))
    for n in range(7):
        theirs = keras.optimizers.schedules.CosineDecay(0.5, 70 + n)
        monitor = LearningRateMonitor()
        fit(new_model(theirs), 0, 3 + n, monitor)
        assert len(monitor.rates) == 3 + n
    assert said == []


# ---- Numbers that are set by hand ----


class Warmup(keras.callbacks.Callback):
    """Raises the rate by hand at each step of a warmup."""

    def __init__(self, at):
        super().__init__()
        self.batches = 0
        setattr(self, at, self.set)
        if at == "on_train_batch_end":
            self.on_train_begin = lambda logs=None: self.set(0)

    def set(self, batch, logs=None):
        self.batches += 1
        self.model.optimizer.learning_rate = 0.25 * min(self.batches / 20, 1)


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 1], ids=["monitor first", "monitor last"])
@pytest.mark.parametrize("at", ["on_train_batch_begin", "on_train_batch_end"])
def test_a_number_that_is_set_at_each_batch(at, first):
    model, monitor = new_model(0.5), LearningRateMonitor()
    callbacks = [Warmup(at), monitor] if first else [monitor, Warmup(at)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(model, 0, 40, *callbacks, epochs=1)
        recorded = monitor.rates
    known = ~np.isnan(recorded)
    assert len(recorded) == 40
    np.testing.assert_allclose(recorded[known], used(model)[:40][known], rtol=1e-5)
    said = [str(w.message) for w in caught if w.category is UserWarning]
    assert known.all() or any("the monitor can't tell which" in sentence for sentence in said)
    # A monitor after the callback that sets the rate before a batch knows every rate.
    if at == "on_train_batch_begin" and first:
        assert known.all() and not said


# ---- Counts set and records read within an epoch ----


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 1], ids=["monitor first", "monitor last"])
def test_a_count_that_is_set_within_an_epoch(first):
    model, monitor = new_model(STAIRS), LearningRateMonitor()
    skip = At(lambda model: set_optimizer_step(model, 50), batch=3)
    fit(model, 0, 8, *([skip, monitor] if first else [monitor, skip]))
    assert monitor.steps.tolist() == [0, 1, 2, 3, 50, 51, 52, 53]
    np.testing.assert_allclose(monitor.rates, used(model)[:8], rtol=1e-5)


@pytest.mark.slow
def test_a_count_that_is_set_by_hand_is_said():
    model, monitor = new_model(STAIRS), LearningRateMonitor()
    assign = At(lambda model: model.optimizer.iterations.assign(50), batch=3)
    with pytest.warns(UserWarning, match="step count was set during an epoch"):
        fit(model, 0, 8, monitor, assign)
    assert len(monitor.rates) == 8 and np.isnan(monitor.rates).all()
    fit(model, 8, 10, monitor)
    assert monitor.steps[8:].tolist() == [54, 55]
    np.testing.assert_allclose(monitor.rates[8:], used(model)[8:10], rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["on_train_batch_begin", "on_train_batch_end"])
def test_a_look_within_an_epoch_loses_nothing(when):
    model, monitor = new_model(STAIRS), LearningRateMonitor()
    seen = []
    look = keras.callbacks.Callback()
    setattr(look, when, lambda batch, logs=None: seen.append(len(monitor.rates)))
    fit(model, 0, 30, monitor, look)
    assert seen == list(range(30) if when == "on_train_batch_begin" else range(1, 31))
    assert monitor.steps.tolist() == list(range(30))
    np.testing.assert_allclose(monitor.rates, used(model)[:30], rtol=1e-5)


@pytest.mark.slow
def test_a_closure_over_the_model_reads_and_sets_at_each_batch():
    model = new_model(STAIRS)
    seen = []

    def look(batch, logs=None):
        seen.append((optimizer_step(model), optimizer_learning_rate(model)))
        if batch == 4:
            set_optimizer_step(model, 41)
        if batch == 6:
            scale_learning_rate(model, 0.5)

    fit(model, 0, 10, keras.callbacks.LambdaCallback(on_train_batch_end=look))
    assert [step for step, _ in seen] == [1, 2, 3, 4, 5, 42, 43, 44, 45, 46]
    assert [rate for _, rate in seen] == [1.0] * 5 + [0.5] * 2 + [0.25] * 3
    np.testing.assert_allclose(used(model)[:10], [1] * 5 + [0.5] * 2 + [0.25] * 3, rtol=1e-6)


# ---- Before the first train function, and after a second compilation ----


def test_before_there_is_a_train_function():
    model, monitor, check = new_model(STAIRS), LearningRateMonitor(), ResumeCheck(10)
    x, y = batches(0, 10)
    callbacks = keras.callbacks.CallbackList([monitor, check], model=model, steps=10, epochs=1)
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    for i in range(10):
        callbacks.on_train_batch_begin(i)
        model.train_on_batch(x[i : i + 1], y[i : i + 1])
        callbacks.on_train_batch_end(i)
    callbacks.on_epoch_end(0)
    callbacks.on_train_end()
    assert monitor.steps.tolist() == list(range(10))
    np.testing.assert_allclose(monitor.rates, used(model)[:10], rtol=1e-5)


@pytest.mark.slow
def test_compiled_again_with_the_same_optimizer():
    model, monitor = new_model(STAIRS), LearningRateMonitor()
    fit(model, 0, 30, monitor)
    model.compile(model.optimizer, loss=lambda y, prediction: prediction)
    set_optimizer_schedule(model, OTHER)
    assert optimizer_schedule(model) == OTHER
    fit(model, 30, 60, monitor)
    np.testing.assert_allclose(monitor.rates, used(model)[:60], rtol=1e-5)


@pytest.mark.slow
def test_two_models_with_one_optimizer():
    first = new_model(STAIRS)
    optimizer = first.optimizer
    fit(first, 0, 10)
    optimizer.learning_rate = Constant(0.125)
    # Use the variables of the first model with a new training step.
    second = keras.Model(first.inputs, first.outputs)
    second.compile(optimizer, loss=prediction_itself)
    monitor, of_first = LearningRateMonitor(), LearningRateMonitor()
    fit(second, 10, 20, monitor)
    assert monitor.rates.tolist() == [0.125] * 10
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        optimizer.learning_rate = OTHER
        fit(first, 20, 30, of_first)
    np.testing.assert_allclose(of_first.rates, used(first)[20:30], rtol=1e-5)
    said = [w for w in caught if str(w.message).startswith(HELD_ANOTHER)]
    assert len(said) == IS_COMPILED


@pytest.mark.skipif(not IS_COMPILED, reason="nothing is compiled")
def test_an_optimizer_alone_that_has_trained_goes_on_and_it_is_said():
    model = new_model(STAIRS)
    fit(model, 0, 5)
    with pytest.warns(UserWarning, match="keeps using it. Pass the model to `set_"):
        set_optimizer_schedule(model.optimizer, OTHER)


def test_steps_that_keras_cannot_count():
    model = new_model(STAIRS)
    if BACKEND == "tensorflow":
        set_optimizer_step(model, 2**40)
        assert optimizer_step(model) == 2**40
        return
    with pytest.raises(ValueError, match=r"`step` must be 2,147,483,647 or less: .* in 32 bits"):
        set_optimizer_step(model, 2**40)
    assert optimizer_step(model) == 0


# ---- Random actions between two fits ----


def programs(most):
    rate = st.sampled_from(["OTHER", "STAIRS", "constant", 0.25])
    size = st.sampled_from([1, 1, 1, 2])
    fits = st.tuples(st.just("fit"), st.integers(1, 6), size)
    others = st.one_of(
        st.tuples(st.just("assign"), st.sampled_from(["OTHER", "STAIRS"])),
        st.tuples(st.just("set"), rate),
        st.tuples(st.just("scale"), st.sampled_from([0.5, 0.25])),
        st.tuples(st.just("set step"), st.integers(0, 60)),
        st.tuples(st.just("compile")),
        st.tuples(st.just("save and load")),
        st.tuples(st.just("weights")),
    )
    pairs = st.lists(st.tuples(others, fits), min_size=2, max_size=most // 2)
    return st.tuples(st.sampled_from([0.5, STAIRS]), fits, pairs)


def named(rate):
    return {"OTHER": OTHER, "STAIRS": STAIRS, "constant": Constant(0.375)}.get(rate, rate)


def run(program, folder):
    """Runs a program, and returns the recorded rates and the rates that the weights show."""
    rate, first, pairs = program
    model, monitor, at, shown = new_model(rate), LearningRateMonitor(), 0, []
    for name, *arguments in [first, *(command for pair in pairs for command in pair)]:
        if name == "fit":
            batches_, size = arguments
            end = at + batches_ * size
            x, y = batches(at, end)
            earlier = used(model)
            # The loss is the mean over a batch.
            model.fit(x * size, y, batch_size=size, shuffle=False, verbose=0, callbacks=[monitor])
            shown += (used(model) - earlier)[at:end:size].tolist()
            at = end
        elif name == "assign":
            model.optimizer.learning_rate = named(arguments[0])
        elif name == "set":
            set_optimizer_schedule(model, named(arguments[0]))
        elif name == "scale":
            scale_learning_rate(model, arguments[0])
        elif name == "set step":
            set_optimizer_step(model, arguments[0])
        elif name == "compile":
            model.compile(model.optimizer, loss=prediction_itself)
        elif name == "save and load":
            model.save(folder / "model.keras")
            model = keras.models.load_model(folder / "model.keras")
        else:
            model.save_weights(folder / "model.weights.h5")
            model.load_weights(folder / "model.weights.h5")
    return monitor.rates, np.array(shown)


@pytest.mark.sweep
@pytest.mark.slow
def test_whatever_is_done_between_two_fits(tmp_path):
    @examples(100 if SWEEP else 7)
    @given(programs(12))
    def check(program):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            recorded, shown = run(program, tmp_path)
        assert recorded.shape == shown.shape, program
        said = [str(w.message) for w in caught if w.category is UserWarning]
        known = ~np.isnan(recorded)
        if any("with two schedules" in sentence for sentence in said):
            return
        assert known.all() or any("compiled before" in sentence for sentence in said), program
        np.testing.assert_allclose(recorded[known], shown[known], rtol=1e-5, err_msg=repr(program))

    check()
