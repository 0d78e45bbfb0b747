"""Schedules that follow a power of the step."""

import math
from typing import Annotated

from lrschedules_math.core import checks, namespaces
from lrschedules_math.core.landmarks import DECAY_ENDS, START, TURN, Landmark, later, marks, warmup
from lrschedules_math.core.schedule import Schedule, schedule_class


def _check_growth(initial_learning_rate, power, last):
    """Checks that the rate is at most 1e38 up to step `last`."""
    rate = initial_learning_rate * namespaces.scalar.power(last, power)
    if not rate <= namespaces.LARGEST_RATE:
        raise checks.refuse(
            "power", f"small enough for a rate of at most 1e38 at step {last:,}", power
        )


def _power_of(step, power, xp):
    """`step ^ power`, where steps below 1 count as 1."""
    return xp.power(xp.float(xp.maximum(step, 1)), power)


@schedule_class
class DirectPowerDecay(Schedule):
    """Follows a power of the step.

    ```
    rate(step) = initial_learning_rate * max(step, 1) ^ power
    ```

    With the default, `power=1`, the rate **rises** with every step: pass a negative `power` for a
    decay. The schedule never ends.

    Args:
        initial_learning_rate: the rate at steps 0 and 1, 0 or more.
        power: the exponent, small enough for a rate of at most 1e38 at step 2^53.
        name: a label, kept in the configuration.

    Raises:
        ValueError: `power` is too large.

    Example:

    >>> schedule = DirectPowerDecay(1.0, power=-0.5)
    >>> schedule.rates([0, 1, 4, 100])
    array([1. , 1. , 0.5, 0.1])

    Source: TensorFlow Model Garden, `tfm.optimization.lr_schedule.DirectPowerDecay`.
    """

    initial_learning_rate: checks.Rate
    power: checks.Finite = 1.0
    name: checks.Label = "DirectPowerDecay"

    def __post_init__(self):
        super().__post_init__()
        _check_growth(self.initial_learning_rate, self.power, checks.MAX_STEP)

    def formula(self, step, xp):
        return self.initial_learning_rate * _power_of(step, self.power, xp)


@schedule_class
class PowerAndLinearDecay(Schedule):
    """Follows a power of the step, multiplied by a line that falls to 0 at the end.

    ```
    x = step - offset
    rate(step) = initial_learning_rate * max(x, 1) ^ power
                 * min(max((total_decay_steps - x)
                           / (total_decay_steps * linear_decay_fraction), 0), 1)
    ```

    The rate is 0 from `x = total_decay_steps` on. With `linear_decay_fraction=0` the last
    factor is omitted, and the schedule never ends.

    Args:
        initial_learning_rate: the factor of the power, 0 or more.
        total_decay_steps: the whole number of steps after `offset` at which the rate reaches 0,
            greater than 0.
        power: the exponent, small enough for rates of at most 1e38.
        linear_decay_fraction: the part of `total_decay_steps` in which the line falls, from 0 to 1.
        offset: the whole step from which steps are counted, 0 or more.
        name: a label, kept in the configuration.

    Raises:
        ValueError: `power` is too large.

    Example:

    >>> schedule = PowerAndLinearDecay(1.0, 100, power=-0.5, linear_decay_fraction=0.5)
    >>> schedule.rates([0, 1, 25, 64, 100]).round(4)
    array([1.  , 1.  , 0.2 , 0.09, 0.  ])

    Source: TensorFlow Model Garden, `tfm.optimization.lr_schedule.PowerAndLinearDecay`.
    """

    initial_learning_rate: checks.Rate
    total_decay_steps: checks.PositiveWholeSteps
    power: checks.Finite = 1.0
    linear_decay_fraction: checks.Fraction = 0.1
    offset: checks.Steps = 0
    name: checks.Label = "PowerAndLinearDecay"

    def __post_init__(self):
        super().__post_init__()
        last = self.total_decay_steps if self.linear_decay_fraction else checks.MAX_STEP
        _check_growth(self.initial_learning_rate, self.power, last)

    @property
    def horizon(self):
        return self.offset + self.total_decay_steps

    def landmarks(self, first, last):
        falls_at = self.total_decay_steps * (1 - self.linear_decay_fraction)
        # The rate peaks where the rising power and the falling line balance.
        peak = self.total_decay_steps * self.power / (self.power + 1) if self.power > 0 else 0
        found = marks(TURN, [1, math.ceil(falls_at), math.ceil(peak)])
        found.append(Landmark(self.total_decay_steps, DECAY_ENDS))
        return later(found, self.offset)

    def formula(self, step, xp):
        step = step - self.offset
        if self.linear_decay_fraction == 0:
            return self.initial_learning_rate * _power_of(step, self.power, xp)
        # A fall shorter than one step is the same as a fall of one step: only whole steps count.
        falling = max(self.total_decay_steps * self.linear_decay_fraction, 1.0)
        left = xp.maximum(self.total_decay_steps - step, 0)
        # Stop the power at the end: beyond it the line is 0, but the power could be infinite.
        powered = _power_of(xp.minimum(step, self.total_decay_steps), self.power, xp)
        return self.initial_learning_rate * powered * xp.minimum(xp.float(left) / falling, 1.0)


@schedule_class
class PowerDecayWithOffset(Schedule):
    """Holds one rate up to an offset, then follows a power of the steps since the offset.

    ```
    rate(step) = min(initial_learning_rate * (step - offset) ^ power, pre_offset_learning_rate)
    ```

    for `step > offset`, and `pre_offset_learning_rate` for `step <= offset`. The default
    `pre_offset_learning_rate` is a million: always pass your own.

    Args:
        initial_learning_rate: the factor of the power, 0 or more.
        power: the exponent.
        offset: the last whole step before the power, 0 or more.
        pre_offset_learning_rate: the rate up to `offset`, and the largest rate after it, 0 or more.
        name: a label, kept in the configuration.

    Example:

    >>> schedule = PowerDecayWithOffset(1.0, power=-0.5, offset=10, pre_offset_learning_rate=0.8)
    >>> schedule.rates([0, 10, 11, 14, 110])
    array([0.8, 0.8, 0.8, 0.5, 0.1])

    Source: TensorFlow Model Garden, `tfm.optimization.lr_schedule.PowerDecayWithOffset`.
    """

    initial_learning_rate: checks.Rate
    power: checks.Finite = 1.0
    offset: checks.Steps = 0
    pre_offset_learning_rate: checks.Rate = 1.0e6
    name: checks.Label = "PowerDecayWithOffset"

    @property
    def horizon(self):
        return self.offset + super().horizon

    def landmarks(self, first, last):
        return [Landmark(self.offset + 1, START)]

    def formula(self, step, xp):
        powered = _power_of(step - self.offset, self.power, xp)
        after = xp.minimum(self.initial_learning_rate * powered, self.pre_offset_learning_rate)
        return xp.where(step > self.offset, after, self.pre_offset_learning_rate)


class _OfWarmup(int):
    """A default timescale: `dataclasses.replace()` with a different warmup computes it again."""


def _timescale(name, value):
    if value is None or isinstance(value, _OfWarmup):
        return None
    return checks.positive_whole_steps(name, value)


@schedule_class
class InverseSqrtDecay(Schedule):
    """A linear warmup, then a fall with the inverse square root of the step.

    ```
    rate(step) = initial_learning_rate * step / warmup_steps           for step < warmup_steps
                 initial_learning_rate / sqrt((step + timescale - warmup_steps) / timescale)
    ```

    The rate peaks at `warmup_steps` with `initial_learning_rate`. The schedule never ends.

    Args:
        initial_learning_rate: the rate at the end of the warmup, 0 or more.
        warmup_steps: the whole number of steps of the warmup, 0 or more.
        timescale: how slowly the rate falls: `3 * timescale` steps after the peak it is half the
            peak. A whole number greater than 0; the default is `warmup_steps`, or 10,000 without
            a warmup.
        name: a label, kept in the configuration.

    Example:

    >>> schedule = InverseSqrtDecay(1.0, warmup_steps=100)
    >>> schedule.rates([0, 50, 100, 400, 10000])
    array([0. , 0.5, 1. , 0.5, 0.1])

    Source: `transformers.get_inverse_sqrt_schedule`; with the default `timescale`, the schedule of
    "Attention Is All You Need" (Noam).
    """

    initial_learning_rate: checks.Rate
    warmup_steps: checks.Steps = 0
    timescale: Annotated[int, _timescale] = None
    name: checks.Label = "InverseSqrtDecay"

    def __post_init__(self):
        super().__post_init__()
        if self.timescale is None:
            self._set("timescale", _OfWarmup(self.warmup_steps or 10_000))
        # PyTorch before 2.13 compiles no subclass of int.
        self._set("_plain_timescale", int(self.timescale))

    @property
    def horizon(self):
        return self.warmup_steps + 5 * self.timescale

    def landmarks(self, first, last):
        return warmup(self.warmup_steps)

    def formula(self, step, xp):
        timescale = self._plain_timescale
        since = xp.float(xp.maximum(step - self.warmup_steps, 0) + timescale)
        falling = self.initial_learning_rate / xp.sqrt(since / timescale)
        if self.warmup_steps == 0:
            return falling
        rising = self.initial_learning_rate * (xp.float(step) / self.warmup_steps)
        return xp.where(step < self.warmup_steps, rising, falling)
