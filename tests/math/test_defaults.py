"""The names, order and defaults of arguments match the table of CATALOGUE."""

import inspect
import json

import pytest

from cases import FOLDER
from lrschedules_math.core.registry import CLASSES

SIGNATURES = json.loads((FOLDER / "signatures.json").read_text())


@pytest.mark.parametrize("name", [name for name in SIGNATURES if name in CLASSES])
def test_names_order_and_defaults(name):
    parameters = inspect.signature(CLASSES[name]).parameters.values()
    plain = (str(p.replace(annotation=inspect.Parameter.empty)) for p in parameters)
    assert ", ".join(plain) == SIGNATURES[name]


@pytest.mark.parametrize("name", [n for n in SIGNATURES if n.endswith("WithOffset")])
def test_an_offset_is_0_if_it_is_not_given(name):
    assert inspect.signature(CLASSES[name]).parameters["offset"].default == 0
