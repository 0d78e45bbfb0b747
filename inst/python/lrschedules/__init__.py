"""Learning-rate schedules for Keras: the rate you plot is the rate that trains."""

from lrschedules import classes, compat  # noqa: F401 (exported below)
from lrschedules.classes.half import KERAS
from lrschedules.classes.schedule import Schedule, schedule_class
from lrschedules.exchange.text import from_text, read, to_text, write
from lrschedules.exchange.to_keras import to_keras
from lrschedules.insight.findings import schedule_check
from lrschedules.insight.phases import schedule_explain
from lrschedules.training.callbacks import ReduceScheduleOnPlateau, ResumeCheck
from lrschedules.training.find_learning_rate import find_learning_rate
from lrschedules.training.layer_rates import (
    LayerRates,
    layer_rates,
    optimizer_layer_rates,
    optimizer_with_layer_rates,
)
from lrschedules.training.monitor import LearningRateMonitor
from lrschedules.training.optimizer import (
    optimizer_learning_rate,
    optimizer_schedule,
    optimizer_step,
    scale_learning_rate,
    set_optimizer_schedule,
    set_optimizer_step,
)
from lrschedules.training.scheduled_optimizer import optimizer_with_schedules, scheduled_numbers
from lrschedules_math.core import checks

__version__ = "0.1.0.9000"

# Export every schedule class. `__init__.pyi` lists them for editors and type checkers.
globals().update(KERAS.classes)

__all__ = [
    "LayerRates",
    "LearningRateMonitor",
    "ReduceScheduleOnPlateau",
    "ResumeCheck",
    "Schedule",
    "checks",
    "compat",
    "find_learning_rate",
    "from_text",
    "layer_rates",
    "optimizer_layer_rates",
    "optimizer_learning_rate",
    "optimizer_schedule",
    "optimizer_step",
    "optimizer_with_layer_rates",
    "optimizer_with_schedules",
    "read",
    "scale_learning_rate",
    "schedule_check",
    "schedule_class",
    "schedule_explain",
    "scheduled_numbers",
    "set_optimizer_schedule",
    "set_optimizer_step",
    "to_keras",
    "to_text",
    "write",
]
__all__ += sorted(KERAS.classes)
