"""Which schedule trains: TensorFlow and JAX bake in the schedule that the optimizer held when the
training step was compiled; assigning another one later has no effect.

A schedule of this package notes what is compiled with it (`classes.asked`). What else gives a rate,
a variable or a schedule of another class, is remembered as it was when a train function was first
looked at.
"""

import warnings
import weakref

from lrschedules.backend import current
from lrschedules.classes import asked
from lrschedules.classes.schedule import Schedule
from lrschedules.internals.models import new_train_function
from lrschedules.internals.optimizers import rate_of, step_counter

_seen = weakref.WeakKeyDictionary()
"""By train function and optimizer: what gave the rate when they were first looked at."""

_numbers = weakref.WeakKeyDictionary()
"""By optimizer: the counts at which a rate that is a number was set, and the numbers."""

_jumps = weakref.WeakKeyDictionary()
"""By optimizer: the counts before and after each `set_optimizer_step`."""


def what_trains(model, optimizer):
    """What gives `optimizer` its rate in the next training step of `model`: the schedule, variable
    or function that the step is, or will be, compiled with."""
    held = rate_of(optimizer)
    function = getattr(model, "train_function", None)
    if function is None:
        return held
    compiled = asked.compiled_with(step_counter(optimizer), function)
    seen = _seen.setdefault(function, weakref.WeakKeyDictionary())
    before = compiled[-1] if compiled else seen.get(optimizer, held)
    if not current.bakes_in(model, before, held):
        seen[optimizer] = held
        return held
    if not isinstance(held, Schedule) or compiled:
        seen.setdefault(optimizer, before)
    return before


def forget(model, optimizer):
    """Remembers that the rate is not known which the training step was compiled with."""
    _seen[model.train_function][optimizer] = None


def warn_of_another(trains, held, warn=warnings.warn):
    """Says that what trains is not what the optimizer holds."""
    if trains is not held:
        warn(
            "The optimizer holds another learning-rate schedule than the training step was "
            "compiled with: Keras goes on with the old one, except for batches of a new shape. "
            "Use `set_optimizer_schedule(model, schedule)`."
        )


def jumps(optimizer):
    """The counts before and after each `set_optimizer_step`: a list that grows."""
    return _jumps.setdefault(optimizer, [])


def note_jump(optimizer, before, after):
    jumps(optimizer).append((before, after))
    asked.clock.tick()


def numbers(optimizer):
    """The counts at which this package set a rate that is a number, and the numbers: a list that
    grows."""
    return _numbers.setdefault(optimizer, [])


def note_number(optimizer, count, number):
    numbers(optimizer).append((count, number))
    asked.clock.tick()


def compile_again(model):
    """Makes the next training step of `model` be compiled anew, where it was compiled."""
    asked.clock.tick()
    if model.train_function is not None:
        new_train_function(model)
