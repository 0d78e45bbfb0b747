"""Schedules that fall along a half cosine wave."""

import math

from lrschedules_math.core import checks
from lrschedules_math.core.landmarks import (
    DECAY_ENDS,
    RESTART,
    TURN,
    Landmark,
    in_table,
    marks,
    multiples,
    warmup,
)
from lrschedules_math.core.namespaces import LARGEST_PARTIAL, Table
from lrschedules_math.core.schedule import Schedule, schedule_class
from lrschedules_math.core.shapes import between, rise
from lrschedules_math.core.standard_normal import standard_normal
from lrschedules_math.core.whole_steps import (
    MAX_CYCLES,
    growing_cycles,
    left_in_period,
    steps_done,
    too_many_cycles,
    whole_periods,
)


@schedule_class
class CosineDecay(Schedule):
    """Falls along half a cosine wave, optionally after a linear warmup.

    ```
    rate(step) = peak * ((1 - alpha) * (1 + cos(pi * done / decay_steps)) / 2 + alpha)
    ```

    Without a warmup, `peak` is `initial_learning_rate` and `done` is
    `min(step, decay_steps)`. With `warmup_target`, `peak` is `warmup_target` and `done`
    is `min(step - warmup_steps, decay_steps)`; before step `warmup_steps`

    ```
    rate(step) = initial_learning_rate
                 + (warmup_target - initial_learning_rate) * step / warmup_steps
    ```

    The last rate, `alpha * peak`, is held from step `decay_steps` on (with a warmup, from
    `warmup_steps + decay_steps` on). Steps below 0 count as 0.

    Args:
        initial_learning_rate: the rate at step 0, 0 or more.
        decay_steps: steps of the cosine, not counting the warmup, from 1e-6 to 2^53; may be
            fractional.
        alpha: the rate at the end as a fraction of the peak, 0 or more.
        name: a label, kept in the configuration.
        warmup_target: the rate at the end of the warmup, 0 or more; None for no warmup.
        warmup_steps: the whole number of steps of the warmup, 0 or more. With 0 steps and a
            target the schedule starts at the target.

    Raises:
        ValueError: `warmup_steps` is given without `warmup_target`.

    Example:

    >>> schedule = CosineDecay(1.0, decay_steps=100)
    >>> schedule.rates([0, 50, 100, 101])
    array([1. , 0.5, 0. , 0. ])
    >>> warm = CosineDecay(0.0, decay_steps=100, warmup_target=1.0, warmup_steps=10)
    >>> warm.rates([0, 5, 10, 60, 110])
    array([0. , 0.5, 1. , 0.5, 0. ])

    Source: `keras.optimizers.schedules.CosineDecay`, `tf.compat.v1.train.cosine_decay`.
    """

    initial_learning_rate: checks.Rate
    decay_steps: checks.PositiveSteps
    alpha: checks.NonNegative = 0.0
    name: checks.Label = "CosineDecay"
    warmup_target: checks.OptionalRate = None
    warmup_steps: checks.Steps = 0

    def __post_init__(self):
        super().__post_init__()
        if self.warmup_steps > 0 and self.warmup_target is None:
            raise checks.refuse("warmup_steps", "0 without a `warmup_target`", self.warmup_steps)

    @property
    def horizon(self):
        return self.warmup_steps + 1.25 * self.decay_steps

    def landmarks(self, first, last):
        end = self.warmup_steps + math.ceil(self.decay_steps)
        return [*warmup(self.warmup_steps), Landmark(end, DECAY_ENDS)]

    def formula(self, step, xp):
        start, peak, warmup = self.initial_learning_rate, self.warmup_target, self.warmup_steps
        if peak is None:
            return self._fall(start, step, xp)
        fall = self._fall(peak, step - warmup, xp)
        if warmup == 0:
            return fall
        return xp.where(step < warmup, between("linear", start, peak, step, warmup, xp), fall)

    def _fall(self, peak, step, xp):
        done = steps_done(step, self.decay_steps, xp)
        end = min(self.alpha * peak, LARGEST_PARTIAL)
        return between("cosine", peak, end, done, self.decay_steps, xp)


@schedule_class
class CosineDecayRestarts(Schedule):
    """Falls along half a cosine wave, and restarts, again and again (SGDR).

    ```
    rate(step) = initial_learning_rate
                 * ((1 - alpha) * m_mul^i * (1 + cos(pi * f)) / 2 + alpha)
    ```

    where `f` is the fraction of cycle `i` that is done. Cycle `i` lasts
    `first_decay_steps * t_mul^i` steps, and starts at
    `first_decay_steps * (t_mul^i - 1) / (t_mul - 1)`, or at `first_decay_steps * i`
    with `t_mul=1`. If that is not a whole step, the cycle's first step is the next whole
    step, already slightly below the top of the cosine. The cycles never end. Steps below 0
    count as 0.

    Args:
        initial_learning_rate: the rate at step 0, 0 or more.
        first_decay_steps: steps in the first cycle, from 1e-6 to 2^53; may be fractional.
        t_mul: the length of each cycle divided by the length of the previous cycle: 1, or large
            enough for at most 100,000 cycles in 2^53 steps (1.0004 is enough if the first
            cycle has 1 step or more).
        m_mul: the height of each cycle above its end, divided by the height of the previous
            cycle: 0 or more, and at most 1 if `alpha` is 1 or more.
        alpha: the rate at the end of each cycle as a fraction of
            `initial_learning_rate`, 0 or more.
        name: a label, kept in the configuration.

    Raises:
        ValueError: `t_mul` makes too many cycles, or `m_mul` is greater than 1 although
            `alpha` is 1 or more.

    Example:

    >>> schedule = CosineDecayRestarts(1.0, first_decay_steps=10, t_mul=2.0, m_mul=0.5)
    >>> schedule.rates([0, 5, 10, 20, 30]).round(3)
    array([1.  , 0.5 , 0.5 , 0.25, 0.25])

    Source: `keras.optimizers.schedules.CosineDecayRestarts`,
    `tf.compat.v1.train.cosine_decay_restarts`.
    """

    initial_learning_rate: checks.Rate
    first_decay_steps: checks.PositiveSteps
    t_mul: checks.Growth = 2.0
    m_mul: checks.NonNegative = 1.0
    alpha: checks.NonNegative = 0.0
    name: checks.Label = "SGDRDecay"

    def __post_init__(self):
        super().__post_init__()
        if too_many_cycles(self.first_decay_steps, self.t_mul):
            few = f"1, or large enough for at most {MAX_CYCLES:,} cycles in 2^53 steps"
            raise checks.refuse("t_mul", few, self.t_mul)
        if self.m_mul > 1 and self.alpha >= 1:
            raise checks.refuse("m_mul", "at most 1 if `alpha` is 1 or more", self.m_mul)
        if self.t_mul > 1:
            starts, *cycles = growing_cycles(self.first_decay_steps, self.t_mul)
            self._set("_starts", Table(starts))
            self._set("_cycles", Table(zip(*cycles)))

    @property
    def horizon(self):
        cycles = 4 if self.t_mul == 1 else 1 + self.t_mul + self.t_mul**2
        return min(cycles * self.first_decay_steps, checks.MAX_STEP)

    def landmarks(self, first, last):
        if self.t_mul == 1:
            return marks(RESTART, multiples(self.first_decay_steps, first, last))
        starts = self._starts.numbers
        return marks(RESTART, in_table(starts, range(len(starts)), first, last))

    def formula(self, step, xp):
        cycle, left, length = self._growing(step, xp) if self.t_mul > 1 else self._equal(step, xp)
        wave = rise("cosine", left, length, xp)
        # Skip factors of 1 and offsets of 0: most cycles restart at the same height and end at 0.
        if self.m_mul != 1:
            wave = xp.power(self.m_mul, xp.float(cycle)) * wave
        if self.alpha != 0:
            wave = (1.0 - self.alpha) * wave + self.alpha
        return self.initial_learning_rate * wave

    def _equal(self, step, xp):
        cycle = whole_periods(step, self.first_decay_steps, xp)
        return cycle, *left_in_period(step, self.first_decay_steps)

    def _growing(self, step, xp):
        cycle = xp.count_at_most(self._starts, step) - 1
        last_step, rest, length = xp.take(self._cycles, cycle)
        return cycle, last_step - xp.float(step) + rest, length


def _ends_of_waves(schedule, first, last):
    end = math.ceil(schedule.decay_steps)
    if schedule.num_periods == 0:
        return [Landmark(end, DECAY_ENDS)]
    half = schedule.decay_steps / (2 * schedule.num_periods)
    turns = marks(TURN, multiples(half, first, min(last, end)))
    return [*turns, Landmark(end, DECAY_ENDS)]


def _linear_cosine(schedule, done, noise, xp):
    """The formula of the two classes below; `noise` is added to the line."""
    left = (schedule.decay_steps - done) / schedule.decay_steps
    # cos²(pi n (1 - left)) without the whole turns of n, so a wave that ends at 0 is exactly 0.
    turns = 0.5 - schedule.num_periods % 1.0 + schedule.num_periods * left
    wave = xp.sin(math.pi * turns)
    line = left + noise if schedule.alpha == 0 else schedule.alpha + left + noise
    return line * (wave * wave) + schedule.beta


@schedule_class
class LinearCosineDecay(Schedule):
    """Falls along a straight line multiplied by a cosine wave.

    ```
    rate(step) = initial_learning_rate
                 * ((alpha + (decay_steps - s) / decay_steps) * wave + beta)
    wave       = (1 + cos(2 * pi * num_periods * s / decay_steps)) / 2
    s          = min(step, decay_steps)
    ```

    The last rate is held. Steps below 0 count as 0, where the rate is
    `initial_learning_rate * (1 + alpha + beta)`.

    Args:
        initial_learning_rate: the rate that everything else is multiplied by, 0 or more.
        decay_steps: steps to the end, from 1e-6 to 2^53; may be fractional.
        num_periods: periods of the cosine in `decay_steps`, 0 or more.
        alpha: an offset added to the line, 0 or more.
        beta: an offset added to the product of line and wave, 0 or more.
        name: a label, kept in the configuration.

    Example:

    >>> schedule = LinearCosineDecay(1.0, decay_steps=100, beta=0.0)
    >>> schedule.rates([0, 50, 100])
    array([1.  , 0.25, 0.  ])

    Source: `tf.compat.v1.train.linear_cosine_decay`; Bello et al. (2017), "Neural Optimizer Search
    with Reinforcement Learning".
    """

    initial_learning_rate: checks.Rate
    decay_steps: checks.PositiveSteps
    num_periods: checks.NonNegative = 0.5
    alpha: checks.NonNegative = 0.0
    beta: checks.NonNegative = 0.001
    name: checks.Label = "LinearCosineDecay"

    @property
    def horizon(self):
        return 1.25 * self.decay_steps

    def landmarks(self, first, last):
        return _ends_of_waves(self, first, last)

    def formula(self, step, xp):
        if self.initial_learning_rate == 0:  # skip the other factor, which may be infinite
            return 0.0 * xp.float(step)
        done = xp.float(steps_done(step, self.decay_steps, xp))
        return self.initial_learning_rate * _linear_cosine(self, done, 0.0, xp)


@schedule_class
class NoisyLinearCosineDecay(Schedule):
    """`LinearCosineDecay` with noise that fades.

    ```
    rate(step) = initial_learning_rate
                 * max(0, (alpha + (decay_steps - s) / decay_steps + noise) * wave + beta)
    wave       = (1 + cos(2 * pi * num_periods * s / decay_steps)) / 2
    s          = min(step, decay_steps)
    ```

    `noise` is normal with variance `initial_variance / (1 + s) ^ variance_decay`. It depends
    only on `seed` and the step, so the rate you read or plot is the rate that trains, on
    every backend. After `decay_steps` the line stays at its end, but the noise continues,
    multiplied by `wave`, which is 0 there with the default `num_periods`. Steps below 0 count
    as 0.

    Args:
        initial_learning_rate: the rate that everything else is multiplied by, 0 or more.
        decay_steps: steps to the end of the line, from 1e-6 to 2^53; may be fractional.
        initial_variance: the variance of the noise at step 0, 0 or more.
        variance_decay: the exponent by which the variance falls, 0 or more.
        num_periods: periods of the cosine in `decay_steps`, 0 or more.
        alpha: an offset added to the line, 0 or more.
        beta: an offset added to the product of line and wave, 0 or more.
        name: a label, kept in the configuration.
        seed: a whole number, 0 or more, that selects the noise.

    Example:

    >>> schedule = NoisyLinearCosineDecay(1.0, decay_steps=100, initial_variance=0.01, seed=7)
    >>> schedule.rates([0, 1, 100]).round(4)
    array([0.8451, 0.8835, 0.001 ])

    Source: `tf.compat.v1.train.noisy_linear_cosine_decay` (whose noise differs at each
    evaluation, and whose rate may be negative); Bello et al. (2017), "Neural Optimizer
    Search with Reinforcement Learning".
    """

    initial_learning_rate: checks.Rate
    decay_steps: checks.PositiveSteps
    initial_variance: checks.NonNegative = 1.0
    variance_decay: checks.NonNegative = 0.55
    num_periods: checks.NonNegative = 0.5
    alpha: checks.NonNegative = 0.0
    beta: checks.NonNegative = 0.001
    name: checks.Label = "NoisyLinearCosineDecay"
    seed: checks.Seed = 0

    @property
    def horizon(self):
        return 1.25 * self.decay_steps

    def landmarks(self, first, last):
        return _ends_of_waves(self, first, last)

    def formula(self, step, xp):
        if self.initial_learning_rate == 0:
            return 0.0 * xp.float(step)
        done = xp.float(steps_done(step, self.decay_steps, xp))
        deviation = xp.sqrt(self.initial_variance / xp.power(1.0 + done, self.variance_decay))
        noise = deviation * standard_normal(self.seed, step, xp)
        return self.initial_learning_rate * xp.maximum(_linear_cosine(self, done, noise, xp), 0.0)
