"""What the two halves of the package do differently.

The first half computes with Python and NumPy. The second half, the package `lrschedules`, holds
what Keras takes: each of its classes is the class of the same name here, with what Keras needs. A
schedule knows its half, and holds schedules of the same half.
"""

from lrschedules_math.core import registry


class NeedsKeras(ValueError):
    """Only the second half can make this schedule: its class is not this package's."""


ONLY_WITH_KERAS = ("KerasSchedule",)
"""The classes that the second half has and the first has not."""


class Half:
    """The first half, and what the second one changes.

    Attributes:
        base: the class of all schedules of this half.
        classes: each schedule class of this half by its name.
    """

    base = None
    classes = registry.CLASSES

    def is_schedule(self, value):
        """Whether `adopt` takes `value`."""
        return isinstance(value, self.base)

    def adopt(self, schedule):
        """`schedule` as a schedule of this half.

        Raises:
            ValueError: no schedule of this half stands for it.
        """
        return schedule

    def class_named(self, name):
        """The class of this name, or None.

        Raises:
            NeedsKeras: only the second half has it.
        """
        if name in ONLY_WITH_KERAS and name not in self.classes:
            raise NeedsKeras(f"A {name} is evaluated by Keras, which is not loaded.")
        return self.classes.get(name) if isinstance(name, str) else None

    def is_own(self, schedule):
        """Whether `schedule` is of a class of this package, not of a user's of the same name."""
        return self.classes.get(type(schedule).__name__) is type(schedule)

    def saved_as(self, cls):
        """The module and the registered name by which Keras's saved files name a class."""
        return registry.PACKAGE, f"{registry.PACKAGE}>{cls.__name__}"

    def from_saved(self, saved):
        """The schedule of a class that is not this package's, from a configuration of Keras.

        Raises:
            NeedsKeras: always, in the first half.
        """
        raise NeedsKeras(f"A {saved.get('class_name')} is evaluated by Keras, which is not loaded.")


NUMBERS = Half()
"""The first half."""
