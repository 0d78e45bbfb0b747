import math

import pytest

from lrschedules_math import MomentumOneCycle, OneCycle, WarmupStableDecay


@pytest.mark.parametrize("total", range(1, 60))
@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.29, 0.3, 1 / 3, 0.45])
def test_the_peak_is_never_skipped(total, fraction, three_phase):
    schedule = OneCycle(0.7, total, fraction, three_phase=three_phase)
    rates = schedule.rates(range(total + 2))
    peak = math.floor(fraction * total + 1e-9)
    assert rates[peak] == 0.7 == rates.max()
    assert rates[total] == rates[total + 1] == pytest.approx(0.7 / 25 / 1e4, rel=1e-12)


def test_the_momentum_needs_a_one_cycle_schedule_and_its_bounds_in_order():
    for bad in (0.1, None, WarmupStableDecay(1, 1, 1, 1), 2 * OneCycle(1, 100)):
        with pytest.raises(
            ValueError, match=r"`schedule` must be a `OneCycle` schedule\. Received"
        ):
            MomentumOneCycle(bad)
    with pytest.raises(ValueError, match="`minimal_momentum` must be at most `maximal_momentum`"):
        MomentumOneCycle(OneCycle(1, 100), 0.9, 0.8)


def test_the_stable_rate_is_exactly_the_maximal():
    schedule = WarmupStableDecay(0.3, 10, 20, 10, end_learning_rate=0.1)
    assert set(schedule.rates(range(10, 31)).tolist()) == {0.3}
    assert schedule.rates([0, 40, 41]).tolist() == [0.1] * 3
    # 0.2 + (0.9 - 0.2) is not 0.9.
    schedule = WarmupStableDecay(0.9, 10, 20, 10, end_learning_rate=0.2)
    assert set(schedule.rates(range(10, 31)).tolist()) == {0.9}


ONE_CYCLE = dict(maximal_learning_rate=1, total_steps=100)
STABLE = dict(maximal_learning_rate=1, warmup_steps=1, stable_steps=1, decay_steps=1)


@pytest.mark.parametrize(
    "cls, good, argument, bad",
    [
        (OneCycle, ONE_CYCLE, "warmup_fraction", 1.0),
        (WarmupStableDecay, STABLE, "warmup_shape", "polynomial"),
        (WarmupStableDecay, STABLE, "decay_shape", "polynomial"),
        (WarmupStableDecay, STABLE, "end_learning_rate", 1.5),
    ],
)
def test_arguments_that_do_not_fit_together_are_refused(cls, good, argument, bad):
    with pytest.raises(ValueError) as raised:
        cls(**{**good, argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")


def test_three_phases_need_a_fraction_below_one_half():
    OneCycle(1, 100, 0.6)
    with pytest.raises(
        ValueError, match=r"`warmup_fraction` must be less than 0\.5 with `three_phase`"
    ):
        OneCycle(1, 100, 0.5, three_phase=True)
