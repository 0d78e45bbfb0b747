# Written by `make document`.
from collections.abc import Sequence
from typing import Any

from keras.optimizers.schedules import LearningRateSchedule

from lrschedules import compat as compat
from lrschedules.classes.schedule import schedule_class as schedule_class
from lrschedules.exchange.text import from_text as from_text
from lrschedules.exchange.text import read as read
from lrschedules.exchange.text import to_text as to_text
from lrschedules.exchange.text import write as write
from lrschedules.exchange.to_keras import to_keras as to_keras
from lrschedules.insight.findings import schedule_check as schedule_check
from lrschedules.training.callbacks import ReduceScheduleOnPlateau as ReduceScheduleOnPlateau
from lrschedules.training.callbacks import ResumeCheck as ResumeCheck
from lrschedules.training.find_learning_rate import find_learning_rate as find_learning_rate
from lrschedules.training.layer_rates import LayerRates as LayerRates
from lrschedules.training.layer_rates import layer_rates as layer_rates
from lrschedules.training.layer_rates import optimizer_layer_rates as optimizer_layer_rates
from lrschedules.training.layer_rates import optimizer_with_layer_rates as optimizer_with_layer_rates
from lrschedules.training.monitor import LearningRateMonitor as LearningRateMonitor
from lrschedules.training.optimizer import optimizer_learning_rate as optimizer_learning_rate
from lrschedules.training.optimizer import optimizer_schedule as optimizer_schedule
from lrschedules.training.optimizer import optimizer_step as optimizer_step
from lrschedules.training.optimizer import scale_learning_rate as scale_learning_rate
from lrschedules.training.optimizer import set_optimizer_schedule as set_optimizer_schedule
from lrschedules.training.optimizer import set_optimizer_step as set_optimizer_step
from lrschedules.training.scheduled_optimizer import optimizer_with_schedules as optimizer_with_schedules
from lrschedules.training.scheduled_optimizer import scheduled_numbers as scheduled_numbers
from lrschedules_math.core import checks as checks
from lrschedules_math.insight.phases import schedule_explain as schedule_explain
from lrschedules.classes.schedule import Schedule as Schedule

__version__: str

class KerasSchedule(Schedule):
    """A schedule of a foreign class that is registered with Keras, kept as plain data."""

    class_name: str
    config: dict
    def __init__(
        self,
        class_name: str,
        config: dict,
    ) -> None: ...

class Accumulate(Schedule):
    """Counts updates instead of batches, for an optimizer with `gradient_accumulation_steps`."""

    schedule: LearningRateSchedule | float
    gradient_accumulation_steps: int
    def __init__(
        self,
        schedule: LearningRateSchedule | float,
        gradient_accumulation_steps: int,
    ) -> None: ...

class Clamp(Schedule):
    """Keeps the rate of a schedule within bounds."""

    schedule: LearningRateSchedule | float
    min: float
    max: float
    def __init__(
        self,
        schedule: LearningRateSchedule | float,
        min: float = ...,
        max: float = ...,
    ) -> None: ...

class Constant(Schedule):
    """Keeps the same rate at every step."""

    learning_rate: float
    name: str | None
    def __init__(
        self,
        learning_rate: float,
        name: str | None = ...,
    ) -> None: ...

class Cooldown(Schedule):
    """Follows a schedule up to a step, then falls to `to` and stays there."""

    schedule: LearningRateSchedule | float
    at: int
    steps: int
    to: float
    shape: str
    power: float
    def __init__(
        self,
        schedule: LearningRateSchedule | float,
        at: int,
        steps: int,
        to: float = ...,
        shape: str = ...,
        power: float = ...,
    ) -> None: ...

class CosineDecay(Schedule):
    """Falls along half a cosine wave, optionally after a linear warmup."""

    initial_learning_rate: float
    decay_steps: int | float
    alpha: float
    name: str | None
    warmup_target: float | None
    warmup_steps: int
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int | float,
        alpha: float = ...,
        name: str | None = ...,
        warmup_target: float | None = ...,
        warmup_steps: int = ...,
    ) -> None: ...

class CosineDecayRestarts(Schedule):
    """Falls along half a cosine wave, and restarts, again and again (SGDR)."""

    initial_learning_rate: float
    first_decay_steps: int | float
    t_mul: float
    m_mul: float
    alpha: float
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int | float,
        t_mul: float = ...,
        m_mul: float = ...,
        alpha: float = ...,
        name: str | None = ...,
    ) -> None: ...

class Cyclical(Schedule):
    """Rises in a straight line for `step_size` steps and falls again, in cycles."""

    initial_learning_rate: float
    maximal_learning_rate: float
    step_size: int
    mode: str
    gamma: float
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        maximal_learning_rate: float,
        step_size: int,
        mode: str = ...,
        gamma: float = ...,
        name: str | None = ...,
    ) -> None: ...

class Difference(Schedule):
    """A schedule minus another, but never below 0: `schedule - other`."""

    minuend: LearningRateSchedule | float
    subtrahend: LearningRateSchedule | float
    def __init__(
        self,
        minuend: LearningRateSchedule | float,
        subtrahend: LearningRateSchedule | float,
    ) -> None: ...

class DirectPowerDecay(Schedule):
    """Follows a power of the step."""

    initial_learning_rate: float
    power: float
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        power: float = ...,
        name: str | None = ...,
    ) -> None: ...

class Hold(Schedule):
    """Follows a schedule up to a step, and holds the rate of that step."""

    schedule: LearningRateSchedule | float
    from_: int
    def __init__(
        self,
        schedule: LearningRateSchedule | float,
        from_: int,
    ) -> None: ...

class InverseSqrtDecay(Schedule):
    """A linear warmup, then a fall with the inverse square root of the step."""

    initial_learning_rate: float
    warmup_steps: int
    timescale: int
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        warmup_steps: int = ...,
        timescale: int = ...,
        name: str | None = ...,
    ) -> None: ...

class Join(Schedule):
    """Runs schedules one after the other, each counting from the boundary where it starts."""

    schedules: tuple[Any, ...]
    boundaries: tuple[Any, ...]
    def __init__(
        self,
        schedules: Sequence[Any],
        boundaries: Sequence[Any],
    ) -> None: ...

class LinearCosineDecay(Schedule):
    """Falls along a straight line multiplied by a cosine wave."""

    initial_learning_rate: float
    decay_steps: int | float
    num_periods: float
    alpha: float
    beta: float
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int | float,
        num_periods: float = ...,
        alpha: float = ...,
        beta: float = ...,
        name: str | None = ...,
    ) -> None: ...

class MomentumOneCycle(Schedule):
    """The momentum of a `OneCycle` policy: it is low when the rate is high."""

    schedule: Schedule
    minimal_momentum: float
    maximal_momentum: float
    name: str | None
    def __init__(
        self,
        schedule: Schedule,
        minimal_momentum: float = ...,
        maximal_momentum: float = ...,
        name: str | None = ...,
    ) -> None: ...

class Noise(Schedule):
    """Multiplies the rate of a schedule by normal noise that depends only on seed and step."""

    schedule: LearningRateSchedule | float
    sd: float
    seed: int
    def __init__(
        self,
        schedule: LearningRateSchedule | float,
        sd: float,
        seed: int,
    ) -> None: ...

class NoisyLinearCosineDecay(Schedule):
    """`LinearCosineDecay` with noise that fades."""

    initial_learning_rate: float
    decay_steps: int | float
    initial_variance: float
    variance_decay: float
    num_periods: float
    alpha: float
    beta: float
    name: str | None
    seed: int
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int | float,
        initial_variance: float = ...,
        variance_decay: float = ...,
        num_periods: float = ...,
        alpha: float = ...,
        beta: float = ...,
        name: str | None = ...,
        seed: int = ...,
    ) -> None: ...

class Offset(Schedule):
    """Starts a schedule at step `offset`, and holds its first rate until then."""

    schedule: LearningRateSchedule | float
    offset: int
    def __init__(
        self,
        schedule: LearningRateSchedule | float,
        offset: int,
    ) -> None: ...

class OneCycle(Schedule):
    """Rises to the maximal rate, then falls to a small part of the initial rate."""

    maximal_learning_rate: float
    total_steps: int
    warmup_fraction: float
    anneal: str
    initial_divisor: float
    final_divisor: float
    three_phase: bool
    name: str | None
    def __init__(
        self,
        maximal_learning_rate: float,
        total_steps: int,
        warmup_fraction: float = ...,
        anneal: str = ...,
        initial_divisor: float = ...,
        final_divisor: float = ...,
        three_phase: bool = ...,
        name: str | None = ...,
    ) -> None: ...

class PolynomialDecay(Schedule):
    """Falls to an end rate along a power of the fraction of steps that are left."""

    initial_learning_rate: float
    decay_steps: int | float
    end_learning_rate: float
    power: float
    cycle: bool
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int | float,
        end_learning_rate: float = ...,
        power: float = ...,
        cycle: bool = ...,
        name: str | None = ...,
    ) -> None: ...

class PowerAndLinearDecay(Schedule):
    """Follows a power of the step, multiplied by a line that falls to 0 at the end."""

    initial_learning_rate: float
    total_decay_steps: int
    power: float
    linear_decay_fraction: float
    offset: int
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        total_decay_steps: int,
        power: float = ...,
        linear_decay_fraction: float = ...,
        offset: int = ...,
        name: str | None = ...,
    ) -> None: ...

class PowerDecayWithOffset(Schedule):
    """Holds one rate up to an offset, then follows a power of the steps since the offset."""

    initial_learning_rate: float
    power: float
    offset: int
    pre_offset_learning_rate: float
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        power: float = ...,
        offset: int = ...,
        pre_offset_learning_rate: float = ...,
        name: str | None = ...,
    ) -> None: ...

class Quotient(Schedule):
    """A schedule divided by a number or a schedule: `schedule / divisor`."""

    dividend: LearningRateSchedule | float
    divisor: LearningRateSchedule | float
    def __init__(
        self,
        dividend: LearningRateSchedule | float,
        divisor: LearningRateSchedule | float,
    ) -> None: ...

class Repeat(Schedule):
    """Restarts a schedule every `every` steps."""

    schedule: LearningRateSchedule | float
    every: int
    times: int | float
    def __init__(
        self,
        schedule: LearningRateSchedule | float,
        every: int,
        times: int | float = ...,
    ) -> None: ...

class Scale(Schedule):
    """A schedule times a number: `schedule * factor`."""

    schedule: LearningRateSchedule | float
    factor: float
    def __init__(
        self,
        schedule: LearningRateSchedule | float,
        factor: float,
    ) -> None: ...

class Stretch(Schedule):
    """Runs a schedule slower or, with `factor < 1`, faster."""

    schedule: LearningRateSchedule | float
    factor: int | float
    def __init__(
        self,
        schedule: LearningRateSchedule | float,
        factor: int | float,
    ) -> None: ...

class TanhDecay(Schedule):
    """Falls along a hyperbolic tangent, from `lower` to `upper`."""

    initial_learning_rate: float
    decay_steps: int | float
    lower: float
    upper: float
    end_learning_rate: float
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int | float,
        lower: float = ...,
        upper: float = ...,
        end_learning_rate: float = ...,
        name: str | None = ...,
    ) -> None: ...

class Warmup(Schedule):
    """Rises to a schedule during the first `steps` steps, then follows it."""

    schedule: LearningRateSchedule | float
    steps: int
    from_: float
    shape: str
    power: float
    shift: bool
    to: float | None
    def __init__(
        self,
        schedule: LearningRateSchedule | float,
        steps: int,
        from_: float = ...,
        shape: str = ...,
        power: float = ...,
        shift: bool = ...,
        to: float | None = ...,
    ) -> None: ...

class WarmupStableDecay(Schedule):
    """Rises to the maximal rate, holds it, and falls to the end rate."""

    maximal_learning_rate: float
    warmup_steps: int
    stable_steps: int
    decay_steps: int
    warmup_shape: str
    decay_shape: str
    end_learning_rate: float
    name: str | None
    def __init__(
        self,
        maximal_learning_rate: float,
        warmup_steps: int,
        stable_steps: int,
        decay_steps: int,
        warmup_shape: str = ...,
        decay_shape: str = ...,
        end_learning_rate: float = ...,
        name: str | None = ...,
    ) -> None: ...

class ExponentialDecay(Schedule):
    """Multiplies the rate by `decay_rate` every `decay_steps` steps."""

    initial_learning_rate: float
    decay_steps: int | float
    decay_rate: float
    staircase: bool
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int | float,
        decay_rate: float,
        staircase: bool = ...,
        name: str | None = ...,
    ) -> None: ...

class InverseTimeDecay(Schedule):
    """Divides the rate by a number that grows in proportion to the step."""

    initial_learning_rate: float
    decay_steps: int | float
    decay_rate: float
    staircase: bool
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int | float,
        decay_rate: float,
        staircase: bool = ...,
        name: str | None = ...,
    ) -> None: ...

class LinearWarmup(Schedule):
    """Replaces the first steps of a schedule with a straight line."""

    after_warmup_lr_sched: LearningRateSchedule | float
    warmup_steps: int
    warmup_learning_rate: float
    name: str | None
    def __init__(
        self,
        after_warmup_lr_sched: LearningRateSchedule | float,
        warmup_steps: int,
        warmup_learning_rate: float,
        name: str | None = ...,
    ) -> None: ...

class NaturalExpDecay(Schedule):
    """Multiplies the rate by a falling power of e."""

    initial_learning_rate: float
    decay_steps: int | float
    decay_rate: float
    staircase: bool
    name: str | None
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int | float,
        decay_rate: float,
        staircase: bool = ...,
        name: str | None = ...,
    ) -> None: ...

class PiecewiseConstantDecay(Schedule):
    """Holds one value up to each boundary, and the next value after it."""

    boundaries: tuple[Any, ...]
    values: tuple[Any, ...]
    name: str | None
    boundary: str
    def __init__(
        self,
        boundaries: Sequence[Any],
        values: Sequence[Any],
        name: str | None = ...,
        boundary: str = ...,
    ) -> None: ...

class PiecewiseInterpolate(Schedule):
    """Goes from value to value, in straight lines or half cosine waves."""

    boundaries: tuple[Any, ...]
    values: tuple[Any, ...]
    interpolation: str
    name: str | None
    def __init__(
        self,
        boundaries: Sequence[Any],
        values: Sequence[Any],
        interpolation: str = ...,
        name: str | None = ...,
    ) -> None: ...

class PolynomialWarmUp(Schedule):
    """Replaces the first steps of a schedule with a power of the step."""

    after_warmup_lr_sched: LearningRateSchedule | float
    warmup_steps: int
    power: float
    name: str | None
    def __init__(
        self,
        after_warmup_lr_sched: LearningRateSchedule | float,
        warmup_steps: int,
        power: float = ...,
        name: str | None = ...,
    ) -> None: ...

class Product(Schedule):
    """The product of schedules: `schedule * other`."""

    schedules: tuple[Any, ...]
    def __init__(
        self,
        schedules: Sequence[Any],
    ) -> None: ...

class StepCosineDecayWithOffset(Schedule):
    """Goes from value to value in half cosine waves, starting at a later step."""

    boundaries: tuple[Any, ...]
    values: tuple[Any, ...]
    offset: int
    name: str | None
    def __init__(
        self,
        boundaries: Sequence[Any],
        values: Sequence[Any],
        offset: int = ...,
        name: str | None = ...,
    ) -> None: ...

class Sum(Schedule):
    """The sum of schedules: `schedule + other`."""

    schedules: tuple[Any, ...]
    def __init__(
        self,
        schedules: Sequence[Any],
    ) -> None: ...

class Tabulated(Schedule):
    """Reads the rates from a table: one for each step, or one for every `every` steps."""

    values: tuple[Any, ...]
    interpolation: str
    every: int
    name: str | None
    def __init__(
        self,
        values: Sequence[Any],
        interpolation: str = ...,
        every: int = ...,
        name: str | None = ...,
    ) -> None: ...

class CosineDecayWithOffset(CosineDecay):
    """`CosineDecay` that starts at step `offset` and holds its first rate before it."""

    initial_learning_rate: float
    decay_steps: int | float
    alpha: float
    name: str | None
    warmup_target: float | None
    warmup_steps: int
    offset: int
    def __init__(
        self,
        offset: int = ...,
        **base_arguments: Any,
    ) -> None: ...

class PolynomialDecayWithOffset(PolynomialDecay):
    """`PolynomialDecay` that starts at step `offset` and holds `initial_learning_rate` before it."""

    initial_learning_rate: float
    decay_steps: int | float
    end_learning_rate: float
    power: float
    cycle: bool
    name: str | None
    offset: int
    def __init__(
        self,
        offset: int = ...,
        **base_arguments: Any,
    ) -> None: ...

class ExponentialDecayWithOffset(ExponentialDecay):
    """`ExponentialDecay` that starts at step `offset` and holds `initial_learning_rate` before it."""

    initial_learning_rate: float
    decay_steps: int | float
    decay_rate: float
    staircase: bool
    name: str | None
    offset: int
    def __init__(
        self,
        offset: int = ...,
        **base_arguments: Any,
    ) -> None: ...

class PiecewiseConstantDecayWithOffset(PiecewiseConstantDecay):
    """`PiecewiseConstantDecay` whose boundaries are counted from step `offset`."""

    boundaries: tuple[Any, ...]
    values: tuple[Any, ...]
    name: str | None
    boundary: str
    offset: int
    def __init__(
        self,
        offset: int = ...,
        **base_arguments: Any,
    ) -> None: ...
