"""Bounds, and arithmetic with schedules and rates, as in `0.5 * schedule + other`.

An operand is a schedule of this package, any other Keras schedule, or one finite number, 0 or
more. Rates are at most 1e38, both those of the operands and the result; intermediate products are
at most 1e250. So nothing becomes infinite, and two rates at the limit differ by 0.
"""

import operator

from lrschedules_math.core import checks, registry
from lrschedules_math.core.namespaces import LARGEST_PARTIAL, LARGEST_RATE
from lrschedules_math.core.schedule import Schedule, horizon_of, rate_of, schedule_class


def _is_operand(half, *operands):
    return all(half.is_schedule(x) or checks.is_number(x) for x in operands)


@registry.operator("*")
def multiply(x, y, half):
    """`x * y`: a Scale if one of them is a number, else a Product."""
    if not _is_operand(half, x, y):
        return NotImplemented
    if checks.is_number(y):
        return half.classes["Scale"](x, y)
    if checks.is_number(x):
        return half.classes["Scale"](y, x)
    return _of_several("Product", x, y, half)


@registry.operator("/")
def divide(x, y, half):
    """`x / y`."""
    return half.classes["Quotient"](x, y) if _is_operand(half, x, y) else NotImplemented


@registry.operator("+")
def add(x, y, half):
    """`x + y`."""
    return _of_several("Sum", x, y, half) if _is_operand(half, x, y) else NotImplemented


def _of_several(name, x, y, half):
    """Makes a Sum or Product of two operands, flattened to one level."""
    cls = half.classes[name]
    return cls([part for z in (x, y) for part in (z.schedules if type(z) is cls else [z])])


@registry.operator("-")
def subtract(x, y, half):
    """`x - y`, never below 0."""
    return half.classes["Difference"](x, y) if _is_operand(half, x, y) else NotImplemented


# The product of 6 rates of at most 1e38 is below 1e250.
_SAFE_FACTORS = 6


class _OfSeveral(Schedule):
    """The base of Product and Sum: combines `schedules` by one `operation`."""

    may_overflow = False

    @property
    def horizon(self):
        return max(map(horizon_of, self.schedules)) or super().horizon

    def formula(self, step, xp):
        total = rate_of(self.schedules[0], step, xp)
        for i, schedule in enumerate(self.schedules[1:], start=1):
            total = self.operation(total, rate_of(schedule, step, xp))
            if self.may_overflow and i >= _SAFE_FACTORS:
                total = xp.minimum(total, LARGEST_PARTIAL)
        return total


@schedule_class
class Scale(Schedule):
    """A schedule times a number: `schedule * factor`.

    ```
    rate(step) = schedule(step) * factor
    ```

    Args:
        schedule: a schedule, or a rate.
        factor: one finite number, 0 or more.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> (2 * decay).rates([0, 10])
    array([0.2, 0.1])
    """

    schedule: checks.ScheduleOrRate
    factor: checks.NonNegative

    def _simplify(self):
        inner = self.schedule
        if type(inner) is type(self):
            factor = self.factor * inner.factor
            # Merge the factors unless their product overflows or underflows.
            if 1e-300 < factor < 1e300 or 0 in (self.factor, inner.factor):
                self._set("schedule", inner.schedule)
                self._set("factor", factor)

    @property
    def horizon(self):
        return horizon_of(self.schedule) or super().horizon

    def formula(self, step, xp):
        return rate_of(self.schedule, step, xp) * self.factor


@schedule_class
class Product(_OfSeveral):
    """The product of schedules: `schedule * other`.

    ```
    rate(step) = schedules[0](step) * schedules[1](step) * ...
    ```

    Args:
        schedules: one or more schedules or rates.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(1, decay_steps=10, decay_rate=0.5)
    >>> (decay * decay).rates([0, 10])
    array([1.  , 0.25])

    Source: `torch.optim.lr_scheduler.ChainedScheduler`.
    """

    operation = staticmethod(operator.mul)
    may_overflow = True
    schedules: checks.Schedules


@schedule_class
class Quotient(Schedule):
    """A schedule divided by a number or a schedule: `schedule / divisor`.

    ```
    rate(step) = dividend(step) / divisor(step)
    ```

    A divisor schedule may reach 0 at some step, which can't be known beforehand. There the
    rate is 1e38, the largest possible rate; use `Clamp` to bound it.

    Args:
        dividend: a schedule, or a rate.
        divisor: a schedule, or one finite number greater than 0.

    Raises:
        ValueError: `divisor` is the number 0.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> (decay / 2).rates([0, 10])
    array([0.05 , 0.025])
    """

    dividend: checks.ScheduleOrRate
    divisor: checks.ScheduleOrRate

    def __post_init__(self):
        super().__post_init__()
        if self.divisor == 0:
            raise checks.refuse(
                "divisor", "a schedule, or one finite number greater than 0", self.divisor
            )

    @property
    def horizon(self):
        return max(horizon_of(self.dividend), horizon_of(self.divisor)) or super().horizon

    def formula(self, step, xp):
        dividend = rate_of(self.dividend, step, xp)
        if not isinstance(self.divisor, Schedule):
            return dividend / self.divisor
        divisor = rate_of(self.divisor, step, xp)
        zero = divisor == 0
        return xp.where(zero, LARGEST_RATE, dividend / xp.where(zero, 1.0, divisor))


@schedule_class
class Sum(_OfSeveral):
    """The sum of schedules: `schedule + other`.

    ```
    rate(step) = schedules[0](step) + schedules[1](step) + ...
    ```

    Args:
        schedules: one or more schedules or rates.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> (decay + 0.01).rates([0, 10])
    array([0.11, 0.06])
    """

    operation = staticmethod(operator.add)
    schedules: checks.Schedules


@schedule_class
class Difference(Schedule):
    """A schedule minus another, but never below 0: `schedule - other`.

    ```
    rate(step) = max(minuend(step) - subtrahend(step), 0)
    ```

    Whether the difference falls below 0 at some step can't be known beforehand, and a negative
    rate would increase the loss. The rate is 0 there instead.

    Args:
        minuend: a schedule, or a rate.
        subtrahend: a schedule, or a rate.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> (decay - 0.04).rates([0, 10, 20])
    array([0.06, 0.01, 0.  ])
    """

    minuend: checks.ScheduleOrRate
    subtrahend: checks.ScheduleOrRate

    @property
    def horizon(self):
        return max(horizon_of(self.minuend), horizon_of(self.subtrahend)) or super().horizon

    def formula(self, step, xp):
        difference = rate_of(self.minuend, step, xp) - rate_of(self.subtrahend, step, xp)
        return xp.maximum(difference, 0.0)


@schedule_class
class Clamp(Schedule):
    """Keeps the rate of a schedule within bounds.

    ```
    rate(step) = min(max(schedule(step), min), max)
    ```

    Args:
        schedule: a schedule, or a rate.
        min: the lowest rate, 0 or more.
        max: the highest rate, at least `min`; infinity (or None) for no bound.

    Raises:
        ValueError: `min` is greater than `max`.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> Clamp(decay, min=0.02, max=0.06).rates([0, 10, 1000])
    array([0.06, 0.05, 0.02])
    """

    schedule: checks.ScheduleOrRate
    min: checks.Rate = 0.0
    max: checks.UpperRate = float("inf")

    def __post_init__(self):
        super().__post_init__()
        if self.min > self.max:
            raise ValueError(
                f"`min` must not be greater than `max`. Received: min={self.min!r}, "
                f"max={self.max!r}"
            )

    @property
    def horizon(self):
        return horizon_of(self.schedule) or super().horizon

    def formula(self, step, xp):
        rate = xp.maximum(rate_of(self.schedule, step, xp), self.min)
        return xp.minimum(rate, self.max)
