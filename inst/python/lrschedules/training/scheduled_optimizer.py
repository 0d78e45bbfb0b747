"""Optimizers in which more than the learning rate follows a schedule.

Keras reads `momentum`, `beta_1`, `weight_decay` and similar numbers once, when it compiles the
training step, and ignores later assignments. Here they are properties that return a schedule's
value at the optimizer's current step, like its `learning_rate`.
"""

import contextlib
import functools
import threading

import keras

from lrschedules.classes.catalogue import Constant
from lrschedules.classes.half import KERAS
from lrschedules.classes.schedule import Schedule
from lrschedules.internals import feature
from lrschedules.internals.optimizers import (
    SEVERAL,
    asking_for_momentum,
    copy_exclusions,
    rate_of,
    step_counter,
)
from lrschedules_math.core import checks
from lrschedules_math.core.registry import PACKAGE
from lrschedules_math.insight.telling_steps import reaching

# Numbers that are read when an optimizer is made or built, or only while a step is compiled.
_NOT_AT_EACH_STEP = {
    "clipnorm",
    "clipvalue",
    "ema_overwrite_frequency",
    "global_clipnorm",
    "gradient_accumulation_steps",
    "initial_accumulator_value",
    "learning_rate",
    "loss_scale_factor",
    "ns_steps",
    "warmup_steps",
}

# Decay factors of running averages: at 1 nothing new would ever count.
_KEPT = ("momentum", "beta_1", "beta_2", "rho")


@feature("`optimizer_with_schedules()`")
def optimizer_with_schedules(optimizer, **schedules):
    """Makes the same optimizer with numbers, such as its momentum, that follow schedules.

    ```python
    rate = OneCycle(0.1, total_steps=1000)
    optimizer = optimizer_with_schedules(
        keras.optimizers.SGD(rate, nesterov=True), momentum=MomentumOneCycle(rate)
    )
    ```

    At each training step the number is the schedule's value at the optimizer's step count, like
    the learning rate. The optimizer counts batches, also with `gradient_accumulation_steps`; use
    `Accumulate` to count updates. Everything else stays the same: in Adam and similar optimizers
    the bias correction is `1 - beta_1 ** (step + 1)`, with the value of that step, as in PyTorch
    with `OneCycleLR` and in optax; in Nadam it is a product over the steps. `weight_decay` works
    even if the optimizer had none, and is multiplied by the learning rate, as in Keras.

    The optimizer is saved with its schedules in a `.keras` file, and loads wherever `lrschedules`
    is imported.

    Args:
        optimizer: a Keras optimizer, or one of a class that is registered with Keras, that has not
            trained yet. In a `LossScaleOptimizer`, the inner optimizer gets the schedules, as
            `inner_optimizer.schedules`.
        **schedules: schedules, or numbers for constants, each named after the optimizer setting it
            controls (`scheduled_numbers` lists the names). A `momentum`, `beta_1`, `beta_2`,
            `rho` or `ema_momentum` must stay below 1 at all steps that the optimizer can count.

    Returns:
        A new optimizer, of a subclass of the class of `optimizer`. Its attribute `schedules` is a
        dictionary of the schedules.

    Raises:
        ValueError: the optimizer has trained, it has no such setting, or a value can't be
            scheduled; the message says which.

    Example:

    >>> from lrschedules import OneCycle, MomentumOneCycle
    >>> rate = OneCycle(0.1, total_steps=100)
    >>> sgd = optimizer_with_schedules(keras.optimizers.SGD(rate), momentum=MomentumOneCycle(rate))
    >>> sgd.schedules["momentum"].rate(30)
    0.85
    """
    numbers = scheduled_numbers(optimizer)
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        config = optimizer.get_config()
        del config["inner_optimizer"]
        inner = optimizer_with_schedules(optimizer.inner_optimizer, **schedules)
        return type(optimizer)(inner, **config)
    if optimizer.built:
        raise ValueError(
            "`optimizer` must be new: give it schedules before it trains. "
            f"Received: optimizer={optimizer!r}"
        )
    if not schedules:
        raise ValueError(
            "Pass at least one schedule, named after the optimizer setting that it controls."
        )
    for name, given in schedules.items():
        if name == "learning_rate":
            raise ValueError(
                "`learning_rate` is the optimizer's own argument: pass its schedule there. "
                f"Received: learning_rate={given!r}"
            )
        if name not in numbers:
            raise ValueError(
                f"`{name}` must be the name of a setting of this optimizer that can follow a "
                f"schedule: {', '.join(map(repr, numbers))}. Received: {name}={given!r}"
            )
    given = {name: _check_schedule(name, schedule) for name, schedule in schedules.items()}
    if hasattr(optimizer, "_inside"):  # the factors of layers stay around the schedules
        return optimizer._around(optimizer_with_schedules(optimizer._inside(), **given))
    return _with(optimizer, {**getattr(optimizer, "_schedules", {}), **given})


def scheduled_numbers(optimizer):
    """The names of the settings of `optimizer` that `optimizer_with_schedules` can schedule.

    Returns:
        A sorted list of strings.

    Raises:
        ValueError: `optimizer` is not a Keras optimizer, or is a `MultiOptimizer`.

    Example:

    >>> scheduled_numbers(keras.optimizers.SGD())
    ['momentum', 'weight_decay']
    """
    check_optimizer(optimizer)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    not_read = _NOT_AT_EACH_STEP | (set() if optimizer.use_ema else {"ema_momentum"})
    return sorted(
        name
        for name, value in _config_of(optimizer).items()
        if name not in not_read and (name == "weight_decay" or _is_like_a_rate(value))
    )


def _is_like_a_rate(value):
    # A schedule is never negative.
    return checks.is_number(value) and value >= 0


def check_optimizer(optimizer):
    if not isinstance(optimizer, keras.optimizers.Optimizer) or isinstance(optimizer, SEVERAL):
        raise checks.refuse("optimizer", "a single Keras optimizer", optimizer)


def _check_schedule(name, given):
    schedule = checks.schedule_or_rate(name, given, KERAS)
    if not isinstance(schedule, Schedule):
        schedule = Constant(schedule)
    if name.endswith(_KEPT):
        reached = reaching(schedule, 1)
        if reached is not None:
            step, value = reached
            raise ValueError(
                f"`{name}` must be less than 1 at each step: it is {value:.4g} at step {step:,}. "
                f"`Clamp(schedule, max=0.99)` limits a schedule. Received: {name}={given!r}"
            )
    return schedule


def _config_of(optimizer):
    """The configuration of an optimizer without its schedules."""
    return getattr(optimizer, "_base_config", optimizer.get_config)()


def _with(optimizer, schedules):
    implementation = getattr(optimizer, "_implementation", type(optimizer))
    cls = _class_of(implementation, frozenset(schedules))
    return made_again(cls, optimizer, schedules=schedules)


def made_again(cls, optimizer, **more):
    """A new optimizer of the class `cls` that has the numbers of `optimizer`, and `more`."""
    config = _config_of(optimizer)
    rate = rate_of(optimizer)
    if callable(rate):  # keep the schedule or function itself
        config["learning_rate"] = rate
    new = getattr(cls, "_from_base_config", cls.from_config)({**config, **more})
    copy_exclusions(optimizer, new)
    return new


def saved_inside(base, config):
    """The configuration of an optimizer as Keras saves it, without making the optimizer."""
    of_keras = base is getattr(keras.optimizers, base.__name__, None)
    return {
        "module": "keras.optimizers" if of_keras else base.__module__,
        "class_name": base.__name__,
        "config": config,
        "registered_name": None if of_keras else keras.saving.get_registered_name(base),
    }


def public(cls):
    """The documented class: on PyTorch, Keras makes optimizers of other classes."""
    if cls.__module__.partition(".")[0] == "keras":
        return getattr(keras.optimizers, cls.__name__, cls)
    return cls


# Per-thread overrides of the scheduled numbers: TensorFlow runs replicas in several threads.
_thread = threading.local()


class PickledByKeras:
    """A mixin for optimizers of a class that pickle can't find by its name."""

    def __reduce__(self):
        make, arguments = super().__reduce__()
        return getattr(keras.optimizers.Optimizer, make.__name__), arguments


@keras.saving.register_keras_serializable(package=PACKAGE)
class ScheduledOptimizer(PickledByKeras):
    """The base of the classes that `optimizer_with_schedules` makes, mixed into a subclass of the
    optimizer's own class.

    All of them are registered under the name of this class, so an optimizer of any class loads in a
    process that has not made its class yet.
    """

    def __init__(self, *args, schedules, **kwargs):
        # Bypass Keras's `__setattr__`: it needs Keras's `__init__` first, which sets the numbers.
        self.__dict__.update(_schedules=schedules, _numbers={})
        with self._giving(self._numbers):
            super().__init__(*args, **kwargs)

    @property
    def schedules(self):
        return dict(self._schedules)

    @property
    def _given(self):
        return getattr(_thread, "given", {}).get(id(self))

    @contextlib.contextmanager
    def _giving(self, values):
        """A context in which the properties return `values`, by name."""
        before = getattr(_thread, "given", {})
        _thread.given = {**before, id(self): values}
        try:
            yield
        finally:
            _thread.given = before

    def _number(self, name):
        given = self._given
        if given is not None and name in given:
            return given[name]
        if given is self._numbers:  # `__init__` has not set it yet
            raise AttributeError(name)
        # Pass the value, not the variable: only the learning rate's schedule notes who asks.
        return self._schedules[name](step_counter(self).value)

    def _set_number(self, name, value):
        if self._given is not self._numbers:
            raise AttributeError(
                f"`{name}` follows a schedule and can't be set. Make a new optimizer with "
                f"`optimizer_with_schedules(optimizer, {name}=...)`."
            )
        self._numbers[name] = value

    def build(self, variables):
        # Build with a momentum above 0, so that its variables are made.
        with self._giving(dict.fromkeys(self._schedules, 0.5)):
            super().build(variables)

    def apply(self, grads, trainable_variables=None):
        # Compute the numbers once per step: Keras reads, and would compile, them at each variable.
        with self._giving({name: self._number(name) for name in self._schedules}):
            return super().apply(grads, trainable_variables)

    def _base_config(self):
        with self._giving(self._numbers):
            return super().get_config()

    def get_config(self):
        return {
            "optimizer": saved_inside(public(self._implementation), self._base_config()),
            "schedules": {
                name: keras.optimizers.schedules.serialize(schedule)
                for name, schedule in self._schedules.items()
            },
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return optimizer_with_schedules(
            keras.saving.deserialize_keras_object(config["optimizer"], custom_objects),
            **{
                name: keras.optimizers.schedules.deserialize(schedule, custom_objects)
                for name, schedule in config["schedules"].items()
            },
        )

    @classmethod
    def _from_base_config(cls, config):
        return super().from_config(config)


@functools.cache
def _class_of(implementation, names):
    """The subclass of an optimizer's class in which the numbers `names` are properties."""
    bases = [ScheduledOptimizer, implementation]
    mixin = asking_for_momentum(implementation) if "momentum" in names else None
    if mixin is not None:
        bases.insert(0, mixin)
    members = {name: _property(name) for name in names}
    members |= {"_implementation": implementation, "__module__": PACKAGE}
    cls = type(f"Scheduled{public(implementation).__name__}", tuple(bases), members)
    register = keras.saving.register_keras_serializable(PACKAGE, ScheduledOptimizer.__name__)
    register(cls)
    register(ScheduledOptimizer)
    return cls


def _property(name):
    return property(
        lambda self: self._number(name), lambda self, value: self._set_number(name, value)
    )
