"""A schedule that falls along a hyperbolic tangent."""

import math

from lrschedules_math.core import checks
from lrschedules_math.core.landmarks import DECAY_ENDS, Landmark
from lrschedules_math.core.schedule import Schedule, schedule_class

_SATURATED = 350.0
"""A limit for x at which tanh(x) is 1 in float64, while exp(2 * x) is still finite."""


@schedule_class
class TanhDecay(Schedule):
    """Falls along a hyperbolic tangent, from `lower` to `upper`.

    ```
    q = min(step, decay_steps) / decay_steps
    rate(step) = end_learning_rate + (initial_learning_rate - end_learning_rate)
                 * (1 - tanh(lower * (1 - q) + upper * q)) / 2
    ```

    From `decay_steps` on, where `q` is 1, the rate stays at its last value: slightly above the end
    rate with the default `upper`, further above it with a smaller one.

    Args:
        initial_learning_rate: the upper limit of the curve, 0 or more; at step 0 the rate is
            slightly below it.
        decay_steps: steps from `lower` to `upper`, from 1e-6 to 2^53; may be fractional.
        lower: the argument of the tangent at step 0.
        upper: the argument of the tangent at `decay_steps`, greater than `lower`.
        end_learning_rate: the lower limit of the curve, 0 or more.
        name: a label, kept in the configuration.

    Raises:
        ValueError: `upper` is not greater than `lower`.

    Example:

    >>> schedule = TanhDecay(1.0, 100, lower=-4, upper=4)
    >>> schedule.rates([0, 50, 100]).round(2)
    array([1. , 0.5, 0. ])

    Source: `timm.scheduler.TanhLRScheduler` (whose rate is exactly the end rate from `decay_steps`
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
        # (1 - tanh x) / 2 in a form that loses no digits when the tangent is close to 1.
        falling = 1.0 / (1.0 + xp.exp(2.0 * x))
        return (
            self.end_learning_rate + (self.initial_learning_rate - self.end_learning_rate) * falling
        )
