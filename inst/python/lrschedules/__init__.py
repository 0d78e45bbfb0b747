"""Learning-rate schedules for Keras: the rate you plot is the rate that trains."""

from lrschedules.decay import ExponentialDecay
from lrschedules.offset import ExponentialDecayWithOffset
from lrschedules.schedule import Schedule

__version__ = "0.1.0"

__all__ = [
    "ExponentialDecay",
    "ExponentialDecayWithOffset",
    "Schedule",
]
