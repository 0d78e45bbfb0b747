"""Tests of every Keras schedule: all cases against their oracles."""

import json

import keras
import pytest

import cases_with_keras
import lrschedules
from cases import all_cases, check_rates, first_of_class
from lrschedules import Schedule
from support import (
    BACKEND,
    MAIN_COMPILER,
    SWEEP,
    all_rates_in_fit,
    assert_rates,
    check_compiled,
    check_on_device,
    compilers,
    fit_modes,
    for_keras,
    in_another_process,
)

CASES = [*map(for_keras, all_cases()), *cases_with_keras.CASES]
FIRST_OF_CLASS = first_of_class(CASES)


def test_every_public_schedule_has_a_case():
    public = (getattr(lrschedules, name) for name in lrschedules.__all__)
    assert FIRST_OF_CLASS.keys() == {
        x for x in public if isinstance(x, type) and issubclass(x, Schedule) and x is not Schedule
    }


def test_rates_on_the_host_are_those_of_the_numbers():
    for case, ours in zip(all_cases(), CASES):
        steps = case.steps_to_check()
        expected = case.schedule.rates(steps).tolist()
        assert ours.schedule.rates(steps).tolist() == expected, case
        assert ours.schedule.rate(steps[-1]) == case.schedule.rate(steps[-1]), case


@pytest.mark.parametrize("case", cases_with_keras.CASES, ids=lambda case: repr(case)[:100])
def test_rates_on_the_host(case):
    check_rates(case)


# The first case of each class, and every third.
SOME = list({id(case): case for case in (*FIRST_OF_CLASS.values(), *CASES[::3])}.values())


@pytest.mark.sweep
@pytest.mark.slow
def test_rates_on_a_device():
    # JAX compiles each operation for each case.
    check_on_device(CASES if SWEEP or BACKEND != "jax" else SOME)


@pytest.mark.sweep
@pytest.mark.parametrize("compiler", compilers())
def test_compiled_rates(compiler):
    # Skip most: torch.compile takes a second for each, and TensorFlow and JAX share XLA.
    cases = list(FIRST_OF_CLASS.values())
    if compiler == MAIN_COMPILER != "compile":
        cases = CASES if SWEEP else SOME
    check_compiled(cases, compiler, group=10 if compiler == "compile" else 100)


@pytest.mark.parametrize("mode", fit_modes())
def test_fit_uses_the_rates_of_the_formulas(mode):
    cases = FIRST_OF_CLASS.values()
    used = all_rates_in_fit([case.schedule for case in cases], 100, **fit_modes()[mode])
    for case, rates in zip(cases, used, strict=True):
        assert_rates(rates, case.expected(range(100)), case.peak, case)


def test_the_configurations_round_trip():
    # Some of our schedules hold Keras's, which are equal only to themselves.
    serialize = keras.optimizers.schedules.serialize
    for case in CASES:
        schedule = case.schedule
        as_json = json.dumps(serialize(schedule))
        loaded = keras.optimizers.schedules.deserialize(json.loads(as_json))
        assert type(loaded) is type(schedule) and json.dumps(serialize(loaded)) == as_json
        again = type(schedule).from_config(schedule.get_config())
        assert again == schedule or json.dumps(serialize(again)) == as_json
        steps = case.steps_to_check()
        assert loaded.rates(steps).tolist() == schedule.rates(steps).tolist(), case


def test_schedules_show_their_shapes_in_finite_horizons():
    for case, ours in zip(all_cases(), CASES):
        assert ours.schedule.horizon == case.schedule.horizon
    for case in cases_with_keras.CASES:
        assert 0 < case.schedule.horizon <= 2**56


SAVED_AT = 5

LOAD = f"""
import json, pathlib, sys, keras, lrschedules

def read(model):
    schedule = model.optimizer._learning_rate
    rates = schedule.rates(range({SAVED_AT}, {SAVED_AT} + 40)).tolist()
    step = int(model.optimizer._iterations.value)
    return [step, keras.optimizers.schedules.serialize(schedule), rates]

found = {{}}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    loaded = keras.models.load_model(path)
    # Load only the weights, into a model whose optimizer is built.
    model = keras.models.model_from_json(loaded.to_json())
    optimizer = keras.optimizers.deserialize(keras.optimizers.serialize(loaded.optimizer))
    model.compile(optimizer=optimizer, loss="mse")
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path.with_suffix(".weights.h5"))
    text = lrschedules.read(path.with_suffix(".json"))
    found[path.stem] = [read(loaded), read(model), [repr(text), text.rates(range(40)).tolist()]]
print(json.dumps(found))
"""


@pytest.mark.slow
def test_models_weights_and_texts_load_in_a_new_process_on_another_backend(tmp_path):
    expected = {}
    for cls, case in FIRST_OF_CLASS.items():
        if cls is lrschedules.KerasSchedule:  # the other process does not have its class
            continue
        path, schedule = tmp_path / cls.__name__, case.schedule
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.SGD(schedule, momentum=0.9), loss="mse")
        model.optimizer.build(model.trainable_variables)
        model.optimizer.iterations.assign(SAVED_AT)
        model.save(path.with_suffix(".keras"))
        model.save_weights(path.with_suffix(".weights.h5"))
        lrschedules.write(schedule, path.with_suffix(".json"))
        steps = range(SAVED_AT, SAVED_AT + 40)
        state = [
            SAVED_AT,
            keras.optimizers.schedules.serialize(schedule),
            schedule.rates(steps).tolist(),
        ]
        as_text = [repr(schedule), schedule.rates(range(40)).tolist()]
        expected[cls.__name__] = [state, state, as_text]
    other = "torch" if keras.backend.backend() != "torch" else "jax"
    found = json.loads(in_another_process(LOAD, tmp_path, backend=other))
    assert found.keys() == expected.keys()
    for name, states in json.loads(json.dumps(expected)).items():
        assert found[name] == states, name
