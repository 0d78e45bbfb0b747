import json
import math
from fractions import Fraction

import keras
import mpmath
import numpy as np
import pytest

from lrschedules import (
    Accumulate,
    Clamp,
    Cooldown,
    ExponentialDecay,
    Hold,
    Join,
    KerasSchedule,
    Noise,
    Offset,
    Repeat,
    Scale,
    Stretch,
    Warmup,
)
from lrschedules_math.core import namespaces
from lrschedules_math.core.standard_normal import standard_normal
from support import Case, check_compiled, check_fit, check_on_host, compiled, compilers, fit_modes

DECAY = ExponentialDecay(0.8, 41, 0.9)
STAIRS = ExponentialDecay(0.5, 41, 0.5, staircase=True)
OBJECT_OF_KERAS = keras.optimizers.schedules.PiecewiseConstantDecay([9, 20], [0.5, 0.25, 0.125])
KERAS = KerasSchedule.of(OBJECT_OF_KERAS)  # the same as a value, which compares


def decay(step):
    return mpmath.mpf(0.8) * mpmath.mpf(0.9) ** (mpmath.mpf(step) / 41)


def stairs(step):
    return mpmath.mpf(0.5) * mpmath.mpf(0.5) ** (step // 41)


def of_keras(step):
    return 0.5 if step <= 9 else 0.25 if step <= 20 else 0.125


SHAPES = {
    "linear": lambda q, power: q,
    "cosine": lambda q, power: (1 - mpmath.cos(mpmath.pi * q)) / 2,
    "one_minus_sqrt": lambda q, power: 1 - mpmath.sqrt(1 - q),
    "polynomial": lambda q, power: q ** mpmath.mpf(power),
}


def warmup(schedule, oracle, steps, start=0.0, shape="linear", power=1.0, shift=True):
    def expected(step):
        if step >= steps:
            return oracle(step - steps if shift else step)
        target = oracle(0 if shift else steps)
        return start + (target - start) * SHAPES[shape](mpmath.mpf(step) / steps, power)

    case = Warmup(schedule, steps, from_=start, shape=shape, power=power, shift=shift)
    return Case(case, expected, (steps, steps + 41, steps + 82))


def cooldown(schedule, oracle, at, steps, to=0.0, shape="linear", power=1.0):
    def expected(step):
        if step <= at:
            return oracle(step)
        left = mpmath.mpf(max(at + steps - step, 0)) / steps
        return to + (oracle(at) - to) * SHAPES[shape](left, power)

    return Case(
        Cooldown(schedule, at, steps, to, shape, power), expected, (at, at + steps // 3, at + steps)
    )


def join(schedules, oracles, boundaries):
    def expected(step):
        i = sum(step >= b for b in boundaries)
        return oracles[i](step - (0, *boundaries)[i])

    return Case(Join(schedules, boundaries), expected, boundaries)


def repeat(schedule, oracle, every, times=math.inf):
    def expected(step):
        return oracle(step - every * min(step // every, times - 1))

    return Case(Repeat(schedule, every, times), expected, (every, 2 * every, 3 * every, 7 * every))


def stretch(schedule, oracle, factor):
    def expected(step):
        return oracle(math.floor(step / Fraction(factor)))

    boundaries = tuple(math.ceil(41 * k * Fraction(factor)) for k in (1, 2, 3, 7))
    return Case(Stretch(schedule, float(Fraction(factor))), expected, boundaries)


def accumulate(schedule, oracle, k):
    return Case(
        Accumulate(schedule, k), lambda step: oracle(step // k), (k, 41 * k, 82 * k, 123 * k)
    )


def noisy(schedule, oracle, sd, seed):
    def expected(step):
        draw = standard_normal(seed, step, namespaces.scalar)
        return oracle(step) * max(1 + mpmath.mpf(sd) * mpmath.mpf(draw), 0)

    return Case(Noise(schedule, sd, seed), expected, (41, 82))


def clamp(schedule, oracle, low=0.0, high=math.inf):
    return Case(
        Clamp(schedule, low, high), lambda step: min(max(oracle(step), low), high), (41, 82, 123)
    )


def offset(schedule, oracle, by):
    return Case(
        Offset(schedule, by), lambda step: oracle(max(step - by, 0)), (by, by + 41, by + 82)
    )


def hold(schedule, oracle, start):
    return Case(Hold(schedule, start), lambda step: oracle(min(step, start)), (start,))


def nested(of_keras_class):
    """A warmup, a join of three, a cooldown and a clamp, over noise and Keras's own."""
    joined = join([DECAY, of_keras_class, 0.3], [decay, of_keras, lambda step: 0.3], (30, 71))
    warmed = warmup(joined.schedule, joined.oracle, 13, start=0.01, shape="cosine")
    cooled = cooldown(warmed.schedule, warmed.oracle, 150, 41, to=1e-4)
    bounded = clamp(cooled.schedule, cooled.oracle, 0.02, 0.7)
    boundaries = (13, 43, 53, 64, 84, 150, 191)
    return Case(bounded.schedule, bounded.oracle, boundaries)


def deep(levels):
    case = Case(STAIRS, stairs)
    for _ in range(levels):
        case = offset(case.schedule, case.oracle, 1)
        halved = Scale(case.schedule, 0.5)
        case = Case(halved, lambda step, inner=case.oracle: inner(step) / 2, case.boundaries)
    return case


CASES = [
    *[warmup(STAIRS, stairs, 41, 0.125, shape) for shape in SHAPES],
    *[warmup(DECAY, decay, 41, 0.125, shape, shift=False) for shape in SHAPES],
    warmup(DECAY, decay, 41, shape="polynomial", power=2.5),
    warmup(DECAY, decay, 41, start=2.0),
    warmup(DECAY, decay, 0),
    warmup(DECAY, decay, 1),
    warmup(0.3, lambda step: 0.3, 100),
    warmup(KERAS, of_keras, 15),
    warmup(KERAS, of_keras, 15, shift=False),
    offset(STAIRS, stairs, 7),
    offset(DECAY, decay, 0),
    offset(KERAS, of_keras, 30),
    join([STAIRS, DECAY, 0.25], [stairs, decay, lambda step: 0.25], (41, 100)),
    join([0.1, STAIRS], [lambda step: 0.1, stairs], (1,)),
    join([KERAS, KERAS, DECAY], [of_keras, of_keras, decay], (2**24, 2**24 + 15)),
    hold(STAIRS, stairs, 41),
    hold(DECAY, decay, 0),
    repeat(STAIRS, stairs, 60),
    repeat(DECAY, decay, 41),
    repeat(STAIRS, stairs, 60, 3),
    repeat(DECAY, decay, 1, 1),
    *[stretch(STAIRS, stairs, factor) for factor in ("2", "1", "2.5", "0.1", "0.7")],
    *[cooldown(STAIRS, stairs, 82, 41, 0.125, shape) for shape in SHAPES],
    cooldown(DECAY, decay, 100, 30, shape="polynomial", power=2.5),
    cooldown(DECAY, decay, 0, 1),
    cooldown(KERAS, of_keras, 15, 10, to=1.0),
    clamp(DECAY, decay, 0.1),
    clamp(DECAY, decay, high=0.6),
    clamp(STAIRS, stairs, 0.2, 0.3),
    accumulate(STAIRS, stairs, 4),
    accumulate(DECAY, decay, 1),
    noisy(DECAY, decay, 0.2, 1),
    noisy(STAIRS, stairs, 5.0, 123456789),
    noisy(0.5, lambda step: 0.5, 0.0, 0),
    nested(KERAS),
    deep(5),
]


OBJECTS_OF_KERAS = [
    warmup(OBJECT_OF_KERAS, of_keras, 15),
    join(
        [0.1, OBJECT_OF_KERAS, OBJECT_OF_KERAS],
        [lambda step: 0.1, of_keras, of_keras],
        (2**24, 2**24 + 15),
    ),
    cooldown(OBJECT_OF_KERAS, of_keras, 15, 10, to=1.0),
    accumulate(OBJECT_OF_KERAS, of_keras, 3),
    nested(OBJECT_OF_KERAS),
]


def test_schedule_objects_of_keras_are_composed_on_the_host():
    for case in OBJECTS_OF_KERAS:
        check_on_host(case)


@pytest.mark.parametrize("compiler", compilers())
def test_schedule_objects_of_keras_are_composed_in_compiled_code(compiler):
    check_compiled(OBJECTS_OF_KERAS, compiler)


@pytest.mark.parametrize("mode", fit_modes())
def test_schedule_objects_of_keras_are_composed_in_training(mode):
    check_fit(OBJECTS_OF_KERAS[-1], mode)


def test_schedule_objects_of_keras_are_saved_within():
    for case in OBJECTS_OF_KERAS:
        saved = json.loads(json.dumps(keras.optimizers.schedules.serialize(case.schedule)))
        loaded = keras.optimizers.schedules.deserialize(saved)
        assert keras.optimizers.schedules.serialize(loaded) == keras.optimizers.schedules.serialize(
            case.schedule
        )
        np.testing.assert_array_equal(loaded.rates(range(100)), case.schedule.rates(range(100)))


def lengths(compiler):
    # Compiling is what takes time.
    return [1, 41, 1441] if compiler == "compile" else [1, 2, 3, *range(41, 2001, 97)]


@pytest.mark.parametrize("compiler", compilers())
def test_a_join_switches_at_its_boundaries(compiler):
    schedules = [Join([1, 2, 3], [b, 2 * b + 1]) for b in lengths(compiler)]
    steps = [[b - 1, b, 2 * b, 2 * b + 1] for b in lengths(compiler)]
    rates = compiled(schedules, steps, compilers()[compiler])
    assert (rates == [1, 2, 2, 3]).all()


@pytest.mark.parametrize("compiler", compilers())
@pytest.mark.parametrize(
    "change, steps, expected",
    [
        (lambda schedule, n: Repeat(schedule, n + 1), lambda n: 7 * (n + 1), [2, 1, 2]),
        (lambda schedule, n: Stretch(schedule, n), lambda n: n, [1, 2, 2]),
        (lambda schedule, n: Accumulate(schedule, n), lambda n: n, [1, 2, 2]),
    ],
    ids=["repeat", "stretch", "accumulate"],
)
def test_rounds_and_stretches_are_not_late(change, steps, expected, compiler):
    schedules = [change(Join([1, 2], [1]), n) for n in lengths(compiler)]
    rows = [[steps(n) - 1, steps(n), steps(n) + 1] for n in lengths(compiler)]
    rates = compiled(schedules, rows, compilers()[compiler])
    # Of a length of 1 each step has its own round.
    assert (rates[1:] == expected).all()


def test_a_warmup_and_a_cooldown_end_at_exactly_their_rates():
    for steps in range(1, 2001):
        assert Warmup(0.1, steps, from_=0.3).rate(steps) == 0.1
        assert Warmup(0.1, steps, from_=0.3).rate(0) == 0.3
        # 0.7 + (0.1 - 0.7) is not 0.1.
        assert Warmup(0.1, steps, from_=0.7).rate(steps) == 0.1
        assert Cooldown(0.1, 5, steps, to=0.003).rate(5) == 0.1
        assert Cooldown(0.1, 5, steps, to=0.003).rate(5 + steps) == 0.003


def test_a_hundred_levels_are_no_trouble():
    check_on_host(deep(49))


def test_words_of_python_are_plain_in_a_configuration():
    config = Warmup(0.1, 10, from_=0.01).get_config()
    assert config["from"] == 0.01 and Warmup.from_config(config) == Warmup(0.1, 10, 0.01)
    assert Hold(0.1, from_=3).get_config() == {"schedule": 0.1, "from": 3}


def test_no_limit_is_none_in_a_configuration():
    for schedule in (Clamp(0.1), Repeat(0.1, 5)):
        assert list(schedule.get_config().values()).count(None) == 1
        assert type(schedule).from_config(schedule.get_config()) == schedule
    assert Clamp(0.1, max=None).max == Repeat(0.1, 5, None).times == math.inf


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_the_horizon_shows_something(case):
    assert 1 <= case.schedule.horizon < 2**53 and case.schedule.horizon == int(
        case.schedule.horizon
    )


NOT_A_RATE = [float("nan"), float("inf"), -1, "0.1", [0.1], None, True]
NOT_STEPS = [*NOT_A_RATE, 0.5, 2**53 + 2]
POSITIVE = [*NOT_STEPS, 0]
GOOD = {
    Warmup: dict(schedule=0.1, steps=10),
    Offset: dict(schedule=0.1, offset=10),
    Join: dict(schedules=[0.1, 0.2], boundaries=[10]),
    Hold: dict(schedule=0.1, from_=10),
    Repeat: dict(schedule=0.1, every=10),
    Stretch: dict(schedule=0.1, factor=2),
    Cooldown: dict(schedule=0.1, at=10, steps=10),
    Clamp: dict(schedule=0.1),
    Accumulate: dict(schedule=0.1, gradient_accumulation_steps=4),
    Noise: dict(schedule=0.1, sd=0.1, seed=1),
}
BAD = {
    Warmup: dict(
        steps=NOT_STEPS,
        from_=NOT_A_RATE,
        shape=["quadratic", None, 1],
        power=[*NOT_A_RATE, 0],
        shift=[1, "no"],
    ),
    Offset: dict(offset=NOT_STEPS),
    Join: dict(schedules=[0.1, [], None, "ab"], boundaries=[[], [2, 1], [1, 1], None, 5]),
    Hold: dict(from_=NOT_STEPS),
    Repeat: dict(every=POSITIVE, times=[0, -1, 1.5, float("nan"), "2", [2]]),
    Stretch: dict(factor=[*NOT_A_RATE, 0, 1e-7]),
    Cooldown: dict(at=NOT_STEPS, steps=POSITIVE, to=NOT_A_RATE, shape=["quadratic"], power=[0]),
    Clamp: dict(min=NOT_A_RATE, max=[-1, float("nan"), "1", [1]]),
    Accumulate: dict(gradient_accumulation_steps=POSITIVE),
    Noise: dict(sd=NOT_A_RATE, seed=[-1, 0.5, None, "1"]),
}


@pytest.mark.once
@pytest.mark.parametrize(
    "cls, argument, bad",
    [(c, a, x) for c, arguments in BAD.items() for a, values in arguments.items() for x in values]
    + [(c, "schedule", x) for c in GOOD if c is not Join for x in NOT_A_RATE],
)
def test_bad_input_names_the_argument_and_the_value(cls, argument, bad):
    with pytest.raises(ValueError) as raised:
        cls(**{**GOOD[cls], argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")


@pytest.mark.parametrize(
    "cls, arguments, message",
    [
        (
            Join,
            dict(schedules=[0.1], boundaries=[10]),
            "`schedules` must be one more than `boundaries`",
        ),
        (Join, dict(boundaries=[10, 20]), "Received: 2 schedules, 2 boundaries"),
        (Join, dict(boundaries=[0]), "the first schedule would never run"),
        (
            Join,
            dict(schedules=[0.1, -1]),
            r"`schedules\[1\]` must be a schedule, or one finite number",
        ),
        (Join, dict(boundaries=[2.5]), r"`boundaries\[0\]` must be a whole number of steps"),
        (Clamp, dict(min=2, max=1), "`min` must be at most `max`. Received: min=2.0, max=1.0"),
        (
            Warmup,
            dict(power=2),
            "`power` needs `shape='polynomial'`. Received: power=2.0, shape='linear'",
        ),
        (Cooldown, dict(power=2, shape="cosine"), "`power` needs `shape='polynomial'`"),
    ],
)
def test_arguments_that_do_not_fit_together_are_refused(cls, arguments, message):
    with pytest.raises(ValueError, match=message):
        cls(**{**GOOD[cls], **arguments})
