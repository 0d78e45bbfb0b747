"""The base class of every schedule."""

import dataclasses
import functools
import inspect
import keyword
import math
import typing

import numpy as np

from lrschedules_math.core import checks, namespaces, registry
from lrschedules_math.core.halves import NUMBERS

# How many steps are computed at once. The numbers on the way from a step to its rate then stay in a
# processor's cache, which saves a third of the time of a million steps.
_IN_CACHE = 32_768

# For type checkers: what it decorates makes a frozen dataclass. Python 3.10 has no such decorator.
as_dataclass = (
    typing.dataclass_transform(frozen_default=True)
    if hasattr(typing, "dataclass_transform")
    else lambda decorator: decorator
)


@as_dataclass
def schedule_class(cls):
    """Decorator of each schedule of the first half: a frozen dataclass, known by its name."""
    return registry.add(frozen_class(cls))


def frozen_class(cls):
    """`cls` as a frozen dataclass, none of whose fields hides a method of all schedules.

    Raises:
        TypeError: a field has the name of a method.
    """
    for name in inspect.get_annotations(cls):
        if callable(getattr(Schedule, name, None)):
            raise TypeError(
                f"`{name}` can't be a field of {cls.__name__}: it is a method of schedules."
            )
    return dataclasses.dataclass(frozen=True, repr=False)(cls)


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


def with_vectors(cls, fields):
    """`fields` of `cls` in which no vector is a number: R has no other vectors of length 1."""
    vectors = vector_fields(cls)
    return {
        name: [value] if name in vectors and checks.is_number(value) else value
        for name, value in fields.items()
    }


@dataclasses.dataclass(frozen=True, repr=False)
class Schedule:
    """A learning rate as a function of the training step.

    A schedule is a frozen dataclass. Its fields are its configuration, each
    annotated with the check it must pass (see `lrschedules_math.core.checks`); checks
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

    half = NUMBERS

    # Defaults for a schedule that holds no others.
    _depth = 1
    _parts = 1
    # Whether the rate is computed by a class that is not this package's: it may be slow or keep
    # state, so it is asked for few steps, and never ahead of time.
    _asks_others = False

    # Whether the configuration is data for such a class, in which nothing is a schedule.
    config_is_data = False

    # The fields that a version after 0.1.0 added. While they are None, configurations and texts
    # leave them out: these stay what they were, and earlier versions read them.
    _added = ()

    def __new__(cls, *args, **kwargs):
        if "__dataclass_params__" not in cls.__dict__:
            _refuse_own_arguments(cls)
        return super().__new__(cls)

    def __post_init__(self):
        for name, check in _field_checks(type(self)):
            half = (self.half,) if hasattr(check, "takes_schedules") else ()
            self._set(name, check(name, getattr(self, name), *half))
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
        """Sets an attribute of this frozen object while it is made."""
        object.__setattr__(self, name, value)

    def formula(self, step, xp):
        """The rate at `step`, in float64: a function of the step alone, since rates are
        computed ahead of their steps.

        Args:
            step: whole steps, 0 or more, in int64.
            xp: the functions to compute with (see `lrschedules_math.core.namespaces`).
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

    def rate(self, step) -> float:
        """The rate at one step.

        Args:
            step: a number up to 2^53. Between two whole steps the rate is that of the step before;
                below 0 it is that at 0.

        Returns:
            A Python float.

        Raises:
            ValueError: `step` is not one finite number up to 2^53.
        """
        if type(step) is not int or step > checks.MAX_STEP:
            step = checks.step_before(step)
        return float(self._rate(step, namespaces.scalar))

    def rates(self, steps) -> np.ndarray:
        """The rates at `steps`, computed on the host in float64.

        Args:
            steps: numbers in a list or array of any shape, each as in `rate`.

        Returns:
            A NumPy float64 array in the shape of `steps`.

        Raises:
            ValueError: a step is not a finite number up to 2^53.
        """
        return self.on_array(checks.steps_before(steps))

    def on_array(self, steps):
        """`rates(steps)` of an array that needs no check. Of fractions the part before the point
        counts: below 0, where it isn't the floor, the rate is that at 0."""
        if steps.size <= _IN_CACHE or self._asks_others:
            return self._on_block(steps)
        steps = np.ascontiguousarray(steps)
        rates = np.empty(steps.shape)
        flat_steps, flat_rates = steps.reshape(-1), rates.reshape(-1)
        for first in range(0, steps.size, _IN_CACHE):
            block = slice(first, first + _IN_CACHE)
            flat_rates[block] = self._on_block(flat_steps[block])
        return rates

    def _on_block(self, steps):
        steps = checks.whole_part(steps)
        with np.errstate(over="ignore", under="ignore"):
            rates = np.asarray(self._rate(steps, namespaces.array), np.float64)
        # A formula may be a constant.
        return rates if rates.shape == steps.shape else np.full(steps.shape, rates)

    def _rate(self, step, xp):
        return xp.at_most(self.formula(xp.at_least(step, 0), xp), namespaces.LARGEST_RATE)

    def get_config(self):
        """The configuration: numbers, strings and lists, with nested schedules as dictionaries.

        A limit that is infinite is None, since JSON has no infinity.
        """
        return {argument_of(name): _to_config(value) for name, value in configured(self).items()}

    @classmethod
    def from_config(cls, config):
        """The schedule of a configuration that `get_config` gave, also by way of R."""
        fields = {field_of(name): _from_config(value, cls.half) for name, value in config.items()}
        return cls(**with_vectors(cls, fields))

    def __repr__(self):
        hidden = {field.name for field in dataclasses.fields(self) if not field.repr}
        shown = (f"{k}={v!r}" for k, v in configured(self).items() if k not in hidden)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __reduce__(self):
        # What is derived from the fields is made again.
        return _made_again, (type(self), values_of_fields(self))

    # `0.5 * schedule`, `schedule - other` and so on. With None NumPy's numbers leave
    # `number * schedule` to `__rmul__` instead of making an array of it.
    __array_ufunc__ = None

    def _operate(self, symbol, x, y):
        halves = [operand.half for operand in (x, y) if isinstance(operand, Schedule)]
        # With a schedule that an optimizer takes, the result is one too.
        half = next((half for half in halves if half is not NUMBERS), NUMBERS)
        return registry.OPERATORS[symbol](x, y, half)

    def __mul__(self, other):
        return self._operate("*", self, other)

    def __rmul__(self, other):
        return self._operate("*", other, self)

    def __truediv__(self, other):
        return self._operate("/", self, other)

    def __rtruediv__(self, other):
        return self._operate("/", other, self)

    def __add__(self, other):
        return self._operate("+", self, other)

    def __radd__(self, other):
        return self._operate("+", other, self)

    def __sub__(self, other):
        return self._operate("-", self, other)

    def __rsub__(self, other):
        return self._operate("-", other, self)


def _refuse_own_arguments(cls):
    """A TypeError if a class that is not decorated has arguments of its own."""
    for kind in cls.__mro__:
        if "__dataclass_params__" in kind.__dict__ or kind is Schedule:
            return
        if inspect.get_annotations(kind) or "__init__" in kind.__dict__:
            raise TypeError(
                f"{kind.__name__} must be decorated with `@lrschedules.schedule_class`: without "
                "it, its arguments are not saved."
            )


def values_of_fields(schedule):
    """The fields of `schedule` by their names, as its class takes them."""
    return {field.name: getattr(schedule, field.name) for field in dataclasses.fields(schedule)}


def configured(schedule):
    """`values_of_fields` without those that configurations leave out."""
    values = values_of_fields(schedule)
    return {k: v for k, v in values.items() if v is not None or k not in schedule._added}


def _made_again(cls, fields):
    return cls(**fields)


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
        module, registered_name = value.half.saved_as(type(value))
        return {
            "module": module,
            "class_name": type(value).__name__,
            "config": value.get_config(),
            "registered_name": registered_name,
        }
    if isinstance(value, float) and value == math.inf:
        return None
    return [_to_config(v) for v in value] if isinstance(value, (tuple, list)) else value


def _from_config(value, half):
    if isinstance(value, dict):
        # Our own classes are built directly: Keras's deserializer uses so many stack frames per
        # level that deep nesting overflows.
        cls = half.classes.get(str(value.get("registered_name")).removeprefix(_PREFIX))
        if cls is not None and value["registered_name"] == f"{_PREFIX}{cls.__name__}":
            return cls.from_config(value["config"])
        return half.from_saved(value)
    if isinstance(value, (tuple, list)):
        return [_from_config(v, half) for v in value]
    return value


_PREFIX = f"{registry.PACKAGE}>"

NUMBERS.base = Schedule
