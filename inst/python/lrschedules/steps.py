"""Arithmetic on whole steps that floating point would get wrong."""

from fractions import Fraction

_MAX_DENOMINATOR = 10**6


def whole_periods(step, period):
    """How many whole periods lie before `step`, exactly.

    A fractional period is taken as the decimal it is written as (0.1 is 1/10), to
    the nearest fraction with a denominator up to 10^6.
    """
    if isinstance(period, int):
        return step // period
    ratio = Fraction(repr(period)).limit_denominator(_MAX_DENOMINATOR)
    return step * ratio.denominator // ratio.numerator
