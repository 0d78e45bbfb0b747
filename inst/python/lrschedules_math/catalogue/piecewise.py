"""Schedules given by their values at some steps."""

from typing import Annotated

from lrschedules_math.core import checks
from lrschedules_math.core.landmarks import BOUNDARY, in_table, later, marks
from lrschedules_math.core.namespaces import Table
from lrschedules_math.core.schedule import Schedule, schedule_class
from lrschedules_math.core.shapes import Interpolation


class HasValues(Schedule):
    """A schedule with a field `values`, which its formula looks up in `_table`."""

    def __post_init__(self):
        super().__post_init__()
        self._set("_table", Table(self.values))


def _check_lengths(boundaries, values, more):
    """Checks that there are `more` more values than boundaries."""
    wanted = len(boundaries) + more
    if len(values) != wanted:
        relation = "one more than" if more else "as many as"
        raise checks.refuse(
            "values", f"of length {wanted:,}, {relation} `boundaries`", list(values)
        )


def _past(boundaries):
    """A horizon that extends past the last boundary, to show the last value."""
    return boundaries[-1] + boundaries[-1] // 4 + 1


@schedule_class
class PiecewiseConstantDecay(HasValues):
    """Holds one value up to each boundary, and the next value after it.

    ```
    rate(step) = values[0]   for step <= boundaries[0]
                 values[i]   for boundaries[i - 1] < step <= boundaries[i]
                 values[-1]  for step > boundaries[-1]
    ```

    A boundary step still has the value to its left. With `boundary="right"`, as in PyTorch
    and optax, it already has the next value: swap `<` and `<=` above, and replace `>` with
    `>=`. Steps below 0 count as 0.

    Args:
        boundaries: the whole steps after which the rate changes, strictly increasing; one or more.
        values: the rates, each 0 or more; one more than there are boundaries.
        name: a label, kept in the configuration.
        boundary: which value a boundary step has, "left" or "right".

    Raises:
        ValueError: the lengths of `boundaries` and `values` do not match.

    Example:

    >>> schedule = PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.1])
    >>> schedule.rates([0, 100, 101, 200, 201])
    array([1. , 1. , 0.5, 0.5, 0.1])

    Source: `keras.optimizers.schedules.PiecewiseConstantDecay`,
    `tf.compat.v1.train.piecewise_constant`.
    """

    boundaries: checks.Boundaries
    values: checks.Rates
    name: checks.Label = "PiecewiseConstant"
    boundary: Annotated[str, checks.one_of("left", "right")] = "left"

    def __post_init__(self):
        super().__post_init__()
        _check_lengths(self.boundaries, self.values, more=1)
        self._set("_boundaries", Table(self.boundaries))

    @property
    def horizon(self):
        return _past(self.boundaries)

    def landmarks(self, first, last):
        # With boundary="left" the new value begins one step after the boundary.
        by = 0 if self.boundary == "right" else 1
        starts = in_table((0, *self.boundaries), self.values, first - by, last - by)
        return marks(BOUNDARY, [start + by for start in starts if start > 0 or by == 0])

    def formula(self, step, xp):
        last_left = step if self.boundary == "right" else step - 1
        return xp.take(self._table, xp.count_at_most(self._boundaries, last_left))


@schedule_class
class PiecewiseInterpolate(HasValues):
    """Goes from value to value, in straight lines or half cosine waves.

    ```
    rate(step) = a + (e - a) * q                    "linear"
                 e + (a - e) * (1 + cos(pi * q)) / 2  "cosine"
    ```

    where the step is between the boundaries of the values `a` and `e`, and `q` is the
    fraction of the way that is done. The first value holds before the first boundary, the
    last value from the last boundary on.

    Args:
        boundaries: whole steps, strictly increasing; one or more.
        values: the rate at each boundary, 0 or more; as many as there are boundaries.
        interpolation: "linear" or "cosine".
        name: a label, kept in the configuration.

    Raises:
        ValueError: the lengths of `boundaries` and `values` do not match.

    Example:

    >>> schedule = PiecewiseInterpolate([0, 10, 30], [0.0, 1.0, 0.5])
    >>> schedule.rates([0, 5, 10, 20, 30, 40])
    array([0.  , 0.5 , 1.  , 0.75, 0.5 , 0.5 ])

    Source: `optax.piecewise_interpolate_schedule` (which takes factors instead of values).
    """

    boundaries: checks.Boundaries
    values: checks.Rates
    interpolation: Annotated[str, checks.one_of("linear", "cosine")] = "linear"
    name: checks.Label = "PiecewiseInterpolate"

    def __post_init__(self):
        super().__post_init__()
        _check_lengths(self.boundaries, self.values, more=0)
        curve = Interpolation(self.interpolation, self.boundaries, self.values)
        self._set("_curve", curve)

    @property
    def horizon(self):
        return _past(self.boundaries)

    def landmarks(self, first, last):
        return self._curve.landmarks(first, last)

    def formula(self, step, xp):
        return self._curve.rate(step, xp)


@schedule_class
class StepCosineDecayWithOffset(HasValues):
    """Goes from value to value in half cosine waves, starting at a later step.

    ```
    rate(step) = (values[i] - values[i + 1]) * (1 + cos(pi * q)) / 2 + values[i + 1]
    q = (step - offset - boundaries[i]) / (boundaries[i + 1] - boundaries[i])
    ```

    for `boundaries[i] <= step - offset < boundaries[i + 1]`; `values[0]` before the first
    boundary and `values[-1]` from the last boundary on. (Model Garden's class of this name
    gives NaN from the last boundary on, and reads its first boundary as 0.)

    Args:
        boundaries: whole steps, counted from `offset`, strictly increasing; one or more.
        values: the rate at each boundary, 0 or more; as many as there are boundaries.
        offset: the whole step from which the boundaries are counted, 0 or more.
        name: a label, kept in the configuration.

    Raises:
        ValueError: the lengths of `boundaries` and `values` do not match.

    Example:

    >>> schedule = StepCosineDecayWithOffset([0, 100, 200], [1.0, 0.5, 0.0], offset=10)
    >>> schedule.rates([0, 10, 60, 110, 160, 210])
    array([1.  , 1.  , 0.75, 0.5 , 0.25, 0.  ])

    Source: TensorFlow Model Garden, `tfm.optimization.lr_schedule.StepCosineDecayWithOffset`.
    """

    boundaries: checks.Boundaries
    values: checks.Rates
    offset: checks.Steps = 0
    name: checks.Label = "StepCosineDecayWithOffset"

    def __post_init__(self):
        super().__post_init__()
        _check_lengths(self.boundaries, self.values, more=0)
        self._set("_curve", Interpolation("cosine", self.boundaries, self.values))

    @property
    def horizon(self):
        return self.offset + _past(self.boundaries)

    def landmarks(self, first, last):
        return later(self._curve.landmarks(first - self.offset, last - self.offset), self.offset)

    def formula(self, step, xp):
        return self._curve.rate(step - self.offset, xp)
