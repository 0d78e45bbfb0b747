"""What the optimizer of a model holds.

Where a function takes a model, it takes its optimizer too.
"""

import keras
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from lrschedules.classes.catalogue import Constant, Scale
from lrschedules.classes.half import KERAS
from lrschedules.internals import feature
from lrschedules.internals.models import synchronize
from lrschedules.internals.optimizers import rate_of, step_counter
from lrschedules.training import what_trains
from lrschedules_math.core import checks


@feature("`optimizer_step()`")
def optimizer_step(model):
    """The step that a schedule in the optimizer of `model` is given next."""
    return int(ops.convert_to_numpy(step_counter(training_optimizer(model)).value))


@feature("`set_optimizer_step()`")
def set_optimizer_step(model, step):
    """Makes the optimizer of `model` count on from `step`: a whole number, 0 or more."""
    step = checks.steps("step", step)
    optimizer = training_optimizer(model)
    if not optimizer.built:
        if optimizer is model:
            raise ValueError("`model` must be a model: the optimizer alone is not built yet.")
        optimizer.build(model.trainable_variables)
    step_counter(optimizer).assign(step)


@feature("`optimizer_schedule()`")
def optimizer_schedule(model):
    """The schedule in the optimizer of `model`, as one of this package: a constant rate as
    `Constant`, one of Keras's six as the class of the same name, another class as plain data."""
    rate = held_rate(model)
    if isinstance(rate, LearningRateSchedule):
        return KERAS.adopt(rate)
    if callable(rate):
        raise ValueError(
            "The optimizer's learning rate is a function, which no schedule stands for. "
            "`set_optimizer_schedule(model, schedule)` puts a schedule in its place."
        )
    return Constant(float(ops.convert_to_numpy(rate)))


@feature("`set_optimizer_schedule()`")
def set_optimizer_schedule(model, schedule):
    """Makes the next training step of `model`, and those after it, use another schedule.

    Assigning `optimizer.learning_rate` does not where TensorFlow or JAX have compiled the training
    step: they go on with the old one. This compiles it again, once. Weights, the state of the
    optimizer and its count of steps stay, and a callback may call it during `fit()`.

    Args:
        model: a compiled model, or its optimizer where nothing was compiled.
        schedule: a schedule, or a number: a constant rate, as `Constant`.
    """
    schedule = checks.schedule_or_rate("schedule", schedule, KERAS)
    if not isinstance(schedule, LearningRateSchedule):
        schedule = Constant(schedule)
    optimizer = training_optimizer(model)
    if optimizer is model:
        optimizer.learning_rate = schedule
        return
    synchronize(model)
    optimizer.learning_rate = schedule
    what_trains.compile_again(model)
    what_trains.changed(model, optimizer, optimizer_step(model), schedule)


@feature("`scale_learning_rate()`")
def scale_learning_rate(model, factor):
    """Multiplies the rates of the schedule in the optimizer of `model` from its next training step
    on, as `set_optimizer_schedule` does with `schedule * factor`: so the factor is saved with the
    model. Scaled twice, it is one factor.

    Args:
        model: a compiled model, or its optimizer where nothing was compiled.
        factor: one finite number, 0 or more.
    """
    factor = checks.rate("factor", factor)
    set_optimizer_schedule(model, Scale(optimizer_schedule(model), factor))


@feature("`optimizer_learning_rate()`")
def optimizer_learning_rate(model):
    """The rate of the next step of the optimizer of `model`."""
    return optimizer_schedule(model).rate(optimizer_step(model))


@feature("`optimizer_schedule()`")
def held_rate(model):
    """What gives the optimizer of `model` its rate, as the optimizer holds it: a schedule of any
    class, a function or a variable."""
    return rate_of(training_optimizer(model))


def training_optimizer(model):
    """The optimizer that trains `model`, without what wraps it."""
    is_optimizer = isinstance(model, keras.optimizers.Optimizer)
    optimizer = model if is_optimizer else getattr(model, "optimizer", None)
    if optimizer is None:
        raise ValueError("`model` must be compiled: it has no optimizer.")
    # Loss scaling, in mixed precision, wraps the optimizer that trains.
    return getattr(optimizer, "inner_optimizer", optimizer)
