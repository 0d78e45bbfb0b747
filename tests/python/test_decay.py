import keras
import mpmath
import numpy as np
import pytest
from support import (
    BACKEND,
    around,
    assert_rates,
    compiled,
    compilers,
    fit_modes,
    rates_in_fit,
    step_tensor,
)

from lrschedules import ExponentialDecay, ExponentialDecayWithOffset

FAR = [2**24 - 1, 2**24, 2**24 + 1, 2**31 - 2]


def oracle(step, initial, decay_steps, decay_rate, staircase=False, offset=0):
    step = max(step - offset, 0)
    periods = step // decay_steps if staircase else mpmath.mpf(step) / decay_steps
    return float(mpmath.mpf(initial) * mpmath.mpf(decay_rate) ** periods)


def boundary_steps(decay_steps):
    steps = around(0, *(k * decay_steps for k in (1, 2, 3, 5, 7))) + [decay_steps // 2] + FAR
    return (steps + [0] * 25)[:25]


@pytest.mark.parametrize("staircase", [True, False])
@pytest.mark.parametrize("compiler", compilers())
def test_compiled_rates_for_every_decay_steps_to_2000(compiler, staircase):
    group = 200
    every = list(range(1, 2001)) + [10**4, 10**5, 10**6, 10**9, 3 * 10**9]
    if compiler == "compile":  # which takes a second for each
        every = every[40::200] + every[-5:]
    for start in range(0, len(every), group):
        chunk = every[start : start + group]
        # Rates that stay far from underflow over 2^31 steps, whatever decay_steps is.
        rate = [0.5 if staircase and t > 41 else 0.999 for t in chunk]
        schedules = [ExponentialDecay(1, t, r, staircase) for t, r in zip(chunk, rate)]
        steps = [boundary_steps(t) for t in chunk]
        expected = [
            [oracle(s, 1, t, r, staircase) for s in row] for row, t, r in zip(steps, chunk, rate)
        ]
        actual = compiled(schedules, steps, compilers()[compiler])
        assert_rates(actual, expected, context=f"decay_steps from {chunk[0]}")


@pytest.mark.parametrize("staircase", [True, False])
def test_host_and_eager_rates_for_every_decay_steps_to_2000(staircase):
    for t in range(1, 2001):
        schedule = ExponentialDecay(0.1, t, 0.9, staircase)
        steps = boundary_steps(t)
        expected = [oracle(s, 0.1, t, 0.9, staircase) for s in steps]
        np.testing.assert_allclose(schedule.values(steps), expected, rtol=1e-9, atol=1e-300)
        np.testing.assert_allclose([schedule.value(s) for s in steps], expected, rtol=1e-9, atol=1e-300)
        # The way of a tensor on an accelerator, here without one.
        assert_rates(keras.ops.convert_to_numpy(schedule._on_device(step_tensor(steps))), expected)
        if t % 100 == 41:
            eager = [float(keras.ops.convert_to_numpy(schedule(step_tensor(s)))) for s in steps]
            assert_rates(eager, expected)


@pytest.mark.parametrize("mode", fit_modes())
@pytest.mark.parametrize("staircase", [True, False])
def test_fit_uses_the_rate_of_the_formula(mode, staircase):
    schedule = ExponentialDecay(0.1, 41, 0.5, staircase)
    used = rates_in_fit(schedule, 130, **fit_modes()[mode])
    assert_rates(used, [oracle(s, 0.1, 41, 0.5, staircase) for s in range(130)])


@pytest.mark.parametrize("mode", fit_modes())
def test_fit_keeps_neighbouring_steps_apart_beyond_2_to_the_24(mode):
    first = 2**24 - 3
    schedule = ExponentialDecay(1, 2**23 + 1, 0.5, staircase=True)
    used = rates_in_fit(schedule, 8, first=first, **fit_modes()[mode])
    assert_rates(used, [oracle(s, 1, 2**23 + 1, 0.5, True) for s in range(first, first + 8)])


@pytest.mark.parametrize("compiler", compilers())
def test_the_first_stair_of_41_steps_is_not_late(compiler):
    # Keras's own ExponentialDecay(1, 41, 0.5, staircase=True), compiled, is 1.0 at step 41.
    steps = [[40, 41, 42]]
    rates = compiled([ExponentialDecay(1, 41, 0.5, staircase=True)], steps, compilers()[compiler])
    assert rates.tolist() == [[1.0, 0.5, 0.5]]


@pytest.mark.parametrize("compiler", compilers())
def test_a_long_run_keeps_the_digits_of_its_decay_rate(compiler):
    # In float32 the decay rate alone is off by 6e-8, and its power at step 1e6 by 1e-2.
    rates = compiled([ExponentialDecay(1, 1, 0.99999)], [[10**6, 2 * 10**6]], compilers()[compiler])
    assert_rates(rates[0], [oracle(s, 1, 1, 0.99999) for s in (10**6, 2 * 10**6)])


def test_offset_holds_the_initial_rate_and_then_decays():
    schedule = ExponentialDecayWithOffset(
        offset=10, initial_learning_rate=2, decay_steps=4, decay_rate=0.5, staircase=True
    )
    assert schedule.values([-1, 0, 9, 10, 13, 14, 18]).tolist() == [2, 2, 2, 2, 2, 1, 0.5]
    assert isinstance(schedule, ExponentialDecay)
    assert schedule.base_lr_class is ExponentialDecay
    assert ExponentialDecayWithOffset.base_lr_class is ExponentialDecay


@pytest.mark.parametrize("mode", fit_modes())
def test_fit_with_offset(mode):
    schedule = ExponentialDecayWithOffset(offset=7, initial_learning_rate=0.1, decay_steps=41, decay_rate=0.5)
    used = rates_in_fit(schedule, 60, **fit_modes()[mode])
    assert_rates(used, [oracle(s, 0.1, 41, 0.5, offset=7) for s in range(60)])


def test_a_fractional_decay_steps_has_stairs_at_exact_decimals():
    schedule = ExponentialDecay(1, 0.1, 0.5, staircase=True)
    assert schedule.values([0, 1, 2]).tolist() == [1, 0.5**10, 0.5**20]
    assert ExponentialDecay(1, 2.5, 0.5, staircase=True).values([2, 3, 4, 5]).tolist() == [1, 0.5, 0.5, 0.25]


def test_integers_are_taken_as_floats():
    # Keras trains ExponentialDecay(1, 10, 0.96) of an integer rate in integers, at rate 0.
    schedule = ExponentialDecay(1, 10, 0.96)
    assert isinstance(schedule.initial_learning_rate, float)
    assert_rates([float(keras.ops.convert_to_numpy(schedule(1)))], [oracle(1, 1, 10, 0.96)])


BAD_RATES = [float("nan"), float("inf"), -1, "0.1", [0.1], None, True]


@pytest.mark.parametrize(
    "argument, bad",
    [("initial_learning_rate", x) for x in BAD_RATES]
    + [("decay_rate", x) for x in BAD_RATES + [0]]
    + [("decay_steps", x) for x in BAD_RATES + [0, 2**53 + 2]]
    + [("staircase", x) for x in ["no", None, 1, float("nan")]]
    + [("name", x) for x in [1, ["a"]]]
    + [("offset", x) for x in [-1, 0.5, float("nan"), "1", None]],
)
def test_bad_input_names_the_argument_and_the_value(argument, bad):
    good = dict(initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5)
    cls = ExponentialDecayWithOffset if argument == "offset" else ExponentialDecay
    with pytest.raises(ValueError) as raised:
        cls(**{**good, argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")
