"""Random numbers of a seed and a step, from the published hash functions."""

import mpmath
import numpy as np

from cases import FAR

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


def standard_normal(seed, step):
    first, second = ((mpmath.mpf(word) + 0.5) / 2**32 for word in hashed(seed, step))
    return mpmath.sqrt(-2 * mpmath.log(first)) * mpmath.cos(2 * mpmath.pi * second)
