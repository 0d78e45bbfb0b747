"""Schedules that are made of other schedules."""

from lrschedules.compose import arithmetic, noise, ramps, timing

__all__ = ["arithmetic", "noise", "ramps", "timing"]
