"""A numeric summary of a schedule."""

import itertools
import math

import numpy as np

from lrschedules_math.core.checks import MAX_STEP
from lrschedules_math.insight.telling_steps import looked_at


def summarize(schedule, last, steps=None):
    """Summarises the rates from step 0 to `last` (None: to the end of the shape).

    Only the steps of `looked_at` count, each weighted by the distance to the next; if `steps` are
    given, only they count. If no two of these steps are consecutive, the largest jump is not known:
    it and its step are NaN.
    """
    if steps is None:
        if last is None:
            last = min(math.ceil(schedule.horizon), MAX_STEP)
        steps, rates = looked_at(schedule, last)
        weights = np.diff(steps, append=last + 1)
    else:
        steps = np.unique(steps)
        rates = schedule.on_array(steps)
        weights = np.ones_like(steps)
        last = int(steps[-1])
    first = int(steps[0])
    quarters = []
    edges = [first + i * (last + 1 - first) // 4 for i in range(5)]
    for start, end in itertools.pairwise(edges):
        part = (steps >= start) & (steps < end)
        if part.any():
            mean = float(np.average(rates[part], weights=weights[part]))
            lowest, highest = float(rates[part].min()), float(rates[part].max())
            quarters.append([float(start), float(end - 1), lowest, highest, mean])
    # Count only changes between consecutive steps as jumps.
    consecutive = np.diff(steps) == 1
    jumps = np.nan_to_num(np.abs(np.diff(rates))) * consecutive
    jump = jump_step = math.nan if len(consecutive) and not consecutive.any() else 0.0
    if jumps.any():
        i = int(jumps.argmax())
        jump, jump_step = float(rates[i + 1] - rates[i]), float(steps[i + 1])
    return {
        "first": float(first),
        "last": float(last),
        "start": float(rates[0]),
        "end": float(rates[-1]),
        "peak": float(rates.max()),
        "peak_step": float(steps[rates.argmax()]),
        "lowest": float(rates.min()),
        "lowest_step": float(steps[rates.argmin()]),
        "mean": float(np.average(rates, weights=weights)),
        "zeros": float(weights[rates == 0].sum()),
        "jump": jump,
        "jump_step": jump_step,
        "quarters": np.array(quarters),
        "line": schedule.on_array(np.linspace(first, last, 40).astype(np.int64)),
    }
