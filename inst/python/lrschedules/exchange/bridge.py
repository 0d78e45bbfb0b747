"""What the R package calls. Arrays cross as bytes: that is fast, and works with every
reticulate and NumPy.

A schedule crosses in one call, however deep: as a list of its nodes, each a class and its
configuration, in which `{"node": i}` stands for the schedule of node i (from 0), which comes
before. Whole numbers beyond R's integers cross as floats, which hold them exactly to 2^53.
"""

import dataclasses
import itertools
import math

import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from lrschedules.backend import current
from lrschedules.core import registry
from lrschedules.core.checks import MAX_STEP
from lrschedules.core.landmarks import looked_at, telling_steps
from lrschedules.core.schedule import argument_of, field_of, vector_fields
from lrschedules.exchange.keras_schedule import KerasSchedule, is_own, to_keras
from lrschedules.exchange.text import read, write

__all__ = [
    "build",
    "describe",
    "generator",
    "plain",
    "read",
    "shown",
    "summarize",
    "to_keras",
    "tracing",
    "value",
    "values",
    "write",
]


def build(nodes):
    """The schedule that an R value stands for."""
    built = []

    def resolve(value):
        if isinstance(value, dict):
            return built[int(value["node"])]
        return [resolve(v) for v in value] if isinstance(value, list) else value

    for node in nodes:
        cls = registry.CLASSES[node["class"]]
        config = node["config"]
        if cls is not KerasSchedule:
            vectors = vector_fields(cls)
            config = {field_of(k): resolve(v) for k, v in config.items()}
            # An R vector of length 1 crosses as a number.
            config = {
                k: [v] if k in vectors and not isinstance(v, list) else v for k, v in config.items()
            }
        built.append(cls(**config))
    return built[-1]


def describe(schedule):
    """The nodes of `schedule` as plain data, with every number a float, as R's are; None where R
    has no such class.

    Raises:
        ValueError: it is of a class that is not registered with Keras.
    """
    nodes = []
    try:
        _describe(schedule, nodes)
    except _NotInR:
        return None
    return nodes


class _NotInR(Exception):
    pass


def _describe(schedule, nodes):
    """Appends `schedule`, after those it holds, and gives its place."""
    schedule = registry.adopt(schedule)
    if not is_own(schedule):
        raise _NotInR
    cls = type(schedule)
    if cls is KerasSchedule:
        config = {"class_name": schedule.class_name, "config": plain(schedule.config)}
    else:
        config = {
            argument_of(f.name): _described(getattr(schedule, f.name), nodes)
            for f in dataclasses.fields(cls)
        }
        if "schedules" in config:
            config["schedules"] = tuple(config["schedules"])  # which R takes as a list
    nodes.append({"class": cls.__name__, "config": config})
    return {"node": len(nodes) - 1}


def _described(value, nodes):
    if isinstance(value, LearningRateSchedule):
        return _describe(value, nodes)
    if isinstance(value, tuple):
        return [_described(v, nodes) for v in value]
    return float(value) if _is_whole(value) else value


_LARGEST_INTEGER_OF_R = 2**31 - 1


def plain(value):
    """`value` as R can hold it: whole numbers that are no integers there become floats, in a
    list with all others."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if any(map(_is_no_integer_of_r, value)):
            value = type(value)(float(v) if _is_whole(v) else v for v in value)
        return type(value)(map(plain, value))
    return float(value) if _is_no_integer_of_r(value) else value


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_no_integer_of_r(value):
    return _is_whole(value) and not -_LARGEST_INTEGER_OF_R <= value <= _LARGEST_INTEGER_OF_R


def value(schedule, step):
    """The rate at one step that R has checked."""
    return schedule.value(int(step))


def values(schedule, steps, dtype):
    """The rates at steps that R has checked, both as the bytes of an array."""
    steps = np.frombuffer(steps, dtype).astype(np.int64)
    return bytearray(schedule.on_array(steps))


def shown(schedule, least):
    """The steps that show the schedule's shape, up to step `least` or further, and their rates:
    the bytes of arrays."""
    last = max(math.ceil(schedule.horizon), int(least))
    steps, rates = telling_steps(schedule, min(last, MAX_STEP))
    return bytearray(steps.astype(np.float64)), bytearray(rates)


def summarize(schedule, last):
    """Numbers that describe the rates from step 0 to `last` (None: to where the shape ends): of
    all steps up to a million, and beyond of those that draw the schedule, each for the steps up to
    the next.
    """
    if last is None:
        last = min(math.ceil(schedule.horizon), MAX_STEP)
    steps, rates = looked_at(schedule, last)
    weights = np.diff(steps, append=last + 1)
    quarters = []
    edges = [i * (last + 1) // 4 for i in range(5)]
    for first, end in itertools.pairwise(edges):
        part = (steps >= first) & (steps < end)
        if part.any():
            mean = float(np.average(rates[part], weights=weights[part]))
            lowest, highest = float(rates[part].min()), float(rates[part].max())
            quarters.append([float(first), float(end - 1), lowest, highest, mean])
    # From one step to the next, and not over those between.
    jumps = np.abs(np.diff(rates)) * (weights[:-1] == 1)
    jump = int(jumps.argmax()) if jumps.any() else None
    return {
        "last": float(last),
        "start": float(rates[0]),
        "end": float(rates[-1]),
        "peak": float(rates.max()),
        "peak_step": float(steps[rates.argmax()]),
        "lowest": float(rates.min()),
        "lowest_step": float(steps[rates.argmin()]),
        "mean": float(np.average(rates, weights=weights)),
        "zeros": float(weights[rates == 0].sum()),
        "jump": 0.0 if jump is None else float(rates[jump + 1] - rates[jump]),
        "jump_step": 0.0 if jump is None else float(steps[jump + 1]),
        "quarters": bytearray(np.array(quarters)),
        "line": bytearray(schedule.on_array(np.linspace(0, last, 40).astype(np.int64))),
    }


def tracing():
    """Whether R is being called by a backend that compiles."""
    return current.tracing()


def generator(batches):
    """An iterator of R as what `fit()` takes for a generator."""
    yield from batches
