"""Likely mistakes in a schedule for a given plan."""

import dataclasses
import functools
import math

import numpy as np

from lrschedules_math.compose.ramps import Cooldown, Warmup
from lrschedules_math.compose.timing import Accumulate, Stretch
from lrschedules_math.core import checks, landmarks
from lrschedules_math.core.schedule import (
    argument_of,
    fields_checked_by,
    held_by,
    parts_of,
)
from lrschedules_math.insight.phases import is_random
from lrschedules_math.insight.telling_steps import looked_at

EPOCHS, UPDATES = "counts epochs", "counts updates"


@dataclasses.dataclass(frozen=True)
class Finding:
    """A likely mistake.

    Attributes:
        severity: "problem" if training would not do what the schedule seems to say, else
            "warning".
        what: a sentence that describes the mistake.
        step: the step at which it matters.
        advice: what to do about it.
        kind: the rule that found it.
    """

    severity: str
    what: str
    step: int
    advice: str
    kind: str


@dataclasses.dataclass(frozen=True)
class Plan:
    """A training plan: how long training takes, and how steps are counted."""

    steps_per_epoch: int
    epochs: int
    accumulated: int = 1
    first: int = 0

    @classmethod
    def of(cls, steps_per_epoch, epochs, gradient_accumulation_steps, from_step):
        """Checks the arguments and makes a plan."""
        plan = cls(
            checks.positive_whole_steps("steps_per_epoch", steps_per_epoch),
            checks.positive_whole("epochs", epochs),
            checks.positive_whole_steps("gradient_accumulation_steps", gradient_accumulation_steps),
            checks.steps("from_step", from_step),
        )
        if plan.first and plan.end > checks.MAX_STEP:
            requirement = f"at most 2^53 minus the {plan.steps:,} steps of the epochs"
            raise checks.refuse("from_step", requirement, from_step)
        return plan

    @property
    def steps(self):
        return self.steps_per_epoch * self.epochs

    @property
    def end(self):
        """The step at which the plan ends, including steps trained before the plan."""
        return self.first + self.steps

    @property
    def updates(self):
        return self.end // self.accumulated

    @property
    def all_epochs(self):
        return math.ceil(self.end / self.steps_per_epoch)

    def __str__(self):
        return _counted(self.steps, "step") + self.since

    @property
    def since(self):
        return f" from step {self.first:,} on" if self.first else ""

    def place(self, step):
        return f"step {step:,} (epoch {number(step / self.steps_per_epoch)})"


def schedule_check(schedule, steps_per_epoch, epochs, gradient_accumulation_steps=1, from_step=0):
    """Checks a schedule against a training plan, and lists likely mistakes.

    It finds step counts that look like epochs or like updates; a number of steps per update that
    differs from the plan's; a boundary, warmup, restart or end that is never reached; a rate that
    stays at (nearly) 0, or only changes after the plan; a warmup that ends at 0; a peak of 10 or
    more; jumps upwards that no restart explains; parts of a join that do not meet; a rate that is
    negative or not a number; and training that begins after the end of the schedule, at rate 0.

    Args:
        schedule: a schedule.
        steps_per_epoch: the training steps in an epoch, a whole number greater than 0.
        epochs: the number of epochs to train, a whole number greater than 0.
        gradient_accumulation_steps: the same as in the optimizer, a whole number greater than 0.
        from_step: the step at which the plan begins, a whole number, 0 or more. To resume
            training, pass the optimizer's step count.

    Returns:
        A list of `Finding`, in the order of their steps; empty if nothing was found.

    Raises:
        ValueError: an argument is out of range; the message names it.

    Example:

    >>> from lrschedules import ExponentialDecay
    >>> decay = ExponentialDecay(0.1, decay_steps=25, decay_rate=0.5, staircase=True)
    >>> schedule_check(decay, steps_per_epoch=32, epochs=40)[0].what
    '`decay_steps = 25` is less than one epoch (32 steps). Did you mean 25 epochs?'
    """
    plan = Plan.of(steps_per_epoch, epochs, gradient_accumulation_steps, from_step)
    look = _Look(schedule, plan)
    counted = [*_other_updates(look), *_like_epochs_or_updates(look), *_ramp_like_epochs(look)]
    ended = _has_ended(look)
    found = counted + (ended or _never_changes(look) or _never_reached(look))
    found += [*_warmups_to_zero(look), *_high_rate(look)]
    # A schedule that counts epochs ends early: reporting its zeros would repeat that finding.
    if not ended and not any(
        f.kind in (EPOCHS, UPDATES) and f.severity == "problem" for f in counted
    ):
        found += _nothing_trains(look)
    gaps = _gaps(look)
    return in_order([*found, *_no_rates(look), *gaps, *_jumps_up(look, {gap.step for gap in gaps})])


def in_order(findings):
    """Sorts findings by step."""
    return sorted(findings, key=lambda finding: finding.step)


class _Look:
    """A schedule, a plan, and sampled rates. Each rate is weighted by the steps to the next."""

    def __init__(self, schedule, plan):
        self.schedule, self.plan = schedule, plan
        self.steps, self.rates = looked_at(schedule, plan.end - 1, plan.first)
        self.weights = np.diff(self.steps, append=plan.end)

    @functools.cached_property
    def peak(self):
        """The highest rate, including the steps trained before the plan."""
        peak = float(self.rates.max())
        if self.plan.first:
            peak = max(peak, float(looked_at(self.schedule, self.plan.first - 1)[1].max()))
        return peak

    @functools.cached_property
    def counts(self):
        return _step_counts(self.schedule)

    @functools.cached_property
    def updates_counted(self):
        """The values of `gradient_accumulation_steps` that the schedule itself accounts for."""
        return {
            part.gradient_accumulation_steps
            for part in parts_of(self.schedule)
            if isinstance(part, Accumulate)
        }


def number(value):
    """Formats a number for a sentence."""
    if not isinstance(value, float):
        return f"{value:,}"
    return f"{value:.4g}" if abs(value) < 1000 else f"{round(value, 2):,.10g}"


def _counted(value, noun):
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def _step_counts(schedule, factor=1.0):
    """Collects the step counts in the configuration of `schedule` and its parts. Each is a tuple
    of its length in training steps, the argument's name, its value, and "warmup", "cooldown" or ""
    for what it is the length of."""
    found = []
    if isinstance(schedule, Stretch):
        factor *= schedule.factor
    elif isinstance(schedule, Accumulate):
        factor *= schedule.gradient_accumulation_steps
    else:
        for name in fields_checked_by(type(schedule), _CHECKS_OF_STEPS):
            value = getattr(schedule, name)
            if value is not None and name not in _NO_LENGTHS:
                value = value[-1] if isinstance(value, tuple) else value
                if value > 0:
                    ramp = _ramp(schedule, name)
                    found.append((value * factor, argument_of(name), value, ramp))
    for part in held_by(schedule):
        found += _step_counts(part, factor)
    return found


def _ramp(schedule, name):
    if name == "warmup_steps" or (name == "steps" and isinstance(schedule, Warmup)):
        return "warmup"
    return "cooldown" if name == "steps" and isinstance(schedule, Cooldown) else ""


_CHECKS_OF_STEPS = (
    checks.positive_steps,
    checks.positive_whole_steps,
    checks.steps,
    checks.boundaries,
)
# Step counts that are not the length of anything.
_NO_LENGTHS = {"every", "timescale", "gradient_accumulation_steps", "seed"}


def _other_updates(look):
    """Finds a number of steps per update that differs from the plan's."""
    for k in sorted(look.updates_counted - {look.plan.accumulated}):
        yield Finding(
            "problem",
            f"The schedule counts one update every {_steps(k)}, but the plan counts one every "
            f"{_steps(look.plan.accumulated)}.",
            look.plan.first,
            "Use the optimizer's `gradient_accumulation_steps` in both: "
            f"{k:,} or {look.plan.accumulated:,}.",
            "other updates",
        )


def _steps(k):
    return "step" if k == 1 else f"{k:,} steps"


def _like_epochs_or_updates(look):
    """Checks whether the longest step count looks like a number of epochs or of updates."""
    if not look.counts:
        return
    plan = look.plan
    longest, name, value, _ = max(look.counts)
    if plan.all_epochs > 1 and longest <= min(plan.all_epochs, plan.steps_per_epoch - 1):
        if _is_over(look.schedule, longest, plan):
            yield Finding(
                "problem",
                f"{_setting(name, value, longest)} is less than one epoch "
                f"({plan.steps_per_epoch:,} steps). Did you mean {_counted(value, 'epoch')}?",
                math.ceil(longest),
                _in_steps(value, plan),
                EPOCHS,
            )
    elif (
        plan.accumulated > 1
        and not look.updates_counted
        and 0.9 * plan.updates <= longest <= 1.1 * plan.updates
    ):
        yield Finding(
            "problem",
            f"{_setting(name, value, longest)} looks like a number of updates: the plan has "
            f"{plan.end:,} steps and {_counted(plan.updates, 'update')}.",
            math.ceil(longest),
            "Keras counts every batch as a step: wrap the schedule in "
            f"`Accumulate(schedule, {plan.accumulated})` (in R "
            f"`schedule_accumulate(schedule, {plan.accumulated})`).",
            UPDATES,
        )


def _setting(name, value, length):
    told = "" if length == value else f" ({_counted(length, 'training step')})"
    if name == "boundaries":
        return f"The last boundary, {number(value)}{told},"
    return f"`{name} = {number(value)}`{told}"


def _in_steps(value, plan):
    steps = value * plan.steps_per_epoch
    verb = "is" if value == 1 else "are"
    return f"{_counted(value, 'epoch')} {verb} {_counted(steps, 'step')}."


def _ramp_like_epochs(look):
    """Finds a short warmup or cooldown whose steps look like a number of epochs."""
    plan = look.plan
    if not look.counts or plan.all_epochs == 1 or plan.steps_per_epoch == 1:
        return
    longest = max(look.counts)[0]
    for count, name, value, ramp in look.counts:
        if ramp and count < longest and count <= min(plan.all_epochs, plan.end / 1000):
            end = landmarks.WARMUP_ENDS if ramp == "warmup" else landmarks.COOLDOWN_ENDS
            at = (step for step, what in look.schedule.landmarks(0, plan.end) if what == end)
            yield Finding(
                "warning",
                f"{_setting(name, value, count)} is a short {ramp}: one epoch has "
                f"{plan.steps_per_epoch:,} steps. Did you mean {_counted(value, 'epoch')}?",
                min(at, default=math.ceil(count)),
                _in_steps(value, plan),
                EPOCHS,
            )


def _is_over(schedule, longest, plan):
    """Whether a schedule does most of its work in the first fifth of a plan."""
    at = np.array([0, longest, plan.end / 5, plan.end - 1]).astype(np.int64)
    start, _, early, end = schedule.on_array(at)
    peak = max(start, schedule.on_array(np.arange(math.ceil(longest) + 1)).max())
    cycles = landmarks.RESTART, landmarks.TURN
    again = any(what in cycles for _, what in schedule.landmarks(0, plan.end))
    return again or abs(early - end) <= 0.01 * peak


def _has_ended(look):
    """Finds training that begins after the end of its schedule."""
    plan = look.plan
    if not plan.first or look.rates.any() or look.peak == 0:
        return []
    if _first_change(look.schedule, plan) is not None:
        return []
    return [
        Finding(
            "warning",
            f"The schedule has ended: every rate from step {plan.first:,} on is 0.",
            plan.first,
            "Nothing would be trained. Give the optimizer a new schedule with "
            "`set_optimizer_schedule()`, or restart this one with `set_optimizer_step(model, 0)`.",
            "ended",
        )
    ]


def _never_changes(look):
    """Finds a rate that never changes in this plan, but would in a longer one."""
    plan = look.plan
    if look.rates.min() != look.rates.max() or plan.steps == 1:
        return []
    after = _first_change(look.schedule, plan)
    if after is None:
        return []
    step, what = after
    return [
        Finding(
            "warning",
            f"The rate is {number(float(look.rates[0]))} in all {plan.steps:,} steps of the "
            f"plan{plan.since}: it first changes at {plan.place(step)}{what}.",
            plan.end,
            "Make the schedule shorter, or the plan longer.",
            "never changes",
        )
    ]


def _first_change(schedule, plan):
    last = max(math.ceil(schedule.horizon), plan.end)
    steps, rates = looked_at(schedule, min(last, checks.MAX_STEP), plan.first)
    changed = np.flatnonzero(rates != rates[0])
    if not len(changed):
        return None
    step = int(steps[changed[0]])
    names = [what for at, what in schedule.landmarks(step - 1, step + 1) if at in (step - 1, step)]
    name = "next part begins" if names[:1] == [landmarks.JOIN] else next(iter(names), "")
    return step, f", where the {name}" if " " in name else ""


_REACHED_AT_THE_END = (
    landmarks.DECAY_ENDS,
    landmarks.COOLDOWN_ENDS,
    landmarks.WARMUP_ENDS,
    landmarks.RESTART,
)


_HAPPENS = {
    landmarks.RESTART: "The schedule restarts",
    landmarks.BOUNDARY: "The schedule passes a boundary",
    landmarks.DROP: "The schedule drops",
    landmarks.JOIN: "The next part begins",
}
"""How a sentence about a landmark begins, if not with "The" and the landmark's own words."""


def _never_reached(look):
    """Finds landmarks beyond the end of the plan: the last boundary, and the first landmark of each
    kind of which the plan reaches none."""
    plan, reached, beyond = look.plan, set(), {}
    found = look.schedule.landmarks(0, checks.MAX_STEP)
    # Of many restarts, `found` has only some: also look for those next to the end of the plan.
    for first, last in (0, plan.end), (plan.end, checks.MAX_STEP):
        near = look.schedule.landmarks(first, last)
        found += [landmark for landmark in near if landmark.what != landmarks.BOUNDARY]
    for step, what in found:
        # What ends exactly at the end of the plan is complete with the plan's last step.
        late = step > plan.end if what in _REACHED_AT_THE_END else step >= plan.end
        if not late:
            if step > 0:
                reached.add(what)
        elif what == landmarks.BOUNDARY or step < beyond.get(what, math.inf):
            beyond[what] = step
    return [
        Finding(
            "warning",
            f"{_HAPPENS.get(what, f'The {what}')} at {plan.place(step)}, which the plan of "
            f"{plan} never reaches.",
            step,
            "Make that part shorter, or the plan longer.",
            "never reached",
        )
        for what, step in beyond.items()
        if what != landmarks.TURN and (what not in reached or what == landmarks.BOUNDARY)
    ]


def _nothing_trains(look):
    """Finds a rate of 0, or under a thousandth of the peak, in more than a tenth of the plan."""
    peak, steps, first = look.peak, look.weights.sum(), look.plan.first
    if peak == 0:
        advice = "Nothing would be trained: use a rate greater than 0."
        return [Finding("warning", "The rate is 0 at every step.", first, advice, "nothing trains")]
    if not look.rates.any():
        return []  # `_never_changes` reports it
    # `_warmups_to_zero` reports the zeros up to the end of such a warmup.
    explained = max((finding.step for finding in _warmups_to_zero(look)), default=-1)
    for low, what in (
        ((look.rates == 0) & (look.steps > explained), "0"),
        # Allow for rounding: a rate of exactly a thousandth may come out just below it.
        (
            (look.rates >= 0) & (look.rates < peak / 1000 * (1 - 1e-9)) & (look.steps > explained),
            "under a thousandth of its peak",
        ),
    ):
        count = int(look.weights[low].sum())
        if count > steps / 10:
            before = look.weights[low & (look.steps < look.steps[look.rates.argmax()])].sum()
            advice = (
                "Begin at a higher rate, or make that part shorter."
                if before > count / 2
                else "Let the decay last longer or end higher, or train for fewer epochs."
            )
            return [
                Finding(
                    "warning",
                    f"The rate is {what} in {count:,} of {steps:,} steps.",
                    int(look.steps[low][0]),
                    advice,
                    "nothing trains",
                )
            ]
    return []


def _warmups_to_zero(look):
    """Finds a warmup that ends at 0, because the schedule after it begins at 0."""
    ends = sorted(set(_places(look, landmarks.WARMUP_ENDS)))
    for i in ends:
        if look.rates[i] == 0 and look.rates[i:].any():
            step = int(look.steps[i])
            yield Finding(
                "warning",
                f"The warmup ends at a rate of 0, at {look.plan.place(step)}: the schedule after "
                "it begins at 0, as if it had a warmup itself.",
                step,
                "Remove one of the two warmups.",
                "warmup to 0",
            )


def _high_rate(look):
    """Finds a peak that is more likely a misplaced decimal point than a learning rate."""
    i = int(look.rates.argmax())
    rate, step = float(look.rates[i]), int(look.steps[i])
    if rate >= _HIGH:
        yield Finding(
            "warning",
            f"The highest rate is {number(rate)}, at {look.plan.place(step)}: training at more "
            "than 1 is rarely stable.",
            step,
            "Check the decimal point. `find_learning_rate()` shows at which rates the loss rises.",
            "high rate",
        )


_HIGH = 10


def _no_rates(look):
    """Finds a rate that is negative or not a number. Only classes from outside give such rates."""
    wrong = np.flatnonzero(~(look.rates >= 0))
    if len(wrong):
        step, rate = int(look.steps[wrong[0]]), float(look.rates[wrong[0]])
        is_ = "not a number" if math.isnan(rate) else number(rate)
        yield Finding(
            "problem",
            f"The rate is {is_} at {look.plan.place(step)}: a learning rate must be 0 or more.",
            step,
            "Change the schedule's arguments, or end the plan before that step.",
            "no rate",
        )


def _jumps_are_meant(look):
    return is_random(look.schedule) or look.schedule._asks_others or len(look.rates) < 2


def _gaps(look):
    """Finds parts of a join that do not meet."""
    if _jumps_are_meant(look):
        return []
    rates, change = look.rates, np.abs(np.diff(look.rates))
    found = []
    for i in _places(look, landmarks.JOIN):
        if i == 0 or look.steps[i] - look.steps[i - 1] != 1:
            continue
        gap = change[i - 1]
        neighbours = max(change[max(i - 2, 0)], change[min(i, len(change) - 1)])
        # If the previous part has decayed to its end, the jump is a restart.
        ended = rates[i - 1] < rates.max() / 100
        if gap > 0.05 * max(rates[i - 1], rates[i]) and gap > 3 * neighbours and not ended:
            sentence = "The parts of the schedule do not meet: the rate goes"
            advice = "Start each part at the rate at which the previous part ends."
            found.append(_jump(look, i, sentence, advice, "gap"))
    return found


def _jumps_up(look, explained):
    """Finds the first few upward jumps that are neither restarts nor among `explained`."""
    if _jumps_are_meant(look):
        return []
    before, after = look.rates[:-1], look.rates[1:]
    up = (before > 0) & (after > 10 * before) & (after >= look.rates.max() / 100)
    found = []
    for i in np.flatnonzero(up & (np.diff(look.steps) == 1)) + 1:
        step = int(look.steps[i])
        around = look.schedule.landmarks(max(step - 1, 0), step + 1)
        meant = (landmarks.RESTART, landmarks.TURN, landmarks.JOIN)
        if step in explained or any(what in meant and abs(at - step) <= 1 for at, what in around):
            continue
        sentence = "The rate jumps up by more than a factor of 10,"
        advice = "Warm up to the higher rate, or check the values."
        found.append(_jump(look, i, sentence, advice, "jump"))
        if len(found) == _MOST_JUMPS:
            break
    return found


_MOST_JUMPS = 5


def _places(look, kind):
    """The indices in `look.steps` of landmarks of this kind."""
    last = int(look.steps[-1])
    steps = sorted({step for step, what in look.schedule.landmarks(0, last) if what == kind})
    found = np.searchsorted(look.steps, steps)
    return [int(i) for i, s in zip(found, steps) if i < len(look.steps) and look.steps[i] == s]


def _jump(look, i, sentence, advice, kind):
    before, after = float(look.rates[i - 1]), float(look.rates[i])
    step = int(look.steps[i])
    what = f"{sentence} from {number(before)} to {number(after)} at step {step:,}."
    return Finding("warning", what, step, advice, kind)
