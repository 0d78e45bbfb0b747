"""What each field of a class must refuse: it follows from the check in its annotation."""

import dataclasses
import typing

import numpy as np
import pytest

from lrschedules_math import Constant
from lrschedules_math.catalogue import cyclical, one_cycle, power
from lrschedules_math.core import checks

NAN, INFINITY = float("nan"), float("inf")
NOT_NUMBERS = [NAN, INFINITY, -INFINITY, 10**400, "0.1", [0.1], None, True, 1j]
NOT_RATES = [*NOT_NUMBERS, -1]
NOT_STEPS = [*NOT_RATES, 0.5, 2**53 + 2]
TABLE = np.arange(4.0).reshape(2, 2)
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
    checks.rates: [*NOT_SEQUENCES, *([x] for x in NOT_RATES), 0.1, TABLE],
    checks.boundaries: [*NOT_SEQUENCES, *([x] for x in NOT_STEPS), [2, 1], [1, 1], TABLE],
    checks.schedule_or_rate: NOT_RATES,
    checks.schedules: [*NOT_SEQUENCES, *([x] for x in NOT_RATES)],
    checks.flag: ["no", "True", None, 0, 1, NAN, [True]],
    checks.label: [1, ["a"], True, NAN],
    cyclical._gamma: [*NOT_RATES, 0, 1.0000001],
    one_cycle._one_cycle: [*NOT_RATES, 0.1, Constant(0.1)],
    one_cycle._divisor: [*NOT_RATES, 0, 0.999],
    power._timescale: [x for x in [*NOT_STEPS, 0] if x is not None],
}
CHOICE = checks.one_of("a").__qualname__


def refused(check):
    if check.__qualname__ == CHOICE:
        return ["other", "", None, 1, True, ["linear"]]
    return REFUSED[check]


def fields_of(classes):
    """Each field of each class with its checks: class, name, check."""
    return [
        (cls, field.name, check)
        for cls in classes
        for field in dataclasses.fields(cls)
        for check in typing.get_type_hints(cls, include_extras=True)[field.name].__metadata__
    ]


def check_refused(instance, field, values):
    """Checks that a field refuses each of `values` with an error that names both."""
    cls = type(instance)
    good = {f.name: getattr(instance, f.name) for f in dataclasses.fields(cls)}
    assert cls(**good) == instance
    for value in values:
        with pytest.raises(ValueError) as raised:
            cls(**{**good, field: value})
        message = str(raised.value)
        if message.startswith(f"`{field}["):  # one of several
            assert f"Received: {field}[" in message
        else:
            assert message.startswith(f"`{field}` must be "), message
            assert message.endswith(f"Received: {field}={value!r}"), message
