"""Shapes: how a rate gets from one value to another.

A shape rises from exactly 0 at the first step to exactly 1 at the last. It is computed
from whole numbers of steps. A fall is the shape of the steps that are left, so no digits
are lost near either end.
"""

import math

from lrschedules_math.core.landmarks import BOUNDARY, in_table, marks
from lrschedules_math.core.namespaces import Table

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
        done: steps, from 0 to `total`, in int64 or float64.
        total: a number of steps greater than 0, or a tensor of such numbers.
        xp: the functions to compute with (see `lrschedules_math.core.namespaces`).
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
    """Goes from `first` to `last` in the shape "linear" or "cosine", exact at both ends."""
    return _between(shape, first, last, done, total - done, total, xp)


def _between(shape, first, last, done, left, total, xp):
    # One end is usually 0: skip the term that would add 0.
    if _is_zero(last):
        return first * rise(shape, left, total, xp)
    if _is_zero(first):
        return last * rise(shape, done, total, xp)
    return first * rise(shape, left, total, xp) + last * rise(shape, done, total, xp)


def _is_zero(rate):
    return isinstance(rate, (int, float)) and rate == 0


class Interpolation:
    """Has `values[i]` at step `boundaries[i]` and follows a shape between boundaries. The first
    value holds before the first boundary, the last value from the last boundary on."""

    def __init__(self, shape, boundaries, values):
        self.shape = shape
        self.boundaries, self.values = Table(boundaries), values
        # Row i is the segment after i boundaries: where it starts and ends, and its rates there.
        # The rate is constant in the first and the last segment, so their lengths don't matter.
        starts, values = [0, *boundaries], [values[0], *values]
        ends = [*boundaries, boundaries[-1] + 1]
        ends[0] = max(ends[0], 1)
        rows = zip(starts, ends, values, [*values[1:], values[-1]])
        self.segments = Table(tuple(map(float, row)) for row in rows)

    def landmarks(self, first, last):
        """Landmarks from `first` to `last`, as in `Schedule.landmarks`."""
        return marks(BOUNDARY, in_table(self.boundaries.numbers, self.values, first, last))

    def rate(self, step, xp):
        """The rate at `step`."""
        row = xp.take(self.segments, xp.count_at_most(self.boundaries, step))
        start, end, first, last = row
        step = xp.float(step)
        changing = _between(self.shape, first, last, step - start, end - step, end - start, xp)
        # A segment with a constant rate gives exactly that rate.
        return xp.where(first == last, first, changing)
