import os
import pathlib
import sys

# The tests run on the sources, not on an installed copy.
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "inst" / "python"))

QUICK = os.environ.get("LRSCHEDULES_QUICK") == "true"


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: trains, compiles much or starts another process")
    config.addinivalue_line("markers", "once: asks nothing of the backend, so one runs it")
    config.addinivalue_line("markers", "telling: slow, and worth it in a quick run")


def _is_slow(item):
    if item.get_closest_marker("telling"):
        return False
    if item.get_closest_marker("slow"):
        return True
    from support import compilers, fit_modes

    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    ways = {*compilers(), *fit_modes()}
    return any(isinstance(value, str) and value in ways for value in parameters)


def _is_left_to_another_backend(item):
    from support import BACKEND, HOST_BACKEND

    return item.get_closest_marker("once") and BACKEND != HOST_BACKEND


def pytest_collection_modifyitems(config, items):
    """A quick run leaves out what is slow, a whole one what one backend does for all."""
    left_out = _is_slow if QUICK else _is_left_to_another_backend
    config.hook.pytest_deselected(items=[item for item in items if left_out(item)])
    items[:] = [item for item in items if not left_out(item)]
