"""Schedules of foreign classes, kept as plain data."""

import contextlib
import json
import math
import typing

import keras
import numpy as np
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from lrschedules.backend import current
from lrschedules.classes.half import KERAS, register
from lrschedules.classes.schedule import Schedule
from lrschedules_math.core import checks, namespaces
from lrschedules_math.core.registry import PACKAGE
from lrschedules_math.core.schedule import frozen_class

OF_KERAS = (
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
)
"""Keras's classes, which this package has under the same names and with the same arguments."""

_REGISTER = (
    "Register the class with `keras.saving.register_keras_serializable()`, and give it a "
    "`get_config()` with the arguments of its `__init__()`."
)


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
            "`class_name` must be a schedule class of Keras, or your class registered with "
            "`keras.saving.register_keras_serializable()`: define it before loading. "
            f"Received: class_name={name!r}"
        )
    return cls


def _class_name(name, value):
    if not isinstance(value, str):
        raise checks.refuse(name, "a string", value)
    return value


def _refuse_change(self, *args, **kwargs):
    raise TypeError("The configuration of a schedule can't be changed.")


class FrozenDict(dict):
    """A dictionary that can't be changed."""

    __setitem__ = __delitem__ = __ior__ = _refuse_change
    clear = pop = popitem = setdefault = update = _refuse_change

    def __hash__(self):
        return hash(frozenset(self.items()))

    def __reduce__(self):
        return type(self), (dict(self),)


def _frozen(name, value):
    """Converts `value`, which JSON must be able to hold, to objects that can't be changed."""
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return FrozenDict((key, _frozen(f"{name}[{key!r}]", x)) for key, x in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(f"{name}[{i}]", x) for i, x in enumerate(value))
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        plain = value.tolist()
        return _frozen(name, plain) if isinstance(plain, list) else _frozen_number(name, plain)
    return _frozen_number(name, value)


def _frozen_number(name, value):
    if value is None or isinstance(value, (str, bool, int)):
        return value
    requirement = "a finite number, a string, or a list or dictionary of these"
    return checks.number(name, value, requirement, lambda x: True)


def _plain(value):
    """Converts the result of `_frozen` back to dictionaries and lists."""
    if isinstance(value, dict):
        return {key: _plain(x) for key, x in value.items()}
    return [_plain(x) for x in value] if isinstance(value, tuple) else value


def _config(name, value):
    # R has only an empty list for an empty dictionary.
    if isinstance(value, list) and not value:
        return FrozenDict()
    if not isinstance(value, dict):
        raise checks.refuse(name, "a dictionary", value)
    return _frozen(name, value)


def _of_this_package(cls):
    cls.__module__ = PACKAGE
    KERAS.classes[cls.__name__] = register(frozen_class(cls))
    return cls


@_of_this_package
class KerasSchedule(Schedule):
    """A schedule of a foreign class that is registered with Keras, kept as plain data.

    ```
    rate(step) = the object(step)
    ```

    That class computes the rate, in its own precision: often 32 bits, where a drop or a
    restart can come a step late in compiled training. The names of Keras's own six classes give
    this package's classes, which are exact. Keras's class is used only for a configuration that it
    accepts and this package's class refuses, such as a negative `alpha`.

    Args:
        class_name: the registered name of the class.
        config: the result of its `get_config()`.

    Raises:
        ValueError: the class is unknown or refuses its configuration; the message says which.

    Example:

    >>> type(KerasSchedule.of(keras.optimizers.schedules.CosineDecay(0.5, 10))).__module__
    'lrschedules'
    >>> @keras.saving.register_keras_serializable(package="example")
    ... class Halved(keras.optimizers.schedules.LearningRateSchedule):
    ...     def __init__(self, rate):
    ...         self.rate = rate
    ...
    ...     def __call__(self, step):
    ...         return keras.ops.where(step < 10, self.rate, self.rate / 2)
    ...
    ...     def get_config(self):
    ...         return {"rate": self.rate}
    >>> KerasSchedule.of(Halved(0.5)).rates([0, 10])
    array([0.5 , 0.25])
    """

    class_name: typing.Annotated[str, _class_name]
    config: typing.Annotated[dict, _config]

    _asks_others = True
    config_is_data = True

    def __new__(cls, class_name, config):
        if not isinstance(class_name, str) or class_name not in OF_KERAS:
            return super().__new__(cls)
        config = _plain(_config("config", config))
        try:
            return KERAS.classes[class_name].from_config(_as_keras_reads(class_name, config))
        except (TypeError, ValueError) as error:
            if _works_in_keras(class_name, config):
                return super().__new__(cls)
            if isinstance(error, TypeError):  # a missing or an unknown argument
                raise _refused_config(class_name, config, error) from error
            raise

    def __post_init__(self):
        super().__post_init__()
        cls = _foreign_class(self.class_name)
        try:
            schedule = cls.from_config(json.loads(json.dumps(self.config)))
        except Exception as error:
            raise _refused_config(self.class_name, self.config, error) from error
        self._set("_schedule", schedule)

    def __reduce__(self):
        return type(self), (self.class_name, _plain(self.config))

    @classmethod
    def of(cls, schedule):
        """Converts a Keras schedule to this package. A schedule of Keras's six classes becomes ours
        of the same name, if ours accepts its configuration; any other schedule is copied as plain
        data.

        Raises:
            ValueError: `schedule` is not a schedule, or its class is not registered with Keras, has
                no `get_config()`, or refuses its own configuration.
        """
        if isinstance(schedule, Schedule):
            return schedule
        if checks.is_of_keras_2(schedule) or not isinstance(schedule, LearningRateSchedule):
            raise checks.refuse("schedule", "a schedule", schedule)
        given = type(schedule)
        name = given.__name__
        if keras_class(name) is not given:
            name = keras.saving.get_registered_name(given)
            if keras.saving.get_registered_object(name) is not given:
                raise ValueError(
                    f"{given.__name__} is not known to Keras. {_REGISTER} Received: {schedule!r}"
                )
        try:
            config = schedule.get_config()
        except NotImplementedError as error:
            raise ValueError(
                f"{given.__name__} has no `get_config()`. {_REGISTER} Received: {schedule!r}"
            ) from error
        return cls(name, config)

    def formula(self, step, xp):
        if xp is namespaces.scalar:
            return _rate(self._schedule, step)
        if xp is namespaces.array:
            # Ask for one step at a time: a foreign schedule may not accept several.
            rates = [_rate(self._schedule, int(s)) for s in np.ravel(step)]
            return np.reshape(np.asarray(rates, np.float64), np.shape(step))
        return xp.foreign(self._schedule, step)

    def get_config(self):
        return {"class_name": self.class_name, "config": _plain(self.config)}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _as_keras_reads(class_name, config):
    """`config` without the parts that Keras ignores or cuts off, so that our rates are the same."""
    if class_name == "CosineDecay" and config.get("warmup_target") is None:
        return {name: value for name, value in config.items() if name != "warmup_steps"}
    boundaries = config.get("boundaries")
    if class_name == "PiecewiseConstantDecay" and isinstance(boundaries, list):
        # Keras casts boundaries to the integer type of the step.
        whole = [int(b) if isinstance(b, float) else b for b in boundaries]
        return {**config, "boundaries": whole}
    return config


def _works_in_keras(class_name, config):
    """Whether Keras's own class accepts `config` and gives one finite rate at step 0."""
    try:
        schedule = keras_class(class_name).from_config(config)
        # While a function is being compiled, rates have no values.
        return current.tracing() or math.isfinite(_rate(schedule, 0))
    except Exception:
        return False


def _rate(schedule, step):
    """The rate of a foreign schedule at one step, on the host."""
    dtype = current.INTEGER_OF_STEPS
    if step <= np.iinfo(dtype).max:
        # Keras's own classes use `cond`, which JAX would compile for a tenth of a second.
        is_of_keras = keras_class(type(schedule).__name__) is type(schedule)
        with current.uncompiled() if is_of_keras else contextlib.nullcontext():
            return _number(schedule(ops.convert_to_tensor(step, dtype)))
    with current.wide():
        return _number(schedule(ops.convert_to_tensor(step, "int64")))


def _number(tensor):
    return float(ops.convert_to_numpy(tensor))


def _refused_config(class_name, config, error):
    return ValueError(
        f"`config` is not valid for {class_name}: {str(error).rstrip('.')}. "
        f"Received: config={dict(config)!r}"
    )
