"""Tests of every schedule as numbers: all cases against their oracles."""

import json

import numpy as np
import pytest

from cases import FAR, check_rates
from lrschedules_math.core.registry import CLASSES
from support import CASES, FIRST_OF_CLASS

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case)[:100])


@pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
def test_every_schedule_has_a_case(cls):
    assert cls in FIRST_OF_CLASS


@each_case
def test_rates_are_those_of_the_oracle(case):
    check_rates(case)


@each_case
def test_the_configuration_round_trips(case):
    schedule = case.schedule
    again = type(schedule).from_config(json.loads(json.dumps(schedule.get_config())))
    assert type(again) is type(schedule) and again == schedule
    steps = case.steps_to_check()
    assert again.rates(steps).tolist() == schedule.rates(steps).tolist()


@each_case
def test_rates_are_numbers_of_0_or_more_one_by_one_as_together(case):
    random = np.random.default_rng(0)
    last = 2 * max(case.boundaries, default=1000) + 10
    steps = [
        -5,
        *range(50),
        *random.integers(0, last, 100).tolist(),
        *random.integers(0, FAR[-1], 50).tolist(),
    ]
    rates = case.schedule.rates(steps)
    assert rates.dtype == np.float64 and rates.shape == (len(steps),)
    assert np.isfinite(rates).all() and (rates >= 0).all()
    assert rates[0] == rates[1]
    one_by_one = [case.schedule.rate(step) for step in steps]
    np.testing.assert_allclose(one_by_one, rates, rtol=1e-12, atol=1e-15 * case.peak)
    column = case.schedule.rates(np.reshape(steps[:50], (25, 2)))
    assert column.tolist() == np.reshape(rates[:50], (25, 2)).tolist()


@each_case
def test_a_schedule_shows_its_shape_in_a_finite_horizon(case):
    assert 0 < case.schedule.horizon <= 2**56
