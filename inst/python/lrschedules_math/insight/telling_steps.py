"""The few steps that draw a schedule as all of them would."""

import itertools

import numpy as np

BINS = 1000
"""In so many equal parts the lowest and the highest rate are found: a picture's width."""

ALL = 1_000_000
"""Up to so many steps, all rates are computed."""

_OF_OTHERS = 1000
_SAMPLES = 250


def telling_steps(schedule, last):
    """The steps from 0 to `last` that draw a schedule as all of them would, and their rates: of
    those that `looked_at` gives the first, the lowest, the highest and the last of each of 1000
    equal parts.

    Source: the M4 reduction of Jugel, Jerzak, Hackenbroich and Markl, "M4: A
    Visualization-Oriented Time Series Data Aggregation" (2014).
    """
    steps, rates = looked_at(schedule, last)
    if len(steps) <= 4 * BINS:
        return steps, rates
    starts = np.searchsorted(steps, _edges(last))
    kept = set()
    for start, end in itertools.pairwise(starts):
        part = rates[start:end]
        kept |= {start, start + int(part.argmin()), start + int(part.argmax()), end - 1}
    kept = sorted(kept)
    return steps[kept], rates[kept]


def looked_at(schedule, last, first=0):
    """The steps from `first` to `last` that tell what a schedule does, and their rates.

    Up to a million steps those are all; beyond, its landmarks with the steps beside them, and
    others between at even distances. A schedule of a class that is not this package's is asked
    for at most 1000 rates, at even distances.
    """
    count = last - first + 1
    if schedule._asks_others:
        steps = np.unique(np.linspace(first, last, min(count, _OF_OTHERS)).astype(np.int64))
    elif count <= ALL:
        steps = np.arange(first, last + 1)
    else:
        steps = _candidates(schedule, first + _edges(last - first))
    return steps, schedule.on_array(steps)


def _edges(last):
    return np.array([i * (last + 1) // BINS for i in range(BINS + 1)])


def _candidates(schedule, edges):
    steps = {int(edges[0]), int(edges[-1]) - 1}
    for first, end in itertools.pairwise(edges.tolist()):
        last = end - 1
        steps.update(np.linspace(first, last, _SAMPLES).astype(np.int64).tolist())
        steps.add(last)
        for step, _ in schedule.landmarks(first, last):
            steps.update(s for s in range(step - 1, step + 2) if first <= s <= last)
    return np.array(sorted(steps))
