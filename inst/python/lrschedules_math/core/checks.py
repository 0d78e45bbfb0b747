"""What a field of a schedule accepts: each check returns the value in its one stored form.

A check is attached to a field by its annotation (`decay_steps: PositiveSteps`)
and run by `Schedule.__post_init__`. A check of what may hold schedules, marked by
`@takes_schedules`, is given the schedule's half too.
"""

import itertools
import math
import numbers
import typing
from typing import Annotated

import numpy as np

MAX_STEP = 2**53
"""The last step: the whole numbers up to it are exact in float64, R's numbers."""


def refuse(name, requirement, value):
    """The error that says what `name` must be, to be raised."""
    if is_of_keras_2(value):
        requirement = f"an object of Keras 3, not of Keras 2 ({type(value).__module__})"
    return ValueError(f"`{name}` must be {requirement}. Received: {name}={value!r}")


_KERAS_2 = ("tf_keras", "keras.optimizers.schedules.")  # the modules of its classes


def is_of_keras_2(value):
    """Whether the class of `value`, or a class that it extends, is one of Keras 2."""
    return any(str(cls.__module__).startswith(_KERAS_2) for cls in type(value).__mro__)


def is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def number(name, value, requirement, accept):
    if not is_number(value) or not _is_finite(value) or not accept(value):
        raise refuse(name, requirement, value)
    return float(value)


def _is_finite(value):
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond all floats
        return False


def rate(name, value):
    """A learning rate. Integers become floats, so that no arithmetic is done in integers."""
    return number(name, value, "one finite number, 0 or more", lambda x: x >= 0)


def optional_rate(name, value):
    if value is None:
        return None
    return number(name, value, "None, or one finite number, 0 or more", lambda x: x >= 0)


def positive(name, value):
    return number(name, value, "one finite number greater than 0", lambda x: x > 0)


def finite(name, value):
    return number(name, value, "one finite number", lambda x: True)


def fraction(name, value):
    return number(name, value, "one number from 0 to 1", lambda x: 0 <= x <= 1)


def to_whole(number):
    """A float within 4 ulp of a whole number is that number: 0.29 * 100 is 28.999999999999996."""
    whole = float(round(number))
    return whole if abs(number - whole) <= 4 * math.ulp(whole) else number


def _to_whole(value):
    """`to_whole` of what may be no number."""
    return to_whole(value) if isinstance(value, float) and math.isfinite(value) else value


def positive_steps(name, value):
    """A number of steps: an int, or a float where the number is fractional."""
    steps = to_whole(
        number(name, value, "a number of steps from 1e-6 to 2^53", lambda x: 1e-6 <= x <= MAX_STEP)
    )
    return int(steps) if steps.is_integer() else steps


def growth(name, value):
    """The factor by which one cycle is longer than the cycle before it."""
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
    return _whole(name, value, "a whole number of steps greater than 0, up to 2^53", least=1)


def stretch_factor(name, value):
    """A factor of steps: an int, or a float where it is fractional."""
    factor = number(name, value, "one number from 1e-6 to 2^53", lambda x: 1e-6 <= x <= MAX_STEP)
    return int(factor) if factor.is_integer() else factor


def seed(name, value):
    return _whole(name, value, "a whole number, 0 or more, up to 2^53", least=0)


def _is_no_limit(value):
    return value is None or (is_number(value) and value == math.inf)


def upper_rate(name, value):
    """A learning rate, or infinity (in configurations None) for no limit."""
    requirement = "one number, 0 or more, or infinite"
    return math.inf if _is_no_limit(value) else number(name, value, requirement, lambda x: x >= 0)


def times(name, value):
    """How often: a whole number, 1 or more, or infinity (in configurations None) for no end."""
    requirement = "a whole number greater than 0, up to 2^53, or infinite"
    return math.inf if _is_no_limit(value) else _whole(name, value, requirement, least=1)


def _sequence(name, value, requirement):
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)) or not value:
        raise refuse(name, requirement, value)
    return value


def _as_floats(value):
    """A sequence of Python's or NumPy's plain numbers as a float64 array; None if it is another."""
    if isinstance(value, np.ndarray):
        return value.astype(np.float64) if value.ndim == 1 and value.dtype.kind in "iuf" else None
    if isinstance(value, (list, tuple)) and set(map(type, value)) <= {int, float}:
        try:
            return np.array(value, np.float64)
        except OverflowError:  # an int beyond all floats
            return None
    return None


def rates(name, value):
    """One or more learning rates, as a tuple."""
    floats = _as_floats(value)
    # Millions at once. If one of them is wrong, or none is there, they are looked at one by one.
    if floats is not None and len(floats) and (np.isfinite(floats) & (floats >= 0)).all():
        return tuple(floats.tolist())
    requirement = "one or more finite numbers, each 0 or more"
    return tuple(
        number(f"{name}[{i}]", x, "one finite number, 0 or more", lambda x: x >= 0)
        for i, x in enumerate(_sequence(name, value, requirement))
    )


def boundaries(name, value):
    """One or more strictly increasing whole steps, as a tuple."""
    floats = _as_floats(value)
    if floats is not None and len(floats) and _are_increasing_steps(floats):
        return tuple(floats.astype(np.int64).tolist())
    requirement = "one or more whole steps, strictly increasing"
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
    """The check of a string that must be one of `choices`."""

    def check(name, value):
        if not isinstance(value, str) or value not in choices:
            raise refuse(name, "one of " + ", ".join(repr(c) for c in choices), value)
        return value

    return check


def takes_schedules(check):
    """Decorator of a check of what may hold schedules: `check(name, value, half)`."""
    check.takes_schedules = True
    return check


@takes_schedules
def schedule_or_rate(name, value, half):
    """A schedule, or a number that stands for a constant rate.

    A schedule of a class that is not this package's is taken as it is now: what happens to the
    object later changes nothing.
    """
    if half.is_schedule(value):
        try:
            return half.adopt(value)
        except ValueError as error:
            raise ValueError(f"`{name}` cannot be used. {error}") from error
    return number(name, value, "a schedule, or one finite number, 0 or more", lambda x: x >= 0)


@takes_schedules
def schedules(name, value, half):
    """One or more schedules or rates, as a tuple."""
    if not isinstance(value, (list, tuple)) or not value:
        raise refuse(name, "a list of schedules or rates", value)
    return tuple(schedule_or_rate(f"{name}[{i}]", x, half) for i, x in enumerate(value))


def flag(name, value):
    if not isinstance(value, (bool, np.bool_)):
        raise refuse(name, "True or False", value)
    return bool(value)


def label(name, value):
    if value is not None and not isinstance(value, str):
        raise refuse(name, "a string", value)
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
    """The whole step at or before one step, as an int: `steps_before` of one number."""
    step = steps_before(value)
    if step.ndim > 0:
        raise ValueError(f"`step` must be one number. Received: step={value!r}")
    return int(step)


def steps_before(value):
    """The whole steps at or before a step or steps (a number, a list, a NumPy array), as int64.

    Raises:
        ValueError: they are not numbers, or not finite, or beyond 2^53.
    """
    array = np.asarray(value)
    if array.dtype.name == "bfloat16":  # which NumPy knows from JAX and TensorFlow alone
        array = array.astype(np.float32)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"`step` must be numbers. Received: step={value!r}")
    wrong = ~((array <= MAX_STEP) & (array >= -MAX_STEP))  # NaN is neither
    if wrong.any():
        raise ValueError(
            "`step` must be finite numbers up to 2^53. "
            f"Received: step={array[wrong].flat[0].item()!r}"
        )
    if array.dtype.kind == "f":
        array = np.floor(_to_whole_each(np.asarray(array, np.float64)))
    return array.astype(np.int64, copy=False)


def _to_whole_each(array):
    """`to_whole` of each number."""
    whole = np.rint(array)
    return np.where(np.abs(array - whole) <= 4 * np.spacing(np.abs(whole)), whole, array)


def whole_part(steps):
    """`steps`, an array of numbers that need no check, as int64: fractions lose what is behind the
    point, but within 4 ulp of a whole number they are that number."""
    whole = steps.astype(np.int64, copy=False)
    if steps.dtype.kind == "f":
        # Most arrays hold no such number, and a look takes less time than `_to_whole_each`.
        further = (steps * (1 + 2**-49)).astype(np.int64)
        if not np.array_equal(whole, further):
            return _to_whole_each(np.asarray(steps, np.float64)).astype(np.int64)
    return whole
