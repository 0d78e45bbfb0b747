"""Random numbers that depend only on a seed and the step."""

import math

_WORD = 2**32


def standard_normal(seed, step, xp):
    """Draws from the standard normal distribution, one number for each step.

    The same `seed` and `step` give the same number on every machine and in any order;
    neighbouring steps and seeds give independent numbers. Two 32-bit words are hashed
    from the step, and Box and Muller's formula turns them into one number. Its absolute
    value is at most 6.8.

    Args:
        seed: an int, 0 or more.
        step: whole steps, 0 or more, as in `Schedule.formula`.
        xp: the functions to compute with.
    """
    radius, angle = xp.for_each(_hash, step, *zip(*_keys(seed)))
    # Adding 0.5 keeps the logarithm's argument above 0.
    radius = xp.sqrt(-2.0 * xp.log((xp.float(radius) + 0.5) / _WORD))
    return radius * xp.cos((xp.float(angle) + 0.5) * (2 * math.pi / _WORD))


def _hash(step, low, high):
    return _mix((_mix((step + low) % _WORD) + step // _WORD + high) % _WORD)


def _mix(word):
    """Mixes a 32-bit word by xor, shift and multiply: a bijection in which changing one bit
    changes about half of the bits (Wellons' "hash prospector").

    The multipliers are below 2^31, so no product overflows int64.
    """
    word = word ^ word // 2**16
    word = word * 0x21F0AAAD % _WORD
    word = word ^ word // 2**15
    word = word * 0x735A2D97 % _WORD
    return word ^ word // 2**15


def _keys(seed):
    """Makes two keys of two words each with the splitmix64 generator."""
    words = []
    for _ in range(2):
        seed = (seed + 0x9E3779B97F4A7C15) % 2**64
        key = seed
        key = (key ^ key >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        key = (key ^ key >> 27) * 0x94D049BB133111EB % 2**64
        key ^= key >> 31
        words.append((key % _WORD, key // _WORD))
    return tuple(words)
