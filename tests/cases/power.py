"""Powers of the step."""

import mpmath

from cases import Case
from lrschedules_math import (
    DirectPowerDecay,
    InverseSqrtDecay,
    PowerAndLinearDecay,
    PowerDecayWithOffset,
)


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
