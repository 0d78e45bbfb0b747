"""Files that version 0.1.0 wrote are read and give the same rates."""

import json

import pytest

from cases import FOLDER
from lrschedules_math.core.halves import NeedsKeras
from lrschedules_math.exchange.text import from_text

WRITTEN = json.loads((FOLDER / "written_by_0.1.0.json").read_text())


def needs_keras(written):
    return "KerasSchedule(" in written["repr"]


@pytest.mark.parametrize(
    "written", [w for w in WRITTEN if not needs_keras(w)], ids=lambda written: written["repr"][:80]
)
def test_what_was_written_before(written):
    schedule = from_text(json.dumps(written["text"]))
    assert repr(schedule) == written["repr"]
    assert schedule.horizon == written["horizon"]
    assert schedule.rates(written["steps"]).tolist() == written["rates"]


@pytest.mark.parametrize(
    "written", [w for w in WRITTEN if needs_keras(w)], ids=lambda written: written["repr"][:80]
)
def test_what_only_keras_can_evaluate_says_so(written):
    with pytest.raises(NeedsKeras, match=r"Only Keras can evaluate a .*, and Keras is not loaded"):
        from_text(json.dumps(written["text"]))
