"""What the R package calls. Arrays cross as bytes: that is fast, and works with every
reticulate and NumPy."""

import keras
import numpy as np

import lrschedules
from lrschedules import namespaces
from lrschedules.schedule import vector_fields


def build(class_name, config):
    """The schedule that an R value stands for."""
    cls = getattr(lrschedules, class_name)
    vectors = vector_fields(cls)
    # An R vector of length 1 crosses as a number.
    return cls(**{k: [v] if k in vectors and not isinstance(v, list) else v for k, v in config.items()})


def describe(schedule):
    """The class name and configuration of `schedule` with every number a float, as R's are;
    None for a class that R has no constructor for."""
    name = type(schedule).__name__
    if getattr(lrschedules, name, None) is not type(schedule):
        return None
    return {"class": name, "config": {k: _plain(v) for k, v in schedule.get_config().items()}}


def _plain(value):
    if isinstance(value, dict):
        return keras.optimizers.schedules.deserialize(value)
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def value(schedule, step):
    """The rate at one step that R has checked."""
    return schedule.value(int(step))


def values(schedule, steps, dtype):
    """The rates at steps that R has checked, both as the bytes of an array."""
    steps = np.frombuffer(steps, dtype).astype(np.int64)
    rates = schedule.formula(np.maximum(steps, 0), namespaces.array)
    return bytearray(np.asarray(rates, np.float64))
