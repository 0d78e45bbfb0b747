"""Rates computed before they are asked for, for an optimizer that trains eagerly."""

import numpy as np

from lrschedules_math.core.checks import MAX_STEP

MOST = 256
"""How many rates are computed at once."""


class LookAhead:
    """The rates of a schedule at one step after the other.

    Where steps come in turn, as an optimizer's do, the next ones are computed together, more
    each time: then a deep composition costs as little as a constant rate. A schedule that fails
    ahead of its time, one that looks steps up in a table say, is asked step by step from then on.

    Attributes:
        asked_for: the step asked for last; -1 for none.
    """

    def __init__(self, most=MOST):
        self._known = (0, ())  # the rates at the steps from the first number on
        self._most = most
        self.asked_for = -1

    def rate(self, schedule, step):
        """`schedule.rate(step)`."""
        self.asked_for = step
        first, rates = self._known
        if not 0 <= step - first < len(rates):
            in_turn = step == first + len(rates)
            n = min(2 * len(rates) if in_turn else 1, self._most, max(MAX_STEP - step, 1))
            first, rates = step, self._ahead(schedule, step, n) or [schedule.rate(step)]
            self._known = (first, rates)
        return rates[step - first]

    def _ahead(self, schedule, step, n):
        if n <= 1:
            return None
        try:
            return schedule.on_array(np.arange(step, step + n)).tolist()
        except Exception:
            # Training may never reach these steps. If it does, the error is raised at that step.
            self._most = 1
            return None
