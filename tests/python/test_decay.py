import dataclasses

import keras
import pytest

from cases.decay import KINDS, exponential, polynomial
from lrschedules import ExponentialDecay
from support import (
    BACKEND,
    MAIN_COMPILER,
    check_compiled,
    check_fit,
    check_lengths,
    compiled,
    compilers,
    fit_modes,
    for_keras,
)


@pytest.mark.sweep
@pytest.mark.parametrize("where", ["device", *compilers()])
@pytest.mark.parametrize("kind", KINDS)
def test_decay_steps_of_every_length(kind, where):
    check_lengths(KINDS[kind], where)


@pytest.mark.parametrize("mode", fit_modes())
def test_fit_keeps_neighbouring_steps_apart_beyond_2_to_the_24(mode):
    check_fit(
        for_keras(exponential(1, 2**23 + 1, 0.5, staircase=True)), mode, steps=8, first=2**24 - 3
    )


@pytest.mark.telling
@pytest.mark.parametrize("compiler", compilers())
def test_the_first_stair_of_41_steps_is_not_late(compiler):
    # Keras's own ExponentialDecay(1, 41, 0.5, staircase=True), compiled, is 1.0 at step 41.
    steps = [[40, 41, 42]]
    rates = compiled([ExponentialDecay(1, 41, 0.5, staircase=True)], steps, compilers()[compiler])
    assert rates.tolist() == [[1.0, 0.5, 0.5]]


@pytest.mark.skipif(BACKEND == "torch", reason="torch.compile computes Keras's schedule correctly")
@pytest.mark.telling
def test_keras_own_staircase_does_not_pass_these_tests():
    case = exponential(1, 41, 0.5, staircase=True)
    theirs = keras.optimizers.schedules.ExponentialDecay(1.0, 41, 0.5, staircase=True)
    with pytest.raises(AssertionError, match=r"\[2\. +1\. +0\.5\] instead of \[1\. +0\.5 +0\.25\]"):
        check_compiled([dataclasses.replace(case, schedule=theirs)], MAIN_COMPILER)


@pytest.mark.parametrize("compiler", compilers())
def test_a_long_run_keeps_the_digits_of_its_decay_rate(compiler):
    # In float32 the decay rate alone is off by 6e-8, and its power at step 1e6 by 1e-2.
    case = for_keras(exponential(1, 1, 0.99999))
    check_compiled([dataclasses.replace(case, steps=(10**6, 2 * 10**6))], compiler)


@pytest.mark.telling
@pytest.mark.parametrize("where", [*compilers(), *fit_modes()])
def test_the_end_of_a_polynomial_cycle_does_not_spike(where):
    # Keras's own PolynomialDecay(1, 41, 0, cycle=True), compiled, is 0.5 at step 41, and wrong at
    # other cycle ends.
    case = for_keras(polynomial(1, 41, end=0, cycle=True))
    if where in fit_modes():
        check_fit(case, where, steps=130)
    else:
        ends = [41 * k for k in range(1, 200)]
        assert compiled([case.schedule], [ends], compilers()[where]).tolist() == [[0.0] * len(ends)]
