"""Names, order and defaults of arguments are those that CATALOGUE states, in one table."""

import inspect
import json
import pathlib

import pytest

import lrschedules
from lrschedules.compat.v1 import train

SIGNATURES = json.loads(pathlib.Path(__file__).with_name("signatures.json").read_text())


def signature(function):
    parameters = inspect.signature(function).parameters.values()
    return ", ".join(str(p.replace(annotation=inspect.Parameter.empty)) for p in parameters)


@pytest.mark.once
@pytest.mark.parametrize("name", SIGNATURES)
def test_names_order_and_defaults(name):
    home = train if name.startswith("v1.") else lrschedules
    assert signature(getattr(home, name.removeprefix("v1."))) == SIGNATURES[name]


@pytest.mark.once
@pytest.mark.parametrize("name", [n for n in SIGNATURES if n.endswith("WithOffset")])
def test_an_offset_is_0_where_it_is_not_given(name):
    cls = getattr(lrschedules, name)
    assert inspect.signature(cls).parameters["offset"].default == 0
