"""The schedule classes for optimizers: each extends a class of `lrschedules_math` with what Keras
needs."""

from lrschedules.classes import catalogue, keras_schedule

__all__ = ["catalogue", "keras_schedule"]
