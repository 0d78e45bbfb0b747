"""Schedules that decay over periods of `decay_steps`."""

import math

from lrschedules_math.core import checks
from lrschedules_math.core.landmarks import DECAY_ENDS, DROP, RESTART, Landmark, marks, multiples
from lrschedules_math.core.schedule import Schedule, schedule_class
from lrschedules_math.core.shapes import rise
from lrschedules_math.core.whole_steps import left_to_end, periods, steps_done


class _ByPeriods(Schedule):
    """The base of decays that never end: periods of `decay_steps`, smooth or in a staircase."""

    @property
    def horizon(self):
        return 5 * self.decay_steps

    def landmarks(self, first, last):
        if not self.staircase:
            return []
        return marks(DROP, multiples(self.decay_steps, first, last))


@schedule_class
class ExponentialDecay(_ByPeriods):
    """Multiplies the rate by `decay_rate` every `decay_steps` steps.

    ```
    rate(step) = initial_learning_rate * decay_rate ^ (step / decay_steps)
    ```

    With `staircase=True` the exponent is `floor(step / decay_steps)`, and the rate falls at
    exactly each multiple of `decay_steps`. The decay never ends: the rate keeps falling
    towards 0 (or, if `decay_rate > 1`, rises to at most 1e38). Steps below 0 count as 0.

    Args:
        initial_learning_rate: the rate at step 0, 0 or more.
        decay_steps: steps in one period, from 1e-6 to 2^53; may be fractional.
        decay_rate: the factor per period, 0 or more.
        staircase: whether the rate falls in a staircase, once per period.
        name: a label, kept in the configuration.

    Example:

    >>> schedule = ExponentialDecay(0.1, decay_steps=1000, decay_rate=0.5)
    >>> schedule.rates([0, 1000, 2000])
    array([0.1  , 0.05 , 0.025])

    Source: `keras.optimizers.schedules.ExponentialDecay`, `tf.compat.v1.train.exponential_decay`.
    """

    initial_learning_rate: checks.Rate
    decay_steps: checks.PositiveSteps
    decay_rate: checks.NonNegative
    staircase: checks.Flag = False
    name: checks.Label = "ExponentialDecay"

    def formula(self, step, xp):
        p = periods(step, self.decay_steps, self.staircase, xp)
        return self.initial_learning_rate * xp.power(self.decay_rate, p)


@schedule_class
class InverseTimeDecay(_ByPeriods):
    """Divides the rate by a number that grows in proportion to the step.

    ```
    rate(step) = initial_learning_rate / (1 + decay_rate * step / decay_steps)
    ```

    With `staircase=True`, `step / decay_steps` is rounded down, and the rate falls at exactly
    each multiple of `decay_steps`. The decay never ends: the rate keeps falling towards 0.
    Steps below 0 count as 0.

    Args:
        initial_learning_rate: the rate at step 0, 0 or more.
        decay_steps: steps in one period, from 1e-6 to 2^53; may be fractional.
        decay_rate: how much each period adds to the divisor, 0 or more.
        staircase: whether the rate falls in a staircase, once per period.
        name: a label, kept in the configuration.

    Example:

    >>> schedule = InverseTimeDecay(1.0, decay_steps=10, decay_rate=0.5)
    >>> schedule.rates([0, 20, 60])
    array([1.  , 0.5 , 0.25])

    Source: `keras.optimizers.schedules.InverseTimeDecay`, `tf.compat.v1.train.inverse_time_decay`.
    """

    initial_learning_rate: checks.Rate
    decay_steps: checks.PositiveSteps
    decay_rate: checks.NonNegative
    staircase: checks.Flag = False
    name: checks.Label = "InverseTimeDecay"

    def formula(self, step, xp):
        p = periods(step, self.decay_steps, self.staircase, xp)
        return self.initial_learning_rate / (1.0 + self.decay_rate * p)


@schedule_class
class NaturalExpDecay(_ByPeriods):
    """Multiplies the rate by a falling power of e.

    ```
    rate(step) = initial_learning_rate * exp(-decay_rate * step / decay_steps)
    ```

    With `staircase=True`, `step / decay_steps` is rounded down, and the rate falls at exactly
    each multiple of `decay_steps`. The decay never ends: the rate keeps falling towards 0.
    Steps below 0 count as 0.

    Args:
        initial_learning_rate: the rate at step 0, 0 or more.
        decay_steps: steps in one period, from 1e-6 to 2^53; may be fractional.
        decay_rate: how much the exponent of e falls in each period, 0 or more.
        staircase: whether the rate falls in a staircase, once per period.
        name: a label, kept in the configuration.

    Example:

    >>> schedule = NaturalExpDecay(1.0, decay_steps=10, decay_rate=0.5)
    >>> schedule.rates([0, 20, 40]).round(4)
    array([1.    , 0.3679, 0.1353])

    Source: `tf.compat.v1.train.natural_exp_decay`.
    """

    initial_learning_rate: checks.Rate
    decay_steps: checks.PositiveSteps
    decay_rate: checks.NonNegative
    staircase: checks.Flag = False
    name: checks.Label = "NaturalExpDecay"

    def formula(self, step, xp):
        p = periods(step, self.decay_steps, self.staircase, xp)
        return self.initial_learning_rate * xp.exp(-self.decay_rate * p)


@schedule_class
class PolynomialDecay(Schedule):
    """Falls to an end rate along a power of the fraction of steps that are left.

    ```
    rate(step) = (initial_learning_rate - end_learning_rate)
                 * (1 - min(step, decay_steps) / decay_steps) ^ power + end_learning_rate
    ```

    From `decay_steps` on the rate is `end_learning_rate`. With `cycle=True` the rate
    reaches it at each whole multiple of `decay_steps`, and then a new, longer decay starts.
    The formula of the n-th decay has `n * decay_steps` instead of `decay_steps`, so the rate
    jumps up at the first step after `(n - 1) * decay_steps`, less each time. Steps below 0
    count as 0.

    Args:
        initial_learning_rate: the rate at step 0, 0 or more.
        decay_steps: steps to the end rate, from 1e-6 to 2^53; may be fractional.
        end_learning_rate: the rate at the end, 0 or more.
        power: the exponent, 0 or more; 1 is a straight line, and with 0 the rate never changes.
        cycle: whether to start again at the end.
        name: a label, kept in the configuration.

    Example:

    >>> schedule = PolynomialDecay(1.0, decay_steps=10, end_learning_rate=0.0, power=2)
    >>> schedule.rates([0, 5, 10, 11])
    array([1.  , 0.25, 0.  , 0.  ])

    Source: `keras.optimizers.schedules.PolynomialDecay`, `tf.compat.v1.train.polynomial_decay`.
    """

    initial_learning_rate: checks.Rate
    decay_steps: checks.PositiveSteps
    end_learning_rate: checks.Rate = 0.0001
    power: checks.NonNegative = 1.0
    cycle: checks.Flag = False
    name: checks.Label = "PolynomialDecay"

    @property
    def horizon(self):
        return (4 if self.cycle else 1.25) * self.decay_steps

    def landmarks(self, first, last):
        if self.cycle:
            return marks(RESTART, multiples(self.decay_steps, first, last))
        return [Landmark(math.ceil(self.decay_steps), DECAY_ENDS)]

    def formula(self, step, xp):
        if self.cycle:
            left, total = left_to_end(step, self.decay_steps, xp)
        else:
            total = self.decay_steps
            left = total - steps_done(step, total, xp)
        remaining = rise("polynomial", left, total, xp, self.power)
        return self.initial_learning_rate * remaining + self.end_learning_rate * (1.0 - remaining)
