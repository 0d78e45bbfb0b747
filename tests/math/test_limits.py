"""Schedules at their limits: steps to 2^53, rates beyond float32, deep and wide schedules, large
tables."""

import numpy as np
import pytest

from cases.limits import DECAY, FALLING, UNBOUNDED, WIDE, deep, far_steps
from cases.pace import at_most
from lrschedules_math import Constant, Hold, InverseTimeDecay, Offset, Scale, Sum
from lrschedules_math.exchange.text import from_text, to_text
from support import FIRST_OF_CLASS

FAR_STEPS = far_steps(2**53)


@pytest.mark.parametrize("schedule", FALLING, ids=repr)
def test_a_fall_stays_a_fall_as_far_as_there_are_steps(schedule):
    rates = schedule.rates(FAR_STEPS)
    assert (np.diff(rates) <= 0).all() and rates[0] == 0.1 and rates[-1] < 0.1
    one_by_one = [schedule.rate(step) for step in FAR_STEPS]
    assert one_by_one == pytest.approx(rates.tolist(), rel=1e-12)


def test_a_staircase_of_many_falls_in_a_step_has_the_rate_of_the_formula():
    stairs = InverseTimeDecay(1.0, 1e-6, 1e-9, staircase=True)
    for step in (10**9, 10**13, 2**53):
        assert stairs.rate(step) == pytest.approx(1 / (1 + 1e-3 * step), rel=1e-12)


GROWING = [*UNBOUNDED, *FALLING, *(case.schedule for case in FIRST_OF_CLASS.values())]


@pytest.mark.parametrize("schedule", GROWING, ids=lambda schedule: repr(schedule)[:100])
def test_every_rate_is_finite_one_by_one_as_together(schedule):
    rates = schedule.rates(FAR_STEPS)
    assert np.isfinite(rates).all() and (rates >= 0).all() and (rates <= 1e38).all()
    one_by_one = [schedule.rate(step) for step in FAR_STEPS]
    np.testing.assert_allclose(one_by_one, rates, rtol=1e-9, atol=1e-15)


def test_many_terms_are_one_level():
    assert type(WIDE) is Sum and WIDE.schedules == (DECAY,) * 500
    assert Scale(DECAY, 6) == DECAY * 2 * 3 and Scale(Scale(DECAY, 2), 3) == Scale(DECAY, 6)
    assert (DECAY * DECAY * (DECAY * DECAY)).schedules == (DECAY,) * 4
    assert Offset(Offset(DECAY, 3), 4) == Offset(DECAY, 7)
    assert Scale(Scale(DECAY, 1e200), 1e200).factor == 1e200


@pytest.mark.parametrize("schedule, rate", [(deep(), 0.4), (WIDE, 200)], ids=["deep", "wide"])
def test_deep_and_wide_schedules_work_in_every_operation(schedule, rate):
    with at_most(75):
        assert schedule.rate(41) == pytest.approx(rate)
        assert schedule.rates(range(1000))[41] == pytest.approx(rate)
        assert type(schedule).from_config(schedule.get_config()) == schedule
        assert from_text(to_text(schedule)) == schedule
        assert hash(schedule) == hash(type(schedule).from_config(schedule.get_config()))
        assert repr(schedule).count("ExponentialDecay(") >= 1


def test_what_is_deeper_or_larger_is_refused_when_it_is_made():
    assert len(Sum((DECAY,) * 9_999).schedules) == 9_999  # with the sum itself 10,000
    with pytest.raises(ValueError, match="would be made of 10,001"):
        Sum((DECAY,) * 10_000)
    with pytest.raises(ValueError, match="nested at most 100 deep: this Hold would be nested 101"):
        Hold(deep(), 1)
    with pytest.raises(ValueError, match=r"at most 10,000 schedules: .* made of 16,385"):
        x = DECAY
        for _ in range(16):
            x = x + x


def test_steps_beyond_2_to_53_are_refused():
    message = r"`step` must be numbers from -2\^53 to 2\^53. Received"
    for steps in (2**53 + 1, np.uint64(2**63), np.array([2**60]), 1e30, -1e30, [10**300]):
        with pytest.raises(ValueError, match=message):
            DECAY.rates(steps)
    for step in (2**60, 10**300, -(2**60), -(10**300), -1e30):
        with pytest.raises(ValueError, match=message):
            DECAY.rate(step)
    assert DECAY.rate(-(2**53)) == DECAY.rate(0)


@pytest.mark.parametrize("bad", [1j, np.complex64(0.1), "0.1", None])
def test_what_is_not_a_number_is_not_a_rate(bad):
    for make in (lambda: Constant(bad), lambda: Hold(bad, 1), lambda: Scale(DECAY, bad)):
        with pytest.raises(ValueError, match=r"must be"):
            make()
    with pytest.raises(TypeError):
        DECAY * bad
