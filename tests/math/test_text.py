import json
import math

import pytest

from lrschedules_math import (
    Clamp,
    Constant,
    ExponentialDecay,
    Join,
    PiecewiseConstantDecay,
    Repeat,
    Schedule,
    Tabulated,
    Warmup,
)
from lrschedules_math.exchange import text as module
from lrschedules_math.exchange.text import from_text, read, to_text, write

DECAY = ExponentialDecay(0.1, 10, 0.5)


def nested(levels):
    schedule = DECAY
    for _ in range(levels - 1):
        schedule = schedule * 0.5
    return schedule


def text_of(schedule):
    return json.dumps({"lrschedules": 1, "schedule": schedule})


@pytest.mark.parametrize(
    "schedule",
    [
        DECAY,
        Clamp(Warmup(Join([DECAY, 0.1, 0.2], [5, 10]), 3, from_=0.01) * DECAY / 3 - 0.1, min=1e-5),
        Repeat(DECAY, 10, 3),
        Tabulated([0.1, 1 / 3, 5e-324], every=10),
        PiecewiseConstantDecay([10], [0.1, 0.2]),
        Constant(0.1, name=None),
        Constant(0.1, name='"quotes", [\n1,\n2]\\ and ½'),
        ExponentialDecay(1, 2**53, 1.7976931348623157e308),
        nested(100),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_text_round_trips(schedule, tmp_path):
    assert from_text(to_text(schedule)) == schedule
    write(schedule, tmp_path / "schedule.json")
    assert read(tmp_path / "schedule.json") == schedule


def test_the_text_is_one_that_a_person_can_read():
    assert (
        to_text(Clamp(Join([DECAY, 0.1], [5]), 0.01))
        == """{
  "lrschedules": 1,
  "schedule": {
    "class": "Clamp",
    "schedule": {
      "class": "Join",
      "schedules": [
        {
          "class": "ExponentialDecay",
          "initial_learning_rate": 0.1,
          "decay_steps": 10,
          "decay_rate": 0.5,
          "staircase": false,
          "name": "ExponentialDecay"
        },
        0.1
      ],
      "boundaries": [5]
    },
    "min": 0.01,
    "max": null
  }
}"""
    )
    assert '"values": [0.1, 0.2, 0.3],' in to_text(Tabulated([0.1, 0.2, 0.3]))


def test_arguments_with_a_default_may_be_left_out():
    written = text_of(
        {"class": "Warmup", "schedule": {"class": "Constant", "learning_rate": 1}, "steps": 5}
    )
    assert from_text(written) == Warmup(Constant(1), 5)


def test_what_a_reader_would_not_know_is_not_written():
    class Own(Schedule):
        pass

    with pytest.raises(ValueError, match="not an object of class Own"):
        to_text(Clamp(Own(), 0.1))


DECAY_MEMBERS = {
    "class": "ExponentialDecay",
    "initial_learning_rate": 0.1,
    "decay_steps": 10,
    "decay_rate": 0.5,
}


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "damaged, or is not JSON"),
        ("rate = 0.1", "damaged, or is not JSON"),
        (b"{}", "must be a string"),
        ("[]", "Not a schedule document"),
        ("{}", "Not a schedule document"),
        ("null", "Not a schedule document"),
        (
            '{"lrschedules": 2, "schedule": {}}',
            "version 2 of the format; this package reads version 1",
        ),
        ('{"lrschedules": true, "schedule": {}}', "version True"),
        ('{"lrschedules": "1", "schedule": {}}', "version '1'"),
        ('{"lrschedules": 1}', 'and "schedule", and nothing else'),
        ('{"lrschedules": 1, "schedule": 0.1}', "`schedule` must be a schedule"),
        ('{"lrschedules": 1, "schedule": null}', "`schedule` must be a schedule"),
        (
            '{"lrschedules": 1, "schedule": {}, "code": "import os"}',
            'and "schedule", and nothing else',
        ),
        ('{"lrschedules": 1, "lrschedules": 1, "schedule": {}}', "a name occurs twice"),
        (
            text_of({"class": "Nonsense"}),
            "`schedule` has the class 'Nonsense', which is not a schedule",
        ),
        (text_of({"class": "Schedule"}), "'Schedule', which is not a schedule"),
        (text_of({"class": "write"}), "'write', which is not a schedule"),
        (text_of({"class": "os.system"}), "'os.system', which is not a schedule"),
        (text_of({"class": "__builtins__"}), "'__builtins__', which is not a schedule"),
        (text_of({"class": ["ExponentialDecay"]}), "which is not a schedule"),
        (text_of({"class": None}), "which is not a schedule"),
        (
            text_of({**DECAY_MEMBERS, "decay_steps": -1}),
            "`schedule` is not a valid ExponentialDecay: `decay_steps` must be",
        ),
        (text_of({**DECAY_MEMBERS, "decay_steps": "10"}), "`decay_steps` must be"),
        (text_of({**DECAY_MEMBERS, "decay_steps": [10]}), "`decay_steps` must be"),
        (text_of({**DECAY_MEMBERS, "decay_steps": True}), "`decay_steps` must be"),
        (text_of({**DECAY_MEMBERS, "decay_steps": 10**400}), "`decay_steps` must be"),
        (text_of({**DECAY_MEMBERS, "decay_rate": math.inf}), "Infinity is not a number in JSON"),
        (text_of({**DECAY_MEMBERS, "decay_rate": math.nan}), "NaN is not a number in JSON"),
        (text_of(DECAY_MEMBERS).replace("0.5", "1e999"), "the number 1e999 is too large"),
        (text_of(DECAY_MEMBERS).replace("0.5", "1" * 5000), "damaged"),
        (
            text_of({**DECAY_MEMBERS, "decay": 1}),
            r"`schedule` \(ExponentialDecay\) has no argument 'decay'",
        ),
        (text_of({"class": "ExponentialDecay", "decay_steps": 1}), "needs 'initial_learning_rate'"),
        (text_of({**DECAY_MEMBERS, "__class__": "os"}), "has no argument '__class__'"),
        (text_of({**DECAY_MEMBERS, "formula": "lambda"}), "has no argument 'formula'"),
        (
            text_of({**DECAY_MEMBERS, "name": {"class": "Constant", "learning_rate": 1}}),
            "`name` must be a string or None",
        ),
        (
            text_of(
                {
                    "class": "Join",
                    "schedules": [0.1, {"class": "Clamp", "schedule": -1}],
                    "boundaries": [5],
                }
            ),
            r"`schedule.schedules\[1\]` is not a valid Clamp: `schedule` must be a schedule",
        ),
        (
            text_of(
                {
                    "class": "Join",
                    "schedules": {"class": "Constant", "learning_rate": 1},
                    "boundaries": [1],
                }
            ),
            "not a valid Join",
        ),
        (
            text_of({"class": "Clamp", "schedule": {"learning_rate": 1}}),
            "`schedule.schedule` must be a schedule: an object",
        ),
        (text_of({"class": "Clamp", "schedule": [[0.1]]}), "`schedule` must be a schedule"),
        ("[" * 10**6, "nested too deeply"),
        (
            '{"lrschedules": 1, "schedule": ' + "[" * 900 + "]" * 900 + "}",
            "`schedule` must be a schedule",
        ),
        (
            '{"lrschedules": 1, "schedule": '
            + '{"class": "Clamp", "schedule": ' * 101
            + "1"
            + "}" * 102,
            "more than 100 deep",
        ),
    ],
)
def test_a_damaged_or_hostile_text_is_a_clear_error(text, message):
    with pytest.raises(ValueError, match=message) as raised:
        from_text(text)
    assert len(str(raised.value)) < 1000


def test_every_truncation_is_an_error():
    text = to_text(Clamp(Warmup(DECAY, 5), 0.01))
    for length in range(len(text)):
        with pytest.raises(ValueError, match="damaged"):
            from_text(text[:length])


def test_a_message_of_500_characters_is_whole():
    assert module._short(ValueError("x" * 500)) == "x" * 500
    assert module._short(ValueError("x" * 501)) == "x" * 300 + " ... " + "x" * 150


def test_a_huge_value_is_not_repeated_whole():
    with pytest.raises(ValueError) as raised:
        from_text(text_of({**DECAY_MEMBERS, "name": ["x" * 10**6]}))
    assert len(str(raised.value)) < 1000


def test_a_file_that_is_not_a_schedule_text(tmp_path, monkeypatch):
    path = tmp_path / "schedule.json"
    path.write_bytes(b"\x80\x81PK")
    with pytest.raises(ValueError, match="not UTF-8 text"):
        read(path)
    monkeypatch.setattr("lrschedules_math.exchange.text.MAX_BYTES", 2)
    with pytest.raises(ValueError, match="The file is larger than"):
        read(path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing.json")


def test_a_file_of_just_the_largest_size_is_read(tmp_path, monkeypatch):
    path = tmp_path / "schedule.json"
    write(DECAY, path)
    monkeypatch.setattr("lrschedules_math.exchange.text.MAX_BYTES", path.stat().st_size)
    assert read(path) == DECAY
    monkeypatch.setattr("lrschedules_math.exchange.text.MAX_BYTES", path.stat().st_size - 1)
    with pytest.raises(ValueError, match="The file is larger than"):
        read(path)


def test_the_longest_text_is_written_that_is_read(tmp_path, monkeypatch):
    path = tmp_path / "schedule.json"
    write(DECAY, path)
    monkeypatch.setattr("lrschedules_math.exchange.text.MAX_BYTES", path.stat().st_size)
    write(DECAY, path)
    assert read(path) == DECAY
    monkeypatch.setattr("lrschedules_math.exchange.text.MAX_BYTES", path.stat().st_size - 1)
    with pytest.raises(ValueError, match="The text of the schedule would be larger than"):
        write(DECAY, path)


def test_a_file_may_have_64_mebibytes(tmp_path):
    assert module.MAX_BYTES == 67_108_864
    path = tmp_path / "schedule.json"
    with open(path, "wb") as file:
        file.truncate(67_108_865)
    with pytest.raises(ValueError, match="The file is larger than 64 MiB"):
        read(path)


def test_of_a_long_argument_50_characters_are_shown():
    with pytest.raises(ValueError) as raised:
        from_text(text_of({**DECAY_MEMBERS, "x" * 60: 1}))
    assert f"has no argument '{'x' * 50}'." in str(raised.value)


def test_of_a_long_class_name_50_characters_are_shown():
    document = {"lrschedules": 1, "schedule": {"class": "x" * 60}}
    with pytest.raises(ValueError) as raised:
        from_text(json.dumps(document))
    assert "x" * 50 + "'" in str(raised.value) and "x" * 51 not in str(raised.value)
