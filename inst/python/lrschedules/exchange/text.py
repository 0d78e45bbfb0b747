"""Schedules as text, also Keras's schedules; see `lrschedules_math.exchange.text`."""

import functools

from lrschedules.classes.half import KERAS
from lrschedules_math.exchange import text


def _with_keras(function):
    """Adapts a function of the first half to schedules of the second half."""
    made = functools.wraps(function)(functools.partial(function, half=KERAS))
    made.__module__ = __name__
    return made


to_text = _with_keras(text.to_text)
from_text = _with_keras(text.from_text)
write = _with_keras(text.write)
read = _with_keras(text.read)
