"""Schedules given by one number, or by a table of them."""

import dataclasses
from typing import Annotated

from lrschedules.catalogue.piecewise import HasValues
from lrschedules.core import checks
from lrschedules.core.landmarks import BOUNDARY, marks
from lrschedules.core.schedule import Schedule, rate_of, schedule_class


@schedule_class
class Constant(Schedule):
    """The same rate at every step.

    ```
    rate(step) = learning_rate
    ```

    Args:
        learning_rate: the rate, 0 or more.
        name: a label, kept in the configuration.

    Example:

    >>> Constant(0.1).values([0, 1000])
    array([0.1, 0.1])

    Source: `optax.constant_schedule`, `transformers.get_constant_schedule`.
    """

    learning_rate: checks.Rate
    name: checks.Label = "Constant"

    def formula(self, step, xp):
        return rate_of(self.learning_rate, step, xp)


@schedule_class
class Tabulated(HasValues):
    """The rates of a table, one for each step, or for every so many steps.

    ```
    rate(step) = values[min(floor(step / every), len(values) - 1)]
    ```

    After the end of the table the last rate is held.

    Args:
        values: the rates, each 0 or more; one or more.
        interpolation: "none": a rate holds until the next one.
        every: the whole number of steps that each rate is for, greater than 0.
        name: a label, kept in the configuration.

    Example:

    >>> Tabulated([0.1, 0.5, 0.2], every=10).values([0, 9, 10, 20, 1000])
    array([0.1, 0.1, 0.5, 0.2, 0.2])

    Source: any list of rates, such as the log of an earlier run.
    """

    values: checks.Rates = dataclasses.field()
    interpolation: Annotated[str, checks.one_of("none")] = "none"
    every: checks.PositiveWholeSteps = 1
    name: checks.Label = "Tabulated"

    @property
    def horizon(self):
        return len(self.values) * self.every

    def landmarks(self, first, last):
        rows = self._table.array[first // self.every : last // self.every + 1]
        if not len(rows):
            return []
        found = int(rows.argmin()), int(rows.argmax())
        return marks(
            BOUNDARY, [max((first // self.every + row) * self.every, first) for row in found]
        )

    def formula(self, step, xp):
        row = xp.minimum(step // self.every, len(self._table) - 1)
        return xp.take(self._table, row)
