"""Which schedule a training step was compiled with, whoever put it into the optimizer and whenever
the step was compiled.

Keras compiles `schedule(iterations)` with the optimizer's own count of steps, so a schedule notes
there who asks. The notes are kept outside of schedules, and go with the optimizer.
"""

import inspect
import weakref

import keras

from lrschedules.internals.optimizers import rate_of, step_counter

_notes = {}
"""The notes of each counter, by its id."""


class _Clock:
    """Counts the notes, made here and by the functions that change the rate. Whoever compares it
    sees at no cost whether to look again."""

    ticks = 0

    def tick(self):
        self.ticks += 1


clock = _Clock()


class _Notes:
    """The schedules compiled for one counter, by train function and outside of a model."""

    def __init__(self):
        self.by_function = weakref.WeakKeyDictionary()
        self.outside = []


def compiled_with(counter, function):
    """The schedules that a train function was compiled with for one counter, the latest last: a
    list that grows. It compiles again for batches of a new shape.

    Args:
        function: the train function of a model; None for what was compiled outside of one.
    """
    notes = _notes.get(id(counter))
    if notes is None:
        notes = _notes[id(counter)] = _Notes()
        weakref.finalize(counter, _notes.pop, id(counter), None)
    if function is None:
        return notes.outside
    return notes.by_function.setdefault(function, [])


def is_compiled(counter):
    """Whether any training step that is still there was compiled for `counter`."""
    notes = _notes.get(id(counter))
    return notes is not None and bool(notes.outside or any(notes.by_function.values()))


def note(counter, schedule):
    """Notes that a training step is being compiled with `schedule`, if an optimizer that counts in
    `counter` asks for its own rate."""
    optimizer, model = _who_asks(counter)
    # Others' schedules may ask one of ours.
    if optimizer is None or rate_of(optimizer) is not schedule:
        return
    schedules = compiled_with(counter, getattr(model, "train_function", None))
    if not schedules or schedules[-1] is not schedule:
        schedules.append(schedule)
    clock.tick()


def _who_asks(counter):
    """The optimizer, and the model whose training step calls it, among the callers."""
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
    """The models whose methods have called, or that a calling function has as its `model`, the
    innermost first."""
    frame = inspect.currentframe().f_back
    while frame is not None:
        for name in ("self", "model"):
            found = frame.f_locals.get(name)
            if isinstance(found, keras.Model):
                yield found
        frame = frame.f_back
