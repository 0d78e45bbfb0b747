import numpy as np
import pytest

from cases.standard_normal import SEEDS, STEPS
from cases.standard_normal import standard_normal as oracle
from lrschedules_math.core import namespaces
from lrschedules_math.core.standard_normal import standard_normal


@pytest.mark.parametrize("seed", SEEDS)
def test_host_draws_are_those_of_the_published_hash(seed):
    steps = [*STEPS, 2**32 - 1, 2**32, 2**40 + 7, 2**53]
    expected = [float(oracle(seed, step)) for step in steps]
    draws = standard_normal(seed, np.array(steps, np.int64), namespaces.array)
    np.testing.assert_allclose(draws, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        [standard_normal(seed, step, namespaces.scalar) for step in steps],
        expected,
        rtol=1e-12,
        atol=1e-14,
    )


def draws(seed, first=0, n=100_000):
    return standard_normal(seed, np.arange(first, first + n), namespaces.array)


@pytest.mark.parametrize(
    "seed, first", [(0, 0), (1, 0), (2**53, 0), (7, 2**31 - 50_000), (7, 2**32 - 50_000)]
)
def test_draws_have_the_moments_of_the_standard_normal(seed, first):
    x = draws(seed, first)
    # Four standard errors of 100,000 independent draws.
    assert abs(x.mean()) < 4 / 100_000**0.5
    assert abs(x.var() - 1) < 4 * (2 / 100_000) ** 0.5
    assert abs((x**3).mean()) < 4 * (15 / 100_000) ** 0.5
    assert abs((x**4).mean() - 3) < 4 * (96 / 100_000) ** 0.5
    assert abs((np.abs(x) < 1.959964).mean() - 0.95) < 4 * (0.0475 / 100_000) ** 0.5
    assert len(np.unique(x)) > 99_990


def test_neighbouring_steps_and_seeds_are_independent():
    limit = 4.5 / 100_000**0.5
    x = draws(0)
    for lag in (1, 2, 3, 7, 16, 64, 1024, 65536 // 2):
        assert abs(np.corrcoef(x[:-lag], x[lag:])[0, 1]) < limit
        assert abs(np.corrcoef(x[:-lag] ** 2, x[lag:] ** 2)[0, 1]) < limit
    for seed in (1, 2, 3, 2**16, 2**32, 2**53):
        other = draws(seed)
        for a, b in ((x, other), (x**2, other**2), (x[1:], other[:-1]), (x[:-1], other[1:])):
            assert abs(np.corrcoef(a, b)[0, 1]) < limit
    # Check also across seeds at one step.
    first = np.array([standard_normal(seed, 0, namespaces.scalar) for seed in range(20_000)])
    assert abs(first.mean()) < 4 / 20_000**0.5 and abs(first.var() - 1) < 4 * (2 / 20_000) ** 0.5
