import mpmath
import numpy as np
import pytest
from keras import ops

from lrschedules.backend import current
from lrschedules.classes.namespaces import device_of
from lrschedules_math.core import namespaces
from lrschedules_math.core.standard_normal import standard_normal
from support import BACKEND, FAR, TOLERANCE, compilers, step_tensor

SEEDS = [0, 1, 2, 42, 2**31 - 1, 2**53]
STEPS = [0, 1, 2, 3, 10, 999, 65535, 65536, 10**6, 10**9, *FAR]


def hashed(seed, step):
    """The two words, from the published hash functions in wrapping C arithmetic."""

    def lowbias32(x):
        x = np.uint32(x)
        with np.errstate(over="ignore"):
            x ^= x >> np.uint32(16)
            x *= np.uint32(0x21F0AAAD)
            x ^= x >> np.uint32(15)
            x *= np.uint32(0x735A2D97)
            x ^= x >> np.uint32(15)
        return int(x)

    def splitmix64(state):
        x = np.uint64(state)
        with np.errstate(over="ignore"):
            x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return int(x ^ (x >> np.uint64(31)))

    for i in (1, 2):
        key = splitmix64((seed + i * 0x9E3779B97F4A7C15) % 2**64)
        inner = lowbias32((step + key % 2**32) % 2**32)
        yield lowbias32((inner + (step >> 32) + (key >> 32)) % 2**32)


def oracle(seed, step):
    first, second = ((mpmath.mpf(word) + 0.5) / 2**32 for word in hashed(seed, step))
    return mpmath.sqrt(-2 * mpmath.log(first)) * mpmath.cos(2 * mpmath.pi * second)


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


@pytest.mark.parametrize("compiler", [None, *compilers()])
def test_every_backend_gives_the_draws_of_the_host(compiler):
    steps = [*STEPS, *range(500, 600)]
    seeds = SEEDS if compiler != "compile" else SEEDS[-2:]

    def draws(steps):
        with current.wide():
            xp = device_of(steps)
            return ops.stack([standard_normal(seed, xp.int(steps), xp) for seed in seeds])

    function = compilers()[compiler](draws) if compiler else draws
    if BACKEND == "jax":
        import jax

        with jax.enable_x64(True):
            actual = np.asarray(function(step_tensor(steps)))
    else:
        actual = ops.convert_to_numpy(function(step_tensor(steps)))
    assert actual.dtype == np.float64
    expected = [standard_normal(seed, np.array(steps), namespaces.array) for seed in seeds]
    np.testing.assert_allclose(actual, expected, rtol=TOLERANCE * 1e-3, atol=1e-14)


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
    # Across seeds at one step, too.
    first = np.array([standard_normal(seed, 0, namespaces.scalar) for seed in range(20_000)])
    assert abs(first.mean()) < 4 / 20_000**0.5 and abs(first.var() - 1) < 4 * (2 / 20_000) ** 0.5
