"""Model Garden's schedules that start at a later step."""

import typing

from lrschedules_math.catalogue.cosine import CosineDecay
from lrschedules_math.catalogue.decay import ExponentialDecay, PolynomialDecay
from lrschedules_math.catalogue.piecewise import PiecewiseConstantDecay
from lrschedules_math.core import checks
from lrschedules_math.core.landmarks import START, Landmark, later
from lrschedules_math.core.schedule import Schedule, schedule_class


class _WithOffset(Schedule):
    """The base of the classes below: delays the schedule of `base_lr_class` by `offset` steps."""

    base_lr_class: typing.ClassVar[type]

    def _start(self, offset, base_arguments):
        self._set("offset", offset)
        self.base_lr_class.__init__(self, **base_arguments)

    @property
    def horizon(self):
        return self.offset + super().horizon

    def landmarks(self, first, last):
        found = super().landmarks(max(first - self.offset, 0), max(last - self.offset, 0))
        return [Landmark(self.offset, START), *later(found, self.offset)]

    def formula(self, step, xp):
        return super().formula(xp.maximum(step - self.offset, 0), xp)


@schedule_class
class ExponentialDecayWithOffset(_WithOffset, ExponentialDecay):
    """`ExponentialDecay` that starts at step `offset` and holds `initial_learning_rate` before it.

    ```
    rate(step) = ExponentialDecay(...)(max(step - offset, 0))
    ```

    (Model Garden's class of this name extrapolates before the offset, to rates
    above the initial rate.)

    Args:
        offset: the whole step at which the decay starts, 0 or more.
        **base_arguments: the arguments of `ExponentialDecay`, by keyword.

    Example:

    >>> schedule = ExponentialDecayWithOffset(
    ...     offset=500, initial_learning_rate=0.1, decay_steps=1000, decay_rate=0.5
    ... )
    >>> schedule.rates([0, 500, 1500])
    array([0.1 , 0.1 , 0.05])

    Source: TensorFlow Model Garden, `tfm.optimization.lr_schedule.ExponentialDecayWithOffset`.
    """

    base_lr_class = ExponentialDecay
    offset: checks.Steps = 0

    # Put `offset` first: the dataclass's own `__init__` would have it last.
    def __init__(self, offset=0, **base_arguments):
        self._start(offset, base_arguments)


@schedule_class
class PiecewiseConstantDecayWithOffset(_WithOffset, PiecewiseConstantDecay):
    """`PiecewiseConstantDecay` whose boundaries are counted from step `offset`.

    ```
    rate(step) = PiecewiseConstantDecay(...)(max(step - offset, 0))
    ```

    Args:
        offset: the whole step from which the boundaries are counted, 0 or more.
        **base_arguments: the arguments of `PiecewiseConstantDecay`, by keyword.

    Raises:
        ValueError: the lengths of `boundaries` and `values` do not match.

    Example:

    >>> schedule = PiecewiseConstantDecayWithOffset(offset=500, boundaries=[100], values=[1.0, 0.5])
    >>> schedule.rates([0, 500, 600, 601])
    array([1. , 1. , 1. , 0.5])

    Source: TensorFlow Model Garden,
    `tfm.optimization.lr_schedule.PiecewiseConstantDecayWithOffset`.
    """

    base_lr_class = PiecewiseConstantDecay
    offset: checks.Steps = 0

    # Put `offset` first: the dataclass's own `__init__` would have it last.
    def __init__(self, offset=0, **base_arguments):
        self._start(offset, base_arguments)


@schedule_class
class PolynomialDecayWithOffset(_WithOffset, PolynomialDecay):
    """`PolynomialDecay` that starts at step `offset` and holds `initial_learning_rate` before it.

    ```
    rate(step) = PolynomialDecay(...)(max(step - offset, 0))
    ```

    (Model Garden's class of this name extrapolates before the offset.)

    Args:
        offset: the whole step at which the decay starts, 0 or more.
        **base_arguments: the arguments of `PolynomialDecay`, by keyword.

    Example:

    >>> schedule = PolynomialDecayWithOffset(
    ...     offset=500, initial_learning_rate=1.0, decay_steps=1000, end_learning_rate=0.0
    ... )
    >>> schedule.rates([0, 500, 1000, 1500])
    array([1. , 1. , 0.5, 0. ])

    Source: TensorFlow Model Garden, `tfm.optimization.lr_schedule.PolynomialDecayWithOffset`.
    """

    base_lr_class = PolynomialDecay
    offset: checks.Steps = 0

    # Put `offset` first: the dataclass's own `__init__` would have it last.
    def __init__(self, offset=0, **base_arguments):
        self._start(offset, base_arguments)


@schedule_class
class CosineDecayWithOffset(_WithOffset, CosineDecay):
    """`CosineDecay` that starts at step `offset` and holds its first rate before it.

    ```
    rate(step) = CosineDecay(...)(max(step - offset, 0))
    ```

    (Model Garden's class of this name extrapolates before the offset.)

    Args:
        offset: the whole step at which the schedule (with its warmup) starts, 0 or more.
        **base_arguments: the arguments of `CosineDecay`, by keyword.

    Raises:
        ValueError: `warmup_steps` is given without `warmup_target`.

    Example:

    >>> schedule = CosineDecayWithOffset(offset=500, initial_learning_rate=1.0, decay_steps=1000)
    >>> schedule.rates([0, 500, 1000, 1500])
    array([1. , 1. , 0.5, 0. ])

    Source: TensorFlow Model Garden, `tfm.optimization.lr_schedule.CosineDecayWithOffset`.
    """

    base_lr_class = CosineDecay
    offset: checks.Steps = 0

    # Put `offset` first: the dataclass's own `__init__` would have it last.
    def __init__(self, offset=0, **base_arguments):
        self._start(offset, base_arguments)
