"""Learning-rate schedules for Keras: the rate you plot is the rate that trains."""

from lrschedules import compat
from lrschedules.arithmetic import Difference, Product, Quotient, Scale, Sum
from lrschedules.compose import (
    Accumulate,
    Clamp,
    Cooldown,
    Hold,
    Join,
    Noise,
    Offset,
    Repeat,
    Stretch,
    Warmup,
)
from lrschedules.cosine import (
    CosineDecay,
    CosineDecayRestarts,
    LinearCosineDecay,
    NoisyLinearCosineDecay,
)
from lrschedules.cyclical import Cyclical
from lrschedules.decay import ExponentialDecay, InverseTimeDecay, NaturalExpDecay, PolynomialDecay
from lrschedules.keras_schedule import KerasSchedule, to_keras
from lrschedules.offset import (
    CosineDecayWithOffset,
    ExponentialDecayWithOffset,
    PiecewiseConstantDecayWithOffset,
    PolynomialDecayWithOffset,
)
from lrschedules.one_cycle import OneCycle, WarmupStableDecay
from lrschedules.piecewise import (
    PiecewiseConstantDecay,
    PiecewiseInterpolate,
    StepCosineDecayWithOffset,
)
from lrschedules.power import (
    DirectPowerDecay,
    InverseSqrtDecay,
    PowerAndLinearDecay,
    PowerDecayWithOffset,
)
from lrschedules.schedule import Schedule
from lrschedules.tabulated import Constant, Tabulated
from lrschedules.tanh import TanhDecay
from lrschedules.text import from_text, read, to_text, write
from lrschedules.warmup import LinearWarmup, PolynomialWarmUp

__version__ = "0.1.0"

__all__ = [
    "Accumulate",
    "Clamp",
    "Constant",
    "Cooldown",
    "CosineDecay",
    "CosineDecayRestarts",
    "CosineDecayWithOffset",
    "Cyclical",
    "Difference",
    "DirectPowerDecay",
    "ExponentialDecay",
    "ExponentialDecayWithOffset",
    "Hold",
    "InverseSqrtDecay",
    "InverseTimeDecay",
    "Join",
    "KerasSchedule",
    "LinearCosineDecay",
    "LinearWarmup",
    "NaturalExpDecay",
    "Noise",
    "NoisyLinearCosineDecay",
    "Offset",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PiecewiseConstantDecayWithOffset",
    "PiecewiseInterpolate",
    "PolynomialDecay",
    "PolynomialDecayWithOffset",
    "PolynomialWarmUp",
    "PowerAndLinearDecay",
    "PowerDecayWithOffset",
    "Product",
    "Quotient",
    "Repeat",
    "Scale",
    "Schedule",
    "StepCosineDecayWithOffset",
    "Stretch",
    "Sum",
    "Tabulated",
    "TanhDecay",
    "Warmup",
    "WarmupStableDecay",
    "compat",
    "from_text",
    "read",
    "to_keras",
    "to_text",
    "write",
]
