import math

import pytest

from cases import check_rates
from cases.compose import CASES, deep
from lrschedules_math import Clamp, Cooldown, Hold, Join, Repeat, Warmup


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
        (Join, dict(boundaries=[10, 20]), "Received: 2 schedules, 2 boundaries"),
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
