import json

import keras
import numpy as np
import pytest

from cases import EVERY_DECAY_STEPS, TELLING_DECAY_STEPS
from cases.cosine import KINDS, T_MULS, around_restarts, cosine, restarts
from lrschedules import CosineDecayRestarts
from support import (
    MAIN_COMPILER,
    SWEEP,
    assert_rates,
    check_fit,
    check_lengths,
    compiled,
    compilers,
    fit_modes,
    for_keras,
)


@pytest.mark.sweep
@pytest.mark.parametrize("where", ["device", *compilers()])
@pytest.mark.parametrize("kind", KINDS)
def test_decay_steps_of_every_length(kind, where):
    check_lengths(KINDS[kind], where)


@pytest.mark.sweep
@pytest.mark.parametrize("compiler", compilers())
def test_restarts_compiled_for_every_first_decay_steps(compiler):
    # The restarts of growing cycles come from the host's table, so few cases are enough.
    few = [(first, t_mul) for t_mul in T_MULS for first in (1, 2, 3, 7, 10, 41, 1000, 1999)]
    every = [(first, 1) for first in (EVERY_DECAY_STEPS if SWEEP else TELLING_DECAY_STEPS)]
    if compiler == "compile":
        parameters = few[::16]
    else:
        parameters = few + every if compiler == MAIN_COMPILER else few[::4] + every[::8]
    for start in range(0, len(parameters), 200):
        chunk = parameters[start : start + 200]
        schedules = [CosineDecayRestarts(1, first, t_mul=t_mul) for first, t_mul in chunk]
        tables = [around_restarts(first, t_mul) for first, t_mul in chunk]
        length = max(len(steps) for steps, _ in tables)
        rows = [steps + [0] * (length - len(steps)) for steps, _ in tables]
        for schedule, (_, expected), actual in zip(
            schedules, tables, compiled(schedules, rows, compilers()[compiler])
        ):
            assert_rates(actual[: len(expected)], expected, 1.0, schedule)


@pytest.mark.telling
@pytest.mark.parametrize("where", [*compilers(), *fit_modes()])
def test_restarts_each_41_steps_train_at_the_full_rate(where):
    # Compiled, Keras's own CosineDecayRestarts(1, 41, t_mul=1) is 0 at step 41.
    case = for_keras(restarts(1, 41, t_mul=1))
    if where in fit_modes():
        check_fit(case, where, steps=130)
    else:
        steps = [41 * k for k in range(1, 1000)]
        assert compiled([case.schedule], [steps], compilers()[where]).tolist() == [
            [1.0] * len(steps)
        ]


@pytest.mark.parametrize("compiler", compilers())
def test_a_long_cosine_is_not_0_before_its_end(compiler):
    # Keras's own CosineDecay(1, 100000) is exactly 0 for its last 7 steps.
    case = for_keras(cosine(1, 100_000))
    steps = range(99_980, 100_001)
    rates = compiled([case.schedule], [list(steps)], compilers()[compiler])[0]
    assert_rates(rates, case.expected(steps))
    assert (rates[:-1] > 0).all() and rates[-1] == 0


@pytest.mark.parametrize("compiler", compilers())
def test_neighbouring_steps_beyond_2_to_the_24_have_different_rates(compiler):
    # In float32, in which Keras computes, 2^24 and 2^24 + 1 are the same number.
    case = for_keras(cosine(1, 2**24 + 10))
    steps = range(2**24 - 5, 2**24 + 11)
    rates = compiled([case.schedule], [list(steps)], compilers()[compiler])[0]
    assert_rates(rates, case.expected(steps))
    assert (np.diff(rates) < 0).all()


def test_restarts_travel_without_their_table():
    schedule = CosineDecayRestarts(1, 10, t_mul=1.1)
    saved = keras.optimizers.schedules.serialize(schedule)
    assert set(saved["config"]) == set(CosineDecayRestarts.__dataclass_fields__)
    copy = keras.optimizers.schedules.deserialize(json.loads(json.dumps(saved)))
    assert copy == schedule and copy.rate(21) == 1 and hash(copy) == hash(schedule)
