"""The one door to names that Keras and its backends do not promise to keep.

Every such name stands once, in a `PrivateName` of this room's modules, and is looked up when a
feature needs it. Importing the package therefore never fails because a name is gone; the feature
that needs the name says so.

`optimizers`      the rate, the count of steps, and classes that ask for their momentum
`models`          layers, loss, metrics and what `fit()` keeps in a model
`random_numbers`  Keras's own random numbers
`tensorflow`      TensorFlow's random numbers, and Keras's training on TensorFlow
`jax`             Keras's training on JAX
"""

import contextlib
import dataclasses
import importlib

NAMES = []
"""Every `PrivateName` of the modules that are loaded."""


class MissingName(RuntimeError):
    """A feature needs a name that the installed Keras or TensorFlow does not have."""

    def __init__(self, feature, name):
        super().__init__(feature, name)
        self.feature, self.name = feature, name

    def __str__(self):
        package = "tensorflow" if self.name.startswith("tensorflow.") else "keras"
        title = {"tensorflow": "TensorFlow", "keras": "Keras"}[package]
        version = importlib.import_module(package).__version__
        return (
            f"{self.feature} does not work with {title} {version}: it needs `{self.name}`, "
            "which is not there."
        )


@contextlib.contextmanager
def feature(name):
    """A context in which a missing name is reported as that of the feature `name`. The outermost
    one counts: it is what the user called."""
    try:
        yield
    except MissingName as missing:
        missing.feature = name
        raise


@dataclasses.dataclass(frozen=True)
class PrivateName:
    """A name that its owner does not promise to keep.

    Attributes:
        owner: the class that the object is of, as Keras names it, or the path of a module.
        name: the name of the attribute.
        feature: what the user calls when the name is needed.
        backend: the only backend of Keras on which the name exists; None for all.
        optional: why a version of Keras may do without the name; "" where none may.
    """

    owner: str
    name: str
    feature: str
    backend: str | None = None
    optional: str = ""

    def __post_init__(self):
        NAMES.append(self)

    def __str__(self):
        return f"{self.owner}.{self.name}"

    def of(self, thing):
        """The attribute of `thing`.

        Raises:
            MissingName: `thing` does not have it.
        """
        try:
            return getattr(thing, self.name)
        except AttributeError:
            raise MissingName(self.feature, str(self)) from None

    def in_module(self):
        """The attribute of the module `owner`, which is imported here."""
        try:
            module = importlib.import_module(self.owner)
        except ImportError:
            raise MissingName(self.feature, str(self)) from None
        return self.of(module)

    def is_in(self, thing):
        return hasattr(thing, self.name)

    def put(self, thing, value):
        """Sets an attribute that is there, past Keras's own `__setattr__`, which tracks it."""
        self.of(thing)
        vars(thing)[self.name] = value
