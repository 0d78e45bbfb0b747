"""How a rate gets from one value to another: shapes of the fraction that is done.

A shape rises from exactly 0 at the first step to exactly 1 at the last. It is computed
from whole numbers of steps, so a fall is the shape of the steps that are left:
no digits are lost near either end.
"""

import math

RISES = ("linear", "cosine", "one_minus_sqrt")


def rise(shape, done, total, xp, power=1.0):
    """The shape at `done` of `total` steps.

    ```
    linear          q              with q = done / total
    cosine          ½(1 - cos πq)
    one_minus_sqrt  1 - √(1 - q)
    polynomial      q ^ power
    ```

    Args:
        shape: one of `RISES`, or "polynomial".
        done: whole steps, from 0 to `total`, in int64.
        total: a number of steps greater than 0, or such a tensor in int64.
        xp: the functions to compute with (see `lrschedules.core.namespaces`).
        power: the exponent of "polynomial", 0 or more.
    """
    length = xp.float(total)
    q = xp.float(done) / length
    if shape == "cosine":
        half = xp.sin(q * (math.pi / 2))
        return half * half
    if shape == "one_minus_sqrt":
        return q / (1.0 + xp.sqrt(xp.float(total - done) / length))
    if shape == "polynomial":
        return xp.power(q, power)
    return q


def between(shape, first, last, done, total, xp):
    """From `first` to `last` by the shape "linear" or "cosine", exact at both ends."""
    # Most go to or from 0: half of the work would add nothing.
    if _is_zero(last):
        return first * rise(shape, total - done, total, xp)
    if _is_zero(first):
        return last * rise(shape, done, total, xp)
    return first * rise(shape, total - done, total, xp) + last * rise(shape, done, total, xp)


def _is_zero(rate):
    return isinstance(rate, (int, float)) and rate == 0


def interpolate(shape, boundaries, values, step, xp):
    """values[i] at step boundaries[i], both `Table`s, and `shape` between them; the first value
    before the first boundary, the last from the last boundary on."""
    if len(boundaries) == 1:
        return values.numbers[0] + 0.0 * xp.float(step)
    # The segment [start, end) of the step: the first one before it, the last one after it.
    later = xp.minimum(xp.maximum(xp.count_at_most(boundaries, step), 1), len(boundaries) - 1)
    start, end = xp.take(boundaries, later - 1), xp.take(boundaries, later)
    first, last = xp.take(values, later - 1), xp.take(values, later)
    done = xp.minimum(xp.maximum(step, start), end) - start
    # Where nothing changes, the rate is that number to its last digit.
    return xp.where(first == last, first, between(shape, first, last, done, end - start, xp))
