"""The schedules as older interfaces had them."""

from lrschedules.compat import v1

__all__ = ["v1"]
