"""Schedules that change another schedule: when it starts, how it begins and ends, its bounds.

What they hold is a schedule of this package, any other Keras schedule, or a number that
stands for a constant rate. All of them can be nested, to any depth.
"""

import typing

from lrschedules import checks, noise
from lrschedules.schedule import Schedule, horizon_of, rate_of, schedule_class
from lrschedules.shapes import RISES, rise
from lrschedules.steps import whole_periods

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

    `start` is the rate that the schedule continues with at step `steps`:
    `schedule(0)`, or `schedule(steps)` where the schedule runs underneath
    (`shift=False`). The shapes of q are `linear` q, `cosine` ½(1 - cos πq),
    `one_minus_sqrt` 1 - √(1 - q) and `polynomial` q^power.

    Args:
        schedule: a schedule, or a rate.
        steps: whole steps of the warmup, 0 or more.
        from_: the rate at step 0, 0 or more (`from` in configurations).
        shape: "linear", "cosine", "one_minus_sqrt" or "polynomial".
        power: the exponent of "polynomial", greater than 0.
        shift: whether the schedule starts counting after the warmup.

    Raises:
        ValueError: an argument is out of its range, or `power` is given without
            `shape="polynomial"`; the message names it.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> Warmup(decay, steps=4).values([0, 1, 2, 4, 14])
    array([0.   , 0.025, 0.05 , 0.1  , 0.05 ])

    Source: `optax.warmup_exponential_decay_schedule` and its like (shift=True), TensorFlow Model
    Garden's `LinearWarmup` (shift=False).
    """

    schedule: checks.ScheduleOrRate
    steps: checks.Steps
    from_: checks.Rate = 0.0
    shape: Shape = "linear"
    power: checks.Positive = 1.0
    shift: checks.Flag = True

    def __post_init__(self):
        super().__post_init__()
        _check_power(self.power, self.shape)

    @property
    def horizon(self):
        after = horizon_of(self.schedule)
        return self.steps + after if self.shift or not after else max(2 * self.steps, after)

    def formula(self, step, xp):
        counted = xp.maximum(step, self.steps)
        after = rate_of(self.schedule, counted - self.steps if self.shift else counted, xp)
        if self.steps == 0:
            return after
        done = xp.minimum(step, self.steps)
        warming = self.from_ + (after - self.from_) * rise(
            self.shape, done, self.steps, xp, self.power
        )
        return xp.where(step < self.steps, warming, after)


@schedule_class
class Offset(Schedule):
    """Starts a schedule at step `offset`, and holds its first rate before that.

    ```
    rate(step) = schedule(max(step - offset, 0))
    ```

    Args:
        schedule: a schedule, or a rate.
        offset: the whole step at which the schedule starts, 0 or more.

    Raises:
        ValueError: an argument is out of its range; the message names it.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> Offset(ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5), 100).values([0, 100, 110])
    array([0.1 , 0.1 , 0.05])
    """

    schedule: checks.ScheduleOrRate
    offset: checks.Steps

    @property
    def horizon(self):
        return self.offset + (horizon_of(self.schedule) or self.offset)

    def formula(self, step, xp):
        return rate_of(self.schedule, xp.maximum(step - self.offset, 0), xp)


@schedule_class
class Join(Schedule):
    """Schedules one after the other, each counting from its own boundary.

    ```
    rate(step) = schedules[0](step)                     for step < boundaries[0]
                 schedules[i](step - boundaries[i-1])   for boundaries[i-1] <= step < boundaries[i]
    ```

    The last one goes on for ever. At a boundary the next schedule is in force, at
    exactly that step, in compiled training too.

    Args:
        schedules: two or more schedules or rates.
        boundaries: one whole step fewer than schedules, greater than 0, strictly increasing.

    Raises:
        ValueError: an argument is out of its range, or the lengths do not match; the message
            names it.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> Join([0.01, decay, 0.001], boundaries=[5, 25]).values([0, 4, 5, 15, 25, 1000])
    array([0.01 , 0.01 , 0.1  , 0.05 , 0.001, 0.001])

    Source: `optax.join_schedules`, `torch.optim.lr_scheduler.SequentialLR`.
    """

    schedules: checks.Schedules
    boundaries: checks.Boundaries

    def __post_init__(self):
        super().__post_init__()
        if len(self.schedules) != len(self.boundaries) + 1:
            raise ValueError(
                "`schedules` must be one more than `boundaries`. "
                f"Received: {len(self.schedules)} schedules, {len(self.boundaries)} boundaries"
            )
        if self.boundaries[0] == 0:
            raise ValueError(
                "`boundaries` must be greater than 0: the first schedule would never run. "
                f"Received: boundaries={self.boundaries!r}"
            )

    @property
    def horizon(self):
        last = self.boundaries[-1]
        return last + (horizon_of(self.schedules[-1]) or last // 2 or 1)

    def formula(self, step, xp):
        return xp.switch(
            xp.count_at_most(self.boundaries, step),
            [
                lambda schedule=schedule, start=start: rate_of(schedule, step - start, xp)
                for schedule, start in zip(self.schedules, (0, *self.boundaries))
            ],
        )


@schedule_class
class Hold(Schedule):
    """Follows a schedule up to a step and keeps the rate it has there.

    ```
    rate(step) = schedule(min(step, from_))
    ```

    Args:
        schedule: a schedule, or a rate.
        from_: the whole step from which the rate is kept, 0 or more (`from` in configurations).

    Raises:
        ValueError: an argument is out of its range; the message names it.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> Hold(ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5), 20).values([0, 10, 20, 1000])
    array([0.1  , 0.05 , 0.025, 0.025])
    """

    schedule: checks.ScheduleOrRate
    from_: checks.Steps

    @property
    def horizon(self):
        return self.from_ + self.from_ // 4 + 1

    def formula(self, step, xp):
        return rate_of(self.schedule, xp.minimum(step, self.from_), xp)


@schedule_class
class Repeat(Schedule):
    """Starts a schedule again every `every` steps.

    ```
    rate(step) = schedule(step - every * min(floor(step / every), times - 1))
    ```

    The last of the `times` rounds is not cut off: from there on the schedule goes on as it
    would alone.

    Args:
        schedule: a schedule, or a rate.
        every: whole steps of a round, greater than 0.
        times: how many rounds, a whole number greater than 0; infinity (or None) for no end.

    Raises:
        ValueError: an argument is out of its range; the message names it.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> Repeat(decay, every=20, times=2).values([0, 10, 19, 20, 30, 40])
    array([0.1       , 0.05      , 0.02679434, 0.1       , 0.05      ,
           0.025     ])
    """

    schedule: checks.ScheduleOrRate
    every: checks.PositiveWholeSteps
    times: checks.Times = float("inf")

    @property
    def horizon(self):
        return self.every * min(self.times, 4)

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
        factor: how many times slower, at least 1e-6. Taken as the decimal it is written as
            (0.1 is 1/10), to the nearest fraction with a denominator up to 10^6.

    Raises:
        ValueError: an argument is out of its range; the message names it.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> Stretch(decay, 2).values([0, 1, 20, 40])
    array([0.1  , 0.1  , 0.05 , 0.025])
    """

    schedule: checks.ScheduleOrRate
    factor: checks.StretchFactor

    @property
    def horizon(self):
        return max(int(self.factor * horizon_of(self.schedule)), 1)

    def formula(self, step, xp):
        return rate_of(self.schedule, whole_periods(step, self.factor), xp)


@schedule_class
class Cooldown(Schedule):
    """Follows a schedule up to a step, then falls to `to` and stays there.

    ```
    rate(step) = schedule(step)                                                 for step <= at
                 to + (schedule(at) - to) * shape((at + steps - step) / steps)  for the next `steps`
                 to                                                             after
    ```

    The shapes are those of `Warmup`, run backwards: with q the fraction of the cooldown that
    is done, `linear` 1 - q, `cosine` ½(1 + cos πq), `one_minus_sqrt` 1 - √q and `polynomial`
    (1 - q)^power.

    Args:
        schedule: a schedule, or a rate.
        at: the whole step at which the cooldown begins, 0 or more.
        steps: whole steps of the cooldown, greater than 0.
        to: the last rate, 0 or more.
        shape: "linear", "cosine", "one_minus_sqrt" or "polynomial".
        power: the exponent of "polynomial", greater than 0.

    Raises:
        ValueError: an argument is out of its range, or `power` is given without
            `shape="polynomial"`; the message names it.

    Example:

    >>> Cooldown(0.1, at=100, steps=20).values([0, 100, 110, 120, 1000])
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

    def formula(self, step, xp):
        before = rate_of(self.schedule, xp.minimum(step, self.at), xp)
        left = xp.minimum(xp.maximum(self.at + self.steps - step, 0), self.steps)
        cooling = self.to + (before - self.to) * rise(self.shape, left, self.steps, xp, self.power)
        return xp.where(step <= self.at, before, cooling)


@schedule_class
class Clamp(Schedule):
    """Keeps the rate of a schedule within bounds.

    ```
    rate(step) = min(max(schedule(step), min), max)
    ```

    Args:
        schedule: a schedule, or a rate.
        min: the lowest rate, 0 or more.
        max: the highest rate, `min` or more; infinity (or None) for no bound.

    Raises:
        ValueError: an argument is out of its range, or `min` exceeds `max`; the message names it.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> Clamp(decay, min=0.02, max=0.06).values([0, 10, 1000])
    array([0.06, 0.05, 0.02])
    """

    schedule: checks.ScheduleOrRate
    min: checks.Rate = 0.0
    max: checks.UpperRate = float("inf")

    def __post_init__(self):
        super().__post_init__()
        if self.min > self.max:
            raise ValueError(
                f"`min` must be at most `max`. Received: min={self.min!r}, max={self.max!r}"
            )

    @property
    def horizon(self):
        return horizon_of(self.schedule) or super().horizon

    def formula(self, step, xp):
        rate = xp.maximum(rate_of(self.schedule, step, xp), self.min)
        return xp.minimum(rate, self.max)


@schedule_class
class Accumulate(Schedule):
    """Counts updates where Keras counts batches, with `gradient_accumulation_steps`.

    ```
    rate(step) = schedule(floor(step / gradient_accumulation_steps))
    ```

    An optimizer with `gradient_accumulation_steps=k` counts every batch as a step and updates
    the weights in every k-th: this schedule takes one step for each update.

    Args:
        schedule: a schedule, or a rate.
        gradient_accumulation_steps: batches per update, a whole number greater than 0.

    Raises:
        ValueError: an argument is out of its range; the message names it.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)
    >>> Accumulate(decay, 4).values([0, 3, 4, 8])
    array([0.1  , 0.1  , 0.05 , 0.025])
    """

    schedule: checks.ScheduleOrRate
    gradient_accumulation_steps: checks.PositiveWholeSteps

    @property
    def horizon(self):
        return self.gradient_accumulation_steps * (horizon_of(self.schedule) or 1)

    def formula(self, step, xp):
        return rate_of(self.schedule, step // self.gradient_accumulation_steps, xp)


@schedule_class
class Noise(Schedule):
    """Multiplies the rate of a schedule by normal noise that is a function of seed and step.

    ```
    rate(step) = schedule(step) * max(1 + sd * normal(seed, step), 0)
    ```

    The noise of a step is always the same number: the rate that is read, drawn and trained.

    Args:
        schedule: a schedule, or a rate.
        sd: the standard deviation relative to the rate, 0 or more.
        seed: a whole number, 0 or more.

    Raises:
        ValueError: an argument is out of its range; the message names it.

    Example:

    >>> noisy = Noise(0.1, sd=0.2, seed=1)
    >>> noisy.value(5) == noisy.value(5)
    True
    """

    schedule: checks.ScheduleOrRate
    sd: checks.Rate
    seed: checks.Seed

    @property
    def horizon(self):
        return horizon_of(self.schedule) or super().horizon

    def formula(self, step, xp):
        factor = xp.maximum(1.0 + self.sd * noise.standard_normal(self.seed, step, xp), 0.0)
        return rate_of(self.schedule, step, xp) * factor
