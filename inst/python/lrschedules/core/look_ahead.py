"""Rates computed before they are asked for, for an optimizer that trains eagerly."""

MOST = 256
"""How many rates are computed at once."""


class LookAhead:
    """The rates of a schedule at one step after the other.

    Where steps come in turn, as an optimizer's do, the next ones are computed together, more
    each time: then a deep composition costs as little as a constant rate.
    """

    def __init__(self):
        self._known = (0, ())  # the rates at the steps from the first number on

    def value(self, schedule, step):
        """`schedule.value(step)`."""
        first, rates = self._known
        if not 0 <= step - first < len(rates):
            n = min(2 * len(rates), MOST) if step == first + len(rates) else 1
            ahead = schedule.values_ahead(step, n) if n > 1 else None
            first, rates = step, ahead or [schedule.value(step)]
            self._known = (first, rates)
        return rates[step - first]
