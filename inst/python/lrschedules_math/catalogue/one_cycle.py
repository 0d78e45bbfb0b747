"""Schedules that rise to one peak and then fall for the rest of the training."""

import fractions
import math
from typing import Annotated

from lrschedules_math.core import checks, shapes
from lrschedules_math.core.landmarks import (
    DECAY_BEGINS,
    DECAY_ENDS,
    TURN,
    WARMUP_ENDS,
    Landmark,
    warmup,
)
from lrschedules_math.core.schedule import Schedule, schedule_class

_Shape = Annotated[str, checks.one_of(*shapes.RISES)]


def _whole_part(fraction, total):
    """The whole part of `fraction * total`. A product that is whole except for rounding counts
    as whole: 0.29 * 100 is 29."""
    product = fractions.Fraction(fraction) * total
    nearest = round(product)
    return nearest if abs(product - nearest) <= product / 2**52 else math.floor(product)


def _divisor(name, value):
    return checks.number(name, value, "one finite number, 1 or more", lambda x: x >= 1)


@schedule_class
class OneCycle(Schedule):
    """Rises to the maximal rate, then falls to a small part of the initial rate.

    ```
    step 0                                    initial = maximal_learning_rate / initial_divisor
    peak = floor(warmup_fraction * total_steps)  maximal_learning_rate
    2 * peak, with three_phase                initial
    total_steps, and later                    initial / final_divisor
    ```

    Between these steps the rate goes from one value `a` to the next, `e`, in a half cosine wave.
    If `q` is the fraction of the way that is done,

    ```
    rate(step) = e + (a - e) * (1 + cos(pi * q)) / 2
    ```

    or a straight line with `anneal="linear"`. If the peak is at step 0, the rate does not
    rise, and falls from the peak to the end in one phase.

    Args:
        maximal_learning_rate: the rate at the peak, 0 or more.
        total_steps: the whole step from which the last rate is held, greater than 0.
        warmup_fraction: the fraction of the steps in which the rate rises: 0 or more and less
            than 1, or less than 0.5 with `three_phase`.
        anneal: "cosine" or "linear".
        initial_divisor: the maximal rate divided by the initial rate, 1 or more.
        final_divisor: the initial rate divided by the last rate, 1 or more.
        three_phase: whether the rate falls in two phases, the first as long as the rise.
        name: a label, kept in the configuration.

    Raises:
        ValueError: `warmup_fraction` is too large for the number of phases.

    Example:

    >>> schedule = OneCycle(1.0, 100, initial_divisor=10, final_divisor=100)
    >>> schedule.rates([0, 15, 30, 65, 100])
    array([0.1   , 0.55  , 1.    , 0.5005, 0.001 ])

    Source: `optax.cosine_onecycle_schedule`, `torch.optim.lr_scheduler.OneCycleLR` (where
    the phases end one step earlier), `fit_one_cycle` of fastai; Smith and Topin,
    "Super-Convergence" (2018).
    """

    maximal_learning_rate: checks.Rate
    total_steps: checks.PositiveWholeSteps
    warmup_fraction: checks.Fraction = 0.3
    anneal: Annotated[str, checks.one_of("cosine", "linear")] = "cosine"
    initial_divisor: Annotated[float, _divisor] = 25.0
    final_divisor: Annotated[float, _divisor] = 1e4
    three_phase: checks.Flag = False
    name: checks.Label = "OneCycle"

    def __post_init__(self):
        super().__post_init__()
        phases, limit = (2, "0.5 with `three_phase`") if self.three_phase else (1, "1")
        if phases * self.warmup_fraction >= 1:
            raise checks.refuse("warmup_fraction", f"less than {limit}", self.warmup_fraction)
        initial = self.maximal_learning_rate / self.initial_divisor
        curve = self._phases(initial, self.maximal_learning_rate, initial / self.final_divisor)
        self._set("_curve", curve)

    def _phases(self, initial, peak, last):
        """Interpolates between the given values in the phases of this schedule."""
        peak_step = _whole_part(self.warmup_fraction, self.total_steps)
        # A peak at step 0 replaces the initial value.
        values = {0: initial, peak_step: peak}
        if self.three_phase and peak_step:
            values[2 * peak_step] = initial
        values[self.total_steps] = last
        return shapes.Interpolation(self.anneal, tuple(values), tuple(values.values()))

    @property
    def horizon(self):
        return self.total_steps

    def landmarks(self, first, last):
        ends = self._curve.boundaries.numbers
        between = zip(ends[1:-1], (WARMUP_ENDS, TURN))
        return [*(Landmark(*pair) for pair in between), Landmark(ends[-1], DECAY_ENDS)]

    def formula(self, step, xp):
        return self._curve.rate(step, xp)


@checks.takes_schedules
def _one_cycle(name, value, half):
    if not isinstance(value, OneCycle):
        raise checks.refuse(name, "a `OneCycle` schedule", value)
    return half.adopt(value)


@schedule_class
class MomentumOneCycle(Schedule):
    """The momentum of a `OneCycle` policy: it is low when the rate is high.

    It is a momentum, not a rate: pass it to `optimizer_with_schedules` as `momentum` or `beta_1`.

    ```
    step 0                       maximal_momentum
    peak of the rate             minimal_momentum
    2 * peak, with three_phase   maximal_momentum
    total_steps, and later       maximal_momentum
    ```

    The steps are the same as in `schedule`. Between them the momentum goes from one value `a` to
    the next, `e`, in the same shape as the rate, a half cosine wave. If `q` is the fraction of the
    way that is done,

    ```
    momentum(step) = e + (a - e) * (1 + cos(pi * q)) / 2
    ```

    or a straight line if the schedule's `anneal` is "linear". If the peak is at step 0, the
    momentum begins with its minimum.

    If you wrap the rate in a schedule that changes its steps, such as `Accumulate`, wrap the
    momentum in the same way.

    Args:
        schedule: the `OneCycle` schedule of the learning rate.
        minimal_momentum: the momentum at the rate's peak, from 0 to 1.
        maximal_momentum: the momentum at the start and the end, from 0 to 1, at least
            `minimal_momentum`.
        name: a label, kept in the configuration.

    Raises:
        ValueError: `schedule` is not a `OneCycle`, or `minimal_momentum` is greater than
            `maximal_momentum`.

    Example:

    >>> rate = OneCycle(1.0, 100)
    >>> MomentumOneCycle(rate).rates([0, 15, 30, 65, 100])
    array([0.95, 0.9 , 0.85, 0.9 , 0.95])

    Source: `torch.optim.lr_scheduler.OneCycleLR` (`base_momentum` and `max_momentum`; its phases
    end one step earlier), `fit_one_cycle` of fastai; Smith, "A disciplined approach to neural
    network hyper-parameters: Part 1" (2018).
    """

    schedule: Annotated[Schedule, _one_cycle]
    minimal_momentum: checks.Fraction = 0.85
    maximal_momentum: checks.Fraction = 0.95
    name: checks.Label = "MomentumOneCycle"

    def __post_init__(self):
        super().__post_init__()
        if self.minimal_momentum > self.maximal_momentum:
            raise checks.refuse(
                "minimal_momentum", "at most `maximal_momentum`", self.minimal_momentum
            )
        most, least = self.maximal_momentum, self.minimal_momentum
        self._set("_curve", self.schedule._phases(most, least, most))

    @property
    def horizon(self):
        return self.schedule.horizon

    def formula(self, step, xp):
        return self._curve.rate(step, xp)


@schedule_class
class WarmupStableDecay(Schedule):
    """Rises to the maximal rate, holds it, and falls to the end rate.

    ```
    rate(step) = end_learning_rate + (maximal_learning_rate - end_learning_rate) * part
    part = warmup_shape(q)   q = step / warmup_steps, for step < warmup_steps
           1                 for stable_steps steps
           decay_shape(q)    q = the fraction of decay_steps that is done
           0                 after
    ```

    ```
    shape           warmup           decay
    linear          q                1 - q
    cosine          ½(1 - cos πq)    ½(1 + cos πq)
    one_minus_sqrt  1 - √(1 - q)     1 - √q
    ```

    Args:
        maximal_learning_rate: the rate after the warmup, at least the end rate.
        warmup_steps: the whole number of steps of the rise, 0 or more.
        stable_steps: the whole number of steps at the maximal rate, 0 or more.
        decay_steps: the whole number of steps of the fall, greater than 0.
        warmup_shape: "linear", "cosine" or "one_minus_sqrt".
        decay_shape: "linear", "cosine" or "one_minus_sqrt".
        end_learning_rate: the rate at the end and, with a warmup, at step 0; 0 or more.
        name: a label, kept in the configuration.

    Raises:
        ValueError: `end_learning_rate` is greater than `maximal_learning_rate`.

    Example:

    >>> schedule = WarmupStableDecay(1.0, warmup_steps=10, stable_steps=20, decay_steps=10)
    >>> schedule.rates([0, 5, 10, 30, 35, 40])
    array([0. , 0.5, 1. , 1. , 0.5, 0. ])

    Source: `transformers.get_wsd_schedule`; Hu et al., "MiniCPM" (2024).
    """

    maximal_learning_rate: checks.Rate
    warmup_steps: checks.Steps
    stable_steps: checks.Steps
    decay_steps: checks.PositiveWholeSteps
    warmup_shape: _Shape = "linear"
    decay_shape: _Shape = "cosine"
    end_learning_rate: checks.Rate = 0.0
    name: checks.Label = "WarmupStableDecay"

    def __post_init__(self):
        super().__post_init__()
        if self.end_learning_rate > self.maximal_learning_rate:
            raise checks.refuse(
                "end_learning_rate", "at most `maximal_learning_rate`", self.end_learning_rate
            )

    @property
    def horizon(self):
        return self.warmup_steps + self.stable_steps + self.decay_steps

    def landmarks(self, first, last):
        falls_at = self.warmup_steps + self.stable_steps
        return [
            *warmup(self.warmup_steps),
            Landmark(falls_at, DECAY_BEGINS),
            Landmark(falls_at + self.decay_steps, DECAY_ENDS),
        ]

    def formula(self, step, xp):
        height = self.maximal_learning_rate - self.end_learning_rate
        falls_at = self.warmup_steps + self.stable_steps
        left = xp.minimum(xp.maximum(falls_at + self.decay_steps - step, 0), self.decay_steps)
        falling = self.end_learning_rate + height * shapes.rise(
            self.decay_shape, left, self.decay_steps, xp
        )
        rate = xp.where(step <= falls_at, self.maximal_learning_rate, falling)
        if self.warmup_steps == 0:
            return rate
        done = xp.minimum(step, self.warmup_steps)
        rising = self.end_learning_rate + height * shapes.rise(
            self.warmup_shape, done, self.warmup_steps, xp
        )
        return xp.where(step < self.warmup_steps, rising, rate)
