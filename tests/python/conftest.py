import pathlib
import sys

# The tests run on the sources, not on an installed copy.
ROOT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "inst" / "python"), str(ROOT / "tests")]


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: trains, compiles much or starts another process")
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


def pytest_collection_modifyitems(config, items):
    """A quick run leaves out what is slow."""
    from cases import QUICK

    if QUICK:
        config.hook.pytest_deselected(items=[item for item in items if _is_slow(item)])
        items[:] = [item for item in items if not _is_slow(item)]
