"""What the two halves of the package do differently.

The first half computes with Python and NumPy. The second half is the package `lrschedules`: each
of its classes extends the class of the same name here with what Keras needs. A schedule knows its
half, and holds only schedules of that half.
"""

from lrschedules_math.core import registry


class NeedsKeras(ValueError):
    """Only the second half can make this schedule: Keras has to evaluate its class."""


ONLY_WITH_KERAS = ("KerasSchedule",)
"""Classes that exist only in the second half."""


class Half:
    """A half of the package. This class describes the first half; the second half extends it.

    Attributes:
        base: the base class of all schedules of this half.
        classes: the schedule classes of this half, by name.
    """

    base = None
    classes = registry.CLASSES

    def is_schedule(self, value):
        """Whether `adopt` accepts `value`."""
        return isinstance(value, self.base)

    def adopt(self, schedule):
        """Converts `schedule` to a schedule of this half.

        Raises:
            ValueError: this half has no equivalent schedule.
        """
        return schedule

    def class_named(self, name):
        """The class called `name`, or None.

        Raises:
            NeedsKeras: only the second half has the class.
        """
        if name in ONLY_WITH_KERAS and name not in self.classes:
            raise NeedsKeras(f"Only Keras can evaluate a {name}, and Keras is not loaded.")
        return self.classes.get(name) if isinstance(name, str) else None

    def is_own(self, schedule):
        """Whether the class of `schedule` is this package's, not a user's with the same name."""
        return self.classes.get(type(schedule).__name__) is type(schedule)

    def saved_as(self, cls):
        """The module and the registered name under which Keras saves `cls`."""
        return registry.PACKAGE, f"{registry.PACKAGE}>{cls.__name__}"

    def from_saved(self, saved):
        """Makes a schedule of a foreign class from its Keras configuration.

        Raises:
            NeedsKeras: always, in the first half.
        """
        raise NeedsKeras(
            f"Only Keras can evaluate a {saved.get('class_name')}, and Keras is not loaded."
        )


NUMBERS = Half()
"""The first half."""
