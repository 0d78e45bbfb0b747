"""A schedule that falls along a hyperbolic tangent."""

import math

from lrschedules_math.core import checks
from lrschedules_math.core.landmarks import DECAY_ENDS, Landmark
from lrschedules_math.core.schedule import Schedule, schedule_class

_SATURATED = 350.0
"""Where the tangent is 1 to more digits than a float has, and its exponential still finite."""


@schedule_class
class TanhDecay(Schedule):
    """Falls along a hyperbolic tangent, from `lower` to `upper`.

    ```
    q = min(step, decay_steps) / decay_steps
    rate(step) = end_learning_rate + (initial_learning_rate - end_learning_rate)
                 * (1 - tanh(lower * (1 - q) + upper * q)) / 2
    ```

    At `decay_steps` and later the rate is that of `tanh(upper)`, close above the end rate.

    Args:
        initial_learning_rate: the rate that `tanh(lower)` comes close to at step 0, 0 or more.
        decay_steps: whole steps from `lower` to `upper`, greater than 0; may be fractional.
        lower: where the tangent starts.
        upper: where it ends, greater than `lower`.
        end_learning_rate: the rate it approaches, 0 or more.
        name: a label, kept in the configuration.

    Example:

    >>> schedule = TanhDecay(1.0, 100, lower=-4, upper=4)
    >>> schedule.rates([0, 50, 100]).round(2)
    array([1. , 0.5, 0. ])

    Source: `timm.scheduler.TanhLRScheduler` (which is at the end rate itself from `decay_steps`
    on); Hsueh et al., "Stochastic Gradient Descent with Hyperbolic-Tangent Decay on
    Classification" (2019).
    """

    initial_learning_rate: checks.Rate
    decay_steps: checks.PositiveSteps
    lower: checks.Finite = -7.0
    upper: checks.Finite = 3.0
    end_learning_rate: checks.Rate = 0.0
    name: checks.Label = "TanhDecay"

    def __post_init__(self):
        super().__post_init__()
        if self.upper <= self.lower:
            raise checks.refuse("upper", "greater than `lower`", self.upper)

    @property
    def horizon(self):
        return self.decay_steps

    def landmarks(self, first, last):
        return [Landmark(math.ceil(self.decay_steps), DECAY_ENDS)]

    def formula(self, step, xp):
        q = xp.minimum(xp.float(step) / self.decay_steps, 1.0)
        x = xp.minimum(xp.maximum(self.lower * (1.0 - q) + self.upper * q, -_SATURATED), _SATURATED)
        # (1 - tanh x) / 2, which keeps its digits where the tangent is close to 1.
        falling = 1.0 / (1.0 + xp.exp(2.0 * x))
        return (
            self.end_learning_rate + (self.initial_learning_rate - self.end_learning_rate) * falling
        )
