"""What holds for every schedule, whatever its parameters: drawn at random, the same each time."""

import json

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import FAR, MAIN_COMPILER, assert_rates, compiled, compilers

import lrschedules
from lrschedules import namespaces

rates = st.floats(1e-6, 10) | st.sampled_from([0, 1, 0.1])
steps = st.integers(1, 3000) | st.sampled_from([1, 41, 10**5, 10**9, 2**31])
factors = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0])
powers = st.floats(0.1, 4) | st.sampled_from([1, 2])

# What to draw each argument of a class from; the arguments left out have their defaults.
ARGUMENTS = {
    "ExponentialDecay": dict(
        initial_learning_rate=rates, decay_steps=steps, decay_rate=st.floats(0.01, 1), staircase=st.booleans()
    ),
    "InverseTimeDecay": dict(
        initial_learning_rate=rates, decay_steps=steps, decay_rate=st.floats(0, 10), staircase=st.booleans()
    ),
    "NaturalExpDecay": dict(
        initial_learning_rate=rates, decay_steps=steps, decay_rate=st.floats(0, 10), staircase=st.booleans()
    ),
    "PolynomialDecay": dict(
        initial_learning_rate=rates, decay_steps=steps, end_learning_rate=rates, power=powers, cycle=st.booleans()
    ),
    "CosineDecay": dict(
        initial_learning_rate=rates, decay_steps=steps, alpha=factors, warmup_target=rates, warmup_steps=steps
    ),
    "CosineDecayRestarts": dict(
        initial_learning_rate=rates,
        first_decay_steps=steps,
        t_mul=st.floats(1.01, 4) | st.sampled_from([1, 1.1, 1.5, 2]),
        m_mul=factors,
        alpha=factors,
    ),
    "LinearCosineDecay": dict(
        initial_learning_rate=rates, decay_steps=steps, num_periods=st.floats(0, 10), alpha=factors, beta=factors
    ),
    "NoisyLinearCosineDecay": dict(
        initial_learning_rate=rates,
        decay_steps=steps,
        initial_variance=st.floats(0, 2),
        variance_decay=st.floats(0, 2),
        num_periods=st.floats(0, 10),
        seed=st.integers(0, 2**53),
    ),
}


def falls(schedule):
    """Whether a schedule never rises."""
    name = type(schedule).__name__
    if name == "PolynomialDecay":
        return not schedule.cycle and schedule.end_learning_rate <= schedule.initial_learning_rate
    return name in ("ExponentialDecay", "InverseTimeDecay", "NaturalExpDecay")


def schedules(name):
    return st.builds(getattr(lrschedules, name), **ARGUMENTS[name])


each_class = pytest.mark.parametrize("name", ARGUMENTS)
# Always as many: JAX compiles every operation anew for another shape.
some_steps = st.lists(
    st.integers(0, 4000) | st.integers(0, FAR[-1]) | st.sampled_from(FAR), min_size=20, max_size=20
)


def examples(n):
    return settings(
        max_examples=n, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )


@each_class
def test_rates_are_numbers_of_0_or_more_one_by_one_as_together(name):
    @examples(60)
    @given(schedules(name), some_steps)
    def check(schedule, steps):
        together = schedule.values(steps)
        assert np.isfinite(together).all() and (together >= 0).all()
        np.testing.assert_allclose([schedule.value(s) for s in steps], together, rtol=1e-11, atol=1e-15)
        assert schedule.values([-1]) == schedule.values([0])
        if falls(schedule):
            fallen = schedule.values(sorted(steps))
            assert (fallen[1:] <= fallen[:-1] * (1 + 1e-14)).all()

    check()


@each_class
def test_the_configuration_round_trips(name):
    @examples(30)
    @given(schedules(name))
    def check(schedule):
        as_json = json.dumps(keras.optimizers.schedules.serialize(schedule))
        assert keras.optimizers.schedules.deserialize(json.loads(as_json)) == schedule
        assert type(schedule).from_config(schedule.get_config()) == schedule

    check()


@each_class
def test_tensors_give_the_rates_of_the_host(name):
    @examples(15)
    @given(schedules(name), some_steps)
    def check(schedule, steps):
        tensor = keras.ops.convert_to_tensor(np.asarray(steps, np.int32))
        with namespaces.wide():
            rates = keras.ops.convert_to_numpy(schedule._on_device(tensor))
        assert_rates(rates, schedule.values(steps), peak=1.0, context=schedule)

    check()


@pytest.mark.parametrize("compiler", compilers())
def test_compiled_rates_are_those_of_the_host(compiler):
    n = 8 if compiler == MAIN_COMPILER != "compile" else 2
    drawn = []

    # Collected first: many to one function, since compiling is what takes time.
    def draw(name):
        @examples(n)
        @given(schedules(name), some_steps)
        def collect(schedule, steps):
            drawn.append((schedule, steps))

        collect()

    for name in ARGUMENTS:
        draw(name)
    if compiler == "compile":
        drawn = drawn[1::2]
    for start in range(0, len(drawn), 50):
        chunk = drawn[start : start + 50]
        actual = compiled([s for s, _ in chunk], [steps for _, steps in chunk], compilers()[compiler])
        for (schedule, steps), rates in zip(chunk, actual):
            assert_rates(rates, schedule.values(steps), peak=1.0, context=schedule)
