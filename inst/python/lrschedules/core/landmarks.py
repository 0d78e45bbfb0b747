"""Where a schedule turns or jumps, and the few steps that draw it as all of them would."""

import bisect
import itertools
import math

import numpy as np

BINS = 1000
"""In so many equal parts the lowest and the highest rate are found: a picture's width."""

ALL = 1_000_000
"""Up to so many steps, all rates are computed."""

_OF_OTHERS = 1000
_SAMPLES = 250
_MANY = 64


def multiples(period, first, last):
    """The multiples of `period` from `first` to `last`, rounded up to whole steps; of many, those
    around the first and the last whole periods, which have the extremes of all."""
    start, end = math.ceil(first / period), math.floor(last / period)
    if end - start > _MANY:
        numbers = [*range(start, start + 3), *range(end - 2, end + 1)]
    else:
        numbers = range(start, end + 1)
    return [math.ceil(number * period) for number in numbers]


def in_table(steps, values, first, last):
    """Of increasing `steps`, from each of which on a value holds, those from `first` to `last`
    with the lowest and the highest value, and where they begin and end."""
    start, end = bisect.bisect_left(steps, first), bisect.bisect_right(steps, last)
    if start >= end:
        return []
    held = np.asarray(values[start:end])
    found = {0, end - start - 1, int(held.argmin()), int(held.argmax())}
    return [steps[start + i] for i in sorted(found)]


def telling_steps(schedule, last):
    """The steps from 0 to `last` that draw a schedule as all of them would, and their rates: the
    first, the lowest, the highest and the last of each of 1000 equal parts.

    Up to a million steps all rates are computed; beyond, those at the schedule's landmarks, and
    between them at even distances. A schedule of a class that is not this package's is asked for
    at most 1000 rates, at even distances.

    Source: the M4 reduction of Jugel, Jerzak, Hackenbroich and Markl, "M4: A
    Visualization-Oriented Time Series Data Aggregation" (2014).
    """
    count = last + 1
    if schedule._asks_others:
        steps = np.unique(np.linspace(0, last, min(count, _OF_OTHERS)).astype(np.int64))
        return steps, schedule.on_array(steps)
    if count <= 4 * BINS:
        steps = np.arange(count)
        return steps, schedule.on_array(steps)
    edges = np.array([i * count // BINS for i in range(BINS + 1)])
    steps = np.arange(count) if count <= ALL else _candidates(schedule, edges)
    rates = schedule.on_array(steps)
    starts = np.searchsorted(steps, edges)
    kept = set()
    for start, end in itertools.pairwise(starts):
        part = rates[start:end]
        kept |= {start, start + int(part.argmin()), start + int(part.argmax()), end - 1}
    kept = sorted(kept)
    return steps[kept], rates[kept]


def _candidates(schedule, edges):
    steps = {0, int(edges[-1]) - 1}
    for first, end in itertools.pairwise(edges.tolist()):
        last = end - 1
        steps.update(np.linspace(first, last, _SAMPLES).astype(np.int64).tolist())
        steps.add(last)
        for landmark in schedule.landmarks(first, last):
            steps.update(s for s in range(landmark - 1, landmark + 2) if first <= s <= last)
    return np.array(sorted(steps))
