"""Learning rates that the sweep of a range test suggests.

`steep`, `minimum`, `valley` and `slide` are the rules of fastai's `lr_find()`
(https://docs.fast.ai/callback.schedule.html), applied to the same data: the smoothed losses without
the first tenth of the planned steps and the last five. `edge` is this package's own rule, and uses
the losses themselves: smoothed losses turn many steps later.
"""

import bisect
import math

import numpy as np

SMOOTHING = 0.98
DIVERGED = 4
"""The test stops when the smoothed loss exceeds this multiple of its lowest value."""


class Smoothed:
    """Losses averaged exponentially, as fastai shows them.

    ```
    average(i) = 0.98 * average(i - 1) + 0.02 * loss(i)
    smoothed(i) = average(i) / (1 - 0.98 ** (i + 1))
    ```
    """

    def __init__(self):
        self.average, self.count = 0.0, 0

    def add(self, loss):
        self.average = SMOOTHING * self.average + (1 - SMOOTHING) * loss
        self.count += 1
        return self.average / (1 - SMOOTHING**self.count)


def has_diverged(smoothed, lowest):
    """Whether the smoothed loss is more than four times its lowest value, or not a finite number.
    The limit is `lowest + 3 * abs(lowest)`, which is also correct for negative losses."""
    return not (math.isfinite(smoothed) and smoothed <= lowest + (DIVERGED - 1) * abs(lowest))


class NothingFound(Exception):
    """A rule suggests no rate; the message says why."""


def suggest(rates, losses, smoothed, steps, diverged):
    """The rates that the five rules suggest.

    Args:
        rates: the rate of each step.
        losses: the loss of each step; only the last may be infinite or NaN.
        smoothed: the smoothed loss of each step.
        steps: the planned number of steps.
        diverged: whether the test stopped because the loss diverged.

    Returns:
        Two dicts by the names of the rules: the rates, NaN if a rule finds nothing; and the reasons
        why rates are NaN.
    """
    first, width = steps // 10, max(steps // 10, 2)
    shown = slice(first, -5)
    finite = np.isfinite(smoothed[shown])
    looked_at = rates[shown][finite], smoothed[shown][finite]
    falls = falls_beyond_noise(losses, width)
    falls_at = falls[shown][finite]
    suggestions, reasons = {}, {}
    for rule, arguments in {
        minimum: (*looked_at, falls.any()),
        edge: (rates, losses, falls.any(), steps, diverged),
        valley: looked_at,
        slide: looked_at,
        steep: (*looked_at, falls_at),
    }.items():
        name = rule.__name__
        try:
            suggestions[name] = float(rule(*arguments))
        except NothingFound as nothing:
            suggestions[name], reasons[name] = math.nan, str(nothing)
    return suggestions, reasons


def _require(rates, least):
    if len(rates) < least:
        raise NothingFound(
            f"it needs {least} rates besides the first tenth and the last five, "
            f"and there {'is' if len(rates) == 1 else 'are'} {len(rates)}"
        )


def falls_beyond_noise(losses, width):
    """For each loss, whether the mean of the next `width` losses is below the mean of all losses up
    to it by more than noise: five standard deviations of the difference.

    The variance is estimated from second differences, which a linear trend does not change:
    `(l[i] - 2 l[i + 1] + l[i + 2])^2 / 6`.
    """
    n = len(losses)
    falls = np.zeros(n, bool)
    first = max(width, 3) - 1
    if n <= first + width:
        return falls
    # Only the last loss can be infinite or NaN, if the training diverged.
    losses = np.where(np.isfinite(losses), losses, losses[:-1].max())
    at = np.arange(first, n - width)
    sums = np.cumsum(losses)
    before, after = sums[at] / (at + 1), (sums[at + width] - sums[at]) / width
    variances = np.cumsum(np.diff(losses, 2) ** 2)[at - 2] / (6 * (at - 1))
    noise = np.sqrt(variances * (1 / (at + 1) + 1 / width))
    falls[at] = before - after > 5 * noise
    return falls


_NO_FALL = "the loss never falls by more than its noise"


def steep(rates, smoothed, falls):
    """The rate at which the smoothed loss falls most steeply over the logarithm of the rate, among
    the rates after which the loss falls by more than its noise."""
    _require(rates, 2)
    slopes = np.where(falls[:-1], np.diff(smoothed) / np.diff(np.log(rates)), np.inf)
    steepest = slopes.argmin()
    if not falls.any() or slopes[steepest] >= 0:
        raise NothingFound(_NO_FALL)
    return rates[steepest]


def minimum(rates, smoothed, falls):
    """A tenth of the rate at which the smoothed loss is lowest."""
    _require(rates, 2)
    lowest = smoothed.argmin()
    if lowest == 0:
        raise NothingFound("the loss is lowest at the first rate considered")
    if not falls:
        raise NothingFound(_NO_FALL)
    return rates[lowest] / 10


def edge(rates, losses, falls, steps, diverged):
    """A quarter of the rate from which the loss only rises until the end of the test, or stays
    above its lowest value by more than a tenth of its whole fall.

    Gradient descent on a quadratic loss is stable up to twice the best rate, so a quarter of the
    rate at which the loss begins to rise is half of the best rate. A running median over a
    twentieth of the steps keeps single batches from deciding.
    """
    half = steps // 40
    losses = np.where(np.isfinite(losses), losses, np.inf)
    medians = running_medians(losses, half)
    lower = np.flatnonzero(~(medians[1:] > medians[:-1]))
    first = lower[-1] + 1 if len(lower) else 0
    # An unstable loss jumps, so it also falls again and again.
    lowest, highest = medians.min(), np.median(losses[: max(steps // 10, 1)])
    if lowest < highest:
        near = lowest + (highest - lowest) / 10
        first = min(first, np.flatnonzero(medians <= near)[-1] + 1)
    # A few rises in a row are noise, unless the test stopped there.
    if len(medians) - 1 - first < (1 if diverged else 3):
        raise NothingFound("the loss does not rise at the end of the test")
    if first == 0:
        raise NothingFound("the loss rises from the first rate on")
    if not falls:
        raise NothingFound(_NO_FALL)
    return rates[first] / 4


def running_medians(values, half):
    """The median of each value and `half` values on each side; the first and the last value are
    repeated beyond the ends."""
    padded = np.pad(values, half, mode="edge").tolist()
    window = sorted(padded[: 2 * half + 1])
    medians = [window[half]]
    for leaves, comes in zip(padded, padded[2 * half + 1 :]):
        del window[bisect.bisect_left(window, leaves)]
        bisect.insort(window, comes)
        medians.append(window[half])
    return np.array(medians)


def valley(rates, smoothed):
    """The rate halfway, as fastai counts, through the longest series of falling smoothed losses,
    which need not be neighbours."""
    # For each loss, the length of the longest falling series that ends there. `ends[n]` is the
    # highest loss that ends a series of n + 1, with its sign changed for bisection.
    lengths, ends = np.ones(len(smoothed), np.int64), []
    for i, loss in enumerate(smoothed.tolist()):
        shorter = bisect.bisect_left(ends, -loss)
        ends[shorter : shorter + 1] = [-loss]
        lengths[i] = shorter + 1
    if not len(lengths) or lengths.max() < 3:
        raise NothingFound("there are no three losses that each fall below the previous one")
    end = lengths.argmax()
    third = lengths[end] / 3
    return rates[end - lengths[end] + int(third) + int(third / 2)]


def slide(rates, smoothed, width=15, flat=0.005):
    """The rate at the left side of an interval of 15 steps. The interval slides from the end to the
    left for as long as the slopes of the smoothed loss at its two sides differ by more than
    0.005."""
    _require(rates, width + 1)
    slopes = np.gradient(smoothed)
    left = len(rates) - 1 - width
    found = rates[left]
    while left >= 0 and abs(slopes[left + width] - slopes[left]) > flat:
        found = rates[left]
        left -= 1
    return found
