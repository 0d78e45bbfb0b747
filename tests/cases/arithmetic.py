"""Sums, differences, products and quotients."""

from fractions import Fraction

from cases import Case
from lrschedules_math import ExponentialDecay, Product, Sum


def halving(initial, every):
    """Stairs, and their exact rates."""
    schedule = ExponentialDecay(initial, every, 0.5, staircase=True)
    return schedule, lambda step: Fraction(initial) / 2 ** min(step // every, 1100)


(SLOW, slow), (FAST, fast) = halving(0.5, 41), halving(0.75, 7)
(A, a), (B, b) = halving(0.5, 10**8), halving(0.25, 10**9)
BOUNDARIES = (7, 9, 20, 41, 82)


def less(x, y):
    return max(x - y, 0)


def case(schedule, oracle):
    return Case(schedule, oracle, BOUNDARIES)


CASES = [
    case(2 * SLOW, lambda s: 2 * slow(s)),
    case(SLOW * 0.1, lambda s: slow(s) * Fraction(0.1)),
    case(SLOW * 0, lambda s: 0),
    case(SLOW * FAST, lambda s: slow(s) * fast(s)),
    case(SLOW / 3, lambda s: slow(s) / 3),
    case(0.25 / B, lambda s: Fraction(0.25) / b(s)),
    case(A / B, lambda s: a(s) / b(s)),
    case(SLOW + 0.1, lambda s: slow(s) + Fraction(0.1)),
    case(0.1 + SLOW, lambda s: slow(s) + Fraction(0.1)),
    case(SLOW + FAST + A, lambda s: slow(s) + fast(s) + a(s)),
    case(SLOW - 0.2, lambda s: less(slow(s), Fraction(0.2))),
    case(0.375 - SLOW, lambda s: less(Fraction(0.375), slow(s))),
    case(FAST - SLOW, lambda s: less(fast(s), slow(s))),
    case(0.5 * (A + B) / 2 - 0.01, lambda s: less((a(s) + b(s)) / 4, Fraction(0.01))),
    case(Product((A, B, 0.5)), lambda s: a(s) * b(s) / 2),
    case(Sum((A, B, 0.5)), lambda s: a(s) + b(s) + Fraction(0.5)),
]
