"""Model Garden's schedules that start counting at a later step."""

import typing

from lrschedules import checks
from lrschedules.decay import ExponentialDecay
from lrschedules.schedule import Schedule, schedule_class


class _WithOffset(Schedule):
    """What the classes below share: `formula` of the base, `offset` steps later."""

    base_lr_class: typing.ClassVar[type]

    def __init__(self, offset=0, **base_arguments):
        object.__setattr__(self, "offset", offset)
        self.base_lr_class.__init__(self, **base_arguments)

    @property
    def horizon(self):
        return self.offset + super().horizon

    def formula(self, step, xp):
        return super().formula(xp.maximum(step - self.offset, 0), xp)


@schedule_class
class ExponentialDecayWithOffset(_WithOffset, ExponentialDecay):
    """`ExponentialDecay` that starts at step `offset` and holds `initial_learning_rate` before it.

    ```
    rate(step) = ExponentialDecay(...)(max(step - offset, 0))
    ```

    (Model Garden's class of this name extrapolates before the offset, to rates
    above the initial one.)

    Args:
        offset: the whole step at which the decay starts, 0 or more.
        **base_arguments: the arguments of `ExponentialDecay`, by keyword.

    Raises:
        ValueError: an argument is out of its range; the message names it.

    Example:

    >>> schedule = ExponentialDecayWithOffset(
    ...     offset=500, initial_learning_rate=0.1, decay_steps=1000, decay_rate=0.5
    ... )
    >>> schedule.values([0, 500, 1500])
    array([0.1 , 0.1 , 0.05])

    Source: TensorFlow Model Garden, `tfm.optimization.lr_schedule.ExponentialDecayWithOffset`.
    """

    base_lr_class = ExponentialDecay
    offset: checks.Steps = 0
