import collections
import gc
import itertools
import pathlib
import signal
import sys

import keras

# Test the sources, not an installed copy.
ROOT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "inst" / "python"), str(ROOT / "tests")]

BACKEND = keras.backend.backend()

# A shell that runs the tests in the background makes Python ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Compare with PyTorch's own schedules only if PyTorch is the backend.
collect_ignore = [] if BACKEND == "torch" else ["test_pytorch.py"]

# The backend that runs the tests which do not depend on the backend.
FIRST_BACKEND = "tensorflow"


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "once: does not depend on the backend, so one backend runs it"
    )
    config.addinivalue_line("markers", "sweep: takes more cases in a sweep, which runs no others")
    config.addinivalue_line("markers", "alike: a quick run takes every fifth of its cases")
    config.addinivalue_line("markers", "slow: trains, compiles much or starts another process")
    config.addinivalue_line("markers", "telling: slow, but worth it in a quick run")


def _is_slow(item):
    if item.get_closest_marker("telling"):
        return False
    if item.get_closest_marker("slow"):
        return True
    from support import compilers, fit_modes

    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    ways = {*compilers(), *fit_modes()}
    return any(isinstance(value, str) and value in ways for value in parameters)


def pytest_collection_finish():
    # Freeze imported objects, which are never garbage: scanning them is a third of a test's time.
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)


def pytest_collection_modifyitems(config, items):
    """Skips slow tests in a quick run, in a sweep tests without more cases, and in a full run tests
    that one backend does for all."""
    from cases import QUICK
    from support import SWEEP

    alike = collections.Counter()

    def is_left_out(item):
        if QUICK:
            if not item.get_closest_marker("alike"):
                return _is_slow(item)
            alike[item.function] += 1
            return alike[item.function] % 5 != 1
        if SWEEP and not item.get_closest_marker("sweep"):
            return True
        return item.get_closest_marker("once") and BACKEND != FIRST_BACKEND

    left_out = [is_left_out(item) for item in items]
    config.hook.pytest_deselected(items=list(itertools.compress(items, left_out)))
    items[:] = [item for item, is_out in zip(items, left_out, strict=True) if not is_out]
