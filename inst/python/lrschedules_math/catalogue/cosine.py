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
    """Falls along half a cosine wave, where wanted after a linear warmup.

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

    The end, `alpha * peak`, is held from step `decay_steps` on (with a warmup from
    `warmup_steps + decay_steps` on). Below step 0 the rate is that at 0.

    Args:
        initial_learning_rate: the rate at step 0, 0 or more.
        decay_steps: steps of the cosine, without those of the warmup, greater than 0; may be
            fractional.
        alpha: the rate at the end as a fraction of the peak, 0 or more.
        name: a label, kept in the configuration.
        warmup_target: the rate at the end of the warmup, 0 or more; None for no warmup.
        warmup_steps: whole steps of the warmup, 0 or more. With 0 steps and a target the
            schedule starts at the target.

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
    """Falls along half a cosine wave again and again (SGDR).

    ```
    rate(step) = initial_learning_rate
                 * ((1 - alpha) * m_mul^i * (1 + cos(pi * f)) / 2 + alpha)
    ```

    where `f` is the fraction of cycle `i` that is done. Cycle `i` lasts
    `first_decay_steps * t_mul^i` steps, and starts after those before it:
    at `first_decay_steps * (t_mul^i - 1) / (t_mul - 1)`, or at `first_decay_steps * i`
    with `t_mul=1`. Where that is no whole step, the first step of the cycle is the next
    whole one, already a little down the cosine. There is no end. Below step 0 the rate
    is `initial_learning_rate`.

    Args:
        initial_learning_rate: the rate at step 0, 0 or more.
        first_decay_steps: steps in the first cycle, greater than 0; may be fractional.
        t_mul: how many times longer each cycle is than the one before: 1, or enough more
            for at most 100,000 cycles in 2^53 steps (after a first step or more, 1.0004 is).
        m_mul: how many times higher each cycle starts than the one before, 0 or more;
            at most 1 where `alpha` is 1 or more.
        alpha: the rate at the end of each cycle as a fraction of
            `initial_learning_rate`, 0 or more.
        name: a label, kept in the configuration.

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
            few = f"1, or large enough for at most {MAX_CYCLES} cycles in 2^53 steps"
            raise checks.refuse("t_mul", few, self.t_mul)
        if self.m_mul > 1 and self.alpha >= 1:
            raise checks.refuse("m_mul", "at most 1 where `alpha` is 1 or more", self.m_mul)
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
        # What would change nothing is left out: most restart at the same height, and end at 0.
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
    """What the two classes below share; `noise` is added to the line."""
    left = (schedule.decay_steps - done) / schedule.decay_steps
    # cos²(pi n (1 - left)), with the whole turns of n left out: exactly 0 where it ends at 0.
    turns = 0.5 - schedule.num_periods % 1.0 + schedule.num_periods * left
    wave = xp.sin(math.pi * turns)
    line = left + noise if schedule.alpha == 0 else schedule.alpha + left + noise
    return line * (wave * wave) + schedule.beta


@schedule_class
class LinearCosineDecay(Schedule):
    """Falls along a straight line that a cosine modulates.

    ```
    rate(step) = initial_learning_rate
                 * ((alpha + (decay_steps - s) / decay_steps) * wave + beta)
    wave       = (1 + cos(2 * pi * num_periods * s / decay_steps)) / 2
    s          = min(step, decay_steps)
    ```

    The end is held. Below step 0 the rate is that at 0, which is
    `initial_learning_rate * (1 + alpha + beta)`.

    Args:
        initial_learning_rate: the rate from which the schedule starts, but for
            `alpha` and `beta`; 0 or more.
        decay_steps: steps to the end, greater than 0; may be fractional.
        num_periods: periods of the cosine in `decay_steps`, 0 or more.
        alpha: what is added to the line, 0 or more.
        beta: what is added to the whole, 0 or more.
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
        if self.initial_learning_rate == 0:  # what it is multiplied with may be infinite
            return 0.0 * xp.float(step)
        done = xp.float(steps_done(step, self.decay_steps, xp))
        return self.initial_learning_rate * _linear_cosine(self, done, 0.0, xp)


@schedule_class
class NoisyLinearCosineDecay(Schedule):
    """`LinearCosineDecay` with noise that becomes weaker.

    ```
    rate(step) = initial_learning_rate
                 * max(0, (alpha + (decay_steps - s) / decay_steps + noise) * wave + beta)
    wave       = (1 + cos(2 * pi * num_periods * s / decay_steps)) / 2
    s          = min(step, decay_steps)
    ```

    `noise` is normal with variance `initial_variance / (1 + s) ^ variance_decay`. It is
    a function of `seed` and the step alone: a rate that is read, drawn or trained
    with is the same number every time, on every backend. After `decay_steps` the
    line has ended, and the noise goes on. Below step 0 the rate is that at 0.

    Args:
        initial_learning_rate: the rate from which the schedule starts, but for noise,
            `alpha` and `beta`; 0 or more.
        decay_steps: steps to the end of the line, greater than 0; may be fractional.
        initial_variance: variance of the noise at step 0, 0 or more.
        variance_decay: exponent by which the variance falls, 0 or more.
        num_periods: periods of the cosine in `decay_steps`, 0 or more.
        alpha: what is added to the line, 0 or more.
        beta: what is added to the whole, 0 or more.
        name: a label, kept in the configuration.
        seed: a whole number, 0 or more, that chooses the noise.

    Example:

    >>> schedule = NoisyLinearCosineDecay(1.0, decay_steps=100, initial_variance=0.01, seed=7)
    >>> schedule.rates([0, 1, 100]).round(4)
    array([0.8451, 0.8835, 0.001 ])

    Source: `tf.compat.v1.train.noisy_linear_cosine_decay` (where the noise differs at each
    evaluation, and the rate may be negative); Bello et al. (2017), "Neural Optimizer
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
