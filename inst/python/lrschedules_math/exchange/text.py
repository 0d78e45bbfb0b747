"""Schedules as text: a small JSON document that a person can read and write.

```json
{
  "lrschedules": 1,
  "schedule": {
    "class": "Warmup",
    "schedule": {
      "class": "ExponentialDecay",
      "initial_learning_rate": 0.1,
      "decay_steps": 1000,
      "decay_rate": 0.5
    },
    "steps": 100
  }
}
```

"lrschedules" is the version of the format. An object with a "class" is a schedule, and its other
members are the arguments of that class; arguments with a default are optional. An infinite limit
is null. Reading never runs code from the text: the text only names classes of this package, which
check their arguments, and in a `KerasSchedule` classes of Keras or classes that the session
registered.
"""

import dataclasses
import json
import math
import os
import re

from lrschedules_math.core import checks
from lrschedules_math.core.halves import NUMBERS
from lrschedules_math.core.schedule import MAX_DEPTH, Schedule, argument_of, configured, field_of

VERSION = 1
MAX_BYTES = 64 * 2**20

_TOO_DEEP = "The text is nested too deeply."


def to_text(schedule, half=NUMBERS):
    """Writes a schedule as text.

    Args:
        schedule: a schedule of this package or, in `lrschedules`, also of Keras.
        half: leave it out: each of the packages `lrschedules` and `lrschedules_math` fills in its
            own.

    Returns:
        A string: one JSON document.

    Raises:
        ValueError: the class of the schedule, or of one inside it, can't be read back, or the
            text would be larger than 64 MiB, the most that is read.

    Example:

    >>> from lrschedules import Constant
    >>> print(to_text(Constant(0.1)))
    {
      "lrschedules": 1,
      "schedule": {
        "class": "Constant",
        "learning_rate": 0.1,
        "name": "Constant"
      }
    }
    """
    document = {"lrschedules": VERSION, "schedule": _write(schedule, half)}
    text = json.dumps(document, indent=2, allow_nan=False)
    # Put each list of numbers on one line. This is safe: JSON strings contain no line breaks.
    text = re.sub(
        r"\[\n[^][{}\"]*\]", lambda found: re.sub(r"\n *", "", found[0]).replace(",", ", "), text
    )
    if len(text) >= MAX_BYTES:  # all of it is ASCII
        raise ValueError(
            f"The text of the schedule would be larger than {MAX_BYTES // 2**20} MiB, the most "
            "that can be read. Write the numbers of so large a table to a separate file."
        )
    return text


def from_text(text, half=NUMBERS):
    """Reads a schedule from text.

    Args:
        text: a string, as `to_text` writes it.
        half: as in `to_text`.

    Returns:
        A schedule.

    Raises:
        NeedsKeras: in `lrschedules_math`, if only Keras can evaluate a part.
        ValueError: the text is not a valid document; the message says where.

    Example:

    >>> from_text('{"lrschedules": 1, "schedule": {"class": "Constant", "learning_rate": 0.1}}')
    Constant(learning_rate=0.1, name='Constant')
    """
    document = _parse(text)
    if not isinstance(document, dict) or "lrschedules" not in document:
        raise ValueError('Not a schedule document: it does not begin with {"lrschedules": 1, ...')
    version = document["lrschedules"]
    if version is True or version != VERSION:
        raise ValueError(
            f"The text has version {version!r:.50} of the format; "
            f"this package reads version {VERSION}."
        )
    unknown = document.keys() - {"lrschedules", "schedule"}
    if unknown or "schedule" not in document:
        raise ValueError('The text must have "lrschedules" and "schedule", and nothing else.')
    try:
        return _read(document["schedule"], "schedule", 1, half)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def write(schedule, path, half=NUMBERS):
    """Writes a schedule to a text file, in UTF-8.

    Args:
        schedule: as in `to_text`.
        path: the file. If it exists, it is replaced.
        half: as in `to_text`.

    Raises:
        ValueError: as in `to_text`; nothing is written.

    Example:

    >>> import os, tempfile
    >>> from lrschedules import Constant
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Constant(0.1), os.path.join(folder, "schedule.json"))
    """
    text = to_text(schedule, half)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def read(path, half=NUMBERS):
    """Reads a schedule from a text file.

    Args:
        path: the file, of at most 64 MiB.
        half: as in `from_text`.

    Returns:
        A schedule.

    Raises:
        NeedsKeras: as in `from_text`.
        ValueError: the file is too large, is not UTF-8 text, or is not a valid document.

    Example:

    >>> import os, tempfile
    >>> from lrschedules import Constant
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "schedule.json")
    ...     write(Constant(0.1), path)
    ...     read(path)
    Constant(learning_rate=0.1, name='Constant')
    """
    if os.path.getsize(path) > MAX_BYTES:
        raise ValueError(
            f"The file is larger than {MAX_BYTES // 2**20} MiB, so it is not a schedule document."
        )
    with open(path, "rb") as file:
        try:
            text = file.read().decode("utf-8-sig")  # some editors write a byte-order mark
        except UnicodeDecodeError as error:
            raise ValueError(f"The file is not UTF-8 text: {error}") from None
    return from_text(text, half)


def _write(schedule, half):
    if half.is_schedule(schedule):
        schedule = half.adopt(schedule)
    cls = type(schedule)
    if checks.is_of_keras_2(schedule):
        raise checks.refuse("schedule", "a schedule", schedule)
    if not half.is_own(schedule):
        raise ValueError(
            "Only schedules of lrschedules and Keras can be written, not an object of class "
            f"{cls.__name__}."
        )
    if cls.config_is_data:
        return {"class": cls.__name__, **schedule.get_config()}
    members = {}
    for name, value in configured(schedule).items():
        if isinstance(value, tuple):
            value = [_write_value(x, half) for x in value]
        members[argument_of(name)] = _write_value(value, half)
    return {"class": cls.__name__, **members}


def _write_value(value, half):
    if isinstance(value, Schedule):
        return _write(value, half)
    return None if value == math.inf else value


def _parse(text):
    def no_constant(constant):
        raise ValueError(f"{constant} is not a number in JSON")

    def finite(digits):
        number = float(digits)
        if not math.isfinite(number):
            raise ValueError(f"the number {digits[:20]} is too large")
        return number

    def without_duplicates(pairs):
        members = dict(pairs)
        if len(members) < len(pairs):
            raise ValueError("a name occurs twice in one object")
        return members

    if not isinstance(text, str):
        raise ValueError(
            f"The text of a schedule must be a string. Received: {type(text).__name__}"
        )
    try:
        return json.loads(
            text,
            parse_constant=no_constant,
            parse_float=finite,
            object_pairs_hook=without_duplicates,
        )
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except ValueError as error:
        raise ValueError(f"The text is damaged, or is not JSON: {error}") from None


def _read(value, where, depth, half):
    """Makes the schedule that a JSON object describes; `where` is its path, for messages."""
    if depth > MAX_DEPTH:
        raise ValueError(f"The text nests schedules more than {MAX_DEPTH} deep.")
    if not isinstance(value, dict) or "class" not in value:
        raise ValueError(f'`{where}` must be a schedule: an object with a "class".')
    name = value["class"]
    cls = half.class_named(name)
    if cls is None:
        raise ValueError(
            f"`{where}` has the class {str(name)[:50]!r}, which is not a schedule of this package."
        )
    members = {k: v for k, v in value.items() if k != "class"}
    fields = {argument_of(field.name): field for field in dataclasses.fields(cls)}
    for argument in sorted(members.keys() - fields.keys()):
        raise ValueError(f"`{where}` ({name}) has no argument {argument[:50]!r}.")
    for argument, field in fields.items():
        if field.default is dataclasses.MISSING and argument not in members:
            raise ValueError(f"`{where}` ({name}) needs {argument!r}.")
    if not cls.config_is_data:
        members = {k: _read_value(v, f"{where}.{k}", depth, half) for k, v in members.items()}
    try:
        schedule = cls(**{field_of(k): v for k, v in members.items()})
    except ValueError as error:
        raise ValueError(f"`{where}` is not a valid {name}: {_short(error)}") from error
    if cls.config_is_data:
        _try(schedule, where)
    return schedule


def _try(schedule, where):
    # Many classes validate nothing on construction, so try one step.
    try:
        schedule.rate(0)
    except Exception as error:
        raise ValueError(
            f"`{where}` ({schedule.class_name}) does not work: {_short(error)}"
        ) from error


def _read_value(value, where, depth, half):
    if isinstance(value, dict):
        return _read(value, where, depth + 1, half)
    if isinstance(value, list):
        return [
            _read(x, f"{where}[{i}]", depth + 1, half) if isinstance(x, dict) else x
            for i, x in enumerate(value)
        ]
    return value


def _short(error):
    """The error's message, shortened: a hostile value may make it huge."""
    message = str(error)
    return message if len(message) <= 500 else message[:300] + " ... " + message[-150:]
