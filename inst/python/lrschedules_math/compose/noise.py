"""Schedules with noise."""

from lrschedules_math.core import checks
from lrschedules_math.core.namespaces import LARGEST_PARTIAL
from lrschedules_math.core.schedule import Schedule, horizon_of, rate_of, schedule_class
from lrschedules_math.core.standard_normal import standard_normal


@schedule_class
class Noise(Schedule):
    """Multiplies the rate of a schedule by normal noise that depends only on seed and step.

    ```
    rate(step) = schedule(step) * max(1 + sd * normal(seed, step), 0)
    ```

    The noise at a step is always the same number, so the rate you read or plot is the rate
    that trains.

    Args:
        schedule: a schedule, or a rate.
        sd: the standard deviation relative to the rate, 0 or more.
        seed: a whole number, 0 or more.

    Example:

    >>> noisy = Noise(0.1, sd=0.2, seed=1)
    >>> noisy.rate(5) == noisy.rate(5)
    True
    """

    schedule: checks.ScheduleOrRate
    sd: checks.NonNegative
    seed: checks.Seed

    @property
    def horizon(self):
        return horizon_of(self.schedule) or super().horizon

    def formula(self, step, xp):
        factor = xp.maximum(1.0 + self.sd * standard_normal(self.seed, step, xp), 0.0)
        if self.sd > LARGEST_PARTIAL / 10:
            factor = xp.minimum(factor, LARGEST_PARTIAL)
        return rate_of(self.schedule, step, xp) * factor
