"""Conversion of schedules to Keras's own classes."""

import dataclasses

from lrschedules.classes.half import KERAS
from lrschedules.classes.keras_schedule import KerasSchedule, keras_class
from lrschedules.classes.schedule import Schedule
from lrschedules_math.compose.ramps import Warmup
from lrschedules_math.core import checks


def to_keras(schedule):
    """Converts a schedule to Keras's own class, for use where this package is not installed.

    The object has the same formula, but computes like Keras: in 32 bits, where a drop or
    a restart can come a step late.

    Args:
        schedule: a schedule.

    Returns:
        A schedule object of `keras.optimizers.schedules`.

    Raises:
        ValueError: `schedule` is not a schedule, or no Keras class can express it with its
            configuration; the message says why.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> type(to_keras(ExponentialDecay(0.1, 10, 0.5))).__module__.split(".")[0]
    'keras'
    """
    if not KERAS.is_schedule(schedule):
        raise checks.refuse("schedule", "a schedule", schedule)
    if keras_class(type(schedule).__name__) is type(schedule):
        return schedule
    schedule = KERAS.adopt(schedule)
    if isinstance(schedule, KerasSchedule) and keras_class(schedule.class_name) is not None:
        return keras_class(schedule.class_name).from_config(schedule.get_config()["config"])
    if KERAS.is_own(schedule):
        schedule = _in_keras_terms(schedule)
    cls = keras_class(type(schedule).__name__)
    if cls is None or not KERAS.is_own(schedule):
        name = getattr(schedule, "class_name", type(schedule).__name__).rpartition(">")[2]
        raise ValueError(
            f"Keras has no schedule that does what {name} does. Received: {schedule!r}"
        )
    # Keras has only "left" boundaries.
    return cls(**{name: x for name, x in schedule.get_config().items() if name != "boundary"})


def _in_keras_terms(schedule):
    """An equivalent schedule of a class that Keras also has, if there is one."""
    base = getattr(schedule, "base_lr_class", None)
    if base is not None and schedule.offset == 0:
        schedule = base(**{k: v for k, v in schedule.get_config().items() if k != "offset"})
    if type(schedule).__name__ == "PiecewiseConstantDecay" and schedule.boundary == "right":
        # Steps are whole, so "below b" is the same as "at most b - 1".
        if schedule.boundaries[0] == 0:
            requirement = "1 or more with `boundary='right'`"
            raise checks.refuse("boundaries", requirement, schedule.boundaries)
        boundaries = tuple(b - 1 for b in schedule.boundaries)
        return dataclasses.replace(schedule, boundaries=boundaries, boundary="left")
    if isinstance(schedule, Warmup):
        inner = schedule.schedule
        if schedule.steps == 0 and isinstance(inner, Schedule):
            return _in_keras_terms(inner)
        linear = schedule.shape == "linear" and schedule.shift
        if linear and type(inner).__name__ == "CosineDecay" and inner.warmup_target is None:
            target = inner.initial_learning_rate
            if schedule.to not in (None, target):
                return schedule
            return dataclasses.replace(
                inner,
                initial_learning_rate=schedule.from_,
                warmup_target=target,
                warmup_steps=schedule.steps,
            )
    return schedule
