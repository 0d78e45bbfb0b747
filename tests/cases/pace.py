"""Limits of time as multiples of what a fixed piece of work takes on this machine."""

import contextlib
import functools
import time


@functools.cache
def unit():
    """CPU seconds of the piece of work, the best of three."""

    def seconds():
        start = time.process_time()
        sum(i * i for i in range(1_000_000))
        return time.process_time() - start

    return min(seconds() for _ in range(3))


@contextlib.contextmanager
def at_most(units):
    """Fails if the CPU time of the block is more than so many units."""
    unit()
    start = time.process_time()
    yield
    used = (time.process_time() - start) / unit()
    assert used <= units, f"{used:.0f} units of time, more than {units}"
