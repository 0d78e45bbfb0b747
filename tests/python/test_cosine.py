import itertools
import json
import math
import pickle
from fractions import Fraction

import keras
import mpmath
import numpy as np
import pytest

from lrschedules import CosineDecay, CosineDecayRestarts, LinearCosineDecay, NoisyLinearCosineDecay
from lrschedules_math.core.whole_steps import growing_cycles
from support import (
    BACKEND,
    EVERY_DECAY_STEPS,
    FAR,
    HOST_BACKEND,
    INFINITY,
    MAIN_COMPILER,
    NAN,
    NOT_LABELS,
    NOT_POSITIVE_STEPS,
    NOT_RATES,
    NOT_STEPS,
    SWEEP,
    TELLING_DECAY_STEPS,
    Case,
    assert_rates,
    bad_inputs,
    check_bad_input,
    check_fit,
    check_lengths,
    compiled,
    compilers,
    fit_modes,
)
from test_standard_normal import oracle as normal

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
        # The wave's own zeros, exactly.
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


@pytest.mark.parametrize("where", ["host", *compilers()])
@pytest.mark.parametrize("kind", KINDS)
def test_decay_steps_of_every_length(kind, where):
    check_lengths(KINDS[kind], where)


T_MULS = (1, 1.1, 1.5, 2, 3, 4)


def around_restarts(first, t_mul):
    """The steps at 31 restarts, or at those up to step 2^31, with their neighbours, and the rates
    there of a schedule that starts at 1: from exact rationals, rounded by the sine alone."""
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


@pytest.mark.parametrize("t_mul", T_MULS)
def test_restarts_on_the_host_for_every_first_decay_steps(t_mul):
    for first in EVERY_DECAY_STEPS if BACKEND == HOST_BACKEND else TELLING_DECAY_STEPS:
        steps, expected = around_restarts(first, t_mul)
        actual = CosineDecayRestarts(1, first, t_mul=t_mul).rates(steps)
        np.testing.assert_allclose(
            actual, expected, rtol=1e-9, atol=1e-15, err_msg=f"{first}, {t_mul}"
        )


@pytest.mark.parametrize("compiler", compilers())
def test_restarts_compiled_for_every_first_decay_steps(compiler):
    # The restarts of a growing cycle are a table: that of the host.
    few = [(first, t_mul) for t_mul in T_MULS for first in (1, 2, 3, 7, 10, 41, 1000, 1999)]
    every = [(first, 1) for first in (EVERY_DECAY_STEPS if SWEEP else TELLING_DECAY_STEPS)]
    if compiler == "compile":
        parameters = few[::16]
    else:
        parameters = few + every if compiler == MAIN_COMPILER else few[::4] + every[::8]
    for start in range(0, len(parameters), 200):
        chunk = parameters[start : start + 200]
        schedules = [CosineDecayRestarts(1, first, t_mul=t_mul) for first, t_mul in chunk]
        tables = [around_restarts(first, t_mul) for first, t_mul in chunk]
        length = max(len(steps) for steps, _ in tables)
        rows = [steps + [0] * (length - len(steps)) for steps, _ in tables]
        for schedule, (_, expected), actual in zip(
            schedules, tables, compiled(schedules, rows, compilers()[compiler])
        ):
            assert_rates(actual[: len(expected)], expected, 1.0, schedule)


@pytest.mark.telling
@pytest.mark.parametrize("where", [*compilers(), *fit_modes()])
def test_restarts_each_41_steps_train_at_the_full_rate(where):
    # Compiled, Keras's own CosineDecayRestarts(1, 41, t_mul=1) is 0 at step 41.
    case = restarts(1, 41, t_mul=1)
    if where in fit_modes():
        check_fit(case, where, steps=130)
    else:
        steps = [41 * k for k in range(1, 1000)]
        assert compiled([case.schedule], [steps], compilers()[where]).tolist() == [
            [1.0] * len(steps)
        ]


@pytest.mark.parametrize("compiler", compilers())
def test_a_long_cosine_is_not_0_before_its_end(compiler):
    # Keras's own CosineDecay(1, 100000) is exactly 0 for its last 7 steps.
    case = cosine(1, 100_000)
    steps = range(99_980, 100_001)
    rates = compiled([case.schedule], [list(steps)], compilers()[compiler])[0]
    assert_rates(rates, case.expected(steps))
    assert (rates[:-1] > 0).all() and rates[-1] == 0


@pytest.mark.parametrize("compiler", compilers())
def test_neighbouring_steps_beyond_2_to_the_24_have_rates_of_their_own(compiler):
    # In float32, in which Keras counts, 2^24 and 2^24 + 1 are one number.
    case = cosine(1, 2**24 + 10)
    steps = range(2**24 - 5, 2**24 + 11)
    rates = compiled([case.schedule], [list(steps)], compilers()[compiler])[0]
    assert_rates(rates, case.expected(steps))
    assert (np.diff(rates) < 0).all()


def test_integer_rates_are_floats():
    assert CosineDecay(1, 2).rate(1) == pytest.approx(0.5)
    assert CosineDecayRestarts(2, 2, t_mul=1, m_mul=1).rate(1) == pytest.approx(1)
    assert isinstance(CosineDecay(1, 10, 0, warmup_target=2, warmup_steps=1).warmup_target, float)


def test_restarts_at_fractional_steps_come_at_the_next_whole_one():
    schedule = CosineDecayRestarts(1, 10, t_mul=1.1)
    assert schedule.rates([0, 10, 21]).tolist() == [1, 1, 1]
    # The cycle of 12.1 steps from step 21 on ends at 33.1.
    assert schedule.rate(33) == pytest.approx(math.sin(math.pi / 2 * 0.1 / 12.1) ** 2)
    assert schedule.rate(34) == pytest.approx(math.cos(math.pi / 2 * 0.9 / 13.31) ** 2)
    halves = CosineDecayRestarts(1, 2.5, t_mul=1)
    expected = [math.cos(math.pi / 2 * (s % 2.5) / 2.5) ** 2 for s in range(11)]
    np.testing.assert_allclose(halves.rates(range(11)), expected, rtol=1e-12)
    assert halves.rates([5, 10]).tolist() == [1, 1]


@pytest.mark.parametrize(
    "first, t_mul", [(1, 1.0004), (7, 1.01), (10, 1.1), (2.5, 1.5), (3, 4 / 3), (0.75, 1.2)]
)
def test_growing_cycles_are_exact(first, t_mul):
    first_steps, last_steps, rests, lengths = growing_cycles(first, t_mul)
    assert first_steps[-1] <= 2**53 < last_steps[-1] + 2
    assert all(a <= b for a, b in itertools.pairwise(first_steps))
    simple = {4 / 3: Fraction(4, 3)}.get(t_mul, Fraction(str(t_mul)))
    start, length = Fraction(0), Fraction(str(first))
    for i in range(min(120, len(lengths))):
        assert first_steps[i] == math.ceil(start)
        end = start + length
        assert int(last_steps[i]) + Fraction(rests[i]) == pytest.approx(end, rel=1e-15)
        assert lengths[i] == float(length)
        start, length = end, length * simple


def test_a_large_t_mul_has_one_long_cycle():
    schedule = CosineDecayRestarts(1, 10, t_mul=2**53)
    assert schedule.rates([0, 5, 10, 2**31]).tolist() == pytest.approx([1, 0.5, 1, 1])


def test_restarts_travel_without_their_table():
    schedule = CosineDecayRestarts(1, 10, t_mul=1.1)
    assert set(schedule.get_config()) == set(CosineDecayRestarts.__dataclass_fields__)
    text = json.dumps(keras.optimizers.schedules.serialize(schedule))
    for copy in (
        keras.optimizers.schedules.deserialize(json.loads(text)),
        pickle.loads(pickle.dumps(schedule)),
    ):
        assert copy == schedule and copy.rate(21) == 1 and hash(copy) == hash(schedule)


def test_noise_is_that_of_the_seed_and_never_gives_a_negative_rate():
    schedule = NoisyLinearCosineDecay(1.0, 100, seed=1)
    rates = schedule.rates(range(200))
    assert (rates >= 0).all() and (rates == 0).any()
    assert rates.tolist() == schedule.rates(range(200)).tolist()
    assert rates.tolist() != NoisyLinearCosineDecay(1.0, 100, seed=2).rates(range(200)).tolist()
    quiet = NoisyLinearCosineDecay(1.0, 100, initial_variance=0)
    assert (
        quiet.rates(range(200)).tolist() == LinearCosineDecay(1.0, 100).rates(range(200)).tolist()
    )


RATE_AND_STEPS = dict(initial_learning_rate=0.1, decay_steps=10)
COMMON = dict(
    initial_learning_rate=NOT_RATES,
    decay_steps=NOT_POSITIVE_STEPS,
    alpha=NOT_RATES,
    name=NOT_LABELS,
)
FIRST_STEPS = dict(initial_learning_rate=0.1, first_decay_steps=10)


@pytest.mark.once
@pytest.mark.parametrize(
    "cls, good, argument, bad",
    [
        *bad_inputs(
            CosineDecay,
            RATE_AND_STEPS,
            **COMMON,
            warmup_target=[x for x in NOT_RATES if x is not None],
            warmup_steps=[*NOT_STEPS, 10],
        ),
        *bad_inputs(CosineDecay, {**RATE_AND_STEPS, "warmup_target": 1}, warmup_steps=NOT_STEPS),
        *bad_inputs(
            CosineDecayRestarts,
            FIRST_STEPS,
            initial_learning_rate=NOT_RATES,
            first_decay_steps=NOT_POSITIVE_STEPS,
            t_mul=[
                NAN,
                INFINITY,
                0,
                -1,
                0.5,
                0.999,
                "2",
                [2],
                None,
                True,
                2.0**54,
                1 + 1e-7,
                1 + 2.0**-52,
            ],
            m_mul=NOT_RATES,
            alpha=NOT_RATES,
            name=NOT_LABELS,
        ),
        *bad_inputs(CosineDecayRestarts, {**FIRST_STEPS, "alpha": 1}, m_mul=[1.01, 2.0]),
        *bad_inputs(
            LinearCosineDecay, RATE_AND_STEPS, **COMMON, num_periods=NOT_RATES, beta=NOT_RATES
        ),
        *bad_inputs(
            NoisyLinearCosineDecay,
            RATE_AND_STEPS,
            **COMMON,
            num_periods=NOT_RATES,
            beta=NOT_RATES,
            initial_variance=NOT_RATES,
            variance_decay=NOT_RATES,
            seed=NOT_STEPS,
        ),
    ],
)
def test_bad_input_names_the_argument_and_the_value(cls, good, argument, bad):
    check_bad_input(cls, good, argument, bad)
