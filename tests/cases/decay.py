"""Exponential, inverse time, natural exponential and polynomial decay."""

import mpmath

from cases import Case
from lrschedules_math import (
    ExponentialDecay,
    ExponentialDecayWithOffset,
    InverseTimeDecay,
    NaturalExpDecay,
    PolynomialDecay,
)


def exponential(initial, decay_steps, decay_rate, staircase=False, offset=0):
    def oracle(step):
        step = max(step - offset, 0)
        periods = step // decay_steps if staircase else mpmath.mpf(step) / decay_steps
        return mpmath.mpf(initial) * mpmath.mpf(decay_rate) ** periods

    arguments = dict(
        initial_learning_rate=initial,
        decay_steps=decay_steps,
        decay_rate=decay_rate,
        staircase=staircase,
    )
    schedule = (
        ExponentialDecayWithOffset(offset=offset, **arguments)
        if offset
        else ExponentialDecay(**arguments)
    )
    return Case(
        schedule, oracle, tuple(offset + k * decay_steps for k in (0, 1, 2, 3, 5, 7)), peak=initial
    )


def over_time(cls, decayed):
    """Makes cases of a class whose rate is `decayed(decay_rate, periods)` times the first one."""

    def make(initial, decay_steps, decay_rate, staircase=False):
        def oracle(step):
            periods = step // decay_steps if staircase else mpmath.mpf(step) / decay_steps
            return mpmath.mpf(initial) * decayed(mpmath.mpf(decay_rate), periods)

        schedule = cls(initial, decay_steps, decay_rate, staircase)
        return Case(schedule, oracle, tuple(k * decay_steps for k in (1, 2, 3, 5, 7)), peak=initial)

    return make


inverse_time = over_time(InverseTimeDecay, lambda k, periods: 1 / (1 + k * periods))
natural_exp = over_time(NaturalExpDecay, lambda k, periods: mpmath.exp(-k * periods))


def polynomial(initial, decay_steps, end=1e-4, power=1.0, cycle=False):
    def oracle(step):
        total = decay_steps * max(1, -(-step // decay_steps)) if cycle else decay_steps
        remaining = (1 - mpmath.mpf(min(step, total)) / total) ** mpmath.mpf(power)
        return (mpmath.mpf(initial) - mpmath.mpf(end)) * remaining + mpmath.mpf(end)

    schedule = PolynomialDecay(initial, decay_steps, end, power, cycle)
    return Case(
        schedule, oracle, tuple(k * decay_steps for k in (1, 2, 3, 5, 7)), peak=max(initial, end)
    )


CASES = [
    exponential(0.1, 41, 0.5, staircase=True),
    exponential(0.1, 41, 0.5),
    exponential(0.1, 10**8, 1.5),
    exponential(0.1, 41, 0.5, offset=7),
    exponential(0.1, 41, 0.5, staircase=True, offset=7),
    exponential(0, 41, 0.5),
    exponential(0.1, 41, 0),
    exponential(0.1, 41, 0, staircase=True),
    inverse_time(0.1, 41, 0.5, staircase=True),
    inverse_time(0.1, 41, 0.5),
    inverse_time(3, 1000, 0),
    natural_exp(0.1, 41, 0.5, staircase=True),
    natural_exp(0.1, 41, 0.5),
    natural_exp(3, 1000, 0),
    polynomial(0.1, 41),
    polynomial(1, 41, end=0),
    polynomial(1, 41, end=0, power=2.5),
    polynomial(1, 41, end=0.25, power=0.5, cycle=True),
    polynomial(1, 41, end=0, cycle=True),
    polynomial(1, 1, end=0.1, cycle=True),
    polynomial(0, 1000, end=1, power=2),
    polynomial(0.1, 41, power=0),
    polynomial(0.1, 41, power=0, cycle=True),
    polynomial(1e-6, 1000, end=1, power=0.5),
    polynomial(0.3, 2**31, end=0, power=3),
]

# Each kind for one `decay_steps`. Above 41 steps the staircases have rates that do not underflow
# within 2^31 steps.
KINDS = {
    "exponential in stairs": lambda t: exponential(0.1, t, 0.999 if t <= 41 else 0.5, True),
    "exponential": lambda t: exponential(0.1, t, 0.999),
    "inverse time in stairs": lambda t: inverse_time(0.1, t, 0.5, True),
    "inverse time": lambda t: inverse_time(0.1, t, 0.5),
    "natural exp in stairs": lambda t: natural_exp(0.1, t, 0.001 if t <= 41 else 0.5, True),
    "natural exp": lambda t: natural_exp(0.1, t, 0.001),
    "polynomial": lambda t: polynomial(1, t, end=0, power=2),
    "polynomial in cycles": lambda t: polynomial(1, t, end=1e-4, cycle=True),
}
