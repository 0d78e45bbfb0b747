"""Schedules that decay over periods of `decay_steps`."""

from lrschedules import checks
from lrschedules.schedule import Schedule, schedule_class
from lrschedules.steps import whole_periods


@schedule_class
class ExponentialDecay(Schedule):
    """Multiplies the rate by `decay_rate` every `decay_steps` steps.

    ```
    rate(step) = initial_learning_rate * decay_rate ^ (step / decay_steps)
    ```

    With `staircase=True` the exponent is `floor(step / decay_steps)`: the rate
    falls in stairs, each at exactly its own step. There is no end: the rate goes
    on falling towards 0 (or rising, where `decay_rate > 1`). Below step 0 the
    rate is `initial_learning_rate`.

    Args:
        initial_learning_rate: the rate at step 0, 0 or more.
        decay_steps: steps in one period, greater than 0; may be fractional.
        decay_rate: factor per period, greater than 0.
        staircase: whether the rate falls in stairs.
        name: a label, kept in the configuration.

    Raises:
        ValueError: an argument is out of its range; the message names it.

    Example:

    >>> schedule = ExponentialDecay(0.1, decay_steps=1000, decay_rate=0.5)
    >>> schedule.values([0, 1000, 2000])
    array([0.1  , 0.05 , 0.025])

    Source: `keras.optimizers.schedules.ExponentialDecay`, `tf.compat.v1.train.exponential_decay`.
    """

    initial_learning_rate: checks.Rate
    decay_steps: checks.PositiveSteps
    decay_rate: checks.Positive
    staircase: checks.Flag = False
    name: checks.Label = "ExponentialDecay"

    @property
    def horizon(self):
        return 5 * self.decay_steps

    def formula(self, step, xp):
        if self.staircase:
            periods = xp.float(whole_periods(step, self.decay_steps))
        else:
            periods = xp.float(step) / self.decay_steps
        return self.initial_learning_rate * xp.power(self.decay_rate, periods)
