"""Which schedule trains: TensorFlow and JAX bake in the schedule that the optimizer held when the
training step was compiled; assigning another one later has no effect."""

import warnings
import weakref

from lrschedules.backend import current
from lrschedules.internals.models import new_train_function
from lrschedules.internals.optimizers import rate_of

_seen = weakref.WeakKeyDictionary()


class _Trains:
    """What trains in an optimizer: the train function, and the schedule, variable or function
    that gives its rate; and at which steps `set_optimizer_schedule` put another one there."""

    def __init__(self, function, rate):
        self.function = function
        self.rate = rate
        self.changes = []


def remember(model, optimizer):
    """Remembers the schedule that `fit()` is about to compile, or has compiled before.

    Returns:
        What trains, with `rate` and `changes`; with a warning where another schedule was assigned
        since by hand, which does not train.
    """
    rate = rate_of(optimizer)
    trains = _seen.get(optimizer)
    if (
        trains is None
        or trains.function() is not model.train_function
        or not current.bakes_in(model, trains.rate, rate)
    ):
        trains = _Trains(weakref.ref(model.train_function), rate)
        _seen[optimizer] = trains
    elif trains.rate is not rate:
        warnings.warn(
            "The optimizer holds another learning-rate schedule than the training step was "
            "compiled with: Keras goes on with the old one. Use "
            "`set_optimizer_schedule(model, schedule)`.",
            stacklevel=3,
        )
    return trains


def changed(model, optimizer, step, schedule):
    """Remembers that from `step` on another schedule trains."""
    trains = _seen.get(optimizer)
    if trains is not None:
        trains.function = weakref.ref(model.train_function)
        trains.rate = schedule
        trains.changes.append((step, schedule))


def compile_again(model):
    """Makes the next training step of `model` be compiled anew, where it was compiled."""
    if model.train_function is not None:
        new_train_function(model)
