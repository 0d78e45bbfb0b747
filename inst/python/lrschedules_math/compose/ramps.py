"""Schedules that rise to another schedule, or fall from it."""

import typing

from lrschedules_math.core import checks
from lrschedules_math.core.landmarks import (
    COOLDOWN_BEGINS,
    COOLDOWN_ENDS,
    Landmark,
    later,
    warmup,
)
from lrschedules_math.core.schedule import Schedule, horizon_of, rate_of, schedule_class
from lrschedules_math.core.shapes import RISES, rise

SHAPES = (*RISES, "polynomial")

Shape = typing.Annotated[str, checks.one_of(*SHAPES)]


def _check_power(power, shape):
    if power != 1 and shape != "polynomial":
        raise ValueError(
            f"`power` needs `shape='polynomial'`. Received: power={power!r}, shape={shape!r}"
        )


@schedule_class
class Warmup(Schedule):
    """Rises to a schedule during the first `steps` steps, then follows it.

    ```
    rate(step) = from_ + (start - from_) * shape(step / steps)    for step < steps
                 schedule(step - steps)                           after, with shift=True
                 schedule(step)                                   after, with shift=False
    ```

    `start` is the schedule's rate at step `steps`: `schedule(0)`, or `schedule(steps)` with
    `shift=False`. If `to` is given, `start` is `to`, and the rate jumps to the schedule's rate at
    step `steps`. The shapes of q are `linear` q, `cosine` ½(1 - cos πq), `one_minus_sqrt`
    1 - √(1 - q) and `polynomial` q^power.

    Args:
        schedule: a schedule, or a rate.
        steps: the whole number of steps of the warmup, 0 or more.
        from_: the rate at step 0, 0 or more (`from` in configurations).
        shape: "linear", "cosine", "one_minus_sqrt" or "polynomial".
        power: the exponent of "polynomial", greater than 0.
        shift: whether the schedule starts after the warmup (otherwise at step 0).
        to: the rate that the warmup rises to, 0 or more; None for the rate that the schedule
            continues with.

    Raises:
        ValueError: `power` is given without `shape="polynomial"`.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> Warmup(decay, steps=4).rates([0, 1, 2, 4, 14])
    array([0.   , 0.025, 0.05 , 0.1  , 0.05 ])
    >>> Warmup(decay, steps=10, shift=False, to=0.1).rates([0, 5, 9, 10])
    array([0.  , 0.05, 0.09, 0.05])

    Source: `optax.warmup_exponential_decay_schedule` and similar (shift=True), TensorFlow Model
    Garden's `LinearWarmup` (shift=False), timm's `CosineLRScheduler` (shift=False and `to`).
    """

    schedule: checks.ScheduleOrRate
    steps: checks.Steps
    from_: checks.Rate = 0.0
    shape: Shape = "linear"
    power: checks.Positive = 1.0
    shift: checks.Flag = True
    to: checks.OptionalRate = None

    _added = ("to",)

    def __post_init__(self):
        super().__post_init__()
        _check_power(self.power, self.shape)

    @property
    def horizon(self):
        after = horizon_of(self.schedule)
        return self.steps + after if self.shift or not after else max(2 * self.steps, after)

    def landmarks(self, first, last):
        start = self.steps if self.shift else 0
        held = super().landmarks(max(first - start, 0), max(last - start, 0))
        return [*warmup(self.steps), *later(held, start)]

    def formula(self, step, xp):
        counted = xp.maximum(step, self.steps)
        after = rate_of(self.schedule, counted - self.steps if self.shift else counted, xp)
        if self.steps == 0:
            return after
        done = xp.minimum(step, self.steps)
        start = after if self.to is None else self.to
        warming = self.from_ + (start - self.from_) * rise(
            self.shape, done, self.steps, xp, self.power
        )
        return xp.where(step < self.steps, warming, after)


@schedule_class
class Cooldown(Schedule):
    """Follows a schedule up to a step, then falls to `to` and stays there.

    ```
    rate(step) = schedule(step)                                                 for step <= at
                 to + (schedule(at) - to) * shape((at + steps - step) / steps)  for the next `steps`
                 to                                                             after
    ```

    It uses the shapes of `Warmup` backwards: if q is the fraction of the cooldown that is
    done, `linear` 1 - q, `cosine` ½(1 + cos πq), `one_minus_sqrt` 1 - √q and `polynomial`
    (1 - q)^power.

    Args:
        schedule: a schedule, or a rate.
        at: the whole step at which the cooldown begins, 0 or more.
        steps: the whole number of steps of the cooldown, greater than 0.
        to: the last rate, 0 or more.
        shape: "linear", "cosine", "one_minus_sqrt" or "polynomial".
        power: the exponent of "polynomial", greater than 0.

    Raises:
        ValueError: `power` is given without `shape="polynomial"`.

    Example:

    >>> Cooldown(0.1, at=100, steps=20).rates([0, 100, 110, 120, 1000])
    array([0.1 , 0.1 , 0.05, 0.  , 0.  ])
    """

    schedule: checks.ScheduleOrRate
    at: checks.Steps
    steps: checks.PositiveWholeSteps
    to: checks.Rate = 0.0
    shape: Shape = "linear"
    power: checks.Positive = 1.0

    def __post_init__(self):
        super().__post_init__()
        _check_power(self.power, self.shape)

    @property
    def horizon(self):
        return self.at + self.steps + self.steps // 4 + 1

    def landmarks(self, first, last):
        return [
            Landmark(self.at, COOLDOWN_BEGINS),
            Landmark(self.at + self.steps, COOLDOWN_ENDS),
            *super().landmarks(first, min(last, self.at)),
        ]

    def formula(self, step, xp):
        before = rate_of(self.schedule, xp.minimum(step, self.at), xp)
        left = xp.minimum(xp.maximum(self.at + self.steps - step, 0), self.steps)
        cooling = self.to + (before - self.to) * rise(self.shape, left, self.steps, xp, self.power)
        return xp.where(step <= self.at, before, cooling)
