"""The names, order and defaults of arguments match the table of CATALOGUE."""

import inspect
import json

import lrschedules
from cases import FOLDER
from lrschedules.compat.v1 import train

SIGNATURES = json.loads((FOLDER / "signatures.json").read_text())


def signature(function):
    parameters = inspect.signature(function).parameters.values()
    return ", ".join(str(p.replace(annotation=inspect.Parameter.empty)) for p in parameters)


def test_names_order_and_defaults():
    homes = {name: train if name.startswith("v1.") else lrschedules for name in SIGNATURES}
    found = {n: signature(getattr(home, n.removeprefix("v1."))) for n, home in homes.items()}
    assert found == SIGNATURES
