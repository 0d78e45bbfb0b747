import numpy as np
import pytest

from lrschedules_math import (
    DirectPowerDecay,
    InverseSqrtDecay,
    PowerAndLinearDecay,
    PowerDecayWithOffset,
)
from lrschedules_math.core.landmarks import TURN


def test_the_offset_itself_is_still_before_the_power():
    schedule = PowerDecayWithOffset(1.0, power=-1, offset=10, pre_offset_learning_rate=2.0)
    assert schedule.rates([0, 10, 11, 12]).tolist() == [2.0, 2.0, 1.0, 0.5]


def test_a_rising_power_turns_at_its_peak():
    # step^2 * (30 - step) has its maximum at 20, and step * (30 - step) at 15.
    for power, peak in ((2, 20), (1, 15)):
        schedule = PowerAndLinearDecay(1.0, 30, power, linear_decay_fraction=1.0)
        turns = [step for step, what in schedule.landmarks(0, 30) if what == TURN]
        assert peak in turns
        assert int(np.argmax(schedule.rates(range(31)))) == peak


def test_a_power_too_large_for_a_float_is_capped():
    assert PowerDecayWithOffset(1.0, power=400, pre_offset_learning_rate=5.0).rates(
        [2**40]
    ).tolist() == [5.0]
    assert PowerDecayWithOffset(0.0, power=400, pre_offset_learning_rate=5.0).rates(
        [2**40]
    ).tolist() == [0.0]


def test_the_timescale_is_the_warmup_or_10000():
    assert InverseSqrtDecay(1, 500).timescale == 500
    assert InverseSqrtDecay(1).timescale == 10_000
    assert InverseSqrtDecay(1, 500, 20).timescale == 20
    assert InverseSqrtDecay(1, 500) == InverseSqrtDecay(1, 500, 500)


def test_noam():
    # "Attention Is All You Need": d_model^-0.5 * min(step^-0.5, step * warmup_steps^-1.5)
    warmup = 4000
    schedule = InverseSqrtDecay(512**-0.5 * warmup**-0.5, warmup)
    for step in (1, 100, 3999, 4000, 4001, 100_000):
        assert schedule.rate(step) == pytest.approx(
            512**-0.5 * min(step**-0.5, step * warmup**-1.5), rel=1e-12
        )


@pytest.mark.parametrize(
    "cls, good, bad",
    [(DirectPowerDecay, {}, x) for x in (3, 20, 400)]
    + [(PowerAndLinearDecay, dict(total_decay_steps=10), x) for x in (39, 400)],
)
def test_a_power_that_grows_beyond_all_rates_is_refused(cls, good, bad):
    with pytest.raises(ValueError) as raised:
        cls(initial_learning_rate=1, power=bad, **good)
    assert str(raised.value).startswith("`power` must be ")
    assert str(raised.value).endswith(f"Received: power={float(bad)!r}")


def test_the_step_of_the_largest_rate_is_readable():
    with pytest.raises(ValueError, match="a rate of at most 1e38 at step 1,000"):
        PowerAndLinearDecay(1.0, 1000, power=20)
