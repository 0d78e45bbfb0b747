import math
import pickle

import numpy as np
import pytest

from cases import check_rates
from cases.compose import CASES, deep
from lrschedules_math import (
    Accumulate,
    Clamp,
    Cooldown,
    CosineDecay,
    Hold,
    Join,
    Offset,
    PiecewiseConstantDecay,
    Repeat,
    Stretch,
    Warmup,
)
from lrschedules_math.core.checks import MAX_STEP
from lrschedules_math.exchange.bridge import build, describe
from lrschedules_math.exchange.text import from_text, to_text


def test_a_warmup_and_a_cooldown_end_at_exactly_their_rates():
    for steps in range(1, 2001):
        assert Warmup(0.1, steps, from_=0.3).rate(steps) == 0.1
        assert Warmup(0.1, steps, from_=0.3).rate(0) == 0.3
        # 0.7 + (0.1 - 0.7) is not 0.1.
        assert Warmup(0.1, steps, from_=0.7).rate(steps) == 0.1
        assert Cooldown(0.1, 5, steps, to=0.003).rate(5) == 0.1
        assert Cooldown(0.1, 5, steps, to=0.003).rate(5 + steps) == 0.003


def test_a_hundred_levels_are_no_trouble():
    check_rates(deep(49))


def test_words_of_python_are_plain_in_a_configuration():
    config = Warmup(0.1, 10, from_=0.01).get_config()
    assert config["from"] == 0.01 and Warmup.from_config(config) == Warmup(0.1, 10, 0.01)
    assert Hold(0.1, from_=3).get_config() == {"schedule": 0.1, "from": 3}


def test_a_warmup_may_rise_to_a_rate_of_its_own():
    """Compares with rates that timm computed with its defaults: a rate of 1e-3, and a cosine over
    300 steps that also runs during the warmup."""
    cosine = CosineDecay(1e-3, 300, alpha=1e-2)
    schedule = Warmup(cosine, 20, from_=1e-5, to=1e-3, shift=False)
    expected = [1e-5, 9.505e-4, 9.891831e-4, 1.00271e-5]
    assert schedule.rates([0, 19, 20, 299]) == pytest.approx(expected, rel=5e-6)
    assert Warmup(0.0, 10, to=0.5).rates([0, 5, 10]).tolist() == [0.0, 0.25, 0.0]
    assert Warmup(0.1, 10, to=0).rate(5) == 0.0


def test_a_warmup_without_such_a_rate_is_written_as_before():
    without, with_one = Warmup(0.1, 10), Warmup(0.1, 10, to=0.5)
    assert "to" not in without.get_config() and with_one.get_config()["to"] == 0.5
    assert "to=" not in repr(without) and repr(with_one).endswith("shift=True, to=0.5)")
    assert '"to"' not in to_text(without) and '"to": 0.5' in to_text(with_one)
    assert "to" not in describe(without)[0]["config"]
    for schedule in (without, with_one):
        assert Warmup.from_config(schedule.get_config()) == schedule
        assert from_text(to_text(schedule)) == schedule
        assert build(describe(schedule)) == schedule
        assert pickle.loads(pickle.dumps(schedule)) == schedule


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


GOOD = {
    Warmup: dict(schedule=0.1, steps=10),
    Join: dict(schedules=[0.1, 0.2], boundaries=[10]),
    Cooldown: dict(schedule=0.1, at=10, steps=10),
    Clamp: dict(schedule=0.1),
}


@pytest.mark.parametrize(
    "cls, arguments, message",
    [
        (
            Join,
            dict(schedules=[0.1], boundaries=[10]),
            "`schedules` must have one more element than `boundaries`",
        ),
        (Join, dict(boundaries=[10, 20]), "Received: 2 and 2 elements"),
        (
            Join,
            dict(schedules=[0.1] * 1280, boundaries=list(range(1, 1281))),
            "Received: 1,280 and 1,280 elements",
        ),
        (Join, dict(boundaries=[0]), "the first schedule would never run"),
        (
            Join,
            dict(schedules=[0.1, -1]),
            r"`schedules\[1\]` must be a schedule, or one finite number",
        ),
        (Join, dict(boundaries=[2.5]), r"`boundaries\[0\]` must be a whole number of steps"),
        (
            Clamp,
            dict(min=2, max=1),
            "`min` must not be greater than `max`. Received: min=2.0, max=1.0",
        ),
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


def test_offsets_are_added_up_to_the_last_step():
    decay = CosineDecay(0.1, 100)
    both = Offset(Offset(decay, MAX_STEP - 5), 5)
    assert (both.schedule, both.offset) == (decay, MAX_STEP)
    beyond = Offset(Offset(decay, MAX_STEP - 5), 6)
    assert (beyond.schedule, beyond.offset) == (Offset(decay, MAX_STEP - 5), 6)


def test_the_landmarks_of_a_first_part_of_one_step_are_there():
    found = [
        (mark.step, mark.what) for mark in Join([CosineDecay(0.1, 1), 0.3], [1]).landmarks(0, 5)
    ]
    assert found == [(1, "next schedule"), (1, "decay ends")]


STAIRS = PiecewiseConstantDecay([2, 5, 9], [1.0, 0.5, 0.25, 0.125])


@pytest.mark.parametrize(
    "schedule",
    [
        Offset(STAIRS, 3),
        Hold(STAIRS, 6),
        Join([STAIRS, STAIRS, 0.3], [7, 15]),
        Repeat(STAIRS, 6, 3),
        Stretch(STAIRS, 2.5),
        Stretch(STAIRS, 0.4),
        Accumulate(STAIRS, 3),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_in_every_range_the_landmarks_are_the_steps_at_which_the_rate_changes(schedule):
    changes = set((np.flatnonzero(np.diff(schedule.rates(range(50)))) + 1).tolist())
    for first in range(45):
        for last in range(first, 45):
            found = [mark for mark in schedule.landmarks(first, last) if first <= mark.step <= last]
            within = {step for step in changes if first <= step <= last}
            assert within <= {mark.step for mark in found}
            assert {mark.step for mark in found if mark.what == "boundary"} <= within


def test_of_many_rounds_the_last_whole_one_has_its_landmarks():
    found = {mark.step for mark in Repeat(STAIRS, 6, math.inf).landmarks(0, 50)}
    assert {3, 42, 45, 48} <= found and 21 not in found


@pytest.mark.parametrize(
    "cut",
    [
        Join([CosineDecay(0.1, 100), 0.3], [50]),
        Hold(CosineDecay(0.1, 100), 50),
        Repeat(CosineDecay(0.1, 12), 10, math.inf),
        Join([CosineDecay(0.1, 51), 0.3], [50]),
        Repeat(CosineDecay(0.1, 11), 10, math.inf),
    ],
)
def test_a_decay_that_is_cut_off_never_ends(cut):
    assert "decay ends" not in {mark.what for mark in cut.landmarks(0, 1000)}
