import math
import operator
from fractions import Fraction

import numpy as np
import pytest

from cases.arithmetic import A, B
from lrschedules_math import Difference, ExponentialDecay, Product, Quotient, Scale, Sum


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
