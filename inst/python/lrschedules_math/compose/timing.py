"""Schedules that change when other schedules run: later, slower, in sequence or repeatedly.

They hold schedules of this package, other Keras schedules, or numbers (constant rates), and can be
nested.
"""

import bisect
import math

from lrschedules_math.core import checks
from lrschedules_math.core.landmarks import (
    BOUNDARY,
    HELD,
    JOIN,
    RESTART,
    START,
    Landmark,
    later,
    marks,
    multiples,
)
from lrschedules_math.core.namespaces import Table
from lrschedules_math.core.schedule import Schedule, horizon_of, rate_of, schedule_class
from lrschedules_math.core.whole_steps import whole_periods


def _shifted(schedule, start, first, last):
    """The landmarks, at most one step after `last`, of a part that begins at step `start`. A decay
    that is cut off never ends."""
    if not isinstance(schedule, Schedule) or last < first:
        return []
    found = later(schedule.landmarks(max(first - start, 0), last - start), start)
    return [landmark for landmark in found if landmark.step <= last + 1]


@schedule_class
class Offset(Schedule):
    """Starts a schedule at step `offset`, and holds its first rate until then.

    ```
    rate(step) = schedule(max(step - offset, 0))
    ```

    Args:
        schedule: a schedule, or a rate.
        offset: the whole step at which the schedule starts, 0 or more.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> Offset(ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5), 100).rates([0, 100, 110])
    array([0.1 , 0.1 , 0.05])
    """

    schedule: checks.ScheduleOrRate
    offset: checks.Steps

    def _simplify(self):
        inner = self.schedule
        if type(inner) is type(self) and self.offset + inner.offset <= checks.MAX_STEP:
            self._set("schedule", inner.schedule)
            self._set("offset", self.offset + inner.offset)

    @property
    def horizon(self):
        return self.offset + (horizon_of(self.schedule) or self.offset)

    def landmarks(self, first, last):
        held = _shifted(self.schedule, self.offset, first, last)
        return [Landmark(self.offset, START), *held]

    def formula(self, step, xp):
        return rate_of(self.schedule, xp.maximum(step - self.offset, 0), xp)


@schedule_class
class Join(Schedule):
    """Runs schedules one after the other, each counting from the boundary where it starts.

    ```
    rate(step) = schedules[0](step)                     for step < boundaries[0]
                 schedules[i](step - boundaries[i-1])   for boundaries[i-1] <= step < boundaries[i]
    ```

    The last schedule continues for ever. Each schedule starts at exactly its boundary step,
    also in compiled training.

    Args:
        schedules: two or more schedules or rates.
        boundaries: the whole steps at which the next schedule starts, greater than 0, strictly
            increasing; one fewer than schedules.

    Raises:
        ValueError: `schedules` does not have one more element than `boundaries`, or the
            first boundary is 0.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> Join([0.01, decay, 0.001], boundaries=[5, 25]).rates([0, 4, 5, 15, 25, 1000])
    array([0.01 , 0.01 , 0.1  , 0.05 , 0.001, 0.001])

    Source: `optax.join_schedules`, `torch.optim.lr_scheduler.SequentialLR`.
    """

    schedules: checks.Schedules
    boundaries: checks.Boundaries

    def __post_init__(self):
        super().__post_init__()
        if len(self.schedules) != len(self.boundaries) + 1:
            raise ValueError(
                "`schedules` must have one more element than `boundaries`. "
                f"Received: {len(self.schedules):,} and {len(self.boundaries):,} elements"
            )
        if self.boundaries[0] == 0:
            raise ValueError(
                "`boundaries` must be greater than 0: the first schedule would never run. "
                f"Received: boundaries={self.boundaries!r}"
            )
        self._set("_boundaries", Table(self.boundaries))

    @property
    def horizon(self):
        last = self.boundaries[-1]
        return last + (horizon_of(self.schedules[-1]) or last // 2 or 1)

    def landmarks(self, first, last):
        starts = (0, *self.boundaries)
        one = bisect.bisect_right(starts, max(first, 0)) - 1
        end = bisect.bisect_right(starts, last)
        found = [Landmark(starts[i], self._change(i)) for i in range(max(one, 1), end)]
        for i in range(one, end):
            until = min(last, self.boundaries[i] - 1) if i < len(self.boundaries) else last
            found += _shifted(self.schedules[i], starts[i], max(first, starts[i]), until)
        return found

    def _change(self, i):
        """What happens where part `i` begins: a step from number to number is a boundary."""
        before, after = self.schedules[i - 1 : i + 1]
        if before == after:
            return RESTART
        are_schedules = isinstance(before, Schedule) or isinstance(after, Schedule)
        return JOIN if are_schedules else BOUNDARY

    def formula(self, step, xp):
        return xp.switch(
            xp.count_at_most(self._boundaries, step),
            step,
            [
                lambda step, schedule=schedule, start=start: rate_of(
                    schedule, step - start if start else step, xp
                )
                for schedule, start in zip(self.schedules, (0, *self.boundaries))
            ],
        )


@schedule_class
class Hold(Schedule):
    """Follows a schedule up to a step, and holds the rate of that step.

    ```
    rate(step) = schedule(min(step, from_))
    ```

    Args:
        schedule: a schedule, or a rate.
        from_: the whole step from which the rate is held, 0 or more (`from` in configurations).

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> Hold(ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5), 20).rates([0, 10, 20, 1000])
    array([0.1  , 0.05 , 0.025, 0.025])
    """

    schedule: checks.ScheduleOrRate
    from_: checks.Steps

    @property
    def horizon(self):
        return self.from_ + self.from_ // 4 + 1

    def landmarks(self, first, last):
        held = _shifted(self.schedule, 0, first, min(last, self.from_))
        return [Landmark(self.from_, HELD), *held]

    def formula(self, step, xp):
        return rate_of(self.schedule, xp.minimum(step, self.from_), xp)


@schedule_class
class Repeat(Schedule):
    """Restarts a schedule every `every` steps.

    ```
    rate(step) = schedule(step - every * min(floor(step / every), times - 1))
    ```

    The last of the `times` rounds is not cut off: the schedule continues as it would alone.

    Args:
        schedule: a schedule, or a rate.
        every: the whole number of steps in a round, greater than 0.
        times: the number of rounds, a whole number greater than 0; infinity (or None) for no end.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> Repeat(decay, every=20, times=2).rates([0, 10, 19, 20, 30, 40])
    array([0.1       , 0.05      , 0.02679434, 0.1       , 0.05      ,
           0.025     ])
    """

    schedule: checks.ScheduleOrRate
    every: checks.PositiveWholeSteps
    times: checks.Times = float("inf")

    @property
    def horizon(self):
        return self.every * min(self.times, 4)

    def landmarks(self, first, last):
        until = last if self.times == math.inf else min(last, (self.times - 1) * self.every)
        found = marks(RESTART, multiples(self.every, first, until))
        # Whole rounds are alike: take the first and the last of them, and the two cut rounds.
        rounds = {first // self.every, first // self.every + 1, last // self.every}
        rounds |= {max(last // self.every - 1, 0)}
        for number in sorted({min(number, self.times - 1) for number in rounds}):
            start = number * self.every
            until = last if number == self.times - 1 else min(last, start + self.every - 1)
            found += _shifted(self.schedule, start, max(first, start), until)
        return found

    def formula(self, step, xp):
        rounds = step // self.every
        if self.times < float("inf"):
            rounds = xp.minimum(rounds, self.times - 1)
        return rate_of(self.schedule, step - rounds * self.every, xp)


@schedule_class
class Stretch(Schedule):
    """Runs a schedule slower or, with `factor < 1`, faster.

    ```
    rate(step) = schedule(floor(step / factor))
    ```

    Args:
        schedule: a schedule, or a rate.
        factor: how many times slower, from 1e-6 to 2^53. It is read as the decimal it is written
            as (0.1 is 1/10) and rounded to the nearest fraction with a denominator up to 10^6.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> Stretch(decay, 2).rates([0, 1, 20, 40])
    array([0.1  , 0.1  , 0.05 , 0.025])
    """

    schedule: checks.ScheduleOrRate
    factor: checks.StretchFactor

    @property
    def horizon(self):
        return max(int(self.factor * horizon_of(self.schedule)), 1)

    def landmarks(self, first, last):
        # Several steps of the schedule may become one: start after the step before `first`.
        start, end = (int(max(step, 0) / self.factor) for step in (first - 1, last))
        found = _shifted(self.schedule, 0, start, end)
        return [Landmark(math.ceil(step * self.factor), what) for step, what in found]

    def formula(self, step, xp):
        return rate_of(self.schedule, whole_periods(step, self.factor, xp), xp)


@schedule_class
class Accumulate(Schedule):
    """Counts updates instead of batches, for an optimizer with `gradient_accumulation_steps`.

    ```
    rate(step) = schedule(floor(step / gradient_accumulation_steps))
    ```

    For the schedule of an optimizer with `gradient_accumulation_steps=k`, every batch is a step,
    but the weights are updated only at every k-th batch. This schedule takes one step for each
    update.

    Args:
        schedule: a schedule, or a rate.
        gradient_accumulation_steps: batches per update, a whole number greater than 0.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)
    >>> Accumulate(decay, 4).rates([0, 3, 4, 8])
    array([0.1  , 0.1  , 0.05 , 0.025])
    """

    schedule: checks.ScheduleOrRate
    gradient_accumulation_steps: checks.PositiveWholeSteps

    @property
    def horizon(self):
        return self.gradient_accumulation_steps * (horizon_of(self.schedule) or 1)

    def landmarks(self, first, last):
        k = self.gradient_accumulation_steps
        found = _shifted(self.schedule, 0, first // k, last // k)
        return [Landmark(step * k, what) for step, what in found]

    def formula(self, step, xp):
        return rate_of(self.schedule, step // self.gradient_accumulation_steps, xp)
