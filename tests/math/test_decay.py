import pytest

from cases import check_rates
from cases.decay import KINDS, exponential
from lrschedules_math import ExponentialDecay, ExponentialDecayWithOffset, PolynomialDecay
from support import LENGTHS


@pytest.mark.parametrize("kind", KINDS)
def test_decay_steps_of_every_length(kind):
    for length in LENGTHS:
        check_rates(KINDS[kind](length))


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
    # Keras computes ExponentialDecay(1, 10, 0.96) in integers, and trains at rate 0.
    assert isinstance(ExponentialDecay(1, 10, 0.96).initial_learning_rate, float)
    check_rates(exponential(1, 10, 0.96))


def test_a_polynomial_cycle_of_fractional_steps_ends_at_exact_decimals():
    schedule = PolynomialDecay(1, 0.1, 0.0, power=0.5, cycle=True)
    assert schedule.rates(range(2000)).tolist() == [1.0] + [0.0] * 1999
    schedule = PolynomialDecay(1, 2.5, 0.0, cycle=True)
    assert schedule.rates([0, 1, 3, 5, 6, 10]).tolist() == [1, 0.6, 0.4, 0, 0.2, 0]
    held = PolynomialDecay(1, 2.5, 0.5).rates([0, 1, 2, 3, 4])
    assert held.tolist() == pytest.approx([1, 0.8, 0.6, 0.5, 0.5])
