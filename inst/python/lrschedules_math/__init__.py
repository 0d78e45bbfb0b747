"""The first half of lrschedules: schedules as numbers, computed with Python and NumPy alone.

`import lrschedules` gives these classes as Keras schedules.
"""

from lrschedules_math import catalogue, compose  # noqa: F401 (exported below)
from lrschedules_math.core import registry
from lrschedules_math.core.schedule import Schedule, schedule_class

globals().update(registry.CLASSES)

__all__ = ["Schedule", "schedule_class"]
__all__ += sorted(registry.CLASSES)
