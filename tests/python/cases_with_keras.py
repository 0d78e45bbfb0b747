"""Cases that hold a schedule of a foreign class."""

import functools

import keras
from keras import ops

import lrschedules
from cases import Case, compose
from cases.arithmetic import FAST, SLOW, B, b, case, fast, less, slow
from lrschedules import KerasSchedule


@keras.saving.register_keras_serializable(package="test")
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of a class that the package doesn't know."""

    def __init__(self, rates=(0.5, 0.25)):
        self.rates = rates

    def __call__(self, step):
        return ops.where(ops.cast(step, "int32") < 7, self.rates[0], self.rates[1])

    def get_config(self):
        return {"rates": self.rates}


OBJECT_OF_KERAS = keras.optimizers.schedules.PiecewiseConstantDecay([9, 20], [0.5, 0.25, 0.125])
KERAS = KerasSchedule.of(OBJECT_OF_KERAS)  # the same as a value, which can be compared


def of_keras(step):
    return 0.5 if step <= 9 else 0.25 if step <= 20 else 0.125


warmup, join, cooldown, accumulate, offset, nested = (
    functools.partial(getattr(compose, name), home=lrschedules)
    for name in ("warmup", "join", "cooldown", "accumulate", "offset", "nested")
)

CASES = [
    Case(KerasSchedule.of(Halving()), lambda step: 0.5 if step < 7 else 0.25, (7,)),
    case(SLOW * KERAS, lambda s: slow(s) * of_keras(s)),
    case(KERAS * SLOW, lambda s: slow(s) * of_keras(s)),
    case(SLOW / KERAS, lambda s: slow(s) / of_keras(s)),
    case(KERAS / B, lambda s: of_keras(s) / b(s)),
    case(SLOW + FAST + KERAS, lambda s: slow(s) + fast(s) + of_keras(s)),
    case(KERAS + SLOW, lambda s: slow(s) + of_keras(s)),
    case(SLOW - KERAS, lambda s: less(slow(s), of_keras(s))),
    case(KERAS - SLOW, lambda s: less(of_keras(s), slow(s))),
    warmup(KERAS, of_keras, 15),
    warmup(KERAS, of_keras, 15, shift=False),
    offset(KERAS, of_keras, 30),
    join(
        [KERAS, KERAS, compose.DECAY],
        [of_keras, of_keras, compose.decay],
        (2**24, 2**24 + 15),
    ),
    cooldown(KERAS, of_keras, 15, 10, to=1.0),
    nested(KERAS, of_keras),
]

# The same cases with the Keras object, which becomes a value.
WITH_OBJECTS = [
    warmup(OBJECT_OF_KERAS, of_keras, 15),
    join(
        [0.1, OBJECT_OF_KERAS, OBJECT_OF_KERAS],
        [lambda step: 0.1, of_keras, of_keras],
        (2**24, 2**24 + 15),
    ),
    cooldown(OBJECT_OF_KERAS, of_keras, 15, 10, to=1.0),
    accumulate(OBJECT_OF_KERAS, of_keras, 3),
    nested(OBJECT_OF_KERAS, of_keras),
]
