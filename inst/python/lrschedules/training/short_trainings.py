"""Which learning rates are tried in short trainings, and which of them is chosen.

Nothing here trains: `choose()` is given a function that does.
"""

import dataclasses
import math

import numpy as np

from lrschedules_math import Constant, OneCycle

MOST_STEPS = 11
"""How many times `confirm` all short trainings take at most."""

ONE_CYCLE, CONSTANT = "one_cycle", "constant"

_FACTOR = 2.0
_FIRST_ROUND = 4
"""The first round trains every peak for a fourth of the steps."""
_MOST_IN_FIRST_ROUND = 12
_FOR_CONSTANT = 3
"""How many trainings at full length are left for `constant`."""
_MEASURED = 5
"""The last fifth of the steps measures."""
_EQUAL = 0.02
"""Final losses count as equal if they differ by less than this part of what training gains."""


@dataclasses.dataclass(frozen=True, eq=False)
class ShortTraining:
    """A training for a few steps, and where its loss ended.

    Attributes:
        schedule: "one_cycle" or "constant".
        rate: the peak of the cycle, or the constant rate.
        steps: how many steps were planned.
        steps_taken: how many were taken: fewer if the loss diverged.
        final_loss: the mean loss of the last fifth of the steps, infinite if the loss diverged.
        measured: the losses of these steps.
    """

    schedule: str
    rate: float
    steps: int
    steps_taken: int
    final_loss: float
    measured: np.ndarray = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Choice:
    """The rates chosen, NaN with a reason if there is none."""

    peak: float
    constant: float
    trainings: list
    equal_peaks: list
    reasons: dict


def rates_of(schedule, rate, steps):
    """The rate of each step of a short training. The last fifth of the steps measures: a cycle is
    at its end then, with rates near 0."""
    if schedule == CONSTANT:
        return Constant(rate).rates(range(steps))
    return OneCycle(rate, steps - measuring(steps)).rates(range(steps))


def measuring(steps):
    """How many steps at the end of a training measure."""
    return max(steps // _MEASURED, 1)


def bounds(suggestions, rates):
    """The lowest and the highest peak that a sweep suggests to try."""
    highest = 8 * suggestions["edge"]
    if math.isnan(highest):
        highest = rates[-1]
    lowest = suggestions["valley"]
    if math.isnan(lowest):
        lowest = highest / 2**8
    lowest = min(lowest, highest / 2**4)
    return max(lowest, highest / _FACTOR ** (_MOST_IN_FIRST_ROUND - 1)), highest


def choose(train, suggestions, rates, losses, confirm):
    """Looks for the peak of one cycle, and for the constant rate, that lower the loss most.

    Args:
        train: a function `train(schedule, rate, steps)` that returns a `ShortTraining`.
        suggestions: the rates that the rules found in the sweep, by name.
        rates, losses: those of the sweep.
        confirm: the steps of a training at full length.

    Returns:
        A `Choice`.
    """
    search = _Search(train, MOST_STEPS * confirm)
    lowest, highest = bounds(suggestions, rates)
    count = round(math.log(highest / lowest, _FACTOR)) + 1
    peaks = highest / _FACTOR ** np.arange(count)[::-1]
    for_constant = _FOR_CONSTANT * confirm
    # At least three peaks are trained at full length, and one more.
    short = search.extended(
        ONE_CYCLE, peaks, confirm // _FIRST_ROUND, keep=4 * confirm + for_constant
    )
    best = search.best(short)
    around = best.rate * _FACTOR ** np.arange(-1.0, 2)
    full = search.extended(ONE_CYCLE, around, confirm, keep=for_constant)
    best = search.best(full)
    reasons = {}
    start = _before(rates, losses, best.rate)
    if not _learns(start, best):
        reason = "no short training lowers the loss by more than its noise: no peak is better"
        reasons = dict.fromkeys(("peak", "constant"), f"{reason} than another")
        return Choice(math.nan, math.nan, search.done, [t.rate for t in full], reasons)
    gained = np.mean(start) - best.final_loss
    equal = _equal(full, best, gained)
    constants = search.extended(CONSTANT, best.rate / _FACTOR ** np.array([2.0, 1.0]), confirm)
    constant = search.best(constants)
    if not math.isfinite(constant.final_loss):
        reasons["constant"] = "no constant rate that was tried trains"
    return Choice(
        _middle(equal),
        math.nan if reasons else _middle(_equal(constants, constant, gained)),
        search.done,
        equal,
        reasons,
    )


class _Search:
    """Trains within a number of steps."""

    def __init__(self, train, budget):
        self.train, self.left, self.done = train, budget, []

    def extended(self, schedule, rates, steps, keep=0):
        """Trains at `rates`, and beyond either end while the rate at that end is the best; leaves
        `keep` steps of the budget."""
        found = []

        def run(rate):
            if self.left < keep + steps:
                return False
            training = self.train(schedule, float(rate), steps)
            self.left -= training.steps_taken
            self.done.append(training)
            found.append(training)
            return True

        for rate in rates:
            run(rate)
        while True:
            best = self.best(found)
            tried = [training.rate for training in found]
            if best.rate == min(tried):
                rate = best.rate / _FACTOR
            elif best.rate == max(tried):
                rate = best.rate * _FACTOR
            else:
                return found
            if not run(rate):
                return found

    @staticmethod
    def best(trainings):
        # Among those that diverged the lowest rate: the search goes on below it.
        return min(trainings, key=lambda t: (t.final_loss, t.rate))


def _before(rates, losses, rate):
    """The losses before training: those of the sweep at rates far below `rate`, and of its first
    tenth."""
    return losses[: max(np.searchsorted(rates, rate / 100), len(losses) // 10, 2)]


def _learns(start, best):
    """Whether the loss ends below `start` by more than the noise of both means: three of its
    standard deviations."""
    if not math.isfinite(best.final_loss):
        return False
    noise = sum(np.var(losses) / len(losses) for losses in (start, best.measured))
    return np.mean(start) - best.final_loss > 3 * math.sqrt(noise)


def _equal(trainings, best, gained):
    """The rates of the trainings that end as low as the best."""
    return sorted(t.rate for t in trainings if t.final_loss <= best.final_loss + _EQUAL * gained)


def _middle(rates):
    """Between equal rates, the farthest from those that are worse."""
    return math.sqrt(min(rates) * max(rates))
