"""Checks of the fields of schedules: each returns the value in the one form that is stored.

A field's annotation names its check (`decay_steps: PositiveSteps`), and
`Schedule.__post_init__` runs it. A check of a field that may hold schedules is marked
with `@takes_schedules` and also receives the schedule's half.
"""

import itertools
import math
import numbers
import typing
from typing import Annotated

import numpy as np

MAX_STEP = 2**53
"""The last step: float64, the type of R's numbers, holds all whole numbers up to it exactly."""


def refuse(name, requirement, value):
    """Returns the error, for the caller to raise, that says what `name` must be."""
    if is_of_keras_2(value):
        requirement = f"an object of Keras 3, not of Keras 2 ({type(value).__module__})"
    return ValueError(f"`{name}` must be {requirement}. Received: {name}={value!r}")


_KERAS_2 = ("tf_keras", "keras.optimizers.schedules.")  # how the names of its modules begin


def is_of_keras_2(value):
    """Whether the class of `value`, or a class that it extends, is a Keras 2 class."""
    return any(str(cls.__module__).startswith(_KERAS_2) for cls in type(value).__mro__)


def is_number(value):
    """Whether `value` is a real number of Python or NumPy, and not a Boolean."""
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def number(name, value, requirement, accept):
    """Checks a finite number for which `accept` returns True, and makes it a float. If it fails,
    the message says that `name` must be `requirement`."""
    if not is_number(value) or not _is_finite(value) or not accept(value):
        raise refuse(name, requirement, value)
    return float(value)


def _is_finite(value):
    try:
        return math.isfinite(value)
    except OverflowError:  # an int larger than any float
        return False


def rate(name, value):
    """A learning rate. An integer becomes a float: integer arithmetic could round a rate to 0."""
    return number(name, value, "one finite number, 0 or more", lambda x: x >= 0)


def optional_rate(name, value):
    """A learning rate, or None."""
    if value is None:
        return None
    return number(name, value, "None, or one finite number, 0 or more", lambda x: x >= 0)


def positive(name, value):
    """A number greater than 0."""
    return number(name, value, "one finite number greater than 0", lambda x: x > 0)


def finite(name, value):
    """Any finite number."""
    return number(name, value, "one finite number", lambda x: True)


def fraction(name, value):
    """A number from 0 to 1."""
    return number(name, value, "one number from 0 to 1", lambda x: 0 <= x <= 1)


def to_whole(number):
    """A float within 4 ulp of a whole number is that number: 0.29 * 100 is 28.999999999999996."""
    whole = float(round(number))
    return whole if abs(number - whole) <= 4 * math.ulp(whole) else number


def _to_whole(value):
    """`to_whole` for a value that may not be a number."""
    return to_whole(value) if isinstance(value, float) and math.isfinite(value) else value


def positive_steps(name, value):
    """A number of steps: an int, or a float if it is fractional."""
    steps = to_whole(
        number(name, value, "a number of steps from 1e-6 to 2^53", lambda x: 1e-6 <= x <= MAX_STEP)
    )
    return int(steps) if steps.is_integer() else steps


def growth(name, value):
    """The factor by which each cycle is longer than the previous one."""
    return number(name, value, "one number from 1 to 2^53", lambda x: 1 <= x <= MAX_STEP)


def _whole(name, value, requirement, least):
    return int(
        number(
            name,
            _to_whole(value),
            requirement,
            lambda x: least <= x <= MAX_STEP and float(x).is_integer(),
        )
    )


def steps(name, value):
    """A whole number of steps, 0 or more."""
    return _whole(name, value, "a whole number of steps, 0 or more, up to 2^53", least=0)


def positive_whole_steps(name, value):
    """A whole number of steps, greater than 0."""
    return _whole(name, value, "a whole number of steps greater than 0, up to 2^53", least=1)


def positive_whole(name, value):
    """A whole number, greater than 0, that does not count steps."""
    return _whole(name, value, "a whole number greater than 0, up to 2^53", least=1)


def stretch_factor(name, value):
    """A factor that multiplies steps: an int, or a float if it is fractional."""
    factor = number(name, value, "one number from 1e-6 to 2^53", lambda x: 1e-6 <= x <= MAX_STEP)
    return int(factor) if factor.is_integer() else factor


def seed(name, value):
    """A seed of random numbers: a whole number, 0 or more."""
    return _whole(name, value, "a whole number, 0 or more, up to 2^53", least=0)


def _is_no_limit(value):
    return value is None or (is_number(value) and value == math.inf)


def upper_rate(name, value):
    """A learning rate, or infinity (None in configurations) for no limit."""
    requirement = "one number, 0 or more, or infinite"
    return math.inf if _is_no_limit(value) else number(name, value, requirement, lambda x: x >= 0)


def times(name, value):
    """A count of rounds: a whole number, 1 or more, or infinity (None in configurations)."""
    requirement = "a whole number greater than 0, up to 2^53, or infinite"
    return math.inf if _is_no_limit(value) else _whole(name, value, requirement, least=1)


def _sequence(name, value, requirement):
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)) or not value:
        raise refuse(name, requirement, value)
    return value


def _as_floats(value):
    """`value` as a float64 array, if it holds only plain Python or NumPy numbers; else None."""
    if isinstance(value, np.ndarray):
        return value.astype(np.float64) if value.ndim == 1 and value.dtype.kind in "iuf" else None
    if isinstance(value, (list, tuple)) and set(map(type, value)) <= {int, float}:
        try:
            return np.array(value, np.float64)
        except OverflowError:  # an int larger than any float
            return None
    return None


def rates(name, value):
    """One or more learning rates, as a tuple."""
    floats = _as_floats(value)
    # Check millions of rates at once, and one by one only to report the first wrong one.
    if floats is not None and len(floats) and (np.isfinite(floats) & (floats >= 0)).all():
        return tuple(floats.tolist())
    requirement = "a list of one or more finite numbers, each 0 or more"
    return tuple(
        number(f"{name}[{i}]", x, "one finite number, 0 or more", lambda x: x >= 0)
        for i, x in enumerate(_sequence(name, value, requirement))
    )


def boundaries(name, value):
    """One or more strictly increasing whole steps, as a tuple."""
    floats = _as_floats(value)
    if floats is not None and len(floats) and _are_increasing_steps(floats):
        return tuple(floats.astype(np.int64).tolist())
    requirement = "a list of one or more whole steps, strictly increasing"
    result = tuple(
        steps(f"{name}[{i}]", x) for i, x in enumerate(_sequence(name, value, requirement))
    )
    if any(a >= b for a, b in itertools.pairwise(result)):
        raise refuse(name, requirement, value)
    return result


def _are_increasing_steps(floats):
    whole = (floats == np.floor(floats)) & (floats >= 0) & (floats <= MAX_STEP)
    return bool(whole.all() and (np.diff(floats) > 0).all())


def one_of(*choices):
    """Makes the check of a string that must be one of `choices`."""

    requirement = ", ".join(map(repr, choices))
    if len(choices) > 1:
        requirement = f"one of {requirement}"

    def check(name, value):
        if not isinstance(value, str) or value not in choices:
            raise refuse(name, requirement, value)
        return value

    return check


def takes_schedules(check):
    """Decorates a check of a field that may hold schedules: `check(name, value, half)`."""
    check.takes_schedules = True
    return check


@takes_schedules
def schedule_or_rate(name, value, half):
    """A schedule, or a number for a constant rate.

    A schedule of a foreign class is copied: changing the original later has no effect.
    """
    if half.is_schedule(value):
        try:
            return half.adopt(value)
        except ValueError as error:
            raise ValueError(f"`{name}` can't be used. {error}") from error
    return number(name, value, "a schedule, or one finite number, 0 or more", lambda x: x >= 0)


@takes_schedules
def schedules(name, value, half):
    """One or more schedules or rates, as a tuple."""
    if not isinstance(value, (list, tuple)) or not value:
        raise refuse(name, "a list of one or more schedules or rates", value)
    return tuple(schedule_or_rate(f"{name}[{i}]", x, half) for i, x in enumerate(value))


def flag(name, value):
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise refuse(name, "True or False", value)
    return bool(value)


def label(name, value):
    """A string, or None."""
    if value is not None and not isinstance(value, str):
        raise refuse(name, "a string or None", value)
    return value


Rate = Annotated[float, rate]
OptionalRate = Annotated[float | None, optional_rate]
Positive = Annotated[float, positive]
NonNegative = Annotated[float, rate]
Finite = Annotated[float, finite]
Fraction = Annotated[float, fraction]
Growth = Annotated[float, growth]
PositiveSteps = Annotated[int | float, positive_steps]
PositiveWholeSteps = Annotated[int, positive_whole_steps]
Steps = Annotated[int, steps]
StretchFactor = Annotated[int | float, stretch_factor]
Seed = Annotated[int, seed]
UpperRate = Annotated[float, upper_rate]
Times = Annotated[int | float, times]
Rates = Annotated[tuple, rates]
Boundaries = Annotated[tuple, boundaries]
ScheduleOrRate = Annotated[typing.Any, schedule_or_rate]
Schedules = Annotated[tuple, schedules]
Flag = Annotated[bool, flag]
Label = Annotated[str | None, label]


def step_before(value):
    """`steps_before` for one number: the whole step at or before it, as an int."""
    step = steps_before(value)
    if step.ndim > 0:
        raise ValueError(f"`step` must be one number. Received: step={value!r}")
    return int(step)


def steps_before(value):
    """Rounds steps (a number, a list or a NumPy array) down to whole steps, as int64.

    Raises:
        ValueError: a step is not a number from -2^53 to 2^53.
    """
    array = np.asarray(value)
    if array.dtype.name == "bfloat16":  # a type that JAX and TensorFlow add to NumPy
        array = array.astype(np.float32)
    if array.dtype.kind not in "iuf":
        raise _refuse_step(value)
    wrong = ~((array <= MAX_STEP) & (array >= -MAX_STEP))  # also true for NaN
    if wrong.any():
        raise _refuse_step(array[wrong].flat[0].item())
    if array.dtype.kind == "f":
        array = np.floor(_to_whole_each(np.asarray(array, np.float64)))
    return array.astype(np.int64, copy=False)


def _refuse_step(value):
    return ValueError(f"`step` must be numbers from -2^53 to 2^53. Received: step={value!r}")


def _to_whole_each(array):
    """`to_whole` of each number."""
    whole = np.rint(array)
    return np.where(np.abs(array - whole) <= 4 * np.spacing(np.abs(whole)), whole, array)


def whole_part(steps):
    """Converts `steps`, an array that needs no check, to int64. Numbers within 4 ulp of a whole
    number are rounded to it, and all others are truncated."""
    whole = steps.astype(np.int64, copy=False)
    if steps.dtype.kind == "f":
        # Most arrays contain no number to round: this test is faster than `_to_whole_each`.
        further = (steps * (1 + 2**-49)).astype(np.int64)
        if not np.array_equal(whole, further):
            return _to_whole_each(np.asarray(steps, np.float64)).astype(np.int64)
    return whole
