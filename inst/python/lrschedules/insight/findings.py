"""Likely mistakes in a schedule, also in Keras's schedules, and errors that this backend adds."""

import itertools

import keras
import numpy as np
from keras import ops

from lrschedules.backend import current
from lrschedules.classes.half import KERAS
from lrschedules_math.core import checks
from lrschedules_math.core.schedule import Schedule
from lrschedules_math.insight import findings
from lrschedules_math.insight.findings import Finding, Plan, in_order, number

_LARGEST_STEP = 2**31 - 1
_COUNTS_IN_32_BITS = {"jax": "JAX", "torch": "PyTorch"}


def schedule_check(schedule, steps_per_epoch, epochs, gradient_accumulation_steps=1, from_step=0):
    """Checks a schedule against a training plan, and lists likely mistakes.

    It finds step counts that look like epochs or like updates; a number of steps per update that
    differs from the plan's; a boundary, warmup, restart or end that is never reached; a rate that
    stays at (nearly) 0, or only changes after the plan; a warmup that ends at 0; a peak of 10 or
    more; jumps upwards that no restart explains; parts of a join that do not meet; a rate that is
    negative or not a number; training that begins after the end of the schedule, at rate 0; and
    more steps than JAX and PyTorch can count. For Keras's own schedules, it also finds a warmup
    that Keras ignores, and the steps at which they train at a different rate than their formula,
    when compiled on this backend.

    Args:
        schedule: a schedule of this package or of Keras.
        steps_per_epoch: the training steps in an epoch, a whole number greater than 0.
        epochs: the number of epochs to train, a whole number greater than 0.
        gradient_accumulation_steps: the same as in the optimizer, a whole number greater than 0.
        from_step: the step at which the plan begins, a whole number, 0 or more. To resume
            training, pass the optimizer's step count.

    Returns:
        A list of `Finding`, in the order of their steps; empty if nothing was found.

    Raises:
        ValueError: `schedule` is not a schedule, or an argument is out of range; the message names
            the argument.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=25, decay_rate=0.5, staircase=True)
    >>> schedule_check(decay, steps_per_epoch=32, epochs=40)[0].what
    '`decay_steps = 25` is less than one epoch (32 steps). Did you mean 25 epochs?'
    """
    plan = Plan.of(steps_per_epoch, epochs, gradient_accumulation_steps, from_step)
    ours = KERAS.adopt(schedule)
    found = [*_too_many_steps(plan)]
    found += _ignored_warmup(schedule)
    if not isinstance(schedule, Schedule) and not ours._asks_others:
        found += _trains_otherwise(schedule, ours, plan)
    found += findings.schedule_check(
        ours, plan.steps_per_epoch, plan.epochs, plan.accumulated, plan.first
    )
    return in_order(found)


def _too_many_steps(plan):
    name = _COUNTS_IN_32_BITS.get(keras.backend.backend())
    if name is not None and plan.end > _LARGEST_STEP:
        yield Finding(
            "problem",
            f"On {name} Keras counts only up to {_LARGEST_STEP:,} steps; the plan ends at "
            f"{plan.end:,}.",
            _LARGEST_STEP,
            "Train in several runs, or on another backend.",
            "too many steps",
        )


def _ignored_warmup(schedule):
    """Finds a Keras schedule whose warmup has no target."""
    if type(schedule) is keras.optimizers.schedules.CosineDecay:
        steps = schedule.warmup_steps
        if schedule.warmup_target is None and checks.is_number(steps) and steps > 0:
            yield Finding(
                "problem",
                f"Keras ignores `warmup_steps = {number(steps)}` because `warmup_target` is not "
                "given: the rate starts to fall at step 0.",
                0,
                "Pass the rate at the end of the warmup as `warmup_target`.",
                "ignored warmup",
            )


_PARTS = 100


def _trains_otherwise(theirs, ours, plan):
    """Finds the steps at which one of Keras's own schedules, when compiled, gives a different rate
    than its formula."""
    last = min(plan.end, _LARGEST_STEP) - 1
    if plan.first > last:
        return []
    edges = np.linspace(plan.first, last, _PARTS + 1).astype(np.int64).tolist()
    steps = {plan.first, last}
    for first, end in itertools.pairwise(edges):
        for step, _ in ours.landmarks(first, end):
            steps.update(s for s in range(step - 1, step + 2) if plan.first <= s <= last)
    steps = np.array(sorted(steps))
    compiled = current.as_trained(theirs)
    dtype = current.INTEGER_OF_STEPS
    trained = np.array(
        [float(compiled(ops.convert_to_tensor(step, dtype))) for step in steps.tolist()]
    )
    meant = ours.on_array(steps)
    wrong = np.abs(trained - meant) > np.maximum(1e-3 * meant, 1e-6 * meant.max())
    if not wrong.any():
        return []
    name = type(theirs).__name__
    shown = slice(None, 5)
    at, is_, should = steps[wrong][shown], trained[wrong][shown], meant[wrong][shown]
    more = int(wrong.sum()) - len(at)
    plural = "step" if len(at) == 1 else "steps"
    return [
        Finding(
            "problem",
            f"Keras's {name} trains with {_listed(is_)} at {plural} {_listed(at.tolist())} "
            f"instead of {_listed(should)}{f' (and at {more:,} more)' if more else ''}.",
            int(at[0]),
            "Use lrschedules' schedule of the same name, which trains with the formula's rate.",
            "trains otherwise",
        )
    ]


def _listed(values):
    return ", ".join(number(value) for value in values)
