"""The functions that the R package calls. Most arrays cross as bytes, which is fast and works
with every version of reticulate and NumPy.

A schedule crosses in one call, however deeply it is nested, as a list of nodes. A node has a
class and a configuration, in which `{"node": i}` is the schedule of an earlier node i (from 0), and
`{"doubles": bytes}` a long vector. Whole numbers beyond R's integers cross as
floats, which hold them exactly up to 2^53.
"""

import dataclasses
import math

import numpy as np

from lrschedules_math.core import checks
from lrschedules_math.core.checks import MAX_STEP
from lrschedules_math.core.halves import NUMBERS, NeedsKeras
from lrschedules_math.core.schedule import (
    Schedule,
    argument_of,
    configured,
    field_of,
    with_vectors,
)
from lrschedules_math.exchange import text
from lrschedules_math.exchange.text import write
from lrschedules_math.insight import summary
from lrschedules_math.insight.findings import schedule_check
from lrschedules_math.insight.phases import schedule_explain
from lrschedules_math.insight.telling_steps import reaching, telling_steps

__all__ = [
    "build",
    "describe",
    "plain",
    "rate",
    "rates",
    "rates_as_bytes",
    "reached",
    "read",
    "schedule_check",
    "schedule_explain",
    "shown",
    "shown_between",
    "summarize",
    "write",
]


def build(nodes, half=NUMBERS):
    """Builds the schedule that an R value describes."""
    built = []

    def resolve(value):
        if isinstance(value, dict):
            if "doubles" in value:
                return np.frombuffer(value["doubles"])
            return built[int(value["node"])]
        return [resolve(v) for v in value] if isinstance(value, list) else value

    for node in nodes:
        cls = half.class_named(node["class"])
        config = node["config"]
        if not cls.config_is_data:
            config = with_vectors(cls, {field_of(k): resolve(v) for k, v in config.items()})
        built.append(cls(**config))
    return built[-1]


def describe(schedule, half=NUMBERS):
    """The nodes of `schedule` as plain data, with every number a float, as in R; None if R
    does not have its class.

    Raises:
        ValueError: the class is not registered with Keras.
    """
    nodes = []
    try:
        _describe(schedule, nodes, half)
    except _NotInR:
        return None
    return nodes


class _NotInR(Exception):
    pass


def _describe(schedule, nodes, half):
    """Appends the schedules that `schedule` holds, then `schedule`, and returns its index."""
    schedule = half.adopt(schedule)
    if not half.is_own(schedule):
        raise _NotInR
    cls = type(schedule)
    if cls.config_is_data:
        config = {f.name: plain(getattr(schedule, f.name)) for f in dataclasses.fields(cls)}
    else:
        config = {
            argument_of(name): _described(value, nodes, half)
            for name, value in configured(schedule).items()
        }
        if "schedules" in config:
            config["schedules"] = tuple(config["schedules"])  # reticulate makes a tuple an R list
    nodes.append({"class": cls.__name__, "config": config})
    return {"node": len(nodes) - 1}


def _described(value, nodes, half):
    if isinstance(value, Schedule):
        return _describe(value, nodes, half)
    if isinstance(value, tuple):
        return [_described(v, nodes, half) for v in value]
    return float(value) if _is_whole(value) else value


_LARGEST_INTEGER_OF_R = 2**31 - 1


def plain(value):
    """`value` in a form that R can hold: whole numbers beyond R's integers become floats, and so do
    all other whole numbers in the same list."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if any(map(_is_beyond_r, value)):
            value = type(value)(float(v) if _is_whole(v) else v for v in value)
        return type(value)(map(plain, value))
    return float(value) if _is_beyond_r(value) else value


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_beyond_r(value):
    return _is_whole(value) and not -_LARGEST_INTEGER_OF_R <= value <= _LARGEST_INTEGER_OF_R


def rate(schedule, step):
    """The rate at one step that R has checked."""
    return schedule.rate(math.floor(checks.to_whole(step)))


def rates(schedule, steps):
    """The rates at an array of steps; None if a step is not a number from -2^53 to 2^53."""
    may_be_none = steps.dtype.kind == "f" and steps.size > 0
    if may_be_none and not (steps.min() >= -MAX_STEP and steps.max() <= MAX_STEP):  # or NaN
        return None
    return schedule.on_array(steps)


def rates_as_bytes(schedule, steps, dtype):
    """`rates` from and to bytes, for versions of reticulate that can't read NumPy 2 arrays."""
    found = rates(schedule, np.frombuffer(steps, dtype))
    return None if found is None else bytearray(found)


def shown(schedule, least):
    """The steps that show the schedule's shape, up to step `least` or later, and their rates, as
    the bytes of two arrays."""
    last = max(math.ceil(schedule.horizon), int(least))
    return shown_between(schedule, 0, min(last, MAX_STEP))


def shown_between(schedule, first, last):
    """The steps that show the schedule from step `first` to `last`, and their rates, as bytes."""
    steps, rates = telling_steps(schedule, int(last), int(first))
    return bytearray(steps.astype(np.float64)), bytearray(rates)


def reached(schedule, limit):
    """The result of `telling_steps.reaching` as floats."""
    found = reaching(schedule, limit)
    return found and tuple(map(float, found))


def summarize(schedule, last, steps=None):
    """`summary.summarize` with arrays, also `steps`, as bytes."""
    if steps is not None:
        steps = np.frombuffer(steps).astype(np.int64)
    numbers = summary.summarize(schedule, last, steps)
    return {k: bytearray(v) if isinstance(v, np.ndarray) else v for k, v in numbers.items()}


def read(path):
    """Reads the nodes of a schedule from a text file; None if only the second half can read it."""
    try:
        return describe(text.read(path))
    except NeedsKeras:
        return None
