"""Schedules given by a table of rates."""

from typing import Annotated

from lrschedules_math.catalogue.piecewise import HasValues
from lrschedules_math.core import checks
from lrschedules_math.core.landmarks import BOUNDARY, marks
from lrschedules_math.core.schedule import schedule_class


@schedule_class
class Tabulated(HasValues):
    """Reads the rates from a table: one for each step, or one for every `every` steps.

    ```
    rate(step) = values[min(floor(step / every), len(values) - 1)]
    ```

    The last rate of the table is held for ever.

    Args:
        values: the rates, each 0 or more; one or more.
        interpolation: always "none": each rate holds until the next. It is here so that
            configurations saved earlier still load.
        every: the whole number of steps for which each rate holds, greater than 0.
        name: a label, kept in the configuration.

    Example:

    >>> Tabulated([0.1, 0.5, 0.2], every=10).rates([0, 9, 10, 20, 1000])
    array([0.1, 0.1, 0.5, 0.2, 0.2])

    Source: any list of rates, such as the log of an earlier run.
    """

    values: checks.Rates
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
