"""Random numbers that are a function of a seed and the step, and of nothing else."""

import math

_WORD = 2**32


def standard_normal(seed, step, xp):
    """A draw from the standard normal distribution for each step.

    The same `seed` and `step` give the same number wherever it is computed, in
    whatever order; neighbouring steps and seeds give independent ones. Two 32-bit
    words are hashed from the step, and become one number by Box and Muller's
    formula. The size of a draw is at most 6.7.

    Args:
        seed: an int, 0 or more.
        step: whole steps, 0 or more, as in `Schedule.formula`.
        xp: the functions to compute with.
    """
    radius, angle = xp.for_each(_hash, step, *zip(*_keys(seed)))
    # The half keeps the logarithm's argument off 0.
    radius = xp.sqrt(-2.0 * xp.log((xp.float(radius) + 0.5) / _WORD))
    return radius * xp.cos((xp.float(angle) + 0.5) * (2 * math.pi / _WORD))


def _hash(step, low, high):
    return _mix((_mix((step + low) % _WORD) + step // _WORD + high) % _WORD)


def _mix(word):
    """A bijection of 32-bit words that changes half of the bits for each bit changed
    (Wellons' "hash prospector"; xor, shift and multiply).

    The multipliers are below 2^31, so that no product overflows int64.
    """
    word = word ^ word // 2**16
    word = word * 0x21F0AAAD % _WORD
    word = word ^ word // 2**15
    word = word * 0x735A2D97 % _WORD
    return word ^ word // 2**15


def _keys(seed):
    """Two keys of two words each, from the splitmix64 generator."""
    words = []
    for _ in range(2):
        seed = (seed + 0x9E3779B97F4A7C15) % 2**64
        key = seed
        key = (key ^ key >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        key = (key ^ key >> 27) * 0x94D049BB133111EB % 2**64
        key ^= key >> 31
        words.append((key % _WORD, key // _WORD))
    return tuple(words)
