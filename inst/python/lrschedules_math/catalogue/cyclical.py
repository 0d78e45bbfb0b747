"""Schedules that rise and fall in cycles."""

from typing import Annotated

from lrschedules_math.core import checks
from lrschedules_math.core.landmarks import TURN, marks, multiples
from lrschedules_math.core.schedule import Schedule, schedule_class


def _gamma(name, value):
    return checks.number(name, value, "one number greater than 0, up to 1", lambda x: 0 < x <= 1)


@schedule_class
class Cyclical(Schedule):
    """Rises in a straight line for `step_size` steps and falls again, in cycles.

    ```
    cycle = floor(1 + step / (2 * step_size))
    x = abs(step / step_size - 2 * cycle + 1)
    rate(step) = initial_learning_rate
                 + (maximal_learning_rate - initial_learning_rate) * (1 - x) * scale
    ```

    where `scale` is 1 with mode "triangular", `1 / 2 ^ (cycle - 1)` with "triangular2", and
    `gamma ^ step` with "exp_range". The cycles never end.

    Args:
        initial_learning_rate: the lowest rate of each cycle, 0 or more.
        maximal_learning_rate: the highest rate of the first cycle (with "exp_range", before it is
            lowered by `gamma`), at least the initial rate.
        step_size: the whole number of steps in half a cycle, greater than 0.
        mode: "triangular", "triangular2" or "exp_range".
        gamma: the factor per step of "exp_range", greater than 0, up to 1. It must be 1 with
            the other modes.
        name: a label, kept in the configuration.

    Raises:
        ValueError: `maximal_learning_rate` is less than `initial_learning_rate`, or `gamma`
            is not 1 although `mode` is not "exp_range".

    Example:

    >>> schedule = Cyclical(0.0, 1.0, step_size=10, mode="triangular2")
    >>> schedule.rates([0, 5, 10, 15, 20, 30, 40])
    array([0. , 0.5, 1. , 0.5, 0. , 0.5, 0. ])

    Source: `tfa.optimizers.CyclicalLearningRate` of TensorFlow Addons,
    `torch.optim.lr_scheduler.CyclicLR`; Smith, "Cyclical Learning Rates for Training
    Neural Networks" (2017).
    """

    initial_learning_rate: checks.Rate
    maximal_learning_rate: checks.Rate
    step_size: checks.PositiveWholeSteps
    mode: Annotated[str, checks.one_of("triangular", "triangular2", "exp_range")] = "triangular"
    gamma: Annotated[float, _gamma] = 1.0
    name: checks.Label = "Cyclical"

    def __post_init__(self):
        super().__post_init__()
        if self.maximal_learning_rate < self.initial_learning_rate:
            raise checks.refuse(
                "maximal_learning_rate",
                "at least `initial_learning_rate`",
                self.maximal_learning_rate,
            )
        if self.gamma != 1 and self.mode != "exp_range":
            raise checks.refuse("gamma", f"1 with mode {self.mode!r}", self.gamma)

    @property
    def horizon(self):
        return 8 * self.step_size

    def landmarks(self, first, last):
        return marks(TURN, multiples(self.step_size, first, last))

    def formula(self, step, xp):
        cycles_done = step // (2 * self.step_size)
        in_cycle = step - cycles_done * (2 * self.step_size)
        from_foot = xp.minimum(in_cycle, 2 * self.step_size - in_cycle)
        height = (self.maximal_learning_rate - self.initial_learning_rate) * (
            xp.float(from_foot) / self.step_size
        )
        if self.mode == "triangular2":
            height = height * xp.power(0.5, xp.float(cycles_done))
        elif self.mode == "exp_range":
            height = height * xp.power(self.gamma, xp.float(step))
        return self.initial_learning_rate + height
