"""Bad input that each field of each class must refuse, as in `tests/math`, for Keras schedules."""

import pytest

from cases import all_cases, first_of_class
from cases.refused import REFUSED, check_refused, fields_of, refused
from cases_with_keras import CASES
from lrschedules import KerasSchedule
from lrschedules.classes import keras_schedule
from lrschedules.classes.half import KERAS
from support import for_keras

FIRST_OF_CLASS = first_of_class([*map(for_keras, all_cases()), *CASES])

REFUSED |= {
    keras_schedule._class_name: [1, None, True, ["ExponentialDecay"]],
    keras_schedule._config: [1, None, "config", [1]],
}


@pytest.mark.parametrize("cls", KERAS.classes.values(), ids=KERAS.classes)
def test_what_the_fields_of_a_class_must_refuse(cls):
    for _, field, check in fields_of([cls]):
        check_refused(FIRST_OF_CLASS[cls].schedule, field, refused(check))


def test_both_fields_of_a_keras_schedule_have_a_check():
    assert [field for _, field, _ in fields_of([KerasSchedule])] == ["class_name", "config"]
