import pathlib
import sys

# The tests run on the sources, not on an installed copy.
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "inst" / "python"))
