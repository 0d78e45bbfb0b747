"""The schedule classes of the first half by name, and the operators of schedules.

What is exported, what a document or R may name, the classes of the second half and what the tests
go through is made from it.
"""

PACKAGE = "lrschedules"
"""The package by which saved files name a schedule class: `lrschedules>ExponentialDecay`."""

CLASSES = {}
"""Each schedule class of the first half by its name."""

OPERATORS = {}
"""What `*`, `/`, `+` and `-` of schedules call: functions of both operands and their `Half`."""


def add(cls):
    """Adds a schedule class of the first half."""
    CLASSES[cls.__name__] = cls
    # Where it can be imported from, for pickle and for whoever reads it.
    cls.__module__ = __name__.partition(".")[0]
    return cls


def operator(symbol):
    """Decorator of the function that an operator of schedules calls."""

    def decorate(function):
        OPERATORS[symbol] = function
        return function

    return decorate
