"""Schedules that combine or change other schedules."""

from lrschedules_math.compose import arithmetic, model_garden_warmup, noise, ramps, timing

__all__ = ["arithmetic", "model_garden_warmup", "noise", "ramps", "timing"]
