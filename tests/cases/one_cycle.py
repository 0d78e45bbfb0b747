"""One cycle, its momentum, and warmup, stable, decay."""

import itertools

import mpmath

from cases import Case
from lrschedules_math import MomentumOneCycle, OneCycle, WarmupStableDecay


def wave(q):
    """(1 - cos πq) / 2"""
    return mpmath.sin(mpmath.pi * q / 2) ** 2


def one_cycle(
    n, fraction=(3, 10), anneal="cosine", d=25, final=1e4, three_phase=False, peak_rate=1.0
):
    peak = n * fraction[0] // fraction[1]
    m = mpmath.mpf(peak_rate)
    corners = [(0, m / d), (peak, m), (2 * peak, m / d), (n, m / d / final)]
    if not three_phase:
        del corners[2]
    if peak == 0:
        corners = [(0, m), corners[-1]]

    def oracle(step):
        for (a, first), (b, last) in itertools.pairwise(corners):
            if step < b:
                left = mpmath.mpf(b - step) / (b - a)
                part = wave(left) if anneal == "cosine" else left
                return last + (first - last) * part
        return corners[-1][1]

    schedule = OneCycle(peak_rate, n, fraction[0] / fraction[1], anneal, d, final, three_phase)
    return Case(schedule, oracle, tuple(step for step, _ in corners), peak=peak_rate)


def momentum(cycle, least=0.85, most=0.95):
    """Makes the case of a momentum that is as far on its way to the next corner as the rate."""
    values = [most, least, most, most] if cycle.schedule.warmup_fraction else [least, most]
    corners = [(step, cycle.oracle(step), x) for step, x in zip(cycle.boundaries, values)]

    def oracle(step):
        for (_, rate, value), (end, next_rate, next_value) in itertools.pairwise(corners):
            if step < end:
                q = (cycle.oracle(step) - rate) / (next_rate - rate)
                return value + (next_value - value) * q
        return most

    return Case(MomentumOneCycle(cycle.schedule, least, most), oracle, cycle.boundaries)


SHAPES = {
    "linear": lambda q: q,
    "cosine": wave,
    "one_minus_sqrt": lambda q: 1 - mpmath.sqrt(1 - q),
}


def stable(peak_rate, warmup, hold, decay, up="linear", down="cosine", end=0.0):
    def oracle(step):
        if step < warmup:
            part = SHAPES[up](mpmath.mpf(step) / warmup)
        elif step < warmup + hold:
            part = 1
        else:
            part = SHAPES[down](mpmath.mpf(max(warmup + hold + decay - step, 0)) / decay)
        return mpmath.mpf(end) + (mpmath.mpf(peak_rate) - mpmath.mpf(end)) * part

    schedule = WarmupStableDecay(peak_rate, warmup, hold, decay, up, down, end)
    return Case(schedule, oracle, (warmup, warmup + hold, warmup + hold + decay), peak=peak_rate)


TOTALS = (1, 2, 3, 4, 7, 10, 41, 1000, 10**5, 10**9)

CASES = [
    *(
        one_cycle(n, anneal=anneal, three_phase=three)
        for n in TOTALS
        for anneal in ("cosine", "linear")
        for three in (False, True)
    ),
    *(one_cycle(n, (29, 100)) for n in (100, 200, 10**7)),
    *(one_cycle(n, (1, 3), d=1, final=1) for n in (3, 300, 3 * 10**8)),
    one_cycle(100, (0, 1)),
    one_cycle(100, (99, 100)),
    one_cycle(100, peak_rate=0.0),
    *(
        momentum(one_cycle(n, anneal=anneal, three_phase=three))
        for n in (10, 41, 1000, 10**9)
        for anneal in ("cosine", "linear")
        for three in (False, True)
    ),
    momentum(one_cycle(100, (0, 1)), 0.5, 0.75),
    momentum(one_cycle(100), 0.0, 1.0),
    momentum(one_cycle(100), 0.9, 0.9),
    *(
        stable(0.5, warmup, hold, decay, end=end)
        for warmup in (0, 1, 41)
        for hold in (0, 1, 100)
        for decay in (1, 41, 10**9)
        for end in (0.0, 0.1)
    ),
    *(stable(1.0, 41, 10, 10**5, up, down) for up in SHAPES for down in SHAPES),
    stable(0.5, 10, 10, 10, end=0.5),
]
