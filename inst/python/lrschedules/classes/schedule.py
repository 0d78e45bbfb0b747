"""The base class of the schedules for optimizers."""

import keras
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

import lrschedules_math.core.schedule as numbers
from lrschedules.backend import current, require_versions
from lrschedules.classes import asked, namespaces
from lrschedules.classes.half import KERAS, register
from lrschedules.classes.look_ahead import MOST, LookAhead
from lrschedules_math.core import checks
from lrschedules_math.core.registry import PACKAGE


@numbers.as_dataclass
def schedule_class(cls=None, *, package=None):
    """Decorates your schedule class: makes it a frozen dataclass that Keras saves and loads by
    name.

    Args:
        package: the package under which Keras registers the class. The default is the name of the
            top-level package that defines it, or Keras's "Custom" for a script or a notebook.

    Raises:
        TypeError: lrschedules has a schedule of the same name, or a field has the name of a
            method.

    Example:

    >>> from lrschedules import Schedule, checks
    >>> @schedule_class
    ... class Halved(Schedule):
    ...     learning_rate: checks.Rate
    ...     every: checks.PositiveWholeSteps
    ...
    ...     def formula(self, step, xp):
    ...         return self.learning_rate * xp.power(0.5, xp.float(step // self.every))
    >>> Halved(0.1, every=10).rates([0, 9, 10, 20])
    array([0.1  , 0.1  , 0.05 , 0.025])
    """
    if cls is None:
        return lambda cls: schedule_class(cls, package=package)
    name = cls.__name__
    if name in KERAS.classes:
        raise TypeError(
            f"`{name}` is a schedule of lrschedules: give your class a different name, so that "
            "saved models load the right class."
        )
    if package is None:
        package = cls.__module__.partition(".")[0]
        package = "Custom" if package in ("__main__", "builtins") else package
    cls = register(numbers.frozen_class(cls), package)
    # Load models saved by version 0.1.0, which names every class by this package.
    keras.saving.get_custom_objects()[f"{PACKAGE}>{name}"] = cls
    return cls


class Schedule(numbers.Schedule, LearningRateSchedule):
    __doc__ = numbers.Schedule.__doc__

    half = KERAS

    def __call__(self, step, learning_rate=None):
        """The rate at `step`.

        Args:
            step: a number, a variable or a tensor of any shape. Fractional steps are rounded
                down.
            learning_rate: don't pass it. It is here to detect Keras's `LearningRateScheduler`,
                which calls a function of the epoch.

        Returns:
            A tensor of the backend in `keras.config.floatx()`, in the shape of `step`.

        Raises:
            ImportError: Keras or JAX is too old to train with a schedule.
            ValueError: `learning_rate` is given, or a step that the host can read is not a number
                from -2^53 to 2^53.
        """
        if learning_rate is not None:
            raise ValueError(
                "A schedule counts training steps: pass it to the optimizer as `learning_rate`, "
                "not to the callback `LearningRateScheduler`, which counts epochs. In R, "
                "`epochs()` converts epochs to steps."
            )
        require_versions()
        counter, step = step, _without_variable(step)
        known = _known_steps(step)
        if known is not None:
            return self._at_known(known, step)
        if counter is not step and current.tracing():
            asked.note(counter, self)
        return self.on_device(step)

    def _at_known(self, known, step):
        """The rate at steps that the host knows; `step` is the argument of the call."""
        dtype = keras.config.floatx()
        is_one = type(known) is int
        if is_one and ops.is_tensor(step):  # an optimizer asks with its counter
            return current.scalar_beside(step, self._rate_in_turn(known), dtype)
        if self._asks_others and current.tracing():
            # A foreign class needs a tensor of the function that is being compiled.
            with current.wide():
                return self.on_device(ops.convert_to_tensor(known, "int64"))
        rate = self.rate(known) if is_one else self.rates(known)
        return ops.convert_to_tensor(rate, dtype=dtype)

    def _rate_in_turn(self, step):
        ahead = self.__dict__.get("_look_ahead")
        if ahead is None:
            # A foreign schedule may be slow or keep state, so it is never asked ahead of time.
            ahead = LookAhead(1 if self._asks_others else MOST)
            self._set("_look_ahead", ahead)
        return ahead.rate(self, step)

    @property
    def _asked_for(self):
        """The last step that an eagerly training optimizer asked for; -1 for none."""
        ahead = self.__dict__.get("_look_ahead")
        return -1 if ahead is None else ahead.asked_for

    @current.as_written
    def on_device(self, step):
        """The rate at `step`, computed by the backend, for traced steps and accelerators."""
        with current.wide():
            # Move it to Keras's device, where constants are: PyTorch's tensors may be elsewhere.
            step = ops.convert_to_tensor(step)
            xp = namespaces.device_of(step)
            if not keras.backend.is_int_dtype(step.dtype):
                # Clip first: int64 can't hold all floats.
                step = ops.clip(ops.floor(xp.float(step)), -checks.MAX_STEP, checks.MAX_STEP)
            with current.deep_stack(self._depth):
                rate = self._rate(xp.int(step), xp)
            # Give a constant the shape and the device of the steps.
            if not ops.is_tensor(rate) or (current.is_scalar(rate) and not current.is_scalar(step)):
                rate = rate + 0.0 * xp.float(step)
            return ops.cast(rate, keras.config.floatx())


KERAS.base = Schedule


def _without_variable(step):
    # The step counter of Keras before 3.7 is not a `keras.Variable`.
    is_variable = isinstance(step, keras.Variable) or isinstance(
        getattr(type(step), "value", None), property
    )
    return step.value if is_variable else step


def _known_steps(step):
    """`step` as an int or an int64 array, if the host can read it without waiting for a device;
    None for a tensor that is traced or lives on an accelerator."""
    if ops.is_tensor(step):
        step = current.on_host(step)
        if step is None:
            return None
    if type(step) is int:
        return step
    steps = checks.steps_before(step)
    return int(steps) if steps.ndim == 0 else steps
