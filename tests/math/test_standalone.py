"""`lrschedules_math` needs only Python and NumPy."""

import importlib
import os
import pathlib
import pkgutil
import subprocess
import sys

import pytest

import lrschedules_math

SOURCES = pathlib.Path(__file__).parents[2] / "inst" / "python"
MODULES = [m.name for m in pkgutil.walk_packages(lrschedules_math.__path__, "lrschedules_math.")]


@pytest.mark.parametrize("name", ["keras", "tensorflow", "jax", "torch", "lrschedules"])
def test_what_the_tests_must_not_need_cannot_be_imported(name):
    with pytest.raises(ImportError):
        importlib.import_module(name)


def test_each_module_is_imported_where_keras_and_its_backends_cannot_be():
    program = (
        "import sys, importlib\n"
        "without = ['keras', 'tensorflow', 'jax', 'torch', 'lrschedules']\n"
        "sys.modules.update(dict.fromkeys(without))\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "import lrschedules_math as ours\n"
        "print(ours.Warmup(ours.CosineDecay(0.5, 100), 4).rate(2))"
    )
    done = run([sys.executable, "-c", program, *MODULES])
    assert len(MODULES) > 20 and done.stdout.split() == ["0.25"]


def run(command):
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=True,
    )


def test_what_r_imports_takes_at_most_twice_as_long_as_numpy():
    """The best of three, in CPU time."""
    program = (
        "import time; start = time.process_time()\n"
        "import numpy; numpy_is_there = time.process_time()\n"
        "import lrschedules_math.exchange.bridge\n"
        "print((time.process_time() - numpy_is_there) / (numpy_is_there - start))"
    )
    ratios = [float(run([sys.executable, "-c", program]).stdout) for _ in range(3)]
    assert min(ratios) <= 2, ratios
