import keras
import mpmath
import pytest

from lrschedules import ExponentialDecay, LinearWarmup, PolynomialWarmUp
from support import BACKEND, Case, check_compiled, compilers

INNER = dict(initial_learning_rate=0.5, decay_steps=41, decay_rate=0.9, staircase=True)


def inner(step):
    return mpmath.mpf(0.5) * mpmath.mpf(0.9) ** (step // 41)


def warmed(make, rise, warmup_steps, rate=None):
    after = inner if rate is None else lambda step: mpmath.mpf(rate)

    def oracle(step):
        return rise(step, after(warmup_steps)) if step < warmup_steps else after(step)

    schedule = make(ExponentialDecay(**INNER) if rate is None else rate)
    return Case(schedule, oracle, (warmup_steps, 41, 82), peak=0.5)


def linear(warmup_steps, first, rate=None):
    return warmed(
        lambda after: LinearWarmup(after, warmup_steps, first),
        lambda step, target: (
            mpmath.mpf(first) + mpmath.mpf(step) / warmup_steps * (target - mpmath.mpf(first))
        ),
        warmup_steps,
        rate,
    )


def polynomial(warmup_steps, power, rate=None):
    return warmed(
        lambda after: PolynomialWarmUp(after, warmup_steps, power),
        lambda step, target: (
            target * (mpmath.mpf(max(step, 1)) / warmup_steps) ** mpmath.mpf(power)
        ),
        warmup_steps,
        rate,
    )


WARMUPS = (0, 1, 2, 41, 100, 1000, 10**9)

CASES = [
    *(linear(n, first, rate) for n in WARMUPS for first in (0.0, 0.1, 2.0) for rate in (None, 0.5)),
    *(
        polynomial(n, power, rate)
        for n in WARMUPS
        for power in (1, 2, 0.5, 0)
        for rate in (None, 0.5)
    ),
]


def test_a_warmup_overlays_the_schedule_and_does_not_shift_it():
    schedule = LinearWarmup(ExponentialDecay(1, 10, 0.5, staircase=True), 20, 0.0)
    assert schedule.rates([0, 10, 19, 20, 29, 30]).tolist() == [
        0,
        0.125,
        0.2375,
        0.25,
        0.25,
        0.125,
    ]
    assert PolynomialWarmUp(1.0, 10).rates([0, 1, 2]).tolist() == [0.1, 0.1, 0.2]


@pytest.mark.parametrize("compiler", compilers())
def test_a_warmup_of_kerass_own_schedule(compiler):
    theirs = keras.optimizers.schedules.PiecewiseConstantDecay([40], [0.5, 0.25])
    for schedule in (LinearWarmup(theirs, 20, 0.0), PolynomialWarmUp(theirs, 20)):
        case = Case(
            schedule, lambda s: 0.025 * max(s, 1) if s < 20 else 0.5 if s <= 40 else 0.25, (20, 40)
        )
        steps = [1, 2, 10, 19, 20, 21, 40, 41]
        assert schedule.rates(steps).tolist() == pytest.approx(
            case.expected(steps).tolist(), rel=1e-6
        )
    if BACKEND != "torch":
        steps_from_1 = Case(schedule, case.oracle, (20, 40))
        check_compiled([steps_from_1], compiler)


GOOD = {
    LinearWarmup: dict(after_warmup_lr_sched=0.1, warmup_steps=10, warmup_learning_rate=0.0),
    PolynomialWarmUp: dict(after_warmup_lr_sched=0.1, warmup_steps=10),
}


@pytest.mark.once
@pytest.mark.parametrize(
    "cls, argument, bad",
    [
        (cls, "after_warmup_lr_sched", x)
        for cls in GOOD
        for x in [None, "a", -1, float("nan"), [0.1], True]
    ]
    + [
        (cls, "warmup_steps", x)
        for cls in GOOD
        for x in [None, -1, 0.5, "1", [1], float("inf"), True]
    ]
    + [(cls, "name", x) for cls in GOOD for x in [1, ["a"]]]
    + [(LinearWarmup, "warmup_learning_rate", x) for x in [None, -1, "1", float("nan"), True]]
    + [(PolynomialWarmUp, "power", x) for x in [None, -1, "1", float("inf"), True]],
)
def test_bad_input_names_the_argument_and_the_value(cls, argument, bad):
    with pytest.raises(ValueError) as raised:
        cls(**{**GOOD[cls], argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")
