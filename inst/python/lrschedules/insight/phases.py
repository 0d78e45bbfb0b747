"""What a schedule does, told in phases, also one of Keras's own."""

import functools

from lrschedules.classes.half import KERAS
from lrschedules_math.insight import phases


@functools.wraps(phases.schedule_explain)
def schedule_explain(schedule, steps):
    return phases.schedule_explain(KERAS.adopt(schedule), steps)
