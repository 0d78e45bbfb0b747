"""What the second half of the package does differently from the first."""

import keras
from keras.optimizers.schedules import LearningRateSchedule

from lrschedules_math.core.halves import Half
from lrschedules_math.core.registry import CLASSES, PACKAGE
from lrschedules_math.core.schedule import Schedule, values_of_fields


class _KerasHalf(Half):
    """The half of schedules for optimizers."""

    classes = {}  # noqa: RUF012 (there is only one instance)

    def is_schedule(self, value):
        return isinstance(value, (LearningRateSchedule, Schedule))

    def adopt(self, schedule):
        """Converts a schedule to this half. A schedule of the first half or of Keras's six classes
        becomes ours of the same name, if ours accepts its configuration; any other schedule is
        kept as plain data.

        Raises:
            ValueError: its class is not registered with Keras, or refuses its own configuration.
        """
        if isinstance(schedule, self.base):
            return schedule
        if isinstance(schedule, Schedule):
            return self._of_numbers(schedule)
        return self.classes["KerasSchedule"].of(schedule)

    def _of_numbers(self, schedule):
        cls = type(schedule)
        if CLASSES.get(cls.__name__) is not cls:
            raise ValueError(
                f"{cls.__name__} must be decorated with `@lrschedules.schedule_class` to be used "
                f"in Keras. Received: {schedule!r}"
            )
        return self.classes[cls.__name__](**values_of_fields(schedule))

    def saved_as(self, cls):
        return cls.__module__, keras.saving.get_registered_name(cls)

    def from_saved(self, saved):
        return keras.optimizers.schedules.deserialize(saved)


KERAS = _KerasHalf()
"""The second half."""


def register(cls, package=PACKAGE):
    """Registers a class with Keras, which then loads it by its name in a package."""
    return keras.saving.register_keras_serializable(package=package)(cls)
