"""Every class of the first half, as optimizers take it."""

import dataclasses

import lrschedules_math  # all of its classes
from lrschedules.classes.half import KERAS, register
from lrschedules.classes.schedule import Schedule
from lrschedules_math.core.registry import CLASSES, PACKAGE


def _for_keras(cls):
    """The class of the second half that has the name of `cls`: a subclass of it, and of the second
    half's class of whatever `cls` itself is a kind of."""
    kinds = [KERAS.classes[base.__name__] for base in cls.__mro__[1:] if base in CLASSES.values()]
    members = {"__module__": PACKAGE, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    made = type(cls.__name__, (cls, *(kinds[:1] or [Schedule])), members)
    # The fields are those of `cls`; frozen is each class for itself.
    return dataclasses.dataclass(frozen=True, init=False, repr=False, eq=False)(made)


def _in_order_of_kinds(classes):
    return sorted(classes, key=lambda cls: len(cls.__mro__))


for _cls in _in_order_of_kinds(lrschedules_math.core.registry.CLASSES.values()):
    KERAS.classes[_cls.__name__] = register(_for_keras(_cls))
for _cls in KERAS.classes.values():
    base = getattr(_cls, "base_lr_class", None)
    if base is not None:
        _cls.base_lr_class = KERAS.classes[base.__name__]

globals().update(KERAS.classes)
