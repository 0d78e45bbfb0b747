"""A description of a schedule in phases, also for Keras's schedules."""

import functools

from lrschedules.classes.half import KERAS
from lrschedules_math.insight import phases


@functools.wraps(phases.schedule_explain)
def schedule_explain(schedule, steps):
    return phases.schedule_explain(KERAS.adopt(schedule), steps)
