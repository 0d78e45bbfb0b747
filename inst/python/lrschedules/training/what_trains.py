"""Which schedule trains: TensorFlow and JAX bake in the schedule that the optimizer held when the
training step was compiled; assigning another one later has no effect.

This package's schedules note which training steps are compiled with them (`classes.asked`). For
variables and foreign schedules, this module remembers what gave the rate when it first saw a train
function.
"""

import weakref

from lrschedules.backend import current
from lrschedules.classes import asked
from lrschedules.classes.schedule import Schedule
from lrschedules.exchange.warned import warn
from lrschedules.internals.models import new_train_function
from lrschedules.internals.optimizers import rate_of, step_counter

_seen = weakref.WeakKeyDictionary()
"""By train function and optimizer: what gave the rate when they were first seen."""

_set_here = weakref.WeakKeyDictionary()
"""By optimizer: the step counts and rates that this package's functions have set."""


class _SetHere:
    """The step counts and rates that this package's functions have set in an optimizer.

    Attributes:
        counts: for each `set_optimizer_step`, the counts before and after it.
        numbers: for each number set as the rate, the count at that time and the number.
    """

    def __init__(self):
        self.counts, self.numbers = [], []

    def set_count(self, before, after):
        self.counts.append((before, after))
        asked.clock.tick()

    def set_number(self, count, number):
        self.numbers.append((count, number))
        asked.clock.tick()


def set_here(optimizer):
    return _set_here.setdefault(optimizer, _SetHere())


def what_trains(model, optimizer):
    """The schedule, variable or function that gives `optimizer` its rate in the next training step
    of `model`: the one that the step is, or will be, compiled with."""
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
    """Remembers that nobody knows which rate the training step was compiled with."""
    _seen[model.train_function][optimizer] = None


def warn_of_another(trains, held):
    """Warns if the schedule that trains is not the one that the optimizer holds."""
    if trains is not held:
        warn(
            "The optimizer holds a different learning-rate schedule than the training step was "
            "compiled with: Keras keeps using the old one, except for batches of a new shape. "
            "Use `set_optimizer_schedule(model, schedule)`."
        )


def compile_again(model):
    """Makes Keras compile the training step of `model` again, if it was compiled."""
    asked.clock.tick()
    if model.train_function is not None:
        new_train_function(model)
