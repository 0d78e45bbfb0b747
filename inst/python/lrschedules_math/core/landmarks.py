"""Landmarks: the steps at which a schedule turns or jumps."""

import bisect
import math
import typing

import numpy as np

_MANY = 64


class Landmark(typing.NamedTuple):
    """A step at which a schedule turns or jumps, and a few words on what happens there."""

    step: int
    what: str


RESTART, BOUNDARY, DROP, TURN = "restart", "boundary", "drop", "turn"
WARMUP_ENDS, DECAY_BEGINS, DECAY_ENDS = "warmup ends", "decay begins", "decay ends"
START, HELD, JOIN = "schedule starts", "rate is held", "next schedule"
COOLDOWN_BEGINS, COOLDOWN_ENDS = "cooldown begins", "cooldown ends"


def marks(what, steps):
    """A landmark called `what` at each of `steps`."""
    return [Landmark(step, what) for step in steps]


def warmup(steps):
    """The end of a warmup of `steps` steps; no landmark if `steps` is 0."""
    return marks(WARMUP_ENDS, [steps] if steps > 0 else [])


def later(landmarks, by):
    """Moves the landmarks of a schedule that begins at step `by`."""
    return [Landmark(by + step, what) for step, what in landmarks]


def multiples(period, first, last):
    """The multiples of `period` from `first` to `last`, rounded up to whole steps. If there are
    many, only those around the first and last whole periods, where the rate is most extreme."""
    start, end = math.ceil(first / period), math.floor(last / period)
    if end - start > _MANY:
        numbers = [*range(start, start + 3), *range(end - 2, end + 1)]
    else:
        numbers = range(start, end + 1)
    return [math.ceil(number * period) for number in numbers]


def in_table(steps, values, first, last):
    """The elements of increasing `steps` from `first` to `last`; `values[i]` holds from `steps[i]`
    on. If there are many, only the first, the last, and those of the lowest and highest value."""
    start, end = bisect.bisect_left(steps, first), bisect.bisect_right(steps, last)
    if end - start <= _MANY:
        return list(steps[start:end])
    held = np.asarray(values[start:end])
    found = {0, end - start - 1, int(held.argmin()), int(held.argmax())}
    return [steps[start + i] for i in sorted(found)]
