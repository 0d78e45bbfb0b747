"""Exact arithmetic on whole steps, which floating point would get wrong."""

import math
from fractions import Fraction

from lrschedules_math.core.checks import MAX_STEP

_MAX_DENOMINATOR = 10**6
_LARGEST_PRODUCT = 2**62


def ratio(number):
    """`number` as a numerator and a denominator whose product fits into int64.

    A fractional number is read as the decimal it is written as (0.1 is 1/10) and rounded to
    the nearest fraction with a denominator up to 10^6. For numbers above 4 million the largest
    denominator is smaller, and rounding changes the number by less than one part in 10^12.
    """
    if isinstance(number, int):
        return number, 1
    decimal = Fraction(repr(number))
    largest = min(_MAX_DENOMINATOR, math.isqrt(int(_LARGEST_PRODUCT / max(number, 1))))
    return (decimal.limit_denominator(largest) or decimal).as_integer_ratio()


def whole_periods(step, period, xp):
    """Counts the whole periods before `step`: exact, and capped at about 2^53."""
    numerator, denominator = ratio(period)
    if denominator == 1:
        return step // numerator
    # Count the two parts separately to keep the products small.
    whole, rest = step // numerator, step % numerator
    most = MAX_STEP // denominator
    count = xp.minimum(whole, most) * denominator + rest * denominator // numerator
    return count if MAX_STEP // numerator < most else xp.minimum(count, most * denominator)


def left_in_period(step, period):
    """The steps left in the current period, always above 0, and the period's length, both as
    integers in units of 1/denominator step."""
    numerator, denominator = ratio(period)
    return numerator - _done_in_period(step, numerator, denominator), numerator


def left_to_end(step, period, xp):
    """The steps left to the next end of a period (0 at the end itself), and the steps from 0 to
    that end, both in the same unit."""
    numerator, denominator = ratio(period)
    if denominator == 1:
        length = numerator * xp.maximum(-(-step // numerator), 1)
        return length - step, length
    whole = whole_periods(step, period, xp)
    done = _done_in_period(step, numerator, denominator)
    ends = xp.maximum(whole + xp.minimum(done, 1), 1)
    return (ends - whole) * numerator - done, xp.float(ends) * numerator


def _done_in_period(step, numerator, denominator):
    return step % numerator * denominator % numerator


def periods(step, period, staircase, xp):
    """Counts the periods before `step`; with `staircase`, only whole periods."""
    real = xp.float(step) / period
    if not staircase:
        return real
    whole = xp.float(whole_periods(step, period, xp))
    # From 2^53 on every float is whole.
    return whole if period >= 1 else xp.where(real < MAX_STEP, whole, real)


def steps_done(step, total, xp):
    """How many of `total` steps are done at `step`: an exact integer if `total` is an int."""
    if isinstance(total, int):
        return xp.minimum(step, total)
    return xp.minimum(xp.float(step), total)


MAX_CYCLES = 100_000


def too_many_cycles(first, growth):
    """Whether more than `MAX_CYCLES` growing cycles start up to step 2^53."""
    return growth > 1 and math.log1p((growth - 1) * (MAX_STEP / first)) > MAX_CYCLES * math.log(
        growth
    )


def growing_cycles(first, growth):
    """Cycles that are each `growth` > 1 times as long as the previous cycle.

    Cycle i starts at the real number `first` (growth^i - 1) / (growth - 1), where both numbers
    are read as the decimals they are written as. Starts are computed in integers, precisely
    enough that no whole step lands on the wrong side of a start.

    Returns:
        Four tuples with one element for each cycle that starts up to step 2^53: its first
        whole step; its last whole step; the time from its last whole step to its end, more
        than 0 and up to 1; its real length.
    """
    first, growth = _as_written(first), _as_written(growth)
    bits = 128
    while (cycles := _growing_cycles(first, growth, bits)) is None:
        bits *= 2
    return cycles


def _as_written(number):
    simple = Fraction(*ratio(number))
    return simple if float(simple) == number else Fraction(repr(number))


# Only the first 64 starts can be whole steps. With growth = a / b in lowest terms, start i is
# `first` times a sum coprime to b, over b^(i - 1). If it is whole, b^(i - 1) divides the
# numerator of `first`, which has at most 17 digits.
_EXACT_STARTS = 64


def _growing_cycles(first, growth, bits):
    """`growing_cycles` with later starts rounded up to `bits` bits after the point; None if
    these bits are too few to tell between which whole steps a start lies."""
    unit = 1 << bits
    a, b = growth.as_integer_ratio()
    exact, start, error = Fraction(0), 0, 1
    first_steps, last_steps, rests, lengths = [0], [], [], []
    while True:
        if b == 1 or len(first_steps) <= _EXACT_STARTS:
            exact = first + growth * exact
            end = math.ceil(exact * unit)
        else:
            end = math.ceil(first * unit) - (-start * a // b)
            error = 2 - (-error * a // b)
            if (end - error) >> bits != (end - 1) >> bits:
                return None
        last_step = (end - 1) >> bits
        last_steps.append(float(last_step))
        rests.append((end - (last_step << bits)) / unit)
        lengths.append((end - start) / unit)
        if last_step >= MAX_STEP:
            return tuple(first_steps), tuple(last_steps), tuple(rests), tuple(lengths)
        first_steps.append(last_step + 1)
        start = end
