"""Private names of Keras and its backends, which they may change without notice.

Every such name is listed once, as a `PrivateName` in this package, and looked up when a feature
needs it. So importing never fails because a name is missing; the feature that needs the name
reports it.

`optimizers`      the rate, the step counter, and classes that ask for their momentum
`models`          layers, loss, metrics and the state that `fit()` keeps in a model
`random_numbers`  Keras's own random numbers
`tensorflow`      TensorFlow's random numbers, and Keras's training on TensorFlow
`jax`             Keras's training on JAX
"""

import contextlib
import dataclasses
import importlib

NAMES = []
"""The `PrivateName`s of all loaded modules."""


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
            "which this version does not have."
        )


@contextlib.contextmanager
def feature(name):
    """Reports a name that is missing in this context as missing for the feature `name`. The
    outermost context wins: it names the function that the user called."""
    try:
        yield
    except MissingName as missing:
        missing.feature = name
        raise


@dataclasses.dataclass(frozen=True)
class PrivateName:
    """A private name.

    Attributes:
        owner: Keras's name of the class that has the attribute, or the path of a module.
        name: the name of the attribute.
        feature: the function that needs the name, as the user calls it.
        backend: the only Keras backend on which the name exists; None for all.
        optional: why the name may be missing in some versions; "" if it must exist.
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
            MissingName: `thing` does not have the attribute.
        """
        try:
            return getattr(thing, self.name)
        except AttributeError:
            raise MissingName(self.feature, str(self)) from None

    def in_module(self):
        """Imports the module `owner`, and returns its attribute."""
        try:
            module = importlib.import_module(self.owner)
        except ImportError:
            raise MissingName(self.feature, str(self)) from None
        return self.of(module)

    def is_in(self, thing):
        return hasattr(thing, self.name)

    def put(self, thing, value):
        """Sets an existing attribute, bypassing Keras's `__setattr__`, which would track it."""
        self.of(thing)
        vars(thing)[self.name] = value
