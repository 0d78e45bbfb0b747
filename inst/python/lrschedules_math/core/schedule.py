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

# The number of steps computed at once. The intermediate numbers then stay in the processor's cache,
# which saves a third of the time of a million steps.
_IN_CACHE = 32_768

# Tells type checkers that a decorator makes frozen dataclasses. Python 3.10 does not have it.
as_dataclass = (
    typing.dataclass_transform(frozen_default=True)
    if hasattr(typing, "dataclass_transform")
    else lambda decorator: decorator
)


@as_dataclass
def schedule_class(cls):
    """Makes a schedule class of the first half a frozen dataclass, and registers it."""
    return registry.add(frozen_class(cls))


def frozen_class(cls):
    """Makes `cls` a frozen dataclass.

    Raises:
        TypeError: a field has the name of a method of schedules.
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
    """The names of the fields of `cls` that are checked by one of `wanted`."""
    return [name for name, check in _field_checks(cls) if check in wanted]


@functools.cache
def vector_fields(cls):
    """The names of the fields that hold a tuple."""
    return {name for name, hint in typing.get_type_hints(cls).items() if hint is tuple}


def with_vectors(cls, fields):
    """`fields` of `cls` with vectors as lists: in R a vector of length 1 is a number."""
    vectors = vector_fields(cls)
    return {
        name: [value] if name in vectors and checks.is_number(value) else value
        for name, value in fields.items()
    }


@dataclasses.dataclass(frozen=True, repr=False)
class Schedule:
    """A learning rate as a function of the training step.

    A schedule is a frozen dataclass. Its fields are its configuration, each
    annotated with the check it must pass (see `lrschedules_math.core.checks`);
    `__post_init__` also checks fields against each other. Its one formula is
    `formula(step, xp)`.

    Raises:
        ValueError: in any schedule class, a check refuses a value; the message names the
            argument, the requirement and the value. Or schedules are nested more than 100 deep, or
            a schedule is made of more than 10,000.

    ```python
    @schedule_class
    class InverseLinear(Schedule):
        learning_rate: checks.Rate

        def formula(self, step, xp):
            return self.learning_rate / (1.0 + xp.float(step))
    ```
    """

    half = NUMBERS

    # Defaults for a schedule that holds no others.
    _depth = 1
    _parts = 1
    # Whether a foreign class computes the rate: it may be slow or keep state, so it is asked
    # for few steps, and never ahead of time.
    _asks_others = False

    # Whether the configuration is data for a foreign class, and holds no schedules.
    config_is_data = False

    # The fields that a version after 0.1.0 added. Configurations and texts leave them out while
    # they are None, so that earlier versions can still read them.
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
        """Rewrites the checked fields to the simplest form of the same schedule."""

    def _set(self, name, value):
        """Sets an attribute of this frozen object while it is made."""
        object.__setattr__(self, name, value)

    def formula(self, step, xp):
        """The rate at `step`, in float64. It must depend on the step alone, because rates are
        computed before training reaches their steps.

        Args:
            step: whole steps, 0 or more, in int64.
            xp: the functions to compute with (see `lrschedules_math.core.namespaces`).
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no formula: override `formula(self, step, xp)`."
        )

    @property
    def horizon(self):
        """How many steps show the schedule's shape. A plot draws them if you give no steps."""
        return 1000

    def landmarks(self, first, last):
        """The steps at which the rate turns or jumps.

        Between two landmarks the rate only rises or only falls, except in tables, in waves and
        cycles that fade, in sums, differences, products and quotients of schedules, and with
        noise. By default these are the landmarks of the schedules that this one holds. If there
        are many periods or boundaries, only some are listed: those of the first and the last, and
        the boundaries at which the lowest and the highest value begin.

        Args:
            first, last: the range of steps to cover; landmarks may lie slightly outside it.

        Returns:
            A list of `Landmark`.
        """
        return [found for part in held_by(self) for found in part.landmarks(first, last)]

    def rate(self, step) -> float:
        """The rate at one step.

        Args:
            step: a number from -2^53 to 2^53. A fractional step is rounded down, and a negative
                step counts as 0.

        Returns:
            A Python float.

        Raises:
            ValueError: `step` is not one number from -2^53 to 2^53.
        """
        if type(step) is not int or abs(step) > checks.MAX_STEP:
            step = checks.step_before(step)
        return float(self._rate(step, namespaces.scalar))

    def rates(self, steps) -> np.ndarray:
        """The rates at `steps`, computed on the host in float64.

        Args:
            steps: numbers in a list or array of any shape, each as in `rate`.

        Returns:
            A NumPy float64 array in the shape of `steps`.

        Raises:
            ValueError: a step is not a number from -2^53 to 2^53.
        """
        return self.on_array(checks.steps_before(steps))

    def on_array(self, steps):
        """`rates(steps)` for an array that needs no check. Fractions are truncated, which differs
        from the floor only below 0, where steps count as 0."""
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
        # A formula may return one number for all steps.
        return rates if rates.shape == steps.shape else np.full(steps.shape, rates)

    def _rate(self, step, xp):
        return xp.at_most(self.formula(xp.at_least(step, 0), xp), namespaces.LARGEST_RATE)

    def get_config(self):
        """The configuration: numbers, strings and lists, with nested schedules as dictionaries.

        An infinite limit becomes None, because JSON has no infinity.
        """
        return {argument_of(name): _to_config(value) for name, value in configured(self).items()}

    @classmethod
    def from_config(cls, config):
        """Makes a schedule from the result of `get_config()`, which may have passed through R."""
        fields = {field_of(name): _from_config(value, cls.half) for name, value in config.items()}
        return cls(**with_vectors(cls, fields))

    def __repr__(self):
        hidden = {field.name for field in dataclasses.fields(self) if not field.repr}
        shown = (f"{k}={v!r}" for k, v in configured(self).items() if k not in hidden)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __reduce__(self):
        # Pickle the fields alone: the constructor derives everything else from them.
        return _made_again, (type(self), values_of_fields(self))

    # None makes NumPy's numbers leave `number * schedule` to `__rmul__`, which makes a schedule.
    # Otherwise they would make an array.
    __array_ufunc__ = None

    def _operate(self, symbol, x, y):
        halves = [operand.half for operand in (x, y) if isinstance(operand, Schedule)]
        # If one operand belongs to the second half, so does the result.
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
    """Raises a TypeError if a class defines arguments but is not decorated."""
    for kind in cls.__mro__:
        if "__dataclass_params__" in kind.__dict__ or kind is Schedule:
            return
        if inspect.get_annotations(kind) or "__init__" in kind.__dict__:
            raise TypeError(
                f"{kind.__name__} must be decorated with `@lrschedules.schedule_class`, otherwise "
                "its arguments are not saved."
            )


def values_of_fields(schedule):
    """The fields of `schedule` by name, as arguments for its class."""
    return {field.name: getattr(schedule, field.name) for field in dataclasses.fields(schedule)}


def configured(schedule):
    """`values_of_fields` without those that configurations leave out."""
    values = values_of_fields(schedule)
    return {k: v for k, v in values.items() if v is not None or k not in schedule._added}


def _made_again(cls, fields):
    return cls(**fields)


def argument_of(field):
    """The name of a field in configurations: the field `from_` is called `from` there."""
    return field.rstrip("_")


def field_of(argument):
    """The field for a name in a configuration: a Python keyword gets a trailing `_`."""
    return argument + "_" if keyword.iskeyword(argument) else argument


def rate_of(schedule, step, xp):
    """The rate at `step` of a part of a composed schedule, at most 1e38. If the part is a number,
    it is returned as one number, whatever the shape of `step`."""
    if isinstance(schedule, Schedule):
        return schedule._rate(step, xp)
    return min(schedule, namespaces.LARGEST_RATE)


def horizon_of(schedule):
    """The horizon of a part of a composed schedule: 0 for a number, which has no shape."""
    return schedule.horizon if isinstance(schedule, Schedule) else 0


MAX_DEPTH = 100
"""The largest depth to which schedules may be nested."""

MAX_PARTS = 10_000
"""The largest number of schedules in one schedule. A repeated part counts each time."""


def held_by(schedule):
    """The schedules that the fields of `schedule` hold."""
    held = []
    for field in dataclasses.fields(schedule):
        value = getattr(schedule, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Schedule):
                held.append(part)
    return held


def parts_of(schedule):
    """`schedule` and all schedules inside it, each once."""
    found, level = {}, [schedule]
    while level:
        found.update((id(part), part) for part in level)
        level = [held for part in level for held in held_by(part) if id(held) not in found]
    return list(found.values())


def _check_size(schedule):
    if schedule._depth > MAX_DEPTH:
        raise ValueError(
            f"Schedules can be nested at most {MAX_DEPTH} deep: this {type(schedule).__name__} "
            f"would be nested {schedule._depth} deep. A sum or product counts as one level, "
            "however many parts it has."
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
