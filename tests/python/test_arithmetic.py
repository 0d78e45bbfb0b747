import math
import operator
from fractions import Fraction

import keras
import numpy as np
import pytest

from lrschedules import Difference, ExponentialDecay, KerasSchedule, Product, Quotient, Scale, Sum
from support import Case

OBJECT_OF_KERAS = keras.optimizers.schedules.PiecewiseConstantDecay([9, 20], [0.5, 0.25, 0.125])
KERAS = KerasSchedule.of(OBJECT_OF_KERAS)  # the same as a value, which compares


def halving(initial, every):
    """Stairs, and their exact rates."""
    schedule = ExponentialDecay(initial, every, 0.5, staircase=True)
    return schedule, lambda step: Fraction(initial) / 2 ** min(step // every, 1100)


def of_keras(step):
    return Fraction(1, 2) if step <= 9 else Fraction(1, 4) if step <= 20 else Fraction(1, 8)


(SLOW, slow), (FAST, fast) = halving(0.5, 41), halving(0.75, 7)
(A, a), (B, b) = halving(0.5, 10**8), halving(0.25, 10**9)
BOUNDARIES = (7, 9, 20, 41, 82)


def less(x, y):
    return max(x - y, 0)


def case(schedule, oracle):
    return Case(schedule, oracle, BOUNDARIES)


CASES = [
    case(2 * SLOW, lambda s: 2 * slow(s)),
    case(SLOW * 0.1, lambda s: slow(s) * Fraction(0.1)),
    case(SLOW * 0, lambda s: 0),
    case(SLOW * FAST, lambda s: slow(s) * fast(s)),
    case(SLOW * KERAS, lambda s: slow(s) * of_keras(s)),
    case(KERAS * SLOW, lambda s: slow(s) * of_keras(s)),
    case(SLOW / 3, lambda s: slow(s) / 3),
    case(0.25 / B, lambda s: Fraction(0.25) / b(s)),
    case(A / B, lambda s: a(s) / b(s)),
    case(SLOW / KERAS, lambda s: slow(s) / of_keras(s)),
    case(KERAS / B, lambda s: of_keras(s) / b(s)),
    case(SLOW + 0.1, lambda s: slow(s) + Fraction(0.1)),
    case(0.1 + SLOW, lambda s: slow(s) + Fraction(0.1)),
    case(SLOW + FAST + KERAS, lambda s: slow(s) + fast(s) + of_keras(s)),
    case(KERAS + SLOW, lambda s: slow(s) + of_keras(s)),
    case(SLOW - 0.2, lambda s: less(slow(s), Fraction(0.2))),
    case(0.375 - SLOW, lambda s: less(Fraction(0.375), slow(s))),
    case(FAST - SLOW, lambda s: less(fast(s), slow(s))),
    case(SLOW - KERAS, lambda s: less(slow(s), of_keras(s))),
    case(KERAS - SLOW, lambda s: less(of_keras(s), slow(s))),
    case(0.5 * (A + B) / 2 - 0.01, lambda s: less((a(s) + b(s)) / 4, Fraction(0.01))),
    case(Product((A, B, 0.5)), lambda s: a(s) * b(s) / 2),
    case(Sum((A, B, 0.5)), lambda s: a(s) + b(s) + Fraction(0.5)),
]


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_schedule_objects_of_keras_are_operands_on_both_sides(operation):
    steps = [0, 9, 10, 21]
    for x, y in ((A, OBJECT_OF_KERAS), (OBJECT_OF_KERAS, A)):
        as_values = (KERAS if z is OBJECT_OF_KERAS else z for z in (x, y))
        assert operation(x, y).rates(steps).tolist() == operation(*as_values).rates(steps).tolist()


def test_an_operator_gives_the_class_of_its_name():
    assert 0.5 * A == A * 0.5 == Scale(A, 0.5)
    assert Product((A, B)) == A * B and Sum((A, B)) == A + B
    assert Quotient(A, 2) == A / 2 and Quotient(2, A) == 2 / A
    assert Difference(A, 2) == A - 2 and Difference(2, A) == 2 - A


@pytest.mark.parametrize("number", [np.float64(0.5), np.float32(0.5), np.int64(2), Fraction(1, 2)])
@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_numbers_of_other_kinds_are_operands_on_both_sides(operation, number):
    assert operation(number, A) == operation(float(number), A)
    assert operation(A, number) == operation(A, float(number))


@pytest.mark.parametrize("other", ["0.5", None, [1], (1, 2), np.ones(2), True])
@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_other_operands_are_type_errors(operation, other):
    with pytest.raises(TypeError):
        operation(A, other)
    with pytest.raises(TypeError):
        operation(other, A)


@pytest.mark.parametrize("number", [-1, math.nan, math.inf])
@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_a_number_must_be_finite_and_not_negative(operation, number):
    with pytest.raises(ValueError, match="one finite number"):
        operation(A, number)


def test_division_by_zero():
    with pytest.raises(
        ValueError, match="`divisor` must be a schedule, or one finite number greater than 0"
    ):
        A / 0
    zero_later = ExponentialDecay(1, 1, 0.5) - 0.5
    quotient = A / zero_later
    assert quotient.rates([0, 1, 2]).tolist() == [1.0, 1e38, 1e38]
    assert (zero_later / zero_later).rate(1) == quotient.rate(1) == 1e38
    assert float(
        keras.ops.convert_to_numpy(quotient.on_device(keras.ops.convert_to_tensor(1)))
    ) == np.float32(1e38)
