"""Functions that read and change the schedule and the step count of a model's optimizer.

`model` may also be an optimizer. If a model has several optimizers, choose one with `optimizer`:
the optimizer itself, the name of the model's attribute that holds it ("d_optimizer"), or the
pattern of a `MultiOptimizer` ("head/.*", "default").
"""

import keras
import numpy as np
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from lrschedules.classes import asked
from lrschedules.classes.catalogue import Constant, Scale
from lrschedules.classes.half import KERAS
from lrschedules.exchange.warned import warn
from lrschedules.internals import feature
from lrschedules.internals.models import has_own_train_step, synchronize
from lrschedules.internals.optimizers import (
    SEVERAL,
    by_pattern,
    rate_of,
    step_counter,
    unknown_variables,
)
from lrschedules.training import what_trains
from lrschedules.training.weights_files import keep_in_weights_files
from lrschedules_math.core import checks


@feature("`optimizer_step()`")
def optimizer_step(model, optimizer=None):
    """The step count of the optimizer of `model`: the step whose rate the next training step uses.

    Args:
        model: a compiled model, or an optimizer.
        optimizer: an optimizer of the model, or its name: the attribute of the model that holds it,
            or its pattern in a `MultiOptimizer`. None for `model.optimizer`.

    Returns:
        An int.

    Raises:
        ValueError: `model` is not compiled, it has no optimizer of this name, or several optimizers
            train with different counts; the message names them.

    Example:

    >>> optimizer_step(keras.optimizers.SGD(0.1))
    0
    """
    counts = {
        name: count_of(model, trained)
        for name, trained in training_optimizers(model, optimizer).items()
    }
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{count:,} ({name!r})" for name, count in counts.items())
        raise ValueError(
            f"`optimizer` must name one optimizer, because their step counts differ: {said}."
        )
    return next(iter(counts.values()))


@feature("`set_optimizer_step()`")
def set_optimizer_step(model, step, optimizer=None):
    """Sets the step count of the optimizer of `model`, or of all optimizers of a `MultiOptimizer`.

    Args:
        model: a compiled model, or an optimizer that is built.
        step: a whole number, 0 or more.
        optimizer: as in `optimizer_step`.

    Returns:
        None.

    Raises:
        ValueError: `step` is not such a number, or is more than Keras can count; or `model` is an
            optimizer that is not built.

    Example:

    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.1))
    >>> set_optimizer_step(model, 100)
    >>> optimizer_step(model)
    100
    """
    step = checks.steps("step", step)
    chosen = training_optimizers(model, optimizer)
    outer = _outer_optimizer(model) if optimizer is None else None
    # Build only the model's own optimizer: the variables of others are not known.
    if outer is not None and not outer.built:
        if isinstance(model, keras.optimizers.Optimizer):
            raise ValueError(
                "`model` must be the model itself, because its optimizer is not built yet."
            )
        outer.build(model.trainable_variables)
    counters = [step_counter(trained) for trained in chosen.values()]
    if isinstance(outer, SEVERAL):
        counters.append(step_counter(outer))
    largest = min(np.iinfo(counter.dtype).max for counter in counters)
    if step > largest:
        raise ValueError(
            f"`step` must be {largest:,} or less: on {keras.backend.backend()!r} Keras counts "
            f"steps in 32 bits. Received: step={step!r}"
        )
    synchronize(model)
    for trained in chosen.values():
        what_trains.set_here(trained).set_count(count_of(model, trained), step)
    for counter in counters:
        counter.assign(step)


@feature("`optimizer_schedule()`")
def optimizer_schedule(model, optimizer=None):
    """The schedule in the optimizer of `model`, as a schedule of this package.

    Args:
        model: a compiled model, or an optimizer.
        optimizer: as in `optimizer_step`.

    Returns:
        A schedule: a `Constant` for a constant rate, the class of the same name for one of Keras's
        six classes if it accepts the configuration, and a `KerasSchedule` for any other foreign
        schedule. For a `MultiOptimizer`, a dictionary of schedules by pattern.

    Raises:
        ValueError: the learning rate is a function, or a schedule of a class that is not registered
            with Keras.

    Example:

    >>> optimizer_schedule(keras.optimizers.SGD(0.1))
    Constant(learning_rate=0.1, name='Constant')
    """
    return _one_or_all(model, optimizer, _schedule)


def _schedule(optimizer):
    rate = rate_of(optimizer)
    if isinstance(rate, LearningRateSchedule):
        return KERAS.adopt(rate)
    if callable(rate):
        raise ValueError(
            "The optimizer's learning rate is a function, which can't be converted to a schedule. "
            "Replace it with a schedule: `set_optimizer_schedule(model, schedule)`."
        )
    return Constant(_number(rate))


def _number(variable):
    """The value of a variable as the shortest decimal that gives it: 0.1 in 32 bits is 0.1."""
    return float(str(ops.convert_to_numpy(variable)[()]))


@feature("`set_optimizer_schedule()`")
def set_optimizer_schedule(model, schedule, optimizer=None):
    """Makes `model` use a new schedule from its next training step on.

    Assigning `optimizer.learning_rate` has no effect after TensorFlow or JAX have compiled the
    training step: they keep using the old schedule. This function compiles the step again, once.
    The weights, the optimizer's state and its step count are kept, and a callback may call this
    function during `fit()`.

    Args:
        model: a compiled model, or its optimizer if no training step was compiled.
        schedule: a schedule, or a number for a constant rate. If the optimizer's rate is a number
            already, it is set and nothing is compiled; otherwise the number becomes a `Constant`.
        optimizer: as in `optimizer_step`.

    Returns:
        None.

    Raises:
        ValueError: `schedule` is neither a schedule nor a rate, its class is not registered with
            Keras, or layers of `model` were unfrozen after its optimizer was built.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> sgd = keras.optimizers.SGD(0.1)
    >>> set_optimizer_schedule(sgd, ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5))
    >>> optimizer_schedule(sgd).rate(10)
    0.05
    """
    schedule = checks.schedule_or_rate("schedule", schedule, KERAS)
    chosen = training_optimizers(model, optimizer)
    _put(model, [(trained, schedule) for trained in chosen.values()])


@feature("`scale_learning_rate()`")
def scale_learning_rate(model, factor, optimizer=None):
    """Multiplies the rates of the optimizer of `model` by a factor from its next training step on.

    It sets the schedule `schedule * factor`, so the factor is saved with the model. Repeated
    factors are merged into one. If the rate is a number, it is set and nothing is compiled. All
    optimizers of a `MultiOptimizer` are scaled.

    Args:
        model: a compiled model, or its optimizer if no training step was compiled.
        factor: one finite number, 0 or more.
        optimizer: as in `optimizer_step`.

    Returns:
        None.

    Raises:
        ValueError: `factor` is not such a number, the learning rate is a function or a schedule of
            a class that is not registered with Keras, or layers of `model` were unfrozen after its
            optimizer was built.

    Example:

    >>> sgd = keras.optimizers.SGD(0.1)
    >>> scale_learning_rate(sgd, 0.5)
    >>> optimizer_learning_rate(sgd)
    0.05
    """
    factor = checks.rate("factor", factor)
    chosen = training_optimizers(model, optimizer)
    _synchronize(model)
    _put(model, [(trained, _scaled(trained, factor)) for trained in chosen.values()])


def _scaled(optimizer, factor):
    rate = rate_of(optimizer)
    if isinstance(rate, keras.Variable):
        return _number(rate) * factor
    return Scale(_schedule(optimizer), factor)


def _put(model, chosen):
    """Puts schedules or numbers into optimizers; `chosen` are pairs of an optimizer and either."""
    _synchronize(model)
    if any(isinstance(schedule, LearningRateSchedule) for _, schedule in chosen):
        _check_variables_are_known(model)
    compiles = False
    for optimizer, schedule in chosen:
        keep_in_weights_files(model, optimizer)
        rate = rate_of(optimizer)
        if not isinstance(schedule, LearningRateSchedule):
            if isinstance(rate, keras.Variable):
                # Keep the number of variables, so that weights saved before still load.
                rate.assign(schedule)
                what_trains.set_here(optimizer).set_number(count_of(model, optimizer), schedule)
                continue
            schedule = Constant(schedule)
        compiles = True
        if optimizer is model and asked.is_compiled(step_counter(optimizer)):
            warn(
                "A training step was compiled with the old schedule of this optimizer, and keeps "
                "using it. Pass the model to `set_optimizer_schedule()`, or compile your own "
                "training step again.",
                stacklevel=4,
            )
        optimizer.learning_rate = schedule
    if compiles and isinstance(model, keras.Model):
        what_trains.compile_again(model)


def _check_variables_are_known(model):
    """Refuses a model with a layer that was unfrozen after its optimizer was built: compiled again,
    the training step would meet variables that the optimizer does not know."""
    optimizer = _outer_optimizer(model)
    if not isinstance(model, keras.Model) or optimizer is None or isinstance(optimizer, SEVERAL):
        return
    # A custom training step may not train these variables.
    if not optimizer.built or has_own_train_step(model):
        return
    unknown = unknown_variables(optimizer, model.trainable_variables)
    if unknown:
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise ValueError(
            f"`model` has variables that its optimizer can't train ({unknown[0].path}{more}): they "
            "were unfrozen after the optimizer was built. Compile the model again, with a new "
            "optimizer that has the new schedule, and set its count: "
            f"`set_optimizer_step(model, {count_of(model, optimizer)})`."
        )


@feature("`optimizer_learning_rate()`")
def optimizer_learning_rate(model, optimizer=None):
    """The rate of the next training step of `model`.

    Args:
        model: a compiled model, or an optimizer.
        optimizer: as in `optimizer_step`.

    Returns:
        A float. For a `MultiOptimizer`, a dictionary of floats by pattern.

    Raises:
        ValueError: the learning rate is a function, or a schedule of a class that is not registered
            with Keras.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> optimizer_learning_rate(keras.optimizers.SGD(decay))
    0.1
    """
    _synchronize(model)
    return _one_or_all(
        model,
        optimizer,
        lambda trained: _schedule(trained).rate(count_of(model, trained)),
    )


@feature("`optimizer_schedule()`")
def held_rate(model, optimizer=None):
    """The learning rate that the optimizer of `model` holds: a schedule of any class, a function or
    a variable. For a `MultiOptimizer`, a dictionary of them by pattern."""
    return _one_or_all(model, optimizer, rate_of)


def _one_or_all(model, optimizer, of):
    _synchronize(model)
    found = {name: of(trained) for name, trained in training_optimizers(model, optimizer).items()}
    return next(iter(found.values())) if list(found) == [""] else found


def count_of(model, optimizer):
    """The step count of `optimizer`, also when `fit()` holds it outside the variables."""
    _synchronize(model)
    return int(ops.convert_to_numpy(step_counter(optimizer).value))


def _synchronize(model):
    if isinstance(model, keras.Model):
        synchronize(model)


def _outer_optimizer(model):
    """The optimizer of `model`, unwrapped from a `LossScaleOptimizer`."""
    is_optimizer = isinstance(model, keras.optimizers.Optimizer)
    optimizer = model if is_optimizer else getattr(model, "optimizer", None)
    return getattr(optimizer, "inner_optimizer", optimizer)


def training_optimizer(model, optimizer=None):
    """The only optimizer that trains `model`, unwrapped.

    Raises:
        ValueError: there are several, or none; the message lists them.
    """
    chosen = training_optimizers(model, optimizer)
    if len(chosen) > 1:
        raise ValueError(f"`optimizer` must name one of the optimizers: {_listed(chosen)}.")
    return next(iter(chosen.values()))


def training_optimizers(model, optimizer=None):
    """The optimizers that train `model`, unwrapped, by name: "" for a single optimizer, or the
    patterns of a `MultiOptimizer`.

    Args:
        optimizer: an optimizer, or its name; None for `model.optimizer` and all its parts.

    Raises:
        ValueError: no optimizer has the name; or `model.optimizer` does not train, but others do.
    """
    if optimizer is None:
        return _by_default(model)
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return _parts("", optimizer)
    if not isinstance(optimizer, str):
        raise checks.refuse("optimizer", "an optimizer or the name of one", optimizer)
    outer, others = _outer_optimizer(model), optimizers_of(model)
    if optimizer in others:
        return _parts("", others[optimizer])
    patterns = _parts("", outer) if isinstance(outer, SEVERAL) else {}
    if optimizer in patterns:
        return {"": patterns[optimizer]}
    known = _listed([*patterns, *others]) or "none"
    raise ValueError(
        f"`optimizer` must be the name of one of the model's optimizers: {known}. "
        f"Received: optimizer={optimizer!r}"
    )


def _by_default(model):
    outer = _outer_optimizer(model)
    others = {name: other for name, other in optimizers_of(model).items() if name != "optimizer"}
    # `fit()` may build an optimizer that a custom training step never calls.
    if others and (outer is None or has_own_train_step(model)):
        trains = outer is not None and outer.built and count_of(model, outer) > 0
        if not trains:
            raise ValueError(
                f"`optimizer` must name an optimizer: this model has {_listed(others)}, and "
                "`model.optimizer` has not trained."
            )
    if outer is None:
        raise ValueError("`model` must be compiled: it has no optimizer.")
    return _parts("", outer)


def _parts(name, optimizer):
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    return by_pattern(optimizer) if isinstance(optimizer, SEVERAL) else {name: optimizer}


def optimizers_of(model):
    """The optimizers in the attributes of a model, also inside lists and dictionaries, by name."""
    found = {}

    def look(name, value):
        if isinstance(value, keras.optimizers.Optimizer):
            found[name] = value
        elif isinstance(value, dict):
            for key, item in value.items():
                look(f"{name}[{key!r}]", item)
        elif isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                look(f"{name}[{i}]", item)

    if isinstance(model, keras.Model):
        for name, value in vars(model).items():
            if not name.startswith("_"):
                look(name, value)
    return found


def _listed(names):
    return ", ".join(repr(name) for name in names)
