import dataclasses

import mpmath
import pytest
from support import Case, check_compiled, check_fit, check_on_host, compiled, compilers, fit_modes

from lrschedules import ExponentialDecay, ExponentialDecayWithOffset


def exponential(initial, decay_steps, decay_rate, staircase=False, offset=0):
    def oracle(step):
        step = max(step - offset, 0)
        periods = step // decay_steps if staircase else mpmath.mpf(step) / decay_steps
        return mpmath.mpf(initial) * mpmath.mpf(decay_rate) ** periods

    arguments = dict(
        initial_learning_rate=initial, decay_steps=decay_steps, decay_rate=decay_rate, staircase=staircase
    )
    schedule = (
        ExponentialDecayWithOffset(offset=offset, **arguments) if offset else ExponentialDecay(**arguments)
    )
    return Case(schedule, oracle, tuple(offset + k * decay_steps for k in (0, 1, 2, 3, 5, 7)), peak=initial)


def every_decay_steps(staircase):
    steps = [*range(1, 2001), 10**4, 10**5, 10**6, 10**9, 3 * 10**9]
    # Above 41, rates that do not underflow within 2^31 steps.
    return [exponential(0.1, t, 0.5 if staircase and t > 41 else 0.999, staircase) for t in steps]


@pytest.mark.parametrize("staircase", [True, False])
@pytest.mark.parametrize("compiler", compilers())
def test_compiled_rates_for_every_decay_steps_to_2000(compiler, staircase):
    cases = every_decay_steps(staircase)
    if compiler == "compile":  # which takes a second for each
        cases = cases[40::200] + cases[-5:]
    check_compiled(cases, compiler)


@pytest.mark.parametrize("staircase", [True, False])
def test_host_rates_for_every_decay_steps_to_2000(staircase):
    for case in every_decay_steps(staircase):
        check_on_host(case)


@pytest.mark.parametrize("mode", fit_modes())
@pytest.mark.parametrize(
    "case",
    [
        exponential(0.1, 41, 0.5, staircase=True),
        exponential(0.1, 41, 0.5),
        exponential(0.1, 41, 0.5, offset=7),
        exponential(0.1, 41, 0.5, staircase=True, offset=7),
    ],
    ids=repr,
)
def test_fit_uses_the_rate_of_the_formula(case, mode):
    check_fit(case, mode, steps=130)


@pytest.mark.parametrize("mode", fit_modes())
def test_fit_keeps_neighbouring_steps_apart_beyond_2_to_the_24(mode):
    check_fit(exponential(1, 2**23 + 1, 0.5, staircase=True), mode, steps=8, first=2**24 - 3)


@pytest.mark.parametrize("compiler", compilers())
def test_the_first_stair_of_41_steps_is_not_late(compiler):
    # Keras's own ExponentialDecay(1, 41, 0.5, staircase=True), compiled, is 1.0 at step 41.
    steps = [[40, 41, 42]]
    rates = compiled([ExponentialDecay(1, 41, 0.5, staircase=True)], steps, compilers()[compiler])
    assert rates.tolist() == [[1.0, 0.5, 0.5]]


@pytest.mark.parametrize("compiler", compilers())
def test_a_long_run_keeps_the_digits_of_its_decay_rate(compiler):
    # In float32 the decay rate alone is off by 6e-8, and its power at step 1e6 by 1e-2.
    case = exponential(1, 1, 0.99999)
    check_compiled([dataclasses.replace(case, steps=(10**6, 2 * 10**6))], compiler)


def test_offset_holds_the_initial_rate_and_then_decays():
    schedule = ExponentialDecayWithOffset(
        offset=10, initial_learning_rate=2, decay_steps=4, decay_rate=0.5, staircase=True
    )
    assert schedule.values([-1, 0, 9, 10, 13, 14, 18]).tolist() == [2, 2, 2, 2, 2, 1, 0.5]
    assert isinstance(schedule, ExponentialDecay)
    assert schedule.base_lr_class is ExponentialDecay
    assert ExponentialDecayWithOffset.base_lr_class is ExponentialDecay


def test_a_fractional_decay_steps_has_stairs_at_exact_decimals():
    schedule = ExponentialDecay(1, 0.1, 0.5, staircase=True)
    assert schedule.values([0, 1, 2]).tolist() == [1, 0.5**10, 0.5**20]
    assert ExponentialDecay(1, 2.5, 0.5, staircase=True).values([2, 3, 4, 5]).tolist() == [1, 0.5, 0.5, 0.25]


def test_integers_are_taken_as_floats():
    # Keras trains ExponentialDecay(1, 10, 0.96) of an integer rate in integers, at rate 0.
    assert isinstance(ExponentialDecay(1, 10, 0.96).initial_learning_rate, float)
    check_on_host(exponential(1, 10, 0.96))


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
