import dataclasses

import keras
import mpmath
import pytest

from lrschedules import (
    ExponentialDecay,
    ExponentialDecayWithOffset,
    InverseTimeDecay,
    NaturalExpDecay,
    PolynomialDecay,
)
from support import (
    BACKEND,
    MAIN_COMPILER,
    NOT_FLAGS,
    NOT_LABELS,
    NOT_POSITIVE,
    NOT_POSITIVE_STEPS,
    NOT_RATES,
    NOT_STEPS,
    Case,
    bad_inputs,
    check_bad_input,
    check_compiled,
    check_fit,
    check_lengths,
    check_on_host,
    compiled,
    compilers,
    fit_modes,
)


def exponential(initial, decay_steps, decay_rate, staircase=False, offset=0):
    def oracle(step):
        step = max(step - offset, 0)
        periods = step // decay_steps if staircase else mpmath.mpf(step) / decay_steps
        return mpmath.mpf(initial) * mpmath.mpf(decay_rate) ** periods

    arguments = dict(
        initial_learning_rate=initial,
        decay_steps=decay_steps,
        decay_rate=decay_rate,
        staircase=staircase,
    )
    schedule = (
        ExponentialDecayWithOffset(offset=offset, **arguments)
        if offset
        else ExponentialDecay(**arguments)
    )
    return Case(
        schedule, oracle, tuple(offset + k * decay_steps for k in (0, 1, 2, 3, 5, 7)), peak=initial
    )


def over_time(cls, decayed):
    """Makes cases of a class whose rate is `decayed(decay_rate, periods)` times the first one."""

    def make(initial, decay_steps, decay_rate, staircase=False):
        def oracle(step):
            periods = step // decay_steps if staircase else mpmath.mpf(step) / decay_steps
            return mpmath.mpf(initial) * decayed(mpmath.mpf(decay_rate), periods)

        schedule = cls(initial, decay_steps, decay_rate, staircase)
        return Case(schedule, oracle, tuple(k * decay_steps for k in (1, 2, 3, 5, 7)), peak=initial)

    return make


inverse_time = over_time(InverseTimeDecay, lambda k, periods: 1 / (1 + k * periods))
natural_exp = over_time(NaturalExpDecay, lambda k, periods: mpmath.exp(-k * periods))


def polynomial(initial, decay_steps, end=1e-4, power=1.0, cycle=False):
    def oracle(step):
        total = decay_steps * max(1, -(-step // decay_steps)) if cycle else decay_steps
        remaining = (1 - mpmath.mpf(min(step, total)) / total) ** mpmath.mpf(power)
        return (mpmath.mpf(initial) - mpmath.mpf(end)) * remaining + mpmath.mpf(end)

    schedule = PolynomialDecay(initial, decay_steps, end, power, cycle)
    return Case(
        schedule, oracle, tuple(k * decay_steps for k in (1, 2, 3, 5, 7)), peak=max(initial, end)
    )


CASES = [
    exponential(0.1, 41, 0.5, staircase=True),
    exponential(0.1, 41, 0.5),
    exponential(0.1, 10**8, 1.5),
    exponential(0.1, 41, 0.5, offset=7),
    exponential(0.1, 41, 0.5, staircase=True, offset=7),
    exponential(0, 41, 0.5),
    inverse_time(0.1, 41, 0.5, staircase=True),
    inverse_time(0.1, 41, 0.5),
    inverse_time(3, 1000, 0),
    natural_exp(0.1, 41, 0.5, staircase=True),
    natural_exp(0.1, 41, 0.5),
    natural_exp(3, 1000, 0),
    polynomial(0.1, 41),
    polynomial(1, 41, end=0),
    polynomial(1, 41, end=0, power=2.5),
    polynomial(1, 41, end=0.25, power=0.5, cycle=True),
    polynomial(1, 41, end=0, cycle=True),
    polynomial(1, 1, end=0.1, cycle=True),
    polynomial(0, 1000, end=1, power=2),
    polynomial(1e-6, 1000, end=1, power=0.5),
    polynomial(0.3, 2**31, end=0, power=3),
]

# Each kind for one `decay_steps`. Above 41 steps the staircases have rates that do not underflow
# within 2^31 steps.
KINDS = {
    "exponential in stairs": lambda t: exponential(0.1, t, 0.999 if t <= 41 else 0.5, True),
    "exponential": lambda t: exponential(0.1, t, 0.999),
    "inverse time in stairs": lambda t: inverse_time(0.1, t, 0.5, True),
    "inverse time": lambda t: inverse_time(0.1, t, 0.5),
    "natural exp in stairs": lambda t: natural_exp(0.1, t, 0.001 if t <= 41 else 0.5, True),
    "natural exp": lambda t: natural_exp(0.1, t, 0.001),
    "polynomial": lambda t: polynomial(1, t, end=0, power=2),
    "polynomial in cycles": lambda t: polynomial(1, t, end=1e-4, cycle=True),
}


@pytest.mark.parametrize("where", ["host", *compilers()])
@pytest.mark.parametrize("kind", KINDS)
def test_decay_steps_of_every_length(kind, where):
    check_lengths(KINDS[kind], where)


@pytest.mark.parametrize("mode", fit_modes())
def test_fit_keeps_neighbouring_steps_apart_beyond_2_to_the_24(mode):
    check_fit(exponential(1, 2**23 + 1, 0.5, staircase=True), mode, steps=8, first=2**24 - 3)


@pytest.mark.telling
@pytest.mark.parametrize("compiler", compilers())
def test_the_first_stair_of_41_steps_is_not_late(compiler):
    # Keras's own ExponentialDecay(1, 41, 0.5, staircase=True), compiled, is 1.0 at step 41.
    steps = [[40, 41, 42]]
    rates = compiled([ExponentialDecay(1, 41, 0.5, staircase=True)], steps, compilers()[compiler])
    assert rates.tolist() == [[1.0, 0.5, 0.5]]


@pytest.mark.skipif(BACKEND == "torch", reason="what torch.compile makes of Keras's own is right")
@pytest.mark.telling
def test_keras_own_staircase_does_not_pass_these_tests():
    case = exponential(1, 41, 0.5, staircase=True)
    theirs = keras.optimizers.schedules.ExponentialDecay(1.0, 41, 0.5, staircase=True)
    with pytest.raises(AssertionError, match=r"\[2\. +1\. +0\.5\] instead of \[1\. +0\.5 +0\.25\]"):
        check_compiled([dataclasses.replace(case, schedule=theirs)], MAIN_COMPILER)


@pytest.mark.parametrize("compiler", compilers())
def test_a_long_run_keeps_the_digits_of_its_decay_rate(compiler):
    # In float32 the decay rate alone is off by 6e-8, and its power at step 1e6 by 1e-2.
    case = exponential(1, 1, 0.99999)
    check_compiled([dataclasses.replace(case, steps=(10**6, 2 * 10**6))], compiler)


def test_offset_holds_the_initial_rate_and_then_decays():
    schedule = ExponentialDecayWithOffset(
        offset=10, initial_learning_rate=2, decay_steps=4, decay_rate=0.5, staircase=True
    )
    assert schedule.rates([-1, 0, 9, 10, 13, 14, 18]).tolist() == [2, 2, 2, 2, 2, 1, 0.5]
    assert isinstance(schedule, ExponentialDecay)
    assert schedule.base_lr_class is ExponentialDecay
    assert ExponentialDecayWithOffset.base_lr_class is ExponentialDecay


def test_a_fractional_decay_steps_has_stairs_at_exact_decimals():
    schedule = ExponentialDecay(1, 0.1, 0.5, staircase=True)
    assert schedule.rates([0, 1, 2]).tolist() == [1, 0.5**10, 0.5**20]
    assert ExponentialDecay(1, 2.5, 0.5, staircase=True).rates([2, 3, 4, 5]).tolist() == [
        1,
        0.5,
        0.5,
        0.25,
    ]


def test_integers_are_taken_as_floats():
    # Keras trains ExponentialDecay(1, 10, 0.96) of an integer rate in integers, at rate 0.
    assert isinstance(ExponentialDecay(1, 10, 0.96).initial_learning_rate, float)
    check_on_host(exponential(1, 10, 0.96))


@pytest.mark.telling
@pytest.mark.parametrize("where", [*compilers(), *fit_modes()])
def test_the_end_of_a_polynomial_cycle_does_not_spike(where):
    # Compiled, Keras's own PolynomialDecay(1, 41, 0, cycle=True) is 0.5 at step 41, and wrong
    # at other ends of a cycle.
    case = polynomial(1, 41, end=0, cycle=True)
    if where in fit_modes():
        check_fit(case, where, steps=130)
    else:
        ends = [41 * k for k in range(1, 200)]
        assert compiled([case.schedule], [ends], compilers()[where]).tolist() == [[0.0] * len(ends)]


def test_a_polynomial_cycle_of_fractional_steps_ends_at_exact_decimals():
    schedule = PolynomialDecay(1, 0.1, 0.0, power=0.5, cycle=True)
    assert schedule.rates(range(2000)).tolist() == [1.0] + [0.0] * 1999
    schedule = PolynomialDecay(1, 2.5, 0.0, cycle=True)
    assert schedule.rates([0, 1, 3, 5, 6, 10]).tolist() == [1, 0.6, 0.4, 0, 0.2, 0]
    held = PolynomialDecay(1, 2.5, 0.5).rates([0, 1, 2, 3, 4])
    assert held.tolist() == pytest.approx([1, 0.8, 0.6, 0.5, 0.5])


RATE_AND_STEPS = dict(initial_learning_rate=0.1, decay_steps=10)
DECAY = dict(**RATE_AND_STEPS, decay_rate=0.5)
COMMON = dict(initial_learning_rate=NOT_RATES, decay_steps=NOT_POSITIVE_STEPS, name=NOT_LABELS)


@pytest.mark.once
@pytest.mark.parametrize(
    "cls, good, argument, bad",
    [
        *bad_inputs(
            ExponentialDecay, DECAY, **COMMON, decay_rate=NOT_POSITIVE, staircase=NOT_FLAGS
        ),
        *bad_inputs(ExponentialDecayWithOffset, DECAY, offset=NOT_STEPS),
        *bad_inputs(InverseTimeDecay, DECAY, **COMMON, decay_rate=NOT_RATES, staircase=NOT_FLAGS),
        *bad_inputs(NaturalExpDecay, DECAY, **COMMON, decay_rate=NOT_RATES, staircase=NOT_FLAGS),
        *bad_inputs(
            PolynomialDecay,
            RATE_AND_STEPS,
            **COMMON,
            end_learning_rate=NOT_RATES,
            power=NOT_POSITIVE,
            cycle=NOT_FLAGS,
        ),
    ],
)
def test_bad_input_names_the_argument_and_the_value(cls, good, argument, bad):
    check_bad_input(cls, good, argument, bad)
