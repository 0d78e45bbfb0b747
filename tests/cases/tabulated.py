"""Constants and tables."""

from cases import Case
from lrschedules_math import Constant, Tabulated


def tabulated(values, every=1):
    def oracle(step):
        return values[min(step // every, len(values) - 1)]

    rows = (0, 1, 2, len(values) // 2, len(values) - 1, len(values))
    return Case(
        Tabulated(values, every=every),
        oracle,
        tuple(sorted(every * r for r in rows)),
        peak=max(values),
    )


CASES = [
    Case(Constant(0.1), lambda step: 0.1),
    Case(Constant(0), lambda step: 0),
    tabulated([0.3]),
    tabulated([0.0, 0.5, 0.25]),
    tabulated([0.0, 0.5, 0.25], every=41),
    tabulated([0.5**i for i in range(50)], every=2**24 - 1),
    tabulated([i / 1e5 for i in range(10**5)]),
]
