"""What the optimizer of a model holds."""

from keras import ops

from lrschedules.core import checks


def optimizer_step(model):
    """The step that a schedule in the optimizer of `model` is given next."""
    return int(ops.convert_to_numpy(compiled_optimizer(model)._iterations.value))


def set_optimizer_step(model, step):
    """Makes the optimizer of `model` count on from `step`: a whole number, 0 or more."""
    step = checks.steps("step", step)
    optimizer = compiled_optimizer(model)
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    optimizer._iterations.assign(step)


def compiled_optimizer(model):
    """The optimizer that trains `model`, without what wraps it."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        raise ValueError("`model` must be compiled: it has no optimizer.")
    # Loss scaling, in mixed precision, wraps the optimizer that trains.
    return getattr(optimizer, "inner_optimizer", optimizer)
