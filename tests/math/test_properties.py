"""Properties of every schedule as numbers for random parameters, which are the same in each run."""

import json

import numpy as np
import pytest
from hypothesis import given

from cases.strategies import STRATEGIES, examples, falls, some_steps
from lrschedules_math.core.registry import CLASSES

each_class = pytest.mark.parametrize("name", STRATEGIES)


def test_every_class_is_drawn():
    assert CLASSES.keys() <= STRATEGIES.keys() | COMPOSED


# These are drawn as parts of "a composition".
COMPOSED = {
    "Warmup",
    "Join",
    "Hold",
    "Repeat",
    "Stretch",
    "Cooldown",
    "Clamp",
    "Accumulate",
    "Noise",
    "Sum",
    "Product",
    "Scale",
    "Offset",
    "Difference",
    "Quotient",
}


@each_class
def test_rates_are_numbers_of_0_or_more_one_by_one_as_together(name):
    @examples(60)
    @given(STRATEGIES[name], some_steps)
    def check(schedule, steps):
        together = schedule.rates(steps)
        assert np.isfinite(together).all() and (together >= 0).all()
        np.testing.assert_allclose(
            [schedule.rate(s) for s in steps], together, rtol=1e-11, atol=1e-15
        )
        assert schedule.rates([-1]) == schedule.rates([0])
        if falls(schedule):
            fallen = schedule.rates(sorted(steps))
            assert (fallen[1:] <= fallen[:-1] * (1 + 1e-14)).all()

    check()


@each_class
def test_the_configuration_round_trips(name):
    @examples(30)
    @given(STRATEGIES[name])
    def check(schedule):
        config = json.loads(json.dumps(schedule.get_config()))
        assert type(schedule).from_config(config) == schedule

    check()
