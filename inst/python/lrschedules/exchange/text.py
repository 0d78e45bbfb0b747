"""Schedules as text, also those of Keras; see `lrschedules_math.exchange.text`."""

import functools

from lrschedules.classes.half import KERAS
from lrschedules_math.exchange import text


def _with_keras(function):
    """The function of the first half, for schedules of the second."""
    made = functools.wraps(function)(functools.partial(function, half=KERAS))
    made.__module__ = __name__
    return made


to_text = _with_keras(text.to_text)
from_text = _with_keras(text.from_text)
write = _with_keras(text.write)
read = _with_keras(text.read)
