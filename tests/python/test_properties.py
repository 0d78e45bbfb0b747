"""Properties of every Keras schedule for random parameters, which are the same in each run."""

import json

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import FAR
from cases.strategies import STRATEGIES, examples, some_steps
from lrschedules.backend import current
from lrschedules.classes.half import KERAS
from support import (
    BACKEND,
    MAIN_COMPILER,
    SWEEP,
    assert_rates,
    compiled,
    compilers,
    step_tensor,
)

SCHEDULES = {name: strategy.map(KERAS.adopt) for name, strategy in STRATEGIES.items()}
each_class = pytest.mark.parametrize("name", SCHEDULES)


@each_class
def test_an_optimizer_gets_the_rates_of_the_host_wherever_it_goes_on(name):
    # Draw runs of consecutive steps: rates are computed ahead within a run, and must be dropped
    # between runs.
    runs = st.lists(
        st.tuples(st.integers(-2, 4000) | st.sampled_from(FAR), st.integers(1, 40)),
        min_size=1,
        max_size=4,
    )

    @examples(10)
    @given(SCHEDULES[name], runs)
    def check(schedule, runs):
        steps = [step for start, n in runs for step in range(start, min(start + n, FAR[-1]))]
        rates = [float(keras.ops.convert_to_numpy(schedule(step_tensor(step)))) for step in steps]
        assert_rates(rates, [schedule.rate(step) for step in steps], peak=1.0, context=schedule)

    check()


@each_class
def test_the_configuration_round_trips(name):
    @examples(30)
    @given(SCHEDULES[name])
    def check(schedule):
        as_json = json.dumps(keras.optimizers.schedules.serialize(schedule))
        assert keras.optimizers.schedules.deserialize(json.loads(as_json)) == schedule
        assert type(schedule).from_config(schedule.get_config()) == schedule

    check()


@pytest.mark.sweep
@each_class
def test_tensors_give_the_rates_of_the_host(name):
    # JAX compiles each operation for each shape and class.
    @examples(15 if SWEEP or BACKEND != "jax" else 8)
    @given(SCHEDULES[name], some_steps)
    def check(schedule, steps):
        tensor = keras.ops.convert_to_tensor(np.asarray(steps, np.int32))
        with current.wide():
            rates = keras.ops.convert_to_numpy(schedule.on_device(tensor))
        assert_rates(rates, schedule.rates(steps), peak=1.0, context=schedule)

    check()


@pytest.mark.sweep
@pytest.mark.parametrize("compiler", compilers())
def test_compiled_rates_are_those_of_the_host(compiler):
    n = 2
    if compiler == MAIN_COMPILER != "compile":
        n = 8 if SWEEP else 5  # in the catalogue, parameters of every kind are compiled
    drawn = []

    # Collect many schedules for one function, because compiling takes most of the time.
    def draw(name):
        @examples(n)
        @given(SCHEDULES[name], some_steps)
        def collect(schedule, steps):
            drawn.append((schedule, steps))

        collect()

    for name in SCHEDULES:
        draw(name)
    if compiler == "compile":
        drawn = drawn[1::2]
    for start in range(0, len(drawn), 50):
        chunk = drawn[start : start + 50]
        actual = compiled(
            [s for s, _ in chunk], [steps for _, steps in chunk], compilers()[compiler]
        )
        for (schedule, steps), rates in zip(chunk, actual):
            assert_rates(rates, schedule.rates(steps), peak=1.0, context=schedule)
