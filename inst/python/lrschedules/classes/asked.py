"""Notes on which schedule a training step was compiled with, no matter who put it into the
optimizer or when the step was compiled.

Keras compiles `schedule(iterations)` with the optimizer's step counter, so a schedule can note
which optimizer asks. The notes are kept outside schedules, and are deleted with the optimizer.
"""

import inspect
import weakref

import keras

from lrschedules.internals.optimizers import rate_of, step_counter

_notes = {}
"""The notes for each counter, by the counter's id."""


class _Clock:
    """Counts changes: notes, and calls of functions that change the rate. Comparing the count is
    a cheap way to see whether anything is new."""

    ticks = 0

    def tick(self):
        self.ticks += 1


clock = _Clock()


class _Notes:
    """The schedules compiled for one counter: by train function, and outside a model."""

    def __init__(self):
        self.by_function = weakref.WeakKeyDictionary()
        self.outside = []


def compiled_with(counter, function):
    """The schedules that a train function was compiled with for one counter, the latest last. The
    list grows, because the function compiles again for batches of a new shape.

    Args:
        function: the train function of a model; None for training steps compiled outside a model.
    """
    notes = _notes.get(id(counter))
    if notes is None:
        notes = _notes[id(counter)] = _Notes()
        weakref.finalize(counter, _notes.pop, id(counter), None)
    if function is None:
        return notes.outside
    return notes.by_function.setdefault(function, [])


def is_compiled(counter):
    """Whether any training step that still exists was compiled for `counter`."""
    notes = _notes.get(id(counter))
    return notes is not None and bool(notes.outside or any(notes.by_function.values()))


def note(counter, schedule):
    """Notes that a training step is being compiled with `schedule`, if an optimizer with this
    counter asks for its rate."""
    optimizer, model = _who_asks(counter)
    # Skip a call that a foreign schedule makes: it may call one of ours.
    if optimizer is None or rate_of(optimizer) is not schedule:
        return
    schedules = compiled_with(counter, getattr(model, "train_function", None))
    if not schedules or schedules[-1] is not schedule:
        schedules.append(schedule)
    clock.tick()


def _who_asks(counter):
    """Finds the optimizer among the callers, and the model whose training step calls it."""
    frame, optimizer = inspect.currentframe().f_back.f_back, None
    while frame is not None:
        caller = frame.f_locals.get("self")
        if optimizer is None:
            if isinstance(caller, keras.optimizers.Optimizer) and step_counter(caller) is counter:
                optimizer = caller
        elif isinstance(caller, keras.Model):
            return optimizer, caller
        frame = frame.f_back
    return optimizer, None


def models_among_callers():
    """The models among the callers, innermost first: those whose methods are running, and those
    that a running function holds as `model`."""
    frame = inspect.currentframe().f_back
    while frame is not None:
        for name in ("self", "model"):
            found = frame.f_locals.get(name)
            if isinstance(found, keras.Model):
                yield found
        frame = frame.f_back
