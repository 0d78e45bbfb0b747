"""What version 0.1.0 wrote is read and gives the rates that it gave."""

import json
import pathlib

import keras
import pytest

from lrschedules import from_text

WRITTEN = json.loads(pathlib.Path(__file__).with_name("written_by_0.1.0.json").read_text())


@pytest.mark.parametrize("written", WRITTEN, ids=lambda written: written["repr"][:80])
def test_what_was_written_before(written):
    saved = keras.optimizers.schedules.deserialize(written["saved"])
    for schedule in [saved, from_text(json.dumps(written["text"]))]:
        if "KerasSchedule(class_name='PiecewiseConstantDecay'" in written["repr"]:
            # A class of Keras, and now the one of this package in its place.
            assert "KerasSchedule" not in repr(schedule)
        else:
            assert repr(schedule) == written["repr"]
        assert schedule.horizon == written["horizon"]
        assert schedule.rates(written["steps"]).tolist() == written["rates"]
