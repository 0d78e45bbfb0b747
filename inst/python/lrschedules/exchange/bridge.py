"""Functions of the second half that R calls; see `lrschedules_math.exchange.bridge`."""

import sys

import keras

from lrschedules.backend import current
from lrschedules.classes.half import KERAS
from lrschedules.exchange import text
from lrschedules.exchange.text import write
from lrschedules.exchange.to_keras import to_keras
from lrschedules.exchange.warned import receive as receive_warnings
from lrschedules.insight.findings import schedule_check
from lrschedules_math.exchange import bridge

__all__ = [
    "build",
    "describe",
    "generator",
    "is_of_other_keras",
    "read",
    "receive_warnings",
    "schedule_check",
    "to_keras",
    "tracing",
    "write",
]


def build(nodes):
    """Builds the schedule that an R value describes."""
    return bridge.build(nodes, KERAS)


def describe(schedule):
    """The nodes of a schedule of this package or of Keras; see `bridge.describe`."""
    return bridge.describe(schedule, KERAS)


def read(path):
    """Reads the nodes of a schedule from a text file."""
    return describe(text.read(path))


def tracing():
    """Whether a backend that is compiling calls R."""
    return current.tracing()


def is_of_other_keras():
    """Whether Keras was loaded again after this package, as `keras.config.set_backend()` does."""
    return sys.modules.get("keras") is not keras


def generator(batches):
    """Makes an R iterator a generator, which `fit()` accepts."""
    yield from batches
