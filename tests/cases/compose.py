"""Schedules that hold schedules.

Each function takes a schedule and its oracle, and makes the case of a schedule that holds it.
`home` is the module that has the classes: `lrschedules_math` or `lrschedules`.
"""

import math
from fractions import Fraction

import mpmath

import lrschedules_math
from cases import Case
from cases.standard_normal import standard_normal
from lrschedules_math import ExponentialDecay

DECAY = ExponentialDecay(0.8, 41, 0.9)
STAIRS = ExponentialDecay(0.5, 41, 0.5, staircase=True)


def decay(step):
    return mpmath.mpf(0.8) * mpmath.mpf(0.9) ** (mpmath.mpf(step) / 41)


def stairs(step):
    return mpmath.mpf(0.5) * mpmath.mpf(0.5) ** (step // 41)


SHAPES = {
    "linear": lambda q, power: q,
    "cosine": lambda q, power: (1 - mpmath.cos(mpmath.pi * q)) / 2,
    "one_minus_sqrt": lambda q, power: 1 - mpmath.sqrt(1 - q),
    "polynomial": lambda q, power: q ** mpmath.mpf(power),
}


def warmup(
    schedule,
    oracle,
    steps,
    start=0.0,
    shape="linear",
    power=1.0,
    shift=True,
    to=None,
    home=lrschedules_math,
):
    def expected(step):
        if step >= steps:
            return oracle(step - steps if shift else step)
        target = oracle(0 if shift else steps) if to is None else to
        return start + (target - start) * SHAPES[shape](mpmath.mpf(step) / steps, power)

    made = home.Warmup(schedule, steps, start, shape, power, shift, to)
    return Case(made, expected, (steps, steps + 41, steps + 82))


def cooldown(schedule, oracle, at, steps, to=0.0, shape="linear", power=1.0, home=lrschedules_math):
    def expected(step):
        if step <= at:
            return oracle(step)
        left = mpmath.mpf(max(at + steps - step, 0)) / steps
        return to + (oracle(at) - to) * SHAPES[shape](left, power)

    return Case(
        home.Cooldown(schedule, at, steps, to, shape, power),
        expected,
        (at, at + steps // 3, at + steps),
    )


def join(schedules, oracles, boundaries, home=lrschedules_math):
    def expected(step):
        i = sum(step >= b for b in boundaries)
        return oracles[i](step - (0, *boundaries)[i])

    return Case(home.Join(schedules, boundaries), expected, boundaries)


def repeat(schedule, oracle, every, times=math.inf):
    def expected(step):
        return oracle(step - every * min(step // every, times - 1))

    return Case(
        lrschedules_math.Repeat(schedule, every, times),
        expected,
        (every, 2 * every, 3 * every, 7 * every),
    )


def stretch(schedule, oracle, factor):
    def expected(step):
        return oracle(math.floor(step / Fraction(factor)))

    boundaries = tuple(math.ceil(41 * k * Fraction(factor)) for k in (1, 2, 3, 7))
    return Case(lrschedules_math.Stretch(schedule, float(Fraction(factor))), expected, boundaries)


def accumulate(schedule, oracle, k, home=lrschedules_math):
    return Case(
        home.Accumulate(schedule, k), lambda step: oracle(step // k), (k, 41 * k, 82 * k, 123 * k)
    )


def noisy(schedule, oracle, sd, seed):
    def expected(step):
        return oracle(step) * max(1 + mpmath.mpf(sd) * standard_normal(seed, step), 0)

    return Case(lrschedules_math.Noise(schedule, sd, seed), expected, (41, 82))


def clamp(schedule, oracle, low=0.0, high=math.inf, home=lrschedules_math):
    return Case(
        home.Clamp(schedule, low, high),
        lambda step: min(max(oracle(step), low), high),
        (41, 82, 123),
    )


def offset(schedule, oracle, by, home=lrschedules_math):
    return Case(
        home.Offset(schedule, by), lambda step: oracle(max(step - by, 0)), (by, by + 41, by + 82)
    )


def hold(schedule, oracle, start):
    return Case(
        lrschedules_math.Hold(schedule, start), lambda step: oracle(min(step, start)), (start,)
    )


def nested(schedule, oracle, home=lrschedules_math):
    """A warmup, a join of three, a cooldown and a clamp, over a schedule."""
    first = home.ExponentialDecay(0.8, 41, 0.9)
    joined = join([first, schedule, 0.3], [decay, oracle, lambda step: 0.3], (30, 71), home)
    warmed = warmup(joined.schedule, joined.oracle, 13, start=0.01, shape="cosine", home=home)
    cooled = cooldown(warmed.schedule, warmed.oracle, 150, 41, to=1e-4, home=home)
    bounded = clamp(cooled.schedule, cooled.oracle, 0.02, 0.7, home)
    boundaries = (13, 43, 53, 64, 84, 150, 191)
    return Case(bounded.schedule, bounded.oracle, boundaries)


def deep(levels):
    case = Case(STAIRS, stairs)
    for _ in range(levels):
        case = offset(case.schedule, case.oracle, 1)
        halved = lrschedules_math.Scale(case.schedule, 0.5)
        case = Case(halved, lambda step, inner=case.oracle: inner(step) / 2, case.boundaries)
    return case


CASES = [
    *[warmup(STAIRS, stairs, 41, 0.125, shape) for shape in SHAPES],
    *[warmup(DECAY, decay, 41, 0.125, shape, shift=False) for shape in SHAPES],
    warmup(DECAY, decay, 41, shape="polynomial", power=2.5),
    warmup(DECAY, decay, 41, start=2.0),
    *[warmup(DECAY, decay, 41, 0.125, shape, shift=False, to=0.8) for shape in SHAPES],
    warmup(STAIRS, stairs, 41, start=0.75, to=0.0),
    warmup(DECAY, decay, 0, to=0.3),
    warmup(DECAY, decay, 0),
    warmup(DECAY, decay, 1),
    warmup(0.3, lambda step: 0.3, 100),
    offset(STAIRS, stairs, 7),
    offset(DECAY, decay, 0),
    join([STAIRS, DECAY, 0.25], [stairs, decay, lambda step: 0.25], (41, 100)),
    join([0.1, STAIRS], [lambda step: 0.1, stairs], (1,)),
    hold(STAIRS, stairs, 41),
    hold(DECAY, decay, 0),
    repeat(STAIRS, stairs, 60),
    repeat(DECAY, decay, 41),
    repeat(STAIRS, stairs, 60, 3),
    repeat(DECAY, decay, 1, 1),
    *[stretch(STAIRS, stairs, factor) for factor in ("2", "1", "2.5", "0.1", "0.7")],
    *[cooldown(STAIRS, stairs, 82, 41, 0.125, shape) for shape in SHAPES],
    cooldown(DECAY, decay, 100, 30, shape="polynomial", power=2.5),
    cooldown(DECAY, decay, 0, 1),
    clamp(DECAY, decay, 0.1),
    clamp(DECAY, decay, high=0.6),
    clamp(STAIRS, stairs, 0.2, 0.3),
    accumulate(STAIRS, stairs, 4),
    accumulate(DECAY, decay, 1),
    noisy(DECAY, decay, 0.2, 1),
    noisy(STAIRS, stairs, 5.0, 123456789),
    noisy(0.5, lambda step: 0.5, 0.0, 0),
    nested(STAIRS, stairs),
    deep(5),
]
