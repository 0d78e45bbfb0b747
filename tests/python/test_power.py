import mpmath
import pytest

from lrschedules import (
    DirectPowerDecay,
    InverseSqrtDecay,
    PowerAndLinearDecay,
    PowerDecayWithOffset,
)
from support import Case


def powered(x, power):
    return mpmath.mpf(max(x, 1)) ** mpmath.mpf(power)


def direct(initial, power):
    return Case(
        DirectPowerDecay(initial, power),
        lambda s: mpmath.mpf(initial) * powered(s, power),
        (1, 2, 100),
    )


def power_and_linear(initial, total, power=1.0, fraction=0.1, offset=0):
    def oracle(step):
        x = step - offset
        rate = mpmath.mpf(initial) * powered(x, power)
        length = total * mpmath.mpf(fraction)
        return rate * min(max((total - x) / length, 0), 1) if length > 0 else rate

    schedule = PowerAndLinearDecay(initial, total, power, fraction, offset)
    start = int(total * (1 - fraction))
    peak = initial * float(max(powered(1, power), powered(total, power)))
    return Case(schedule, oracle, (offset, offset + 1, offset + start, offset + total), peak)


def power_with_offset(initial, power, offset, pre):
    def oracle(step):
        return (
            min(mpmath.mpf(initial) * powered(step - offset, power), pre) if step > offset else pre
        )

    return Case(
        PowerDecayWithOffset(initial, power, offset, pre), oracle, (offset, offset + 4), peak=pre
    )


def inverse_sqrt(initial, warmup, timescale=None):
    tau = timescale or warmup or 10_000

    def oracle(step):
        if step < warmup:
            return mpmath.mpf(initial) * step / warmup
        return mpmath.mpf(initial) / mpmath.sqrt(mpmath.mpf(step + tau - warmup) / tau)

    return Case(
        InverseSqrtDecay(initial, warmup, timescale),
        oracle,
        (warmup, warmup + 3 * tau),
        peak=initial,
    )


CASES = [
    *(direct(0.5, power) for power in (-2, -0.5, 0, 0.5, 1, 2)),
    *(
        power_and_linear(0.5, total, power, fraction)
        for total in (1, 2, 41, 1000, 10**9)
        for power in (-0.5, 0, 1)
        for fraction in (0.1, 0.5, 1, 0)
    ),
    power_and_linear(0.5, 100, -0.5, offset=7),
    power_and_linear(0.5, 2**24, 0, offset=2**24),
    power_and_linear(0.5, 100, 0, fraction=1e-300),
    *(
        power_with_offset(0.5, power, offset, pre)
        for power in (-0.5, 1, 30)
        for offset in (0, 41, 2**24)
        for pre in (0.25, 1e6)
    ),
    *(
        inverse_sqrt(0.5, warmup, tau)
        for warmup in (0, 1, 41, 10**6, 10**9)
        for tau in (None, 1, 100)
    ),
]


def test_the_offset_itself_is_still_before_the_power():
    schedule = PowerDecayWithOffset(1.0, power=-1, offset=10, pre_offset_learning_rate=2.0)
    assert schedule.rates([0, 10, 11, 12]).tolist() == [2.0, 2.0, 1.0, 0.5]


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


NAN, INF = float("nan"), float("inf")
NOT_RATES = [None, -1, "1", NAN, INF, True, [1]]
NOT_STEPS = [None, -1, 0.5, "1", INF, True, [1]]
GOOD = {
    DirectPowerDecay: dict(initial_learning_rate=1),
    PowerAndLinearDecay: dict(initial_learning_rate=1, total_decay_steps=10),
    PowerDecayWithOffset: dict(initial_learning_rate=1),
    InverseSqrtDecay: dict(initial_learning_rate=1),
}


@pytest.mark.once
@pytest.mark.parametrize(
    "cls, argument, bad",
    [(cls, "initial_learning_rate", x) for cls in GOOD for x in NOT_RATES]
    + [(cls, "name", 1) for cls in GOOD]
    + [(cls, "power", x) for cls in list(GOOD)[:3] for x in [None, "1", NAN, INF, True]]
    + [(cls, "power", x) for cls in list(GOOD)[:1] for x in [3, 20, 400]]
    + [(PowerAndLinearDecay, "power", x) for x in [39, 400]]
    + [(PowerAndLinearDecay, "total_decay_steps", x) for x in [*NOT_STEPS, 0]]
    + [(PowerAndLinearDecay, "linear_decay_fraction", x) for x in [*NOT_RATES, 1.5]]
    + [(cls, "offset", x) for cls in (PowerAndLinearDecay, PowerDecayWithOffset) for x in NOT_STEPS]
    + [(PowerDecayWithOffset, "pre_offset_learning_rate", x) for x in NOT_RATES]
    + [(InverseSqrtDecay, "warmup_steps", x) for x in NOT_STEPS]
    + [(InverseSqrtDecay, "timescale", x) for x in [0, *NOT_STEPS[1:]]],
)
def test_bad_input_names_the_argument_and_the_value(cls, argument, bad):
    with pytest.raises(ValueError) as raised:
        cls(**{**GOOD[cls], argument: bad})
    given = float(bad) if argument == "power" and type(bad) is int else bad
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={given!r}")
