import copy
import math
import pickle

import numpy as np
import pytest

import lrschedules_math
from lrschedules_math import (
    ExponentialDecay,
    ExponentialDecayWithOffset,
    PiecewiseConstantDecay,
    Schedule,
)
from lrschedules_math.core.whole_steps import ratio
from support import CASES

SCHEDULES = [
    ExponentialDecay(0.1, 1000, 0.5, staircase=True, name="mine"),
    ExponentialDecayWithOffset(offset=3, initial_learning_rate=0.1, decay_steps=7, decay_rate=0.9),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: type(s).__name__)
def test_configuration_round_trips(schedule):
    assert type(schedule).from_config(schedule.get_config()) == schedule
    assert pickle.loads(pickle.dumps(schedule)) == schedule == copy.deepcopy(schedule)


def through_r(value):
    """A configuration as R returns it, where a list of one number is a number."""
    if isinstance(value, dict):
        return {name: through_r(x) for name, x in value.items()}
    if isinstance(value, list):
        is_number = len(value) == 1 and isinstance(value[0], (int, float))
        return value[0] if is_number else [through_r(x) for x in value]
    return value


def test_a_configuration_that_r_returned_is_read():
    changed = set()
    for case in CASES:
        config = case.schedule.get_config()
        returned = through_r(config)
        if returned != config:
            changed.add(type(case.schedule).__name__)
            assert type(case.schedule).from_config(returned) == case.schedule
    assert {"Join", "PiecewiseConstantDecay", "PiecewiseInterpolate", "Tabulated"} <= changed
    for bad in (True, "10", 0.5):
        with pytest.raises(ValueError, match="`boundaries"):
            PiecewiseConstantDecay.from_config({"boundaries": bad, "values": [0.1, 0.2]})


def test_a_long_decimal_is_the_nearest_fraction_with_a_denominator_up_to_a_million():
    assert ratio(2.5) == (5, 2) and ratio(0.123456) == (1929, 15625)
    assert ratio(0.3333333) == (1, 3)
    assert ratio(3 / 2**20) == (2, 699_051)


def test_it_is_a_value():
    schedule = ExponentialDecay(0.1, 10, 0.5)
    assert schedule == ExponentialDecay(0.1, 10.0, 0.5)
    assert hash(schedule) == hash(ExponentialDecay(0.1, 10, 0.5))
    assert schedule != ExponentialDecay(0.1, 11, 0.5)
    with pytest.raises(AttributeError):
        schedule.decay_steps = 5


def test_a_formula_that_is_a_constant_has_the_shape_of_the_steps():
    class Fixed(Schedule):
        def formula(self, step, xp):
            return 0.5

    assert Fixed().rates([[0, 1], [2, 3]]).tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert Fixed().rate(3) == 0.5


def test_rates_are_float64_in_the_shape_of_the_steps():
    schedule = ExponentialDecay(0.1, 10, 0.5)
    assert schedule.rates(10).shape == () and schedule.rates(10).dtype == np.float64
    assert schedule.rates([]).shape == (0,)
    assert schedule.rates([[0], [10]]).tolist() == [[0.1], [0.05]]
    assert schedule.rates([-5, 0.0]).tolist() == [0.1, 0.1]


SEEN = []


class Doubled(Schedule):
    """Notes in SEEN how many steps each evaluation has, and their type."""

    def formula(self, step, xp):
        SEEN.append((np.size(step), step.dtype))
        return 2.0 * xp.float(step)


def test_many_steps_are_computed_in_blocks_that_stay_in_a_processors_cache():
    SEEN.clear()
    steps = np.arange(100_001)
    assert (Doubled().rates(steps) == 2 * steps).all()
    assert sum(size for size, _ in SEEN) == 100_001
    assert max(size for size, _ in SEEN) <= 2**16
    # Check any order in memory, and the types of numbers that R passes.
    square = np.arange(90_000).reshape(300, 300)
    for given in (square, square.T, square[::2, ::-1]):
        assert (Doubled().rates(given) == 2.0 * given).all()
    for dtype in (np.int32, np.float64):
        assert (Doubled().on_array(steps.astype(dtype)) == 2 * steps).all()
    assert {dtype for _, dtype in SEEN} == {np.dtype(np.int64)}
    assert (Doubled().on_array(steps - 0.5) == 2 * np.maximum(steps - 1, 0)).all()


def test_a_foreign_class_is_asked_for_all_steps_at_once():
    class Others(Doubled):
        _asks_others = True

    SEEN.clear()
    Others().rates(np.arange(100_001))
    assert [size for size, _ in SEEN] == [100_001]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "1", 2.0**60, True])
def test_what_is_not_a_step_is_refused(bad):
    schedule = ExponentialDecay(0.1, 10, 0.5)
    for ask in (schedule.rate, schedule.rates):
        with pytest.raises(ValueError, match=r"`step` must be (finite )?numbers"):
            ask(bad)


def test_one_rate_is_of_one_step():
    with pytest.raises(ValueError, match="`step` must be one number"):
        ExponentialDecay(0.1, 10, 0.5).rate([1, 2])


def test_between_two_whole_steps_the_rate_is_that_of_the_step_before():
    stairs = ExponentialDecay(1.0, 10, 0.5, staircase=True)
    steps = [-0.5, 9.0, 9.999999, 10.0, 19.5]
    expected = [1.0, 1.0, 1.0, 0.5, 0.5]
    assert stairs.rates(steps).tolist() == expected
    assert [stairs.rate(step) for step in steps] == expected
    assert stairs.rate(np.float32(9.5)) == 1.0


@pytest.mark.parametrize("ulps", range(-4, 5))
def test_within_4_ulp_of_a_whole_step_is_that_step(ulps):
    steps = 29 + ulps * math.ulp(29)
    stairs = ExponentialDecay(1.0, steps, 0.5, staircase=True)
    assert stairs == ExponentialDecay(1.0, 29, 0.5, staircase=True)
    assert lrschedules_math.Hold(stairs, steps) == lrschedules_math.Hold(stairs, 29)
    assert lrschedules_math.Join([1, 2], [steps]) == lrschedules_math.Join([1, 2], [29])
    assert stairs.rate(steps) == stairs.rates([steps])[0] == 0.5
    assert stairs.on_array(np.array([steps, 28.0])).tolist() == [0.5, 1.0]


def test_beyond_4_ulp_it_is_a_fraction():
    steps = 29 - 5 * math.ulp(28)
    assert ExponentialDecay(1.0, steps, 0.5).decay_steps == steps
    stairs = ExponentialDecay(1.0, 29, 0.5, staircase=True)
    assert stairs.rate(steps) == stairs.rates([steps])[0] == 1.0
    assert stairs.on_array(np.array([steps, 29.0])).tolist() == [1.0, 0.5]
    with pytest.raises(ValueError, match="`from_` must be a whole number of steps"):
        lrschedules_math.Hold(stairs, steps)


def test_a_subclass_must_have_a_formula():
    with pytest.raises(NotImplementedError, match="Schedule has no formula"):
        Schedule().rates([1])


GROWING = [
    ExponentialDecay(0, 1, 2),
    ExponentialDecay(0.1, 1, 2),
    lrschedules_math.CosineDecayRestarts(0.1, 1, t_mul=1, m_mul=2),
    0 * (1 / (lrschedules_math.Constant(1) - 1)),
    (1 / (lrschedules_math.Constant(1) - 1)) - (1 / (lrschedules_math.Constant(1) - 1)),
]


@pytest.mark.parametrize("schedule", GROWING, ids=repr)
def test_growth_beyond_all_rates_stays_finite(schedule):
    steps = [5, 2000, 10**6]
    for rates in (schedule.rates(steps), [schedule.rate(s) for s in steps]):
        assert np.all(np.isfinite(rates)) and np.all(np.asarray(rates) <= 1e38)
