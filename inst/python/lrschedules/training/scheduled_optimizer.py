"""Optimizers in which more than the learning rate follows a schedule.

Keras reads `momentum`, `beta_1`, `weight_decay` and their like once, where it compiles the training
step: what is assigned later is ignored. Here they are properties that give a schedule's value at
the optimizer's own step, as its `learning_rate` does.
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

# Read when an optimizer is made or built, or by Python while a step is compiled.
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

# The part that is kept of what was: with all of it, nothing new would count.
_KEPT = ("momentum", "beta_1", "beta_2", "rho")


@feature("`optimizer_with_schedules()`")
def optimizer_with_schedules(optimizer, **schedules):
    """The same optimizer, with numbers beside its learning rate that follow schedules.

    ```python
    rate = OneCycle(0.1, total_steps=1000)
    optimizer = optimizer_with_schedules(
        keras.optimizers.SGD(rate, nesterov=True), momentum=MomentumOneCycle(rate)
    )
    ```

    At each training step the number is the schedule's value at the optimizer's count of steps, as
    the learning rate is: that of batches, also with `gradient_accumulation_steps` (`Accumulate`
    counts updates). All else is as in the optimizer given: in Adam and its like the bias
    correction is `1 - beta_1 ** (step + 1)`, with the value of that step, as in PyTorch with
    `OneCycleLR` and in optax; in Nadam it is a product over the steps. `weight_decay` counts where
    the optimizer had none, too, and is multiplied with the learning rate, as in Keras.

    The optimizer is saved with its schedules in a `.keras` file, and loads wherever `lrschedules`
    was imported.

    Args:
        optimizer: an optimizer of Keras, or of a class that is registered with Keras, that has not
            trained yet. In a `LossScaleOptimizer` it is the one inside that gets the schedules.
        **schedules: by the names of the optimizer's numbers (`scheduled_numbers` gives them), a
            schedule, or a number that is a constant one. A `momentum`, `beta_1`, `beta_2` or `rho`
            must stay below 1, at all steps that the optimizer can count.

    Returns:
        A new optimizer, of a subclass of the class of the one given. Its attribute `schedules` is a
        dictionary of the schedules.

    Raises:
        ValueError: the optimizer has trained or has no such number; a number that is no schedule's;
            the message says which.

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
            "`optimizer` must be new: schedules are given before it trains. "
            f"Received: optimizer={optimizer!r}"
        )
    if not schedules:
        raise ValueError("`schedules` must be one or more, by the names of numbers.")
    for name, given in schedules.items():
        if name == "learning_rate":
            raise ValueError(
                "`learning_rate` is the optimizer's own argument: its schedule is given there. "
                f"Received: learning_rate={given!r}"
            )
        if name not in numbers:
            raise ValueError(
                f"`{name}` must be the name of a number that the optimizer uses at each step: "
                f"{', '.join(map(repr, numbers))}. Received: {name}={given!r}"
            )
    given = {name: _check_schedule(name, schedule) for name, schedule in schedules.items()}
    if hasattr(optimizer, "_inside"):  # the factors of layers stay around the schedules
        return optimizer._around(optimizer_with_schedules(optimizer._inside(), **given))
    return _with(optimizer, {**getattr(optimizer, "_schedules", {}), **given})


def scheduled_numbers(optimizer):
    """The names of the numbers of `optimizer` that `optimizer_with_schedules` can take.

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
    # No schedule gives what is negative.
    return checks.is_number(value) and value >= 0


def check_optimizer(optimizer):
    if not isinstance(optimizer, keras.optimizers.Optimizer) or isinstance(optimizer, SEVERAL):
        raise checks.refuse("optimizer", "one optimizer of Keras", optimizer)


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
    if callable(rate):  # a schedule or a function, itself
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
    """The class that Keras documents: on PyTorch it makes optimizers of others."""
    if cls.__module__.partition(".")[0] == "keras":
        return getattr(keras.optimizers, cls.__name__, cls)
    return cls


# What an optimizer's numbers are at the moment instead of their schedules. Of each thread:
# TensorFlow trains the replicas of a model in several.
_thread = threading.local()


@keras.saving.register_keras_serializable(package=PACKAGE)
class ScheduledOptimizer:
    """What the classes of `optimizer_with_schedules` share: each has an optimizer's class beside.

    All of them are registered by the name of this one, so that an optimizer of any class loads in
    a process that has not made its class yet.
    """

    def __init__(self, *args, schedules, **kwargs):
        # Keras's `__setattr__` wants its `__init__` first, and that sets the numbers.
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
        """In this context the properties give `values`, by their names."""
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
        if given is self._numbers:  # which are being set
            raise AttributeError(name)
        # Not the variable itself: it is the learning rate's schedule that notes who asks.
        return self._schedules[name](step_counter(self).value)

    def _set_number(self, name, value):
        if self._given is not self._numbers:
            raise AttributeError(
                f"`{name}` follows a schedule and cannot be set: "
                f"`optimizer_with_schedules(optimizer, {name}=...)` makes another optimizer."
            )
        self._numbers[name] = value

    def build(self, variables):
        # Where there is momentum at some step, it needs its variables.
        with self._giving(dict.fromkeys(self._schedules, 0.5)):
            super().build(variables)

    def apply(self, grads, trainable_variables=None):
        # Once a step: Keras asks for them at each variable, and compiles what that takes.
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

    def __reduce__(self):
        # Keras's, by a class that pickle finds by its name.
        make, arguments = super().__reduce__()
        return getattr(keras.optimizers.Optimizer, make.__name__), arguments

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
