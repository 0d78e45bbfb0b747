"""Every class of the first half, as optimizers take it."""

import dataclasses

import lrschedules_math  # noqa: F401 (which fills CLASSES)
from lrschedules.classes.half import KERAS, register
from lrschedules.classes.schedule import Schedule
from lrschedules_math.core.registry import CLASSES, PACKAGE


def _for_keras(cls):
    """The class of the second half that has the name of `cls`: a subclass of it, and of the second
    half's class of whatever `cls` itself is a kind of."""
    kinds = [KERAS.classes[base.__name__] for base in cls.__mro__[1:] if base in CLASSES.values()]
    members = {"__module__": PACKAGE, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    if hasattr(cls, "base_lr_class"):
        members["base_lr_class"] = KERAS.classes[cls.base_lr_class.__name__]
    made = type(cls.__name__, (cls, *(kinds[:1] or [Schedule])), members)
    # The fields are those of `cls`; frozen is each class for itself.
    return dataclasses.dataclass(frozen=True, init=False, repr=False, eq=False)(made)


# A class comes after those of which it is a kind.
for _cls in sorted(CLASSES.values(), key=lambda cls: len(cls.__mro__)):
    KERAS.classes[_cls.__name__] = register(_for_keras(_cls))

globals().update(KERAS.classes)
