"""What a second pair of eyes sees in a schedule, before it trains."""

import dataclasses
import itertools
import math

import keras
import numpy as np
from keras import ops

from lrschedules.backend import current
from lrschedules.compose.timing import Accumulate, Stretch
from lrschedules.core import checks, landmarks
from lrschedules.core.registry import adopt
from lrschedules.core.schedule import (
    Schedule,
    argument_of,
    fields_checked_by,
    held_by,
    parts_of,
)
from lrschedules.training.phases import is_random

LARGEST_STEP_OF_JAX = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a schedule does in a plan that is hardly meant: `severity` is "problem" where it
    trains otherwise than it looks, else "warning"; `step` is where, and `advice` what to do."""

    severity: str
    what: str
    step: int
    advice: str


@dataclasses.dataclass(frozen=True)
class _Plan:
    steps_per_epoch: int
    epochs: int
    accumulated: int

    @property
    def steps(self):
        return self.steps_per_epoch * self.epochs

    @property
    def updates(self):
        return self.steps // self.accumulated


def schedule_check(schedule, steps_per_epoch, epochs, gradient_accumulation_steps=1):
    """What is hardly meant in a schedule that is to train for some epochs.

    It finds step counts that look like epochs or like updates; a boundary, warmup, restart or
    end that is never reached; a rate that stays at (nearly) 0, or never changes; jumps upwards
    that no restart explains; parts of a join that do not meet; more steps than JAX can count;
    and for an object of one of Keras's own classes the steps at which it trains with another
    rate than its formula's, found by compiling it on this backend.

    Args:
        schedule: a schedule of this package or of Keras.
        steps_per_epoch: training steps in an epoch, a whole number greater than 0.
        epochs: for how many epochs it is to train, a whole number greater than 0.
        gradient_accumulation_steps: as in the optimizer.

    Returns:
        A list of `Finding`, in the order of their steps: empty where there is nothing to say.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=25, decay_rate=0.5, staircase=True)
    >>> schedule_check(decay, steps_per_epoch=32, epochs=40)[0].what
    '`decay_steps` is 25 steps, less than the 32 of one epoch: it looks like a number of epochs.'
    """
    plan = _Plan(
        checks.positive_whole_steps("steps_per_epoch", steps_per_epoch),
        checks.positive_whole_steps("epochs", epochs),
        checks.positive_whole_steps("gradient_accumulation_steps", gradient_accumulation_steps),
    )
    ours = adopt(schedule)
    found = [*_too_many_steps(plan), *_counted_otherwise(ours, plan)]
    is_keras = not isinstance(schedule, Schedule) and not ours._asks_others
    if is_keras:
        found += _trains_otherwise(schedule, ours, plan)
    rates = _Rates(ours, plan)
    found += _constant(ours, rates, plan) or _never_reached(ours, plan)
    counted_wrong = any(f.severity == "problem" and "looks like" in f.what for f in found)
    if not counted_wrong:  # else the same said twice
        found += _nothing_trains(rates)
    found += _jumps(ours, rates)
    return sorted(found, key=lambda finding: finding.step)


class _Rates:
    """The rates of a plan that are looked at, each for the steps up to the next."""

    def __init__(self, schedule, plan):
        self.steps, self.rates = landmarks.looked_at(schedule, plan.steps - 1)
        self.weights = np.diff(self.steps, append=plan.steps)


def _number(value):
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}"


def _in_plan(step, plan):
    return f"step {step:,} (epoch {step / plan.steps_per_epoch:.4g})"


def _too_many_steps(plan):
    if keras.backend.backend() == "jax" and plan.steps > LARGEST_STEP_OF_JAX:
        yield Finding(
            "problem",
            f"On JAX Keras counts steps up to {LARGEST_STEP_OF_JAX:,}; the plan has "
            f"{plan.steps:,}.",
            LARGEST_STEP_OF_JAX,
            "Train in several runs, or on another backend.",
        )


def _step_counts(schedule, factor=1.0):
    """The numbers of steps in the configuration of `schedule` and its parts: how many steps of
    training they are, the argument, and its value."""
    found = []
    if type(schedule) is Stretch:
        factor *= schedule.factor
    elif type(schedule) is Accumulate:
        factor *= schedule.gradient_accumulation_steps
    else:
        for name in fields_checked_by(type(schedule), _CHECKS_OF_STEPS):
            value = getattr(schedule, name)
            if value is not None and name not in _NO_LENGTHS:
                value = value[-1] if isinstance(value, tuple) else value
                if value > 0:
                    found.append((value * factor, argument_of(name), value))
    for part in held_by(schedule):
        found += _step_counts(part, factor)
    return found


_CHECKS_OF_STEPS = (
    checks.positive_steps,
    checks.positive_whole_steps,
    checks.steps,
    checks.boundaries,
)
# For how many steps a rate of a table is, and by how much an inverse square root is shifted.
_NO_LENGTHS = {"every", "timescale", "gradient_accumulation_steps", "seed"}


def _counted_otherwise(schedule, plan):
    """Steps that look like epochs, or like updates."""
    counts = _step_counts(schedule)
    accumulates = {
        part.gradient_accumulation_steps for part in parts_of(schedule) if type(part) is Accumulate
    }
    for k in sorted(accumulates - {plan.accumulated}):
        yield Finding(
            "problem",
            f"The schedule counts an update in every {k} steps, and the plan in every "
            f"{plan.accumulated}.",
            0,
            f"Give both the optimizer's `gradient_accumulation_steps`, {k} or {plan.accumulated}.",
        )
    if not counts:
        return
    longest, name, value = max(counts)
    per_epoch = plan.steps_per_epoch
    if plan.epochs > 1 and longest <= min(plan.epochs, per_epoch - 1):
        if _is_over(schedule, longest, plan):
            yield Finding(
                "problem",
                f"`{name}` is {_number(value)} steps, less than the {per_epoch:,} of one epoch: "
                "it looks like a number of epochs.",
                math.ceil(longest),
                f"If epochs are meant, it is {_number(value)} epochs of {per_epoch:,} steps: "
                f"{_number(value * per_epoch)} steps.",
            )
    elif (
        plan.accumulated > 1
        and not accumulates
        and 0.9 * plan.updates <= longest <= 1.1 * plan.updates
    ):
        yield Finding(
            "problem",
            f"`{name}` is {_number(value)} steps, and the plan has {plan.steps:,} steps and "
            f"{plan.updates:,} updates: it looks like a number of updates.",
            math.ceil(longest),
            "Keras counts a step for each batch: wrap the schedule in "
            f"`schedule_accumulate(schedule, {plan.accumulated})`.",
        )
    if plan.epochs > 1:
        for count, name, value in counts:
            is_warmup = name in ("warmup_steps", "steps")
            if is_warmup and count < longest and count <= min(plan.epochs, plan.steps / 1000):
                yield Finding(
                    "warning",
                    f"`{name}` is {_number(value)} steps, and an epoch has {per_epoch:,}: it "
                    "looks like a number of epochs.",
                    math.ceil(count),
                    f"{_number(value)} epochs are {_number(value * per_epoch)} steps.",
                )


def _is_over(schedule, longest, plan):
    """Whether most of what a schedule does lies in the first fifth of a plan."""
    at = np.array([0, longest, plan.steps / 5, plan.steps - 1]).astype(np.int64)
    start, _, early, end = schedule.on_array(at)
    peak = max(start, schedule.on_array(np.arange(math.ceil(longest) + 1)).max())
    cycles = landmarks.RESTART, landmarks.TURN
    again = any(what in cycles for _, what in schedule.landmarks(0, plan.steps))
    return again or abs(early - end) <= 0.01 * peak


def _constant(schedule, rates, plan):
    """A rate that never changes, though it would in a longer plan."""
    if rates.rates.min() != rates.rates.max() or plan.steps == 1:
        return []
    after = _first_change(schedule, plan)
    if after is None:
        return []
    step, what = after
    return [
        Finding(
            "warning",
            f"The rate is {_number(float(rates.rates[0]))} in all {plan.steps:,} steps of the "
            f"plan: it first changes at {_in_plan(step, plan)}{what}.",
            plan.steps,
            "Make the schedule shorter, or the plan longer.",
        )
    ]


def _first_change(schedule, plan):
    last = max(math.ceil(schedule.horizon), plan.steps)
    steps, rates = landmarks.looked_at(schedule, min(last, checks.MAX_STEP))
    changed = np.flatnonzero(rates != rates[0])
    if not len(changed):
        return None
    step = int(steps[changed[0]])
    names = [what for at, what in schedule.landmarks(step - 1, step + 1) if at in (step - 1, step)]
    return step, f", where the {names[0]}" if names and " " in names[0] else ""


_REACHED_AT_THE_END = (landmarks.DECAY_ENDS, landmarks.COOLDOWN_ENDS, landmarks.WARMUP_ENDS)


_HAPPENS = {
    landmarks.RESTART: "The schedule restarts",
    landmarks.BOUNDARY: "The schedule has a boundary",
    landmarks.DROP: "The schedule drops",
    landmarks.JOIN: "The next part begins",
}
"""For the sentence, where it isn't "The" and what the landmark says."""


def _never_reached(schedule, plan):
    """What the plan ends before: the first of each kind."""
    reached, beyond = set(), {}
    for step, what in schedule.landmarks(0, checks.MAX_STEP):
        # An end at the number of steps of the plan is reached by its last step.
        late = step > plan.steps if what in _REACHED_AT_THE_END else step >= plan.steps
        if what == landmarks.RESTART and step == plan.steps:
            late = False
        if not late:
            if step > 0:
                reached.add(what)
        elif what == landmarks.BOUNDARY or step < beyond.get(what, math.inf):
            beyond[what] = step
    for what, step in beyond.items():
        if what == landmarks.TURN or (what in reached and what != landmarks.BOUNDARY):
            continue
        happens = _HAPPENS.get(what, f"The {what}")
        yield Finding(
            "warning",
            f"{happens} at {_in_plan(step, plan)}, which the plan of {plan.steps:,} "
            "steps never reaches.",
            step,
            "Make that part shorter, or the plan longer.",
        )


def _nothing_trains(rates):
    """A rate of 0, or under a thousandth of the peak, for more than a tenth of the run."""
    peak, steps = rates.rates.max(), rates.weights.sum()
    if peak == 0:
        advice = "Nothing is trained: give a rate greater than 0."
        return [Finding("warning", "The rate is 0 at every step.", 0, advice)]
    for low, what in (
        (rates.rates == 0, "0"),
        # At exactly a thousandth a float may be just below.
        (rates.rates < peak / 1000 * (1 - 1e-9), "under a thousandth of its peak"),
    ):
        count = int(rates.weights[low].sum())
        if count > steps / 10:
            first = int(rates.steps[low][0])
            return [
                Finding(
                    "warning",
                    f"The rate is {what} in {count:,} of {steps:,} steps.",
                    first,
                    "Let the decay last longer or end higher, or train for fewer epochs.",
                )
            ]
    return []


def _jumps(schedule, rates):
    """Jumps upwards that no restart explains, and parts of a join that do not meet."""
    if is_random(schedule) or schedule._asks_others or len(rates.rates) < 2:
        return
    next_to = np.diff(rates.steps) == 1
    before, after = rates.rates[:-1], rates.rates[1:]
    peak = rates.rates.max()
    up = next_to & (before > 0) & (after > 10 * before) & (after >= peak / 100)
    step_sizes = np.abs(np.diff(rates.rates))
    said = set()
    for i in _landmarks_at(schedule, rates, landmarks.JOIN):
        if i == 0 or i >= len(rates.rates) or not next_to[i - 1]:
            continue
        gap = step_sizes[i - 1]
        beside = max(step_sizes[max(i - 2, 0)], step_sizes[min(i, len(step_sizes) - 1)])
        # A decay that has come to its end and starts again is a restart.
        ended = rates.rates[i - 1] < peak / 100
        if gap > 0.05 * max(before[i - 1], after[i - 1]) and gap > 3 * beside and not ended:
            said.add(i - 1)
            yield _finding_of_jump(
                "The parts of the schedule do not meet: the rate goes",
                rates,
                i,
                "Let the next part begin at the rate at which the one before ends.",
            )
    count = 0
    for i in np.flatnonzero(up):
        step = int(rates.steps[i + 1])
        around = schedule.landmarks(max(step - 1, 0), step + 1)
        explained = any(
            what in (landmarks.RESTART, landmarks.TURN, landmarks.JOIN) and abs(at - step) <= 1
            for at, what in around
        )
        if i in said or explained:
            continue
        yield _finding_of_jump(
            "The rate jumps up by more than a factor of 10,",
            rates,
            i + 1,
            "Warm up to the higher rate, or check the values.",
        )
        count += 1
        if count == _MOST_JUMPS:
            return


_MOST_JUMPS = 5


def _landmarks_at(schedule, rates, kind):
    """The places in `rates` of the steps at which `kind` happens."""
    last = int(rates.steps[-1])
    steps = sorted({step for step, what in schedule.landmarks(0, last) if what == kind})
    found = np.searchsorted(rates.steps, steps)
    inside = found < len(rates.steps)
    return [int(i) for i, s in zip(found[inside], np.array(steps)[inside]) if rates.steps[i] == s]


def _finding_of_jump(what, rates, i, advice):
    before, after = float(rates.rates[i - 1]), float(rates.rates[i])
    step = int(rates.steps[i])
    sentence = f"{what} from {_number(before)} to {_number(after)} at step {step:,}."
    return Finding("warning", sentence, step, advice)


_PARTS = 100


def _trains_otherwise(theirs, ours, plan):
    """The steps at which an object of Keras's own class, compiled, gives another rate than its
    formula."""
    last = min(plan.steps, LARGEST_STEP_OF_JAX) - 1
    edges = np.linspace(0, last, _PARTS + 1).astype(np.int64).tolist()
    steps = {0, last}
    for first, end in itertools.pairwise(edges):
        for step, _ in ours.landmarks(first, end):
            steps.update(s for s in range(step - 1, step + 2) if 0 <= s <= last)
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
            "lrschedules' function of the same name trains with its formula's rate.",
        )
    ]


def _listed(values):
    return ", ".join(_number(value) for value in values)
