"""Cosine decay, its restarts, and linear cosine decay with and without noise."""

import math
from fractions import Fraction

import mpmath

from cases import FAR, Case
from cases.standard_normal import standard_normal as normal
from lrschedules_math import (
    CosineDecay,
    CosineDecayRestarts,
    LinearCosineDecay,
    NoisyLinearCosineDecay,
)

mpf = mpmath.mpf


def half_cosine(done, total):
    """½(1 + cos π done / total)"""
    return (1 + mpmath.cos(mpmath.pi * done / total)) / 2 if done != total else mpf(0)


def cosine(initial, decay_steps, alpha=0.0, target=None, warmup=0):
    def oracle(step):
        if step < warmup:
            return mpf(initial) + (mpf(target) - mpf(initial)) * step / warmup
        wave = half_cosine(min(step - warmup, decay_steps), decay_steps)
        return mpf(initial if target is None else target) * ((1 - mpf(alpha)) * wave + mpf(alpha))

    schedule = CosineDecay(initial, decay_steps, alpha, warmup_target=target, warmup_steps=warmup)
    boundaries = (warmup, warmup + decay_steps) if warmup else (decay_steps,)
    return Case(schedule, oracle, boundaries, peak=max(initial, target or 0, alpha * initial))


def cycles(first, t_mul):
    """The exact start and length of each cycle up to step 2^31, from decimals."""
    start, length, result = Fraction(0), Fraction(str(first)), []
    while start < 2**31 and len(result) < 400:
        result.append((start, length))
        start, length = start + length, length * Fraction(str(t_mul))
    return result


def restarts(initial, first, t_mul=2.0, m_mul=1.0, alpha=0.0):
    table = cycles(first, t_mul) if t_mul > 1 else None

    def oracle(step):
        if table is None:
            i = int(Fraction(step) // Fraction(str(first)))
            start, length = i * Fraction(str(first)), Fraction(str(first))
        else:
            i = max(i for i, (start, _) in enumerate(table) if start <= step)
            start, length = table[i]
        done = (step - start) / length
        wave = (1 + mpmath.cos(mpmath.pi * done.numerator / done.denominator)) / 2
        return mpf(initial) * ((1 - mpf(alpha)) * mpf(m_mul) ** i * wave + mpf(alpha))

    starts = [s for s, _ in table] if table else [i * Fraction(str(first)) for i in range(32)]
    boundaries = tuple(math.ceil(s) for s in starts if s > 0)
    return Case(
        CosineDecayRestarts(initial, first, t_mul, m_mul, alpha), oracle, boundaries, peak=initial
    )


def linear_cosine(
    initial, decay_steps, num_periods=0.5, alpha=0.0, beta=0.001, seed=None, variance=0.01
):
    def oracle(step):
        done = min(step, decay_steps)
        line = mpf(decay_steps - done) / decay_steps
        if seed is not None:
            line += mpmath.sqrt(mpf(variance) / (1 + mpf(done)) ** mpf(0.55)) * normal(seed, step)
        turns = 2 * mpf(num_periods) * done / decay_steps
        # Give the zeros of the wave exactly.
        wave = (1 + mpmath.cos(mpmath.pi * turns)) / 2 if turns % 2 != 1 else mpf(0)
        return mpf(initial) * max((mpf(alpha) + line) * wave + mpf(beta), 0)

    arguments = dict(num_periods=num_periods, alpha=alpha, beta=beta)
    schedule = (
        LinearCosineDecay(initial, decay_steps, **arguments)
        if seed is None
        else NoisyLinearCosineDecay(
            initial, decay_steps, initial_variance=variance, **arguments, seed=seed
        )
    )
    return Case(schedule, oracle, (decay_steps,), peak=initial * (1 + alpha + beta))


CASES = [
    cosine(0.1, 41),
    cosine(0.1, 1000, alpha=0.1),
    cosine(0.1, 1000, alpha=2),
    cosine(0, 1000, target=0.1, warmup=41),
    cosine(0.1, 41, alpha=0.5, target=1, warmup=1),
    cosine(1, 41, target=0.1, warmup=0),
    cosine(1, 41, target=0, warmup=10),
    cosine(1, 1),
    cosine(1, 2**31),
    restarts(1, 41, t_mul=1),
    restarts(1, 10, t_mul=1.1),
    restarts(1, 41, t_mul=1.5, m_mul=0.9),
    restarts(0.3, 1),
    restarts(0.3, 7, t_mul=3, m_mul=1.5, alpha=0.1),
    restarts(1, 1, t_mul=1, alpha=0.1),
    restarts(1, 41, t_mul=1, m_mul=0.99, alpha=2),
    restarts(1, 41, t_mul=4, m_mul=0),
    restarts(0.1, 2**31),
    linear_cosine(0.1, 41),
    linear_cosine(0.1, 41, beta=0),
    linear_cosine(1, 1000, num_periods=2, alpha=0.1),
    linear_cosine(1, 1000, num_periods=2.5, beta=0),
    linear_cosine(1, 1000, num_periods=0.3),
    linear_cosine(1, 1000, num_periods=0),
    linear_cosine(0.1, 41, seed=0),
    linear_cosine(0.1, 41, seed=2**53, variance=1),
    linear_cosine(1, 1000, num_periods=2, alpha=0.1, seed=3),
]

KINDS = {
    "cosine": lambda t: cosine(1, t),
    "cosine after a warmup": lambda t: cosine(0, t, alpha=0.1, target=1, warmup=t),
    "linear cosine": lambda t: linear_cosine(1, t, beta=0),
    "noisy linear cosine": lambda t: linear_cosine(1, t, seed=t),
}


T_MULS = (1, 1.1, 1.5, 2, 3, 4)


def around_restarts(first, t_mul):
    """The steps next to 31 restarts, or to the restarts up to step 2^31, and a schedule's rates at
    these steps if it starts at 1. The rates are exact rationals until the sine rounds them."""
    starts = [first * g for g in GEOMETRIC_SUMS[t_mul]]
    steps, rates = [], []
    for i in range(1, len(starts) - 1):
        restart = math.ceil(starts[i])
        for step in (restart - 1, restart, restart + 1):
            cycle = i - 1 if step < starts[i] else i if step < starts[i + 1] else i + 1
            if step > FAR[-1] or cycle + 1 >= len(starts):
                continue
            left = (starts[cycle + 1] - step) / (starts[cycle + 1] - starts[cycle])
            steps.append(step)
            rates.append(math.sin(math.pi / 2 * float(left)) ** 2)
    return steps, rates


GEOMETRIC_SUMS = {
    t: [s for s, _ in cycles(1, t)[:33]] if t > 1 else [Fraction(i) for i in range(33)]
    for t in T_MULS
}
