"""Schedules at their limits: steps to 2^53, rates beyond float32, deep and wide schedules, large
tables, and foreign objects and tensors."""

import json

import keras
import numpy as np
import pytest
from keras import ops

import lrschedules
from cases import all_cases, first_of_class, limits
from cases.pace import at_most
from lrschedules import (
    CosineDecayRestarts,
    Cyclical,
    ExponentialDecay,
    Join,
    KerasSchedule,
    PiecewiseConstantDecay,
    Schedule,
    Tabulated,
    schedule_class,
)
from lrschedules.classes.half import KERAS
from lrschedules_math.core import namespaces
from support import (
    BACKEND,
    SWEEP,
    compiled,
    compilers,
    fit_modes,
    for_keras,
    rates_in_fit,
    step_tensor,
)

# The steps up to the last step that a step tensor of the backend can hold.
FAR_STEPS = limits.far_steps(2**31 - 1 if BACKEND == "jax" else 2**53)

FALLING = [KERAS.adopt(schedule) for schedule in limits.FALLING]
UNBOUNDED = [KERAS.adopt(schedule) for schedule in limits.UNBOUNDED]
FIRST_OF_CLASS = first_of_class(map(for_keras, all_cases()))
GROWING = [*UNBOUNDED, *FALLING, *(case.schedule for case in FIRST_OF_CLASS.values())]

DECAY, DEEP, WIDE = map(KERAS.adopt, (limits.DECAY, limits.deep(), limits.WIDE))


@pytest.mark.sweep
@pytest.mark.parametrize("compiler", ["device", *compilers()])
def test_every_rate_is_finite_on_devices_and_compiled(compiler):
    schedules = GROWING
    if compiler == "compile":  # torch.compile takes a second for each
        schedules = [*UNBOUNDED[::3], *FALLING[::3]]
    elif compiler == "xla" and not SWEEP:  # JAX compiles all of them with XLA in each run
        schedules = GROWING[::3]
    steps = step_tensor(FAR_STEPS)
    if compiler == "device":
        rates = [ops.convert_to_numpy(schedule.on_device(steps)) for schedule in schedules]
    else:
        rates = compiled(schedules, [FAR_STEPS] * len(schedules), compilers()[compiler])
    for schedule, actual in zip(schedules, rates):
        expected = schedule.rates(FAR_STEPS)
        assert np.isfinite(actual).all() and (actual >= 0).all(), schedule
        # Compiled code rounds numbers below float32's smallest normal number to 0; the sine of a
        # difference of such large steps keeps six digits.
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-7, err_msg=repr(schedule))
    for schedule, actual in zip(schedules, rates):
        if schedule in FALLING:
            assert (np.diff(actual) <= 0).all(), schedule


@pytest.mark.sweep
@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["device", *compilers()])
def test_compiled_rates_are_the_hosts_rounded_to_float32(compiler):
    schedules = [case.schedule for case in FIRST_OF_CLASS.values()]
    if compiler == "compile":
        schedules = schedules[::8]
    elif not SWEEP and (compiler == "xla" or (BACKEND == "jax" and compiler == "device")):
        schedules = schedules[::2]  # jit computes all of them with XLA in each run
    steps = [[*range(1500), *np.linspace(1500, 10**6, 500).astype(int).tolist()]]
    wrong = {}
    if compiler == "device":
        tensor = step_tensor(steps[0])
        rates = [ops.convert_to_numpy(schedule.on_device(tensor)) for schedule in schedules]
    else:
        rates = compiled(schedules, steps * len(schedules), compilers()[compiler])
    for schedule, actual in zip(schedules, rates):
        expected = np.float32(schedule.rates(steps[0]))
        # Compiled code rounds numbers below the smallest normal number to 0.
        differ = (np.float32(actual) != expected) & (expected > np.finfo(np.float32).tiny)
        if differ.any():
            wrong[repr(schedule)] = np.flatnonzero(differ)[:5].tolist()
    assert not wrong


@pytest.mark.slow
@pytest.mark.parametrize("schedule, rate", [(DEEP, 0.4), (WIDE, 200)], ids=["deep", "wide"])
def test_deep_and_wide_schedules_work_in_every_operation(schedule, rate, tmp_path):
    serialize, deserialize = (
        getattr(keras.optimizers.schedules, name) for name in ("serialize", "deserialize")
    )
    serialize(DECAY)  # loads some of Keras the first time
    with at_most(75):
        assert schedule.rate(41) == pytest.approx(rate)
        assert type(schedule).from_config(schedule.get_config()) == schedule
        assert deserialize(json.loads(json.dumps(serialize(schedule)))) == schedule
        assert lrschedules.from_text(lrschedules.to_text(schedule)) == schedule
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(schedule), loss="mse")
    with at_most(75):
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.optimizer._learning_rate == schedule


# JAX compiles with XLA in each run.
@pytest.mark.sweep
@pytest.mark.parametrize("compiler", [name for name in compilers() if SWEEP or name != "xla"])
def test_deep_and_wide_schedules_compile(compiler):
    wide = WIDE if compiler != "compile" else sum([DECAY] * 20)
    rates = compiled([DEEP, wide], [[40, 41], [40, 41]], compilers()[compiler])
    expected = [s.rates([40, 41]) for s in (DEEP, wide)]
    np.testing.assert_allclose(rates, expected, rtol=1e-6)


@schedule_class
class LooksAhead(Schedule):
    """Looks up the rate five steps ahead, in a table that ends with the training."""

    def formula(self, step, xp):
        table = np.linspace(1, 0.1, 105)
        if xp is namespaces.scalar:
            return float(table[step + 5])
        return table[np.asarray(step) + 5]


def test_a_formula_that_fails_ahead_of_its_time_is_asked_step_by_step():
    schedule = LooksAhead()
    with keras.device("cpu"):  # NumPy reads no tensor of an accelerator
        rates = [float(ops.convert_to_numpy(schedule(step_tensor(step)))) for step in range(100)]
        with pytest.raises(IndexError):
            schedule(step_tensor(100))
    assert rates == pytest.approx(np.linspace(1, 0.1, 105)[5:].tolist())


@keras.saving.register_keras_serializable(package="limits")
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    asked = []  # noqa: RUF012 (shared by all objects)

    def __init__(self, rate=0.5):
        self.rate = rate

    def __call__(self, step):
        self.asked.append(step)
        return ops.where(step < 7, self.rate, self.rate / 2)

    def get_config(self):
        return {"rate": self.rate}


FOREIGN = 1.0 * KerasSchedule.of(Halving(np.float32(0.5)))


def test_a_foreign_schedule_is_asked_once_for_each_step():
    schedule = Join([FOREIGN, 0.1], [10**6])
    Halving.asked.clear()
    for step in range(20):
        schedule(step_tensor(step))
    assert len(Halving.asked) == 20


def test_a_foreign_schedule_takes_what_ours_take():
    assert FOREIGN.rates([0, 2**31, 2**53]).tolist() == [0.5, 0.25, 0.25]
    assert FOREIGN.rate(2**40) == 0.25
    assert FOREIGN.rates([]).shape == (0,)
    assert FOREIGN.rates(np.zeros((0, 2), np.int64)).shape == (0, 2)
    assert tuple(FOREIGN.on_device(step_tensor(np.zeros((0, 2)))).shape) == (0, 2)
    matrix = ops.convert_to_numpy(FOREIGN.on_device(step_tensor([[0, 6], [7, 8]])))
    assert matrix.tolist() == [[0.5, 0.5], [0.25, 0.25]]
    assert FOREIGN.get_config()["schedule"]["config"]["config"] == {"rate": 0.5}


@pytest.mark.parametrize("compiler", compilers())
def test_a_plain_number_is_a_step_in_compiled_code(compiler):
    compile = compilers()[compiler]
    for schedule in (DECAY, FOREIGN):
        rate = compile(lambda x, schedule=schedule: schedule(41) * ops.cast(x, "float32"))
        assert float(ops.convert_to_numpy(rate(step_tensor(1)))) == np.float32(schedule.rate(41))


@pytest.mark.skipif(BACKEND != "tensorflow", reason="other backends know all shapes")
def test_tensors_of_unknown_rank():
    import tensorflow as tf

    for schedule in (DECAY, FOREIGN, Tabulated([0.8, 0.4], every=41)):
        rates = tf.function(schedule, input_signature=[tf.TensorSpec(None, tf.int64)])
        assert rates(tf.constant(41, tf.int64)).numpy() == np.float32(schedule.rate(41))
        assert rates(tf.constant([[0, 41]], tf.int64)).numpy().tolist() == [
            np.float32(schedule.rates([0, 41])).tolist()
        ]
        assert rates(tf.zeros((0,), tf.int64)).shape == (0,)


LARGE = 10**5
TABLES = {
    "boundaries": PiecewiseConstantDecay(
        list(range(0, 3 * LARGE, 3)), np.linspace(1, 0.1, LARGE + 1), boundary="right"
    ),
    "cycles": CosineDecayRestarts(0.1, 1, t_mul=1.0004),
}


@pytest.mark.slow
@pytest.mark.parametrize("schedule", TABLES.values(), ids=TABLES)
def test_large_tables_are_searched(schedule):
    steps = [0, 1, 2, 3, 4, 299_996, 299_997, 299_998, 10**6]
    expected = np.float32(schedule.rates(steps))
    on_device = ops.convert_to_numpy(schedule.on_device(step_tensor(steps)))
    np.testing.assert_allclose(on_device, expected, rtol=1e-6, atol=1e-9)
    one = [ops.convert_to_numpy(schedule.on_device(step_tensor(s))).item() for s in steps]
    np.testing.assert_allclose(one, expected, rtol=1e-6, atol=1e-9)
    for compiler in compilers().values():
        (rates,) = compiled([schedule], [steps], compiler)
        np.testing.assert_allclose(rates, expected, rtol=1e-6, atol=1e-9)
    # Comparing all steps with all boundaries would take seconds, and gigabytes.
    many = step_tensor(np.arange(10_000))
    schedule.on_device(many)  # JAX compiles each operation for a new shape
    with at_most(8):
        schedule.on_device(many)


def test_steps_beyond_2_to_53_are_on_devices_the_last_one():
    far = ops.convert_to_tensor([1e30, -1e30, 41.5], dtype="float32")
    assert ops.convert_to_numpy(DECAY.on_device(far)).tolist() == pytest.approx([0, 0.8, 0.4])
    with pytest.raises(ValueError, match=r"`step` must be numbers from -2\^53 to 2\^53"):
        DECAY(2**60)


def test_steps_of_bfloat16():
    steps = ops.cast(ops.convert_to_tensor([0.0, 40.0, 41.0]), "bfloat16")
    for rates in (DECAY(steps), DECAY.on_device(steps)):
        assert ops.convert_to_numpy(rates).tolist() == pytest.approx([0.8, 0.8, 0.4])


@pytest.mark.skipif(BACKEND != "torch", reason="this tests PyTorch")
def test_vmap_and_jit_trace_of_pytorch_compute_the_rate_of_each_step():
    import torch

    steps = torch.arange(100)
    expected = np.float32(DECAY.rates(range(100))).tolist()
    assert torch.func.vmap(DECAY)(steps).tolist() == expected
    traced = torch.jit.trace(DECAY.__call__, (torch.tensor(0),))
    assert [traced(torch.tensor(step)).item() for step in (0, 40, 41, 82)] == pytest.approx(
        [0.8, 0.8, 0.4, 0.2]
    )


@pytest.mark.skipif(BACKEND != "torch", reason="this tests PyTorch")
@pytest.mark.slow
def test_torch_compile_compiles_a_staircase_of_fractional_length_once():
    import torch

    schedules = [ExponentialDecay(0.8, length, 0.5, staircase=True) for length in (2.5, 41, 0.3)]

    torch.compiler.reset()
    rate = torch.compile(lambda s, step: s(step), fullgraph=True, backend="eager", dynamic=False)
    for schedule in schedules:
        for step in range(0, 60, 3):
            assert rate(schedule, torch.tensor(step)).item() == pytest.approx(
                schedule.rate(step), rel=1e-6
            )


@pytest.mark.sweep
@pytest.mark.parametrize("compiler", compilers())
def test_growing_restarts_compiled(compiler):
    lengths = (1, 10, 41, 97.5)
    growths = (1.0004, 1.1, 1.5, 2, 3)
    if compiler == "compile":
        lengths, growths = (41, 97.5), (1.0004, 2)
    for i, growth in enumerate(growths):
        # The search for the cycle is the same for each length, so each run tests half.
        chosen = lengths if SWEEP or compiler == "compile" else lengths[i % 2 :: 2]
        schedules = [CosineDecayRestarts(1.0, t, t_mul=growth) for t in chosen]
        steps = []
        for schedule in schedules:
            starts = [s for s in schedule._starts.numbers if s < 2**31 - 2]
            some = starts[:: max(len(starts) // 40, 1)][:40]
            edges = sorted({s + d for s in some for d in (-1, 0, 1)})
            steps.append((edges * 120)[:120])
        rates = compiled(schedules, steps, compilers()[compiler])
        expected = [s.rates(row) for s, row in zip(schedules, steps)]
        np.testing.assert_allclose(rates, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("mode", fit_modes())
def test_a_composition_of_all_kinds_trains_at_its_rates(mode):
    theirs = keras.optimizers.schedules.ExponentialDecay(1.0, 41, 0.5, staircase=True)
    schedule = Join([theirs, Cyclical(0.1, 1.0, 7), FOREIGN], [60, 80])
    used = rates_in_fit(schedule, 100, **fit_modes()[mode])
    np.testing.assert_allclose(used, schedule.rates(range(100)), rtol=1e-6)
