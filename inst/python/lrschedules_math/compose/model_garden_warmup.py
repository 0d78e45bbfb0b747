"""Model Garden's warmups, which replace the first steps of a schedule."""

from lrschedules_math.core import checks, shapes
from lrschedules_math.core.landmarks import warmup
from lrschedules_math.core.schedule import Schedule, horizon_of, rate_of, schedule_class


class _Overlay(Schedule):
    """The base of the classes below. Before `warmup_steps` the rate is
    `warming(step, target, xp)`, where `target` is the schedule's rate at `warmup_steps`."""

    @property
    def horizon(self):
        return max(horizon_of(self.after_warmup_lr_sched), 2 * self.warmup_steps) or super().horizon

    def warming(self, step, target, xp):
        raise NotImplementedError

    def landmarks(self, first, last):
        return [*warmup(self.warmup_steps), *super().landmarks(first, last)]

    def formula(self, step, xp):
        after = rate_of(self.after_warmup_lr_sched, xp.maximum(step, self.warmup_steps), xp)
        if self.warmup_steps == 0:
            return after
        warming = self.warming(xp.minimum(step, self.warmup_steps), after, xp)
        return xp.where(step < self.warmup_steps, warming, after)


@schedule_class
class LinearWarmup(_Overlay):
    """Replaces the first steps of a schedule with a straight line.

    ```
    rate(step) = warmup_learning_rate
                 + step / warmup_steps * (after(warmup_steps) - warmup_learning_rate)
    ```

    for `step < warmup_steps`, and `after(step)` from there on: the warmup does not shift
    the schedule.

    Args:
        after_warmup_lr_sched: the schedule, or a number for a constant rate.
        warmup_steps: the whole number of steps of the warmup, 0 or more.
        warmup_learning_rate: the rate at step 0, 0 or more.
        name: a label, kept in the configuration.

    Example:

    >>> schedule = LinearWarmup(0.5, warmup_steps=10, warmup_learning_rate=0.1)
    >>> schedule.rates([0, 5, 10, 20])
    array([0.1, 0.3, 0.5, 0.5])

    Source: TensorFlow Model Garden, `tfm.optimization.lr_schedule.LinearWarmup`.
    """

    after_warmup_lr_sched: checks.ScheduleOrRate
    warmup_steps: checks.Steps
    warmup_learning_rate: checks.Rate
    name: checks.Label = None

    def warming(self, step, target, xp):
        return shapes.between(
            "linear", self.warmup_learning_rate, target, step, self.warmup_steps, xp
        )


@schedule_class
class PolynomialWarmUp(_Overlay):
    """Replaces the first steps of a schedule with a power of the step.

    ```
    rate(step) = after(warmup_steps) * (max(step, 1) / warmup_steps) ^ power
    ```

    for `step < warmup_steps`, and `after(step)` from there on: the warmup does not shift
    the schedule. Step 0 has the rate of step 1, not 0.

    Args:
        after_warmup_lr_sched: the schedule, or a number for a constant rate.
        warmup_steps: the whole number of steps of the warmup, 0 or more.
        power: the exponent, 0 or more.
        name: a label, kept in the configuration.

    Example:

    >>> schedule = PolynomialWarmUp(1.0, warmup_steps=10, power=2)
    >>> schedule.rates([0, 1, 5, 10])
    array([0.01, 0.01, 0.25, 1.  ])

    Source: TensorFlow Model Garden, `tfm.optimization.lr_schedule.PolynomialWarmUp`.
    """

    after_warmup_lr_sched: checks.ScheduleOrRate
    warmup_steps: checks.Steps
    power: checks.NonNegative = 1.0
    name: checks.Label = "PolynomialWarmup"

    def warming(self, step, target, xp):
        done = xp.maximum(step, 1)
        return target * shapes.rise("polynomial", done, self.warmup_steps, xp, power=self.power)
