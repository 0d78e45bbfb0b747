import pathlib

ROOT = pathlib.Path(__file__).parents[2]


def test_editors_know_every_public_name(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import stubs

    assert stubs.PATH.read_text(encoding="utf-8") == stubs.stub(), "run `make document`"
