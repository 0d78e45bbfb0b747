import operator

import keras
import numpy as np
import pytest

from cases.arithmetic import A
from cases_with_keras import KERAS, OBJECT_OF_KERAS
from lrschedules import ExponentialDecay, Schedule
from lrschedules.classes.half import KERAS as HALF


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_schedule_objects_of_keras_are_operands_on_both_sides(operation):
    steps, ours = [0, 9, 10, 21], HALF.adopt(A)
    for x, y in ((ours, OBJECT_OF_KERAS), (OBJECT_OF_KERAS, ours)):
        as_values = (KERAS if z is OBJECT_OF_KERAS else z for z in (x, y))
        result = operation(x, y)
        assert isinstance(result, Schedule)
        assert result.rates(steps).tolist() == operation(*as_values).rates(steps).tolist()


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_numbers_are_operands_on_both_sides_and_others_are_not(operation):
    ours = HALF.adopt(A)
    for result in (operation(ours, np.float32(0.5)), operation(0.5, ours)):
        assert isinstance(result, Schedule)
    for other in ("0.5", None, [1]):
        with pytest.raises(TypeError):
            operation(ours, other)


def test_division_by_zero_on_a_device():
    zero_later = ExponentialDecay(1, 1, 0.5) - 0.5
    for quotient in (HALF.adopt(A) / zero_later, zero_later / zero_later):
        rate = quotient.on_device(keras.ops.convert_to_tensor(1))
        assert float(keras.ops.convert_to_numpy(rate)) == np.float32(1e38)
