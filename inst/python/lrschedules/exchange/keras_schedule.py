"""Keras's own schedule objects, as plain data and back."""

import dataclasses
import inspect
import json
import typing

import keras
from keras.optimizers.schedules import LearningRateSchedule

from lrschedules.compose.ramps import Warmup
from lrschedules.core import checks
from lrschedules.core.schedule import Schedule, horizon_of, rate_of, schedule_class


def keras_class(name):
    """Keras's own schedule class of this name, or None."""
    cls = getattr(keras.optimizers.schedules, name, None)
    is_schedule = isinstance(cls, type) and issubclass(cls, LearningRateSchedule)
    return cls if is_schedule and cls is not LearningRateSchedule else None


def _foreign_class(name):
    """The class that `class_name` names: Keras's own, or one registered with Keras."""
    cls = keras_class(name) or keras.saving.get_registered_object(name)
    if not (isinstance(cls, type) and issubclass(cls, LearningRateSchedule)) or issubclass(
        cls, Schedule
    ):
        raise ValueError(
            "`class_name` must be a schedule class of Keras, or of your own registered by "
            "`keras.saving.register_keras_serializable()`: define it again before loading. "
            f"Received: class_name={name!r}"
        )
    return cls


def _class_name(name, value):
    if not isinstance(value, str):
        raise checks.refuse(name, "a string", value)
    return value


def _plain(name, value):
    """`value` as JSON can hold it."""
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(f"{name}[{key!r}]", x) for key, x in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(f"{name}[{i}]", x) for i, x in enumerate(value)]
    if hasattr(value, "item"):  # NumPy's numbers
        value = value.item()
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return checks.number(
        name, value, "finite numbers, strings, lists and dictionaries of them", lambda x: True
    )


def _config(name, value):
    # An empty list is what R has for an empty dictionary.
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise checks.refuse(name, "a dictionary", value)
    return _plain(name, value)


@schedule_class
class KerasSchedule(Schedule):
    """A schedule of Keras itself, or of a class registered with Keras, as plain data.

    ```
    rate(step) = the Keras object(step)
    ```

    Keras's classes compute in 32 bits; the classes of the same names in this package are exact.

    Args:
        class_name: the name of a class in `keras.optimizers.schedules`, or the registered
            name of a class of your own.
        config: what its `get_config()` gives.

    Raises:
        ValueError: the class is not known or refuses its configuration; the message says which.

    Example:

    >>> schedule = KerasSchedule.of(keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5))
    >>> schedule.class_name, schedule.config["decay_rate"]
    ('ExponentialDecay', 0.5)
    >>> schedule.values([0, 10])
    array([0.5 , 0.25])
    """

    class_name: typing.Annotated[str, _class_name]
    config: typing.Annotated[dict, _config]

    def __post_init__(self):
        super().__post_init__()
        cls = _foreign_class(self.class_name)
        try:
            schedule = cls.from_config(json.loads(json.dumps(self.config)))
        except Exception as error:
            raise ValueError(
                f"`config` does not configure a {self.class_name}: {error} "
                f"Received: config={self.config!r}"
            ) from error
        object.__setattr__(self, "_schedule", schedule)

    @classmethod
    def of(cls, schedule):
        """The plain data of a Keras schedule object."""
        name = type(schedule).__name__
        if keras_class(name) is not type(schedule):
            name = keras.saving.get_registered_name(type(schedule))
        if _foreign_class(name) is not type(schedule):
            raise ValueError(
                f"{name} is not the registered class of the schedule. Received: {schedule!r}"
            )
        return cls(name, schedule.get_config())

    def __hash__(self):
        return hash((self.class_name, json.dumps(self.config, sort_keys=True)))

    @property
    def horizon(self):
        return horizon_of(self._schedule)

    def formula(self, step, xp):
        return rate_of(self._schedule, step, xp)

    def get_config(self):
        return {"class_name": self.class_name, "config": _plain("config", self.config)}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def to_keras(schedule):
    """The schedule as an object of Keras's own class, for where this package is not installed.

    That object has the same configuration, but computes as Keras does: in 32 bits, where a
    drop of a staircase or a restart can come a step late.

    Args:
        schedule: a schedule.

    Returns:
        A schedule object of `keras.optimizers.schedules`.

    Raises:
        ValueError: no class of Keras can express the schedule as it is configured; the
            message says why.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> type(to_keras(ExponentialDecay(0.1, 10, 0.5))).__module__.split(".")[0]
    'keras'
    """
    if isinstance(schedule, KerasSchedule):
        schedule = schedule._schedule
    if not isinstance(schedule, LearningRateSchedule):
        raise checks.refuse("schedule", "a schedule", schedule)
    if keras_class(type(schedule).__name__) is type(schedule):
        return schedule
    schedule = _in_keras_terms(schedule)
    name = type(schedule).__name__
    cls = keras_class(name)
    if cls is None or not isinstance(schedule, Schedule):
        raise ValueError(
            f"Keras has no schedule that does what {name} does. Received: {schedule!r}"
        )
    config = schedule.get_config()
    accepted = inspect.signature(cls).parameters
    defaults = {field.name: field.default for field in dataclasses.fields(schedule)}
    for argument in config.keys() - accepted.keys():
        if config[argument] != defaults[argument]:
            raise ValueError(
                f"Keras's {name} has no `{argument}`. Received: {argument}={config[argument]!r}"
            )
    return cls(**{argument: x for argument, x in config.items() if argument in accepted})


def _in_keras_terms(schedule):
    """The same rates at every step by a class that Keras has too, where there is one."""
    base = getattr(schedule, "base_lr_class", None)
    if base is not None and schedule.offset == 0:
        schedule = base(**{k: v for k, v in schedule.get_config().items() if k != "offset"})
    if getattr(schedule, "boundary", None) == "right":
        # Steps are whole: below b is at most b - 1.
        boundaries = tuple(b - 1 for b in schedule.boundaries)
        if boundaries[0] >= 0:
            return dataclasses.replace(schedule, boundaries=boundaries, boundary="left")
    if isinstance(schedule, Warmup):
        inner = schedule.schedule
        if schedule.steps == 0 and isinstance(inner, Schedule):
            return _in_keras_terms(inner)
        linear = schedule.shape == "linear" and schedule.shift
        if linear and type(inner).__name__ == "CosineDecay" and inner.warmup_target is None:
            target = inner.initial_learning_rate
            return dataclasses.replace(
                inner,
                initial_learning_rate=schedule.from_,
                warmup_target=target,
                warmup_steps=schedule.steps,
            )
    return schedule
