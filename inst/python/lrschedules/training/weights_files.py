"""The state of optimizers in weights files.

Keras numbers an optimizer's variables in the file. If the optimizer that reads the file has one
more or one fewer, Keras skips all of them, including the step count and the momentum. A learning
rate that is a number is such a variable; a schedule and the factor of its rates are not.
"""

import json
import weakref

import keras
import numpy as np
from keras import ops

from lrschedules.classes.catalogue import Scale
from lrschedules.classes.half import KERAS
from lrschedules.exchange.warned import warn
from lrschedules.internals.optimizers import rate_of
from lrschedules.training.what_trains import compile_again

_NAME = "learning_rate_factor"
"""The optimizer attribute that holds the saved state, and its name in files."""


def keep_in_weights_files(model, optimizer, name=None, state=None):
    """Makes weights files that are written or read from now on keep the factor of the schedule in
    `optimizer`. They also keep the optimizer's other variables if the rate is a number in the file
    but a schedule in the optimizer, or the reverse.

    Args:
        name: a name for more numbers to keep; None for no more numbers.
        state: an object whose `state` is a list of numbers, and can be set.
    """
    kept = vars(optimizer).get(_NAME)
    if kept is None:
        here = weakref.ref(optimizer)
        # Bypass Keras's `__setattr__`: TensorFlow's checkpoints would expect to find the attribute.
        kept = vars(optimizer)[_NAME] = _Kept(here)
        vars(optimizer)["load_own_variables"] = lambda store: _load_variables(here(), store)
    kept.models = weakref.WeakSet([model])
    if name is not None:
        kept.states[name] = state


# Keras saves a layer in an attribute of the optimizer, next to the optimizer's variables, and
# ignores it in the file if the optimizer that reads the file does not have the attribute.
class _Kept(keras.layers.Layer):
    def __init__(self, optimizer):
        super().__init__()
        self.optimizer = optimizer
        self.models = weakref.WeakSet()
        self.states = weakref.WeakValueDictionary()

    def save_own_variables(self, store):
        rate = rate_of(self.optimizer())
        saved = {"states": {name: owner.state for name, owner in self.states.items()}}
        if _is_schedule(rate):
            schedule, saved["factor"] = _without_factor(rate)
            saved["schedule"] = _described(schedule)
        store["json"] = np.frombuffer(json.dumps(saved).encode(), np.uint8)

    def load_own_variables(self, store):
        keys = store.keys()  # a store does not support `in` in the oldest versions
        if "json" not in keys:
            return
        saved = json.loads(bytes(np.asarray(store["json"])))
        for name, owner in self.states.items():
            if name in saved["states"]:
                owner.state = saved["states"][name]
        optimizer = self.optimizer()
        rate = rate_of(optimizer)
        if "factor" not in saved or not _is_schedule(rate):
            return
        schedule, factor = _without_factor(rate)
        if saved["schedule"] == _described(schedule):
            self._put_factor(optimizer, schedule, factor, saved["factor"])
        elif saved["factor"] != 1:
            factor = f"{saved['factor']:g}"
            warn(
                f"In the weights file, the rates of a different schedule are multiplied by "
                f"{factor}. The optimizer's schedule is unchanged; call "
                f"`scale_learning_rate(model, {factor})` to scale it as well.",
                stacklevel=2,
            )

    def _put_factor(self, optimizer, schedule, factor, saved):
        if saved == factor:
            return
        optimizer.learning_rate = schedule if saved == 1 else Scale(schedule, saved)
        for model in self.models:
            if isinstance(model, keras.Model):
                compile_again(model)


def _is_schedule(rate):
    return isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)


def _without_factor(rate):
    schedule = KERAS.adopt(rate)
    return (schedule.schedule, schedule.factor) if isinstance(schedule, Scale) else (schedule, 1.0)


def _described(schedule):
    return json.dumps(keras.saving.serialize_keras_object(schedule), sort_keys=True, default=repr)


def _load_variables(optimizer, store):
    """Loads the variables as Keras does, after adding a learning rate to the saved ones, or taking
    it out of them, if the optimizer needs that."""
    values = [store[str(i)] for i in range(len(store.keys()))]
    rate, here = rate_of(optimizer), optimizer.variables
    if optimizer.built and isinstance(rate, keras.Variable) and len(values) == len(here) - 1:
        values.insert(_position(rate, here), ops.convert_to_numpy(rate))
    elif optimizer.built and _is_schedule(rate) and len(values) == len(here) + 1:
        # Keras creates the learning rate right after the step counter.
        values.pop(1)
    if [np.shape(value) for value in values] == [tuple(variable.shape) for variable in here]:
        store = {str(i): value for i, value in enumerate(values)}
    type(optimizer).load_own_variables(optimizer, store)


def _position(variable, variables):
    return next(i for i, other in enumerate(variables) if other is variable)
