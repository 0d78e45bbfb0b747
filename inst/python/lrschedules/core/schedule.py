"""The base class of every schedule."""

import dataclasses
import functools
import keyword
import math
import typing

import keras
import numpy as np
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from lrschedules.backend import current, require_versions
from lrschedules.core import checks, namespaces, registry
from lrschedules.core.look_ahead import LookAhead

PACKAGE = "lrschedules"
"""The package under which Keras knows a schedule class: `lrschedules>ExponentialDecay`."""


@(
    typing.dataclass_transform(frozen_default=True)
    if hasattr(typing, "dataclass_transform")
    else lambda f: f
)
def schedule_class(cls):
    """Decorator of each schedule: a frozen dataclass that Keras can save and load by name."""
    cls = dataclasses.dataclass(frozen=True)(cls)
    if registry.is_own(cls):
        registry.add(cls)
    return keras.saving.register_keras_serializable(package=PACKAGE)(cls)


@functools.cache
def _field_checks(cls):
    hints = typing.get_type_hints(cls, include_extras=True)
    return [
        (field.name, check)
        for field in dataclasses.fields(cls)
        for check in getattr(hints[field.name], "__metadata__", ())
    ]


def fields_checked_by(cls, wanted):
    """The names of the fields of `cls` that one of the checks `wanted` must accept."""
    return [name for name, check in _field_checks(cls) if check in wanted]


@functools.cache
def vector_fields(cls):
    """The names of the fields that hold a tuple."""
    return {name for name, hint in typing.get_type_hints(cls).items() if hint is tuple}


class Schedule(LearningRateSchedule):
    """A learning rate as a function of the training step, to be given to any Keras optimizer.

    A schedule is a frozen dataclass. Its fields are its configuration, each
    annotated with the check it must pass (see `lrschedules.core.checks`); checks
    that involve several fields stand in its `__post_init__`. Its one formula is
    `formula(step, xp)`.

    A value that its check refuses is a ValueError, in whichever class: its message names the
    argument, what it must be, and what was given.

    ```python
    @schedule_class
    class Constant(Schedule):
        learning_rate: checks.Rate

        def formula(self, step, xp):
            return self.learning_rate + 0.0 * xp.float(step)
    ```
    """

    # As of a schedule that holds no other.
    _depth = 1
    _parts = 1
    _asks_others = False

    def __post_init__(self):
        for name, check in _field_checks(type(self)):
            object.__setattr__(self, name, check(name, getattr(self, name)))
        self._simplify()
        held = held_by(self)
        if held:
            self._set("_depth", 1 + max(part._depth for part in held))
            self._set("_parts", 1 + sum(part._parts for part in held))
            self._set("_asks_others", any(part._asks_others for part in held))
            _check_size(self)

    def _simplify(self):
        """Puts checked fields into the simplest form of the same schedule."""

    def _set(self, name, value):
        """Sets what is no configuration, once: a schedule does not change."""
        object.__setattr__(self, name, value)

    def formula(self, step, xp):
        """The rate at `step`, in float64: a function of the step alone, since rates are
        computed ahead of their steps.

        Args:
            step: whole steps, 0 or more, in int64.
            xp: the functions to compute with (see `lrschedules.core.namespaces`).
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no formula: override `formula(self, step, xp)`."
        )

    @property
    def horizon(self):
        """How many steps show the schedule's shape: what is drawn where no steps are asked for."""
        return 1000

    def landmarks(self, first, last):
        """The steps from `first` to `last`, or near them, at which the rate turns or jumps, so
        that it only rises or only falls between, and what happens there: a list of `Landmark`, by
        default those of the schedules that this one holds.

        Of many periods, those of the first and the last.
        """
        return [found for part in held_by(self) for found in part.landmarks(first, last)]

    def value(self, step):
        """The rate at one whole step, a Python int up to 2^53, as a Python float."""
        if step > checks.MAX_STEP:
            checks.whole_steps(step)
        return float(self._rate(step, namespaces.scalar))

    def values(self, steps):
        """The rates at `steps`, computed on the host in float64.

        Args:
            steps: whole numbers of any shape, up to 2^53. Below 0 the rate is that at 0.

        Returns:
            A NumPy float64 array in the shape of `steps`.
        """
        return self.on_array(checks.whole_steps(steps))

    def on_array(self, steps):
        """`values(steps)` of an int64 array that needs no check."""
        with np.errstate(over="ignore", under="ignore"):
            rates = np.asarray(self._rate(steps, namespaces.array), np.float64)
        # A formula may be a constant.
        return rates if rates.shape == steps.shape else np.full(steps.shape, rates)

    def _value_in_turn(self, step):
        if self._asks_others:
            # Another's class may be slow, and need not be a function of the step alone.
            return self.value(step)
        ahead = self.__dict__.get("_look_ahead")
        if ahead is None:
            ahead = LookAhead()
            self._set("_look_ahead", ahead)
        return ahead.value(self, step)

    def _rate(self, step, xp):
        return xp.minimum(self.formula(xp.maximum(step, 0), xp), namespaces.LARGEST_RATE)

    def __call__(self, step):
        """The rate at `step`, as a tensor of the backend in `keras.config.floatx()`.

        Args:
            step: a whole number, a variable or an integer tensor of any shape.
                Of a floating tensor the floor is taken.

        Raises:
            ImportError: Keras or JAX is too old to train with a schedule.
        """
        require_versions()
        # Keras before 3.7 counts in a class that is no `keras.Variable`.
        if isinstance(step, keras.Variable) or isinstance(
            getattr(type(step), "value", None), property
        ):
            step = step.value
        if type(step) is not int:
            if ops.is_tensor(step):
                known = current.on_host(step)
                if type(known) is int:  # what an optimizer asks for
                    return current.scalar_beside(
                        step, self._value_in_turn(known), keras.config.floatx()
                    )
                if known is None:
                    return self.on_device(step)
                step = np.floor(known)
            step = checks.whole_steps(step)
            step = int(step) if step.ndim == 0 else step
        if self._asks_others and current.tracing():
            # What is not ours computes with tensors of the function that is being compiled.
            with current.wide():
                return self.on_device(ops.convert_to_tensor(step, "int64"))
        rate = self.value(step) if type(step) is int else self.values(step)
        return ops.convert_to_tensor(rate, dtype=keras.config.floatx())

    @current.as_written
    def on_device(self, step):
        """The rate at `step`, computed by the backend: where it is traced, or on an accelerator."""
        with current.wide():
            xp = namespaces.device_of(step)
            if not keras.backend.is_int_dtype(step.dtype):
                # An int of 64 bits cannot hold all floats.
                step = ops.clip(ops.floor(xp.float(step)), -checks.MAX_STEP, checks.MAX_STEP)
            with current.deep_stack(self._depth):
                rate = self._rate(xp.int(step), xp)
            # A constant has neither the shape of the steps nor their device.
            if not ops.is_tensor(rate) or (current.is_scalar(rate) and not current.is_scalar(step)):
                rate = rate + 0.0 * xp.float(step)
            return ops.cast(rate, keras.config.floatx())

    def get_config(self):
        """The configuration: numbers, strings and lists, with nested schedules as dictionaries.

        A limit that is infinite is None, since JSON has no infinity.
        """
        return {
            argument_of(field.name): _to_config(getattr(self, field.name))
            for field in dataclasses.fields(self)
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{field_of(name): _from_config(value) for name, value in config.items()})

    # `0.5 * schedule`, `schedule - other` and so on. With None NumPy's numbers leave
    # `number * schedule` to `__rmul__` instead of making an array of it.
    __array_ufunc__ = None

    def __mul__(self, other):
        return registry.OPERATORS["*"](self, other)

    def __rmul__(self, other):
        return registry.OPERATORS["*"](other, self)

    def __truediv__(self, other):
        return registry.OPERATORS["/"](self, other)

    def __rtruediv__(self, other):
        return registry.OPERATORS["/"](other, self)

    def __add__(self, other):
        return registry.OPERATORS["+"](self, other)

    def __radd__(self, other):
        return registry.OPERATORS["+"](other, self)

    def __sub__(self, other):
        return registry.OPERATORS["-"](self, other)

    def __rsub__(self, other):
        return registry.OPERATORS["-"](other, self)


def argument_of(field):
    """The name of a field in configurations: a field `from_` is `from` there."""
    return field.rstrip("_")


def field_of(argument):
    """The field of an element of a configuration: a word of Python's own gets a `_`."""
    return argument + "_" if keyword.iskeyword(argument) else argument


def rate_of(schedule, step, xp):
    """The rate at `step` of what a composed schedule holds: a number, or a schedule. It is at
    most 1e38, in the namespace `xp` of `formula`; a number is its own rate, whatever the shape
    of `step`."""
    if isinstance(schedule, Schedule):
        return schedule._rate(step, xp)
    return min(schedule, namespaces.LARGEST_RATE)


def horizon_of(schedule):
    """`horizon` of what a composed schedule holds. A number has no shape to show: 0."""
    return schedule.horizon if isinstance(schedule, Schedule) else 0


MAX_DEPTH = 100
"""How deep schedules may be nested."""

MAX_PARTS = 10_000
"""How many schedules one may be made of, counted as often as they occur."""


def held_by(schedule):
    """The schedules among the fields of `schedule`."""
    held = []
    if not dataclasses.is_dataclass(schedule):  # a user's subclass without `schedule_class`
        return held
    for field in dataclasses.fields(schedule):
        value = getattr(schedule, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Schedule):
                held.append(part)
    return held


def parts_of(schedule):
    """`schedule` and all that it is made of, each once."""
    found, level = {}, [schedule]
    while level:
        found.update((id(part), part) for part in level)
        level = [held for part in level for held in held_by(part) if id(held) not in found]
    return list(found.values())


def _check_size(schedule):
    if schedule._depth > MAX_DEPTH:
        raise ValueError(
            f"Schedules can be nested at most {MAX_DEPTH} deep: this {type(schedule).__name__} "
            f"would be nested {schedule._depth} deep. A sum or a product of many is one level."
        )
    if schedule._parts > MAX_PARTS:
        raise ValueError(
            f"A schedule can be made of at most {MAX_PARTS:,} schedules: this "
            f"{type(schedule).__name__} would be made of {schedule._parts:,}."
        )


def _to_config(value):
    if isinstance(value, Schedule):
        return {
            "module": type(value).__module__,
            "class_name": type(value).__name__,
            "config": value.get_config(),
            "registered_name": keras.saving.get_registered_name(type(value)),
        }
    if isinstance(value, float) and value == math.inf:
        return None
    return [_to_config(v) for v in value] if isinstance(value, (tuple, list)) else value


def _from_config(value):
    if isinstance(value, dict):
        # Ours at once: Keras takes so many frames for each level that Python's stack would end.
        cls = registry.CLASSES.get(str(value.get("registered_name")).removeprefix(f"{PACKAGE}>"))
        if cls is not None and value["registered_name"] == f"{PACKAGE}>{cls.__name__}":
            return cls.from_config(value["config"])
        return keras.optimizers.schedules.deserialize(value)
    return [_from_config(v) for v in value] if isinstance(value, (tuple, list)) else value
