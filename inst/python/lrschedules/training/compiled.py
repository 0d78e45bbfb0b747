"""Which schedule trains: TensorFlow and JAX compile the one that stood in the optimizer when the
training step was compiled, and go on with it whatever is assigned later."""

import types
import warnings
import weakref

import keras

from lrschedules.backend import current

_seen = weakref.WeakKeyDictionary()


class _Compiled:
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
    rate = optimizer._learning_rate
    compiled = _seen.get(optimizer)
    if (
        compiled is None
        or compiled.function() is not model.train_function
        or not current.bakes_in(model, compiled.rate, rate)
    ):
        compiled = _Compiled(weakref.ref(model.train_function), rate)
        _seen[optimizer] = compiled
    elif compiled.rate is not rate:
        warnings.warn(
            "The optimizer holds another learning-rate schedule than the training step was "
            "compiled with: Keras goes on with the old one. Use "
            "`set_optimizer_schedule(model, schedule)`.",
            stacklevel=3,
        )
    return compiled


def changed(model, optimizer, step, schedule):
    """Remembers that from `step` on another schedule trains."""
    compiled = _seen.get(optimizer)
    if compiled is not None:
        compiled.function = weakref.ref(model.train_function)
        compiled.rate = schedule
        compiled.changes.append((step, schedule))


def compile_again(model):
    """Makes the next training step of `model` be compiled anew, where it was compiled."""
    if model.train_function is not None:
        new_train_function(model)


def new_train_function(model):
    """Gives `model` a train function that shares nothing with those compiled before."""
    own = model.__dict__.get("train_step")
    step = own or type(model).train_step

    # A new function each time: JAX takes equal ones for the same, and bound methods are equal.
    def train_step(self, *args, **kwargs):
        return step(*args, **kwargs) if own else step(self, *args, **kwargs)

    model.__dict__["train_step"] = types.MethodType(train_step, model)
    try:
        model.make_train_function(force=True)
    finally:
        del model.__dict__["train_step"]
        if own:
            model.__dict__["train_step"] = own


def synchronize(model):
    """Puts what `fit()` holds outside of the variables of `model`, on JAX, back into them."""
    if isinstance(model, keras.Model) and hasattr(model, "jax_state_sync"):
        model.jax_state_sync()
