"""Older interfaces to the schedules."""

from lrschedules.compat import v1

__all__ = ["v1"]
