import json

import keras
import numpy as np
import pytest

from cases import check_rates
from cases.compose import deep
from cases_with_keras import WITH_OBJECTS
from lrschedules import Accumulate, Join, Repeat, Stretch
from support import (
    check_compiled,
    check_fit,
    check_on_device,
    compiled,
    compilers,
    fit_modes,
    for_keras,
)


def test_schedule_objects_of_keras_are_composed_on_the_host():
    for case in WITH_OBJECTS:
        check_rates(case)
    check_on_device(WITH_OBJECTS)


@pytest.mark.parametrize("compiler", compilers())
def test_schedule_objects_of_keras_are_composed_in_compiled_code(compiler):
    check_compiled(WITH_OBJECTS, compiler)


@pytest.mark.parametrize("mode", fit_modes())
def test_schedule_objects_of_keras_are_composed_in_training(mode):
    check_fit(WITH_OBJECTS[-1], mode)


def test_schedule_objects_of_keras_are_saved_within():
    for case in WITH_OBJECTS:
        saved = json.loads(json.dumps(keras.optimizers.schedules.serialize(case.schedule)))
        loaded = keras.optimizers.schedules.deserialize(saved)
        assert keras.optimizers.schedules.serialize(loaded) == keras.optimizers.schedules.serialize(
            case.schedule
        )
        np.testing.assert_array_equal(loaded.rates(range(100)), case.schedule.rates(range(100)))


def lengths(compiler):
    # Use few lengths: compiling takes most of the time.
    return [1, 41, 1441] if compiler == "compile" else [1, 2, 3, *range(41, 2001, 97)]


@pytest.mark.parametrize("compiler", compilers())
def test_a_join_switches_at_its_boundaries(compiler):
    schedules = [Join([1, 2, 3], [b, 2 * b + 1]) for b in lengths(compiler)]
    steps = [[b - 1, b, 2 * b, 2 * b + 1] for b in lengths(compiler)]
    rates = compiled(schedules, steps, compilers()[compiler])
    assert (rates == [1, 2, 2, 3]).all()


@pytest.mark.parametrize("compiler", compilers())
@pytest.mark.parametrize(
    "change, steps, expected",
    [
        (lambda schedule, n: Repeat(schedule, n + 1), lambda n: 7 * (n + 1), [2, 1, 2]),
        (lambda schedule, n: Stretch(schedule, n), lambda n: n, [1, 2, 2]),
        (lambda schedule, n: Accumulate(schedule, n), lambda n: n, [1, 2, 2]),
    ],
    ids=["repeat", "stretch", "accumulate"],
)
def test_rounds_and_stretches_are_not_late(change, steps, expected, compiler):
    schedules = [change(Join([1, 2], [1]), n) for n in lengths(compiler)]
    rows = [[steps(n) - 1, steps(n), steps(n) + 1] for n in lengths(compiler)]
    rates = compiled(schedules, rows, compilers()[compiler])
    # Leave out length 1, where every step is a round.
    assert (rates[1:] == expected).all()


def test_a_hundred_levels_are_no_trouble():
    case = for_keras(deep(49))
    check_rates(case)
    check_on_device([case])
