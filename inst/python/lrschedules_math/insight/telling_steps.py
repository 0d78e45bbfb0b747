"""Telling steps: the few steps that draw the same picture of a schedule as all steps."""

import itertools
import math

import numpy as np

from lrschedules_math.core.checks import MAX_STEP

BINS = 1000
"""The number of equal parts whose extreme rates are kept: about the width of a plot in pixels."""

ALL = 1_000_000
"""The largest number of steps at which every rate is computed."""

_OF_OTHERS = 1000
_SAMPLES = 250


def telling_steps(schedule, last, first=0):
    """The steps from `first` to `last` that draw the same picture as all of them, and their rates.

    The steps of `looked_at` are divided into 1,000 equal parts. In each part the first and the
    last step are kept, and those with the lowest and the highest rate.

    Source: the M4 reduction of Jugel, Jerzak, Hackenbroich and Markl, "M4: A
    Visualization-Oriented Time Series Data Aggregation" (2014).
    """
    steps, rates = looked_at(schedule, last, first)
    if len(steps) <= 4 * BINS:
        return steps, rates
    starts = np.searchsorted(steps, _edges(first, last))
    kept = set()
    for start, end in itertools.pairwise(starts):
        part = rates[start:end]
        kept |= {start, start + int(part.argmin()), start + int(part.argmax()), end - 1}
    kept = sorted(kept)
    return steps[kept], rates[kept]


def looked_at(schedule, last, first=0):
    """The steps from `first` to `last` that show what a schedule does, and their rates.

    Up to a million steps, these are all steps; beyond that, the landmarks with the steps next to
    them, and evenly spaced steps. A schedule of a foreign class is evaluated at no more than
    1,000 evenly spaced steps.
    """
    if schedule._asks_others:
        number = min(last + 1 - first, _OF_OTHERS)
        steps = np.unique(np.linspace(first, last, number).astype(np.int64))
    elif last - first < ALL:
        steps = np.arange(first, last + 1)
    else:
        steps = _candidates(schedule, _edges(first, last))
    return steps, schedule.on_array(steps)


def reaching(schedule, limit):
    """Finds a step at which the rate is at least `limit`, and returns the step and its rate, or
    None. It searches the steps of the schedule's shape and then, up to step 2^53, its landmarks and
    the powers of two. A schedule of a foreign class is not evaluated beyond its shape.
    """
    end = min(math.ceil(schedule.horizon), MAX_STEP)
    steps, rates = looked_at(schedule, end)
    if not schedule._asks_others:
        beyond = {2**i for i in range(end.bit_length(), MAX_STEP.bit_length())}
        for step, _ in schedule.landmarks(end, MAX_STEP):
            beyond.update(s for s in range(step - 1, step + 2) if end < s <= MAX_STEP)
        beyond = np.array(sorted(beyond), np.int64)
        steps, rates = np.append(steps, beyond), np.append(rates, schedule.on_array(beyond))
    found = np.flatnonzero(rates >= limit)
    if not len(found):
        return None
    step = int(steps[found[0]])
    below = int(steps[found[0] - 1]) if found[0] > 0 else step - 1
    while step - below > 1:
        middle = (below + step) // 2
        if schedule.rate(middle) >= limit:
            step = middle
        else:
            below = middle
    return step, schedule.rate(step)


def _edges(first, last):
    return np.array([first + i * (last + 1 - first) // BINS for i in range(BINS + 1)])


def _candidates(schedule, edges):
    steps = {int(edges[0]), int(edges[-1]) - 1}
    for first, end in itertools.pairwise(edges.tolist()):
        last = end - 1
        steps.update(np.linspace(first, last, _SAMPLES).astype(np.int64).tolist())
        steps.add(last)
        for step, _ in schedule.landmarks(first, last):
            steps.update(s for s in range(step - 1, step + 2) if first <= s <= last)
    return np.array(sorted(steps))
