"""Files that version 0.1.0 wrote are read and give the same rates."""

import json

import keras

from cases import FOLDER
from lrschedules import from_text

WRITTEN = json.loads((FOLDER / "written_by_0.1.0.json").read_text())


def test_what_was_written_before():
    assert len(WRITTEN) > 100
    for written in WRITTEN:
        saved = keras.optimizers.schedules.deserialize(written["saved"])
        for schedule in [saved, from_text(json.dumps(written["text"]))]:
            if "KerasSchedule(class_name='PiecewiseConstantDecay'" in written["repr"]:
                # This package's class has replaced Keras's.
                assert "KerasSchedule" not in repr(schedule)
            else:
                assert repr(schedule) == written["repr"]
            assert schedule.horizon == written["horizon"]
            assert schedule.rates(written["steps"]).tolist() == written["rates"], written["repr"]
