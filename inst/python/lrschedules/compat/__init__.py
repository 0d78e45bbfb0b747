"""The schedules with older interfaces."""

from lrschedules.compat import v1

__all__ = ["v1"]
