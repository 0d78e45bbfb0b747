"""The package's own schedule classes by name, and its operators.

What is exported, what a document or R may name, and what the tests go through is made from it.
"""

CLASSES = {}
"""Each schedule class of this package by its name."""

OPERATORS = {}
"""What `*`, `/`, `+` and `-` of schedules call."""

_ADOPT = []

_PACKAGE = __name__.partition(".")[0]


def is_own(cls):
    """Whether a class is defined in this package, not by a user."""
    return cls.__module__.partition(".")[0] == _PACKAGE


def add(cls):
    """Adds a schedule class of this package. Saved files name it as the package shows it,
    whichever module it is in."""
    CLASSES[cls.__name__] = cls
    cls.__module__ = _PACKAGE
    return cls


def adopts(function):
    """Decorator of the function that `adopt` calls."""
    _ADOPT[:] = [function]
    return function


def adopt(schedule):
    """A Keras schedule as one of this package: ours as it is, one of Keras's six as the class
    of the same name, any other as plain data.

    Raises:
        ValueError: its class is not registered with Keras, or refuses its own configuration.
    """
    return _ADOPT[0](schedule)


def operator(symbol):
    """Decorator of the function that an operator of schedules calls."""

    def decorate(function):
        OPERATORS[symbol] = function
        return function

    return decorate
