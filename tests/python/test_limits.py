"""What holds at the limits: steps to 2^53, rates beyond float32, deep and wide schedules, large
tables, and what others' objects and tensors do."""

import json
import time

import keras
import numpy as np
import pytest
from keras import ops

import lrschedules
from lrschedules import (
    Constant,
    CosineDecayRestarts,
    Cyclical,
    Difference,
    ExponentialDecay,
    Hold,
    InverseTimeDecay,
    Join,
    KerasSchedule,
    NaturalExpDecay,
    Noise,
    Offset,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Product,
    Repeat,
    Scale,
    Schedule,
    Stretch,
    Sum,
    Tabulated,
    schedule_class,
)
from lrschedules_math.core import namespaces
from support import (
    BACKEND,
    compiled,
    compilers,
    fit_modes,
    rates_in_fit,
    step_tensor,
)
from test_catalogue import FIRST_OF_CLASS

GROWING = ExponentialDecay(0.1, 1, 1e30)

# The last step that a step tensor of the backend holds.
LAST = 2**31 - 1 if BACKEND == "jax" else 2**53
FAR_STEPS = sorted(
    {
        *(0, 1, 2, 40, 41, 42, LAST - 1, LAST),
        *(s + d for k in range(8, 53) if (s := 2**k) <= LAST for d in (-1, 0, 1)),
        *(10**k + d for k in range(5, 16) if 10**k <= LAST for d in (-1, 0, 1)),
    }
)

FALLING = [
    ExponentialDecay(0.1, 1e-6, 0.5, staircase=True),
    ExponentialDecay(0.1, 0.3, 0.999999, staircase=True),
    InverseTimeDecay(0.1, 1e-6, 1e-9, staircase=True),
    InverseTimeDecay(0.1, 41.1, 0.5, staircase=True),
    NaturalExpDecay(0.1, 1e-6, 1e-12, staircase=True),
    Stretch(Stretch(InverseTimeDecay(0.1, 10**9, 0.5), 1e-6), 1e-6),
    Stretch(ExponentialDecay(0.1, 10**14, 0.5), 0.3),
    Stretch(InverseTimeDecay(0.1, 10, 0.5), 1e12 + 0.1234),
]
# What would be infinite, or none or all of it.
UNBOUNDED = [
    0 * (GROWING * GROWING),
    GROWING * GROWING - GROWING * GROWING,
    Difference(1e300, 1e300),
    Noise(GROWING * GROWING, 1e308, seed=1),
    Noise(0.0, 1e308, seed=1),
    Product((GROWING,) * 20 + (0.0,)),
    Product((1e300, 1e300, 0.0)),
    Sum((GROWING,) * 200),
    1 / (GROWING * GROWING),
    lrschedules.CosineDecay(1e200, 10, alpha=1e200),
    lrschedules.LinearCosineDecay(0.0, 10, alpha=1e308, beta=1e308),
    lrschedules.NoisyLinearCosineDecay(0.0, 10, initial_variance=1e308, alpha=1e308, beta=1e308),
    CosineDecayRestarts(0.1, 1e-6, t_mul=1.0, m_mul=0.9999),
    CosineDecayRestarts(0.1, 0.3, t_mul=1.0, m_mul=2.0),
    PolynomialDecay(0.1, 1e-6, cycle=True),
    PolynomialDecay(0.1, 2.5, cycle=True),
    Repeat(Stretch(GROWING, 1e-6), 10**9),
]


@pytest.mark.parametrize("schedule", FALLING, ids=repr)
def test_a_fall_stays_a_fall_as_far_as_there_are_steps(schedule):
    steps = [*FAR_STEPS, 2**53]
    rates = schedule.rates(steps)
    assert (np.diff(rates) <= 0).all() and rates[0] == 0.1 and rates[-1] < 0.1
    assert [schedule.rate(step) for step in steps] == pytest.approx(rates.tolist(), rel=1e-12)


def test_a_staircase_of_many_falls_in_a_step_has_the_rate_of_the_formula():
    stairs = InverseTimeDecay(1.0, 1e-6, 1e-9, staircase=True)
    for step in (10**9, 10**13, 2**53):
        assert stairs.rate(step) == pytest.approx(1 / (1 + 1e-3 * step), rel=1e-12)


def growing():
    return [*UNBOUNDED, *FALLING, *(case.schedule for case in FIRST_OF_CLASS.values())]


@pytest.mark.once
@pytest.mark.parametrize("schedule", growing(), ids=lambda schedule: repr(schedule)[:100])
def test_every_rate_is_finite_one_by_one_as_together(schedule):
    rates = schedule.rates(FAR_STEPS)
    assert np.isfinite(rates).all() and (rates >= 0).all() and (rates <= 1e38).all()
    one_by_one = [schedule.rate(step) for step in FAR_STEPS]
    np.testing.assert_allclose(one_by_one, rates, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("compiler", ["device", *compilers()])
def test_every_rate_is_finite_on_devices_and_compiled(compiler):
    schedules = growing()
    if compiler == "compile":  # which takes a second for each
        schedules = [*UNBOUNDED[::3], *FALLING[::3]]
    steps = step_tensor(FAR_STEPS)
    if compiler == "device":
        rates = [ops.convert_to_numpy(schedule.on_device(steps)) for schedule in schedules]
    else:
        rates = compiled(schedules, [FAR_STEPS] * len(schedules), compilers()[compiler])
    for schedule, actual in zip(schedules, rates):
        expected = schedule.rates(FAR_STEPS)
        assert np.isfinite(actual).all() and (actual >= 0).all(), schedule
        # Compiled code rounds to 0 what is below float32's smallest normal number; the sine of a
        # difference of steps this large keeps six digits.
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-7, err_msg=repr(schedule))
    for schedule, actual in zip(schedules, rates):
        if schedule in FALLING:
            assert (np.diff(actual) <= 0).all(), schedule


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["device", *compilers()])
def test_compiled_rates_are_the_hosts_rounded_to_float32(compiler):
    schedules = [case.schedule for case in FIRST_OF_CLASS.values()]
    schedules = schedules[:: 8 if compiler == "compile" else 1]
    steps = [[*range(1500), *np.linspace(1500, 10**6, 500).astype(int).tolist()]]
    wrong = {}
    if compiler == "device":
        tensor = step_tensor(steps[0])
        rates = [ops.convert_to_numpy(schedule.on_device(tensor)) for schedule in schedules]
    else:
        rates = compiled(schedules, steps * len(schedules), compilers()[compiler])
    for schedule, actual in zip(schedules, rates):
        expected = np.float32(schedule.rates(steps[0]))
        # Below its smallest normal number compiled code rounds to 0.
        differ = (np.float32(actual) != expected) & (expected > np.finfo(np.float32).tiny)
        if differ.any():
            wrong[repr(schedule)] = np.flatnonzero(differ)[:5].tolist()
    assert not wrong


DECAY = ExponentialDecay(0.8, 41, 0.5, staircase=True)


def deep():
    schedule = DECAY
    for i in range(99):
        schedule = Hold(schedule, 1000 + i)
    return schedule


WIDE = sum([DECAY] * 499, start=DECAY)


def test_many_terms_are_one_level():
    assert type(WIDE) is Sum and WIDE.schedules == (DECAY,) * 500
    assert Scale(DECAY, 6) == DECAY * 2 * 3 and Scale(Scale(DECAY, 2), 3) == Scale(DECAY, 6)
    assert (DECAY * DECAY * (DECAY * DECAY)).schedules == (DECAY,) * 4
    assert Offset(Offset(DECAY, 3), 4) == Offset(DECAY, 7)
    assert Scale(Scale(DECAY, 1e200), 1e200).factor == 1e200


@pytest.mark.slow
@pytest.mark.parametrize("schedule, rate", [(deep(), 0.4), (WIDE, 200)], ids=["deep", "wide"])
def test_deep_and_wide_schedules_work_in_every_operation(schedule, rate, tmp_path):
    serialize, deserialize = (
        getattr(keras.optimizers.schedules, name) for name in ("serialize", "deserialize")
    )
    serialize(DECAY)  # loads some of Keras the first time
    start = time.perf_counter()
    assert schedule.rate(41) == pytest.approx(rate)
    assert schedule.rates(range(1000))[41] == pytest.approx(rate)
    assert type(schedule).from_config(schedule.get_config()) == schedule
    assert deserialize(json.loads(json.dumps(serialize(schedule)))) == schedule
    assert lrschedules.from_text(lrschedules.to_text(schedule)) == schedule
    assert hash(schedule) == hash(type(schedule).from_config(schedule.get_config()))
    assert repr(schedule).count("ExponentialDecay(") >= 1
    assert time.perf_counter() - start < 2
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(schedule), loss="mse")
    start = time.perf_counter()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert time.perf_counter() - start < 2
    assert loaded.optimizer._learning_rate == schedule


@pytest.mark.parametrize("compiler", compilers())
def test_deep_and_wide_schedules_compile(compiler):
    wide = WIDE if compiler != "compile" else sum([DECAY] * 20)
    rates = compiled([deep(), wide], [[40, 41], [40, 41]], compilers()[compiler])
    expected = [s.rates([40, 41]) for s in (deep(), wide)]
    np.testing.assert_allclose(rates, expected, rtol=1e-6)


def test_what_is_deeper_or_larger_is_refused_when_it_is_made():
    with pytest.raises(ValueError, match="nested at most 100 deep: this Hold would be nested 101"):
        Hold(deep(), 1)
    with pytest.raises(ValueError, match=r"at most 10,000 schedules: .* made of 16,385"):
        x = DECAY
        for _ in range(16):
            x = x + x


@schedule_class
class LooksAhead(Schedule):
    """Looks its rate up, five steps later, in a table that ends with the training."""

    def formula(self, step, xp):
        table = np.linspace(1, 0.1, 105)
        if xp is namespaces.scalar:
            return float(table[step + 5])
        return table[np.asarray(step) + 5]


def test_a_formula_that_fails_ahead_of_its_time_is_asked_step_by_step():
    schedule = LooksAhead()
    rates = [float(ops.convert_to_numpy(schedule(step_tensor(step)))) for step in range(100)]
    assert rates == pytest.approx(np.linspace(1, 0.1, 105)[5:].tolist())
    with pytest.raises(IndexError):
        schedule(step_tensor(100))


@keras.saving.register_keras_serializable(package="limits")
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    asked = []  # noqa: RUF012 (of all objects)

    def __init__(self, rate=0.5):
        self.rate = rate

    def __call__(self, step):
        self.asked.append(step)
        return ops.where(step < 7, self.rate, self.rate / 2)

    def get_config(self):
        return {"rate": self.rate}


FOREIGN = 1.0 * KerasSchedule.of(Halving(np.float32(0.5)))


def test_the_schedule_of_another_is_asked_once_for_each_step():
    schedule = Join([FOREIGN, 0.1], [10**6])
    Halving.asked.clear()
    for step in range(20):
        schedule(step_tensor(step))
    assert len(Halving.asked) == 20


def test_the_schedule_of_another_takes_what_ours_take():
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


@pytest.mark.skipif(BACKEND != "tensorflow", reason="shapes are known elsewhere")
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
    # Comparing all with all would take seconds, and gigabytes.
    many = step_tensor(np.arange(10_000))
    schedule.on_device(many)  # JAX compiles each operation for a new shape
    start = time.perf_counter()
    schedule.on_device(many)
    assert time.perf_counter() - start < 0.2


def test_steps_beyond_2_to_53_are_refused_and_on_devices_the_last_one():
    for steps in (2**53 + 1, np.uint64(2**63), np.array([2**60]), 1e30):
        with pytest.raises(ValueError, match="`step` must be finite numbers up to 2"):
            DECAY.rates(steps)
    with pytest.raises(ValueError, match="`step` must be finite numbers up to 2"):
        DECAY.rate(2**60)
    far = ops.convert_to_tensor([1e30, -1e30, 41.5], dtype="float32")
    assert ops.convert_to_numpy(DECAY.on_device(far)).tolist() == pytest.approx([0, 0.8, 0.4])


def test_steps_of_bfloat16():
    steps = ops.cast(ops.convert_to_tensor([0.0, 40.0, 41.0]), "bfloat16")
    for rates in (DECAY(steps), DECAY.on_device(steps)):
        assert ops.convert_to_numpy(rates).tolist() == pytest.approx([0.8, 0.8, 0.4])


@pytest.mark.parametrize("bad", [1j, np.complex64(0.1), "0.1", None])
def test_what_is_no_number_is_no_rate(bad):
    for make in (lambda: Constant(bad), lambda: Hold(bad, 1), lambda: Scale(DECAY, bad)):
        with pytest.raises(ValueError, match=r"must be"):
            make()
    with pytest.raises(TypeError):
        DECAY * bad


@pytest.mark.skipif(BACKEND != "torch", reason="of PyTorch")
def test_vmap_and_jit_trace_of_pytorch_compute_the_rate_of_each_step():
    import torch

    steps = torch.arange(100)
    expected = np.float32(DECAY.rates(range(100))).tolist()
    assert torch.func.vmap(DECAY)(steps).tolist() == expected
    traced = torch.jit.trace(DECAY.__call__, (torch.tensor(0),))
    assert [traced(torch.tensor(step)).item() for step in (0, 40, 41, 82)] == pytest.approx(
        [0.8, 0.8, 0.4, 0.2]
    )


@pytest.mark.skipif(BACKEND != "torch", reason="of PyTorch")
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


@pytest.mark.parametrize("compiler", compilers())
def test_growing_restarts_compiled(compiler):
    lengths = (1, 10, 41, 97.5)
    growths = (1.0004, 1.1, 1.5, 2, 3)
    if compiler == "compile":
        lengths, growths = (41, 97.5), (1.0004, 2)
    for growth in growths:
        schedules = [CosineDecayRestarts(1.0, t, t_mul=growth) for t in lengths]
        steps = []
        for schedule in schedules:
            starts = [s for s in schedule._starts.numbers if s < 2**31 - 2]
            chosen = starts[:: max(len(starts) // 40, 1)][:40]
            edges = sorted({s + d for s in chosen for d in (-1, 0, 1)})
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
