import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

from cases import check_rates
from cases.cosine import KINDS, T_MULS, around_restarts
from lrschedules_math import (
    CosineDecay,
    CosineDecayRestarts,
    LinearCosineDecay,
    NoisyLinearCosineDecay,
)
from lrschedules_math.core.whole_steps import _growing_cycles, growing_cycles
from support import LENGTHS


@pytest.mark.parametrize("kind", KINDS)
def test_decay_steps_of_every_length(kind):
    for length in LENGTHS:
        check_rates(KINDS[kind](length))


@pytest.mark.parametrize("t_mul", T_MULS)
def test_restarts_for_every_first_decay_steps(t_mul):
    for first in LENGTHS:
        steps, expected = around_restarts(first, t_mul)
        actual = CosineDecayRestarts(1, first, t_mul=t_mul).rates(steps)
        np.testing.assert_allclose(
            actual, expected, rtol=1e-9, atol=1e-15, err_msg=f"{first}, {t_mul}"
        )


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


@pytest.mark.parametrize("first, growth", [("1", "1.01"), ("7", "1.1"), ("2.5", "1.3")])
def test_too_few_bits_for_a_start_are_noticed(first, growth):
    first, growth = Fraction(first), Fraction(growth)
    enough, too_few = _growing_cycles(first, growth, 512), 0
    for bits in range(1, 100, 3):
        found = _growing_cycles(first, growth, bits)
        too_few += found is None
        assert found is None or found[:2] == enough[:2]
    assert too_few > 5


def test_a_large_t_mul_has_one_long_cycle():
    schedule = CosineDecayRestarts(1, 10, t_mul=2**53)
    assert schedule.rates([0, 5, 10, 2**31]).tolist() == pytest.approx([1, 0.5, 1, 1])


def test_restarts_travel_without_their_table():
    schedule = CosineDecayRestarts(1, 10, t_mul=1.1)
    assert set(schedule.get_config()) == set(CosineDecayRestarts.__dataclass_fields__)
    copy = pickle.loads(pickle.dumps(schedule))
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


@pytest.mark.parametrize(
    "cls, good, argument, bad",
    [
        *[(CosineDecay, dict(decay_steps=10), "warmup_steps", bad) for bad in (1, 10)],
        *[
            (CosineDecayRestarts, dict(first_decay_steps=10), "t_mul", bad)
            for bad in (1 + 1e-7, 1 + 2.0**-52)
        ],
        *[
            (CosineDecayRestarts, dict(first_decay_steps=10, alpha=1), "m_mul", bad)
            for bad in (1.01, 2.0)
        ],
    ],
)
def test_arguments_that_do_not_fit_together_are_refused(cls, good, argument, bad):
    with pytest.raises(ValueError) as raised:
        cls(initial_learning_rate=0.1, **{**good, argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")
