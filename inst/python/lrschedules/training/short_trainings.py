"""Chooses the learning rates to try in short trainings, and the best of them.

This module trains nothing itself: `choose()` takes a function that does.
"""

import dataclasses
import math

import numpy as np

from lrschedules_math import Constant, OneCycle

MOST_STEPS = 11
"""The most steps that all short trainings take together, as a multiple of `confirm`."""

ONE_CYCLE, CONSTANT = "one_cycle", "constant"

_FACTOR = 2.0
_FIRST_ROUND = 4
"""The first round trains every peak for a quarter of the steps."""
_MOST_IN_FIRST_ROUND = 12
_FOR_CONSTANT = 3
"""The number of full-length trainings that are reserved for `constant`."""
_MEASURED = 5
"""The final loss is the mean over the last fifth of the steps."""
_EQUAL = 0.02
"""Final losses count as equal if they differ by at most this share of the improvement."""


@dataclasses.dataclass(frozen=True, eq=False)
class ShortTraining:
    """A short training and its final loss.

    Attributes:
        schedule: "one_cycle" or "constant".
        rate: the peak of the cycle, or the constant rate.
        steps: the planned number of steps.
        steps_taken: the number of steps taken: fewer than planned if the loss diverged before the
            last step.
        final_loss: the mean loss of the last fifth of the steps; infinite if the loss diverged.
        measured: the losses of the last fifth of the steps, a NumPy float64 array.
    """

    schedule: str
    rate: float
    steps: int
    steps_taken: int
    final_loss: float
    measured: np.ndarray = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Choice:
    """The chosen rates. If there is none, it is NaN, and `reasons` says why."""

    peak: float
    constant: float
    trainings: list
    equal_peaks: list
    reasons: dict


def rates_of(schedule, rate, steps):
    """The rate of each step of a short training. A cycle ends before the last fifth of the steps,
    so that the final loss is measured at rates near 0."""
    if schedule == CONSTANT:
        return Constant(rate).rates(range(steps))
    return OneCycle(rate, steps - measuring(steps)).rates(range(steps))


def measuring(steps):
    """The number of steps at the end of a training whose mean loss is the final loss."""
    return max(steps // _MEASURED, 1)


def bounds(suggestions, rates):
    """The lowest and the highest peak to try, derived from the suggestions of a sweep."""
    highest = 8 * suggestions["edge"]
    if math.isnan(highest):
        highest = rates[-1]
    lowest = suggestions["valley"]
    if math.isnan(lowest):
        lowest = highest / 2**8
    lowest = min(lowest, highest / 2**4)
    return max(lowest, highest / _FACTOR ** (_MOST_IN_FIRST_ROUND - 1)), highest


def choose(train, suggestions, rates, losses, confirm):
    """Finds the peak of one cycle, and the constant rate, that lower the loss most.

    Args:
        train: a function `train(schedule, rate, steps)` that returns a `ShortTraining`.
        suggestions: the rates that the rules found in the sweep, by the rules' names.
        rates, losses: the rates and losses of the sweep.
        confirm: the number of steps of a full-length training.

    Returns:
        A `Choice`.
    """
    search = _Search(train, MOST_STEPS * confirm, rates[0])
    lowest, highest = bounds(suggestions, rates)
    count = round(math.log(highest / lowest, _FACTOR)) + 1
    peaks = highest / _FACTOR ** np.arange(count)[::-1]
    for_constant = _FOR_CONSTANT * confirm
    # Reserve the steps of four peaks at full length: the best, its two neighbours, and one beyond.
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
        if math.isfinite(best.final_loss):
            reason = (
                "no short training lowers the loss by more than its noise: "
                "no peak is better than another"
            )
        else:
            reason = "the loss diverged in every short training"
        reasons = dict.fromkeys(("peak", "constant"), reason)
        return Choice(math.nan, math.nan, search.done, [t.rate for t in full], reasons)
    gained = np.mean(start) - best.final_loss
    equal = _equal(full, best, gained)
    constants = search.extended(CONSTANT, best.rate / _FACTOR ** np.array([2.0, 1.0]), confirm)
    constant = search.best(constants)
    if not math.isfinite(constant.final_loss):
        reasons["constant"] = "the loss diverged at every constant rate that was tried"
    return Choice(
        _middle(equal),
        math.nan if reasons else _middle(_equal(constants, constant, gained)),
        search.done,
        equal,
        reasons,
    )


class _Search:
    """Runs short trainings within a budget of steps."""

    def __init__(self, train, budget, lowest):
        self.train, self.left, self.lowest, self.done = train, budget, lowest, []

    def extended(self, schedule, rates, steps, keep=0):
        """Trains at `rates`, and then at further rates beyond an end for as long as the rate at
        that end is best. Leaves `keep` steps of the budget. If the loss diverges at each rate, the
        search ends below the rates of the sweep."""
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
            hopeless = best.rate < self.lowest and not math.isfinite(best.final_loss)
            if hopeless or not run(rate):
                return found

    @staticmethod
    def best(trainings):
        # If all diverged, take the lowest rate: the search then continues below it.
        return min(trainings, key=lambda t: (t.final_loss, t.rate))


def _before(rates, losses, rate):
    """The losses before training: those of the sweep at rates up to a hundredth of `rate`, or of
    its first tenth if that is longer."""
    return losses[: max(np.searchsorted(rates, rate / 100), len(losses) // 10, 2)]


def _learns(start, best):
    """Whether the final loss is below the mean of the losses `start` by more than noise: three
    standard deviations of the difference."""
    if not math.isfinite(best.final_loss):
        return False
    noise = sum(np.var(losses) / len(losses) for losses in (start, best.measured))
    return np.mean(start) - best.final_loss > 3 * math.sqrt(noise)


def _equal(trainings, best, gained):
    """The rates of the trainings whose final losses count as equal to the best."""
    return sorted(t.rate for t in trainings if t.final_loss <= best.final_loss + _EQUAL * gained)


def _middle(rates):
    """The middle of equally good rates, on a logarithmic scale."""
    return math.sqrt(min(rates) * max(rates))
