"""What each field of each class must refuse follows from the check in its annotation."""

import dataclasses
import typing

import pytest

from lrschedules import Constant, checks
from lrschedules.classes import keras_schedule
from lrschedules.classes.half import KERAS
from lrschedules_math.catalogue import cyclical, one_cycle, power
from test_catalogue import FIRST_OF_CLASS

NAN, INFINITY = float("nan"), float("inf")
NOT_NUMBERS = [NAN, INFINITY, -INFINITY, "0.1", [0.1], None, True, 1j]
NOT_RATES = [*NOT_NUMBERS, -1]
NOT_STEPS = [*NOT_RATES, 0.5, 2**53 + 2]
NOT_SEQUENCES = [None, 5, "ab", {}, [], ()]

REFUSED = {
    checks.rate: NOT_RATES,
    checks.optional_rate: [x for x in NOT_RATES if x is not None],
    checks.positive: [*NOT_RATES, 0],
    checks.finite: NOT_NUMBERS,
    checks.fraction: [*NOT_RATES, 1.0000001],
    checks.growth: [*NOT_RATES, 0, 0.999, 2.0**54],
    checks.positive_steps: [*NOT_RATES, 0, 0.9e-6, 2**53 + 2],
    checks.positive_whole_steps: [*NOT_STEPS, 0],
    checks.steps: NOT_STEPS,
    checks.stretch_factor: [*NOT_RATES, 0, 0.9e-6, 2**53 + 2],
    checks.seed: NOT_STEPS,
    checks.upper_rate: [-INFINITY, NAN, -1, "1", [1], True],
    checks.times: [-INFINITY, NAN, -1, "1", [1], True, 0, 1.5, 2**53 + 2],
    checks.rates: [*NOT_SEQUENCES, *([x] for x in NOT_RATES), 0.1],
    checks.boundaries: [*NOT_SEQUENCES, *([x] for x in NOT_STEPS), [2, 1], [1, 1]],
    checks.schedule_or_rate: NOT_RATES,
    checks.schedules: [*NOT_SEQUENCES, *([x] for x in NOT_RATES)],
    checks.flag: ["no", "True", None, 0, 1, NAN, [True]],
    checks.label: [1, ["a"], True, NAN],
    cyclical._gamma: [*NOT_RATES, 0, 1.0000001],
    one_cycle._one_cycle: [*NOT_RATES, 0.1, Constant(0.1)],
    one_cycle._divisor: [*NOT_RATES, 0, 0.999],
    power._timescale: [x for x in [*NOT_STEPS, 0] if x is not None],
    keras_schedule._class_name: [1, None, True, ["ExponentialDecay"]],
    keras_schedule._config: [1, None, "config", [1]],
}
CHOICE = checks.one_of("a").__qualname__


def refused(check):
    if check.__qualname__ == CHOICE:
        return ["other", "", None, 1, True, ["linear"]]
    return REFUSED[check]


FIELDS = [
    (cls, field.name, check)
    for cls in KERAS.classes.values()
    for field in dataclasses.fields(cls)
    for check in typing.get_type_hints(cls, include_extras=True)[field.name].__metadata__
]


@pytest.mark.once
@pytest.mark.parametrize("cls, field, check", FIELDS, ids=lambda x: getattr(x, "__name__", x))
def test_what_a_field_must_refuse(cls, field, check):
    instance = next(c.schedule for n, c in FIRST_OF_CLASS.items() if issubclass(n, cls))
    good = {f.name: getattr(instance, f.name) for f in dataclasses.fields(cls)}
    assert cls(**good) is not None
    for value in refused(check):
        with pytest.raises(ValueError) as raised:
            cls(**{**good, field: value})
        message = str(raised.value)
        assert message.startswith((f"`{field}` must be ", f"`{field}[")), message
        assert f"Received: {field}" in message


@pytest.mark.once
def test_every_field_of_every_class_has_a_check():
    unchecked = {
        (cls.__name__, field.name)
        for cls in KERAS.classes.values()
        for field in dataclasses.fields(cls)
        if not any(cls is c and field.name == f for c, f, _ in FIELDS)
    }
    assert len(FIELDS) > 150 and not unchecked
