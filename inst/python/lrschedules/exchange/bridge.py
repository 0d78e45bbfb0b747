"""What the R package calls. Arrays cross as bytes: that is fast, and works with every
reticulate and NumPy."""

import dataclasses

import numpy as np
from keras.optimizers.schedules import LearningRateSchedule

from lrschedules.backend import current
from lrschedules.core import registry
from lrschedules.core.schedule import Schedule, argument_of, field_of, vector_fields
from lrschedules.exchange.keras_schedule import KerasSchedule, to_keras
from lrschedules.exchange.text import read, write

__all__ = ["build", "describe", "read", "to_keras", "tracing", "value", "values", "write"]


def build(class_name, config):
    """The schedule that an R value stands for."""
    cls = registry.CLASSES[class_name]
    vectors = vector_fields(cls)
    # An R vector of length 1 crosses as a number.
    config = {field_of(k): v for k, v in config.items()}
    return cls(
        **{k: [v] if k in vectors and not isinstance(v, list) else v for k, v in config.items()}
    )


def describe(schedule):
    """The class name and configuration of `schedule` as plain data, with every number a float,
    as R's are, and nested schedules described likewise; None where R has no such class."""
    try:
        return _describe(schedule)
    except _NotInR:
        return None


class _NotInR(Exception):
    pass


def _describe(schedule):
    if not isinstance(schedule, Schedule):
        try:
            schedule = KerasSchedule.of(schedule)
        except ValueError:
            raise _NotInR from None
    cls = type(schedule)
    if registry.CLASSES.get(cls.__name__) is not cls:
        raise _NotInR
    if cls is KerasSchedule:
        config = {"class_name": schedule.class_name, "config": _lists_as_tuples(schedule.config)}
    else:
        config = {
            argument_of(f.name): _plain(getattr(schedule, f.name)) for f in dataclasses.fields(cls)
        }
        if "schedules" in config:
            config["schedules"] = tuple(config["schedules"])  # which R takes as a list
    return {"class": cls.__name__, "config": config}


def _plain(value):
    if isinstance(value, LearningRateSchedule):
        return _describe(value)
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _lists_as_tuples(value):
    if isinstance(value, dict):
        return {k: _lists_as_tuples(v) for k, v in value.items()}
    return tuple(map(_lists_as_tuples, value)) if isinstance(value, list) else value


def value(schedule, step):
    """The rate at one step that R has checked."""
    return schedule.value(int(step))


def values(schedule, steps, dtype):
    """The rates at steps that R has checked, both as the bytes of an array."""
    steps = np.frombuffer(steps, dtype).astype(np.int64)
    return bytearray(schedule.on_array(steps))


def tracing():
    """Whether R is being called by a backend that compiles."""
    return current.tracing()
