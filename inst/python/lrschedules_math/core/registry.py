"""The registry of the schedule classes of the first half and of the operators of schedules.

The exports, the names that R and documents may use, the classes of the second half and the tests'
catalogue are all derived from the registry.
"""

PACKAGE = "lrschedules"
"""The package by which saved files name a schedule class: `lrschedules>ExponentialDecay`."""

CLASSES = {}
"""The schedule classes of the first half, by name."""

OPERATORS = {}
"""The functions that `*`, `/`, `+` and `-` call with both operands and their `Half`."""


def add(cls):
    """Adds a schedule class to the first half."""
    CLASSES[cls.__name__] = cls
    # Name the package as its module: pickle imports the class from there, and readers see it.
    cls.__module__ = __name__.partition(".")[0]
    return cls


def operator(symbol):
    """Decorates the function that an operator of schedules calls."""

    def decorate(function):
        OPERATORS[symbol] = function
        return function

    return decorate
