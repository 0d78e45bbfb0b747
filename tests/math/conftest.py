"""Tests of `lrschedules_math`, in a process that can't import Keras or a backend."""

import pathlib
import sys

WITHOUT = ("keras", "tensorflow", "jax", "torch", "lrschedules")
sys.modules.update(dict.fromkeys(WITHOUT))

# Test the sources, not an installed copy.
ROOT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "inst" / "python"), str(ROOT / "tests")]
