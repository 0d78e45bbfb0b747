"""The stub file with which editors and type checkers know the package."""

import pathlib

TOOLS = pathlib.Path(__file__).parents[2] / "tools"


def test_editors_know_every_public_name(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    import stubs

    assert stubs.PATH.read_text(encoding="utf-8") == stubs.stub(), "run `make document`"
