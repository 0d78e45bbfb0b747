"""A description of a schedule in phases."""

import dataclasses
import itertools
import math

import numpy as np

from lrschedules_math.core.checks import positive_whole_steps
from lrschedules_math.core.landmarks import BOUNDARY, DROP, TURN
from lrschedules_math.core.schedule import parts_of
from lrschedules_math.insight.telling_steps import looked_at

_FEW = 8
"""If there are more phases than this, repeated phases are merged into one."""

_AGAIN = 3
"""The least number of equal phases in a row that counts as repeated."""

_MANY = 40
"""Nobody plans more phases than this: say only that the rate varies."""

_RANDOM = ("Noise", "NoisyLinearCosineDecay")


@dataclasses.dataclass(frozen=True)
class Phase:
    """What a schedule does from step `first` to step `last`, and its rates there. Adjacent phases
    share a step unless the rate jumps between them."""

    first: int
    last: int
    start: float
    end: float
    what: str


def schedule_explain(schedule, steps):
    """Describes the first `steps` training steps of a schedule, phase by phase.

    Up to a million steps, every step is examined; beyond that, the schedule's landmarks and a
    sample of the steps between them. A foreign schedule (see `lrschedules.KerasSchedule`), or one
    that holds it, is evaluated at no more than 1,000 evenly spaced steps.

    Args:
        schedule: a schedule of this package or, in `lrschedules`, also of Keras.
        steps: a whole number greater than 0.

    Returns:
        A list of `Phase`, in order. If there are more than 8, repeated phases are merged into one.

    Raises:
        ValueError: `steps` is not a whole number greater than 0 or, in `lrschedules`, `schedule` is
            not a schedule.

    Example:

    >>> from lrschedules import CosineDecay, Warmup
    >>> for phase in schedule_explain(Warmup(CosineDecay(0.1, 900), 100), 1000):
    ...     print(phase.first, phase.last, phase.what)
    0 100 rises from 0 to 0.1
    100 999 warmup ends; falls from 0.1 to 3.046e-07
    """
    steps, rates = looked_at(schedule, positive_whole_steps("steps", steps) - 1)
    is_nan = np.isnan(rates)
    edges = [0, *(np.flatnonzero(np.diff(is_nan)) + 1).tolist(), len(rates)]
    phases = []
    for first, end in itertools.pairwise(edges):
        if is_nan[first]:  # only classes from outside give NaN
            step, last = int(steps[first]), int(steps[end - 1])
            phases.append(Phase(step, last, math.nan, math.nan, "is not a number"))
        else:
            phases += _phases(schedule, steps[first:end], rates[first:end])
    return phases


def _phases(schedule, steps, rates):
    """The phases at `steps`, where every rate is a number."""
    if is_random(schedule) and len(rates) > 2:
        return [_whole(steps, rates, "varies at random between")]
    # Where two landmarks share a step, keep the outer schedule's, which is listed first.
    landmarks = reversed(schedule.landmarks(int(steps[0]), int(steps[-1])))
    names = {step: what for step, what in landmarks if what != TURN}
    phases = _merged([_told(phase, names) for phase in _runs(steps, rates, names)])
    if len(phases) > _MANY:
        return [_whole(steps, rates, "goes up and down between")]
    return phases


def is_random(schedule):
    """Whether a part of `schedule` is noise."""
    return any(type(part).__name__ in _RANDOM for part in parts_of(schedule))


def _whole(steps, rates, does):
    lowest, highest = _numbers(rates.min(), rates.max())
    what = f"{does} {lowest} and {highest}"
    return Phase(int(steps[0]), int(steps[-1]), float(rates[0]), float(rates[-1]), what)


def _number(rate, digits=4):
    return f"{rate:.{digits}g}"


def _numbers(x, y):
    """Two rates, with as many digits as show a difference."""
    shown = [(_number(x, digits), _number(y, digits)) for digits in range(4, 18)]
    return next((pair for pair in shown if pair[0] != pair[1]), shown[0])


def _runs(steps, rates, names):
    """Splits the steps into runs in which the rate only rises, only falls or stays. Each run is a
    tuple of its first step, last step, and their rates. Jumps lie between two runs."""
    direction = np.sign(np.diff(rates)).astype(int)
    turns = set(np.flatnonzero(np.diff(direction)) + 1)
    places = dict(zip(steps.tolist(), range(len(steps))))
    # Also start a run at each landmark: a fall may go on there as a different kind of fall.
    told = {places[s] for s, what in names.items() if what != DROP and s in places}
    turns |= told | {i - 1 for i in told if i > 0 and _is_jump(rates, i - 1, i)}
    edges = [0, *sorted(turns - {0, len(steps) - 1}), len(steps) - 1]
    runs = []
    reached = None
    for start, end in itertools.pairwise(edges):
        alone = steps[end] - steps[start] == 1
        if alone and _is_jump(rates, start, end):
            if reached != start:
                runs.append((steps[start], steps[start], rates[start], rates[start]))
            continue
        runs.append((steps[start], steps[end], rates[start], rates[end]))
        reached = end
    if reached != len(steps) - 1:
        runs.append((steps[-1], steps[-1], rates[-1], rates[-1]))
    return runs


def _is_jump(rates, start, end):
    """Whether the rate changes more than twice as much from `start` to `end` as around it."""
    change = abs(rates[end] - rates[start])
    before = abs(rates[start] - rates[start - 1]) if start > 0 else 0.0
    after = abs(rates[end + 1] - rates[end]) if end + 1 < len(rates) else 0.0
    return change > 2 * max(before, after)


def _told(run, names):
    first, last, start, end = run
    if start == end:
        does = f"stays at {_number(start)}"
    else:
        shown_start, shown_end = _numbers(start, end)
        does = f"{'rises' if end > start else 'falls'} from {shown_start} to {shown_end}"
    # A landmark may be at the run's first step or at the step before it.
    found = [names[s] for s in (int(first), int(first) - 1) if s > 0 and s in names]
    name = next((what for what in found if what not in (BOUNDARY, DROP)), None)
    return Phase(int(first), int(last), float(start), float(end), does), name


def _merged(told):
    """Merges repeated phases into one."""
    phases = []
    kinds = [_kind(phase) for phase, _ in told]
    i = 0
    while i < len(told):
        count, length = _repetition(kinds, i) if len(told) > _FEW else (1, 1)
        if count >= _AGAIN:
            group = [phase for phase, _ in told[i : i + count * length]]
            what = _repeated(group, count, length)
        else:
            count = length = 1
            group, what = [told[i][0]], told[i][0].what
        name = told[i][1]
        if name is not None:
            what = f"{name}; {what}"
        phases.append(Phase(group[0].first, group[-1].last, group[0].start, group[-1].end, what))
        i += count * length
    return phases


def _repetition(kinds, i):
    """Finds a pattern of one, two or three phases that repeats from phase `i` on. Returns the
    number of repetitions and the length of the pattern that covers the most phases; if several
    do, of the shortest."""
    best = (1, 1)
    for length in (1, 2, 3):
        pattern = kinds[i : i + length]
        count = 1
        while kinds[i + count * length : i + (count + 1) * length] == pattern:
            count += 1
        if count >= _AGAIN and count * length > best[0] * best[1]:
            best = (count, length)
    return best


def _kind(phase):
    return int(np.sign(phase.end - phase.start))


def _repeated(group, count, length):
    levels = [phase.start for phase in group]
    if length == 1 and _kind(group[0]) == 0:
        shown_first, shown_last = _numbers(levels[0], levels[-1])
        ends = f"from {shown_first} to {shown_last}"
        if all(a > b for a, b in itertools.pairwise(levels)):
            return f"falls in {count - 1:,} stairs {ends}"
        if all(a < b for a, b in itertools.pairwise(levels)):
            return f"rises in {count - 1:,} stairs {ends}"
        lowest, highest = _numbers(min(levels), max(levels))
        return f"takes {count:,} values between {lowest} and {highest}, one after the other"
    first = ", ".join(phase.what for phase in group[:length])
    final = ", ".join(phase.what for phase in group[-length:])
    return f"{count:,} times: {first}" + ("" if final == first else f"; the last: {final}")
