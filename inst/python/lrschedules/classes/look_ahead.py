"""Rates computed ahead of time, for optimizers that train eagerly."""

import numpy as np

from lrschedules_math.core.checks import MAX_STEP

MOST = 256
"""The largest number of rates computed at once."""


class LookAhead:
    """The rates of a schedule at consecutive steps.

    When steps follow each other, as in an optimizer, the rates of the next steps are computed
    together, more each time, so a deep composition costs as little as a constant rate. A schedule
    that fails at a later step is evaluated step by step from then on.

    Attributes:
        asked_for: the last step that was asked for; -1 for none.
    """

    def __init__(self, most=MOST):
        self._known = (0, ())  # a step, and the rates from that step on
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
