"""The classes of the first half, extended for optimizers."""

import dataclasses

import lrschedules_math  # noqa: F401 (it fills CLASSES)
from lrschedules.classes.half import KERAS, register
from lrschedules.classes.schedule import Schedule
from lrschedules_math.core.registry import CLASSES, PACKAGE


def _for_keras(cls):
    """Makes the class of the second half with the name of `cls`: a subclass of `cls`, and of the
    second half's version of the base of `cls`."""
    kinds = [KERAS.classes[base.__name__] for base in cls.__mro__[1:] if base in CLASSES.values()]
    members = {"__module__": PACKAGE, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    if hasattr(cls, "base_lr_class"):
        members["base_lr_class"] = KERAS.classes[cls.base_lr_class.__name__]
    made = type(cls.__name__, (cls, *(kinds[:1] or [Schedule])), members)
    # The class inherits the fields of `cls`, but each class must be made frozen again.
    return dataclasses.dataclass(frozen=True, init=False, repr=False, eq=False)(made)


# Make base classes first.
for _cls in sorted(CLASSES.values(), key=lambda cls: len(cls.__mro__)):
    KERAS.classes[_cls.__name__] = register(_for_keras(_cls))

globals().update(KERAS.classes)
