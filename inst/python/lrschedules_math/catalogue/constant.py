"""A schedule with a constant rate."""

from lrschedules_math.core import checks
from lrschedules_math.core.schedule import Schedule, rate_of, schedule_class


@schedule_class
class Constant(Schedule):
    """Keeps the same rate at every step.

    ```
    rate(step) = learning_rate
    ```

    Args:
        learning_rate: the rate, 0 or more.
        name: a label, kept in the configuration.

    Example:

    >>> Constant(0.1).rates([0, 1000])
    array([0.1, 0.1])

    Source: `optax.constant_schedule`, `transformers.get_constant_schedule`.
    """

    learning_rate: checks.Rate
    name: checks.Label = "Constant"

    def formula(self, step, xp):
        return rate_of(self.learning_rate, step, xp)
