"""What holds for every schedule: all cases of all test modules, against their oracles."""

import doctest
import importlib
import json
import os
import pathlib
import pkgutil
import subprocess
import sys

import keras
import numpy as np
import pytest

import lrschedules
from lrschedules import Schedule
from support import (
    FAR,
    MAIN_COMPILER,
    SWEEP,
    check_compiled,
    check_fit,
    check_on_host,
    compilers,
    fit_modes,
)

MODULES = [
    importlib.import_module(path.stem)
    for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py"))
    if path.stem not in ("test_bad_input", "test_catalogue", "test_landmarks", "test_limits")
]
CASES = [case for module in MODULES for case in getattr(module, "CASES", ())]

FIRST_OF_CLASS = {}
for _case in CASES:
    FIRST_OF_CLASS.setdefault(type(_case.schedule), _case)

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case)[:100])


def exported_schedules():
    exported = (getattr(lrschedules, name) for name in lrschedules.__all__)
    # KerasSchedule stands for a formula of others.
    without = {Schedule, lrschedules.KerasSchedule}
    return {x for x in exported if isinstance(x, type) and issubclass(x, Schedule)} - without


@pytest.mark.parametrize("cls", sorted(exported_schedules(), key=lambda cls: cls.__name__))
def test_every_schedule_has_a_case(cls):
    assert cls in FIRST_OF_CLASS


@each_case
def test_rates_on_the_host(case):
    check_on_host(case)


@pytest.mark.parametrize("compiler", compilers())
def test_compiled_rates(compiler):
    # torch.compile takes a second for each. TensorFlow's XLA is JAX's.
    cases = list(FIRST_OF_CLASS.values())
    if compiler == MAIN_COMPILER != "compile":
        cases = CASES if SWEEP else [*cases, *CASES[::3]]
    check_compiled(cases, compiler, group=10 if compiler == "compile" else 100)


@pytest.mark.parametrize("mode", fit_modes())
@pytest.mark.parametrize(
    "case", FIRST_OF_CLASS.values(), ids=lambda case: type(case.schedule).__name__
)
def test_fit_uses_the_rate_of_the_formula(case, mode):
    check_fit(case, mode, steps=100)


@pytest.mark.once
@each_case
def test_the_configuration_round_trips(case):
    # Keras's own schedules, which some of ours hold, are equal to nothing but themselves.
    schedule, serialize = case.schedule, keras.optimizers.schedules.serialize
    as_json = json.dumps(serialize(schedule))
    loaded = keras.optimizers.schedules.deserialize(json.loads(as_json))
    assert type(loaded) is type(schedule) and json.dumps(serialize(loaded)) == as_json
    again = type(schedule).from_config(schedule.get_config())
    assert again == schedule or json.dumps(serialize(again)) == as_json
    steps = case.steps_to_check()
    assert loaded.rates(steps).tolist() == schedule.rates(steps).tolist()


@pytest.mark.once
@each_case
def test_rates_are_numbers_of_0_or_more_one_by_one_as_together(case):
    random = np.random.default_rng(0)
    last = 2 * max(case.boundaries, default=1000) + 10
    steps = [
        -5,
        *range(50),
        *random.integers(0, last, 100).tolist(),
        *random.integers(0, FAR[-1], 50).tolist(),
    ]
    rates = case.schedule.rates(steps)
    assert rates.dtype == np.float64 and rates.shape == (len(steps),)
    assert np.isfinite(rates).all() and (rates >= 0).all()
    assert rates[0] == rates[1]
    one_by_one = [case.schedule.rate(step) for step in steps]
    np.testing.assert_allclose(one_by_one, rates, rtol=1e-12, atol=1e-15 * case.peak)
    column = case.schedule.rates(np.reshape(steps[:50], (25, 2)))
    assert column.tolist() == np.reshape(rates[:50], (25, 2)).tolist()


@each_case
def test_a_schedule_shows_its_shape_in_a_finite_horizon(case):
    assert 0 < case.schedule.horizon <= 2**56


@pytest.mark.once
@pytest.mark.parametrize(
    "name", [m.name for m in pkgutil.walk_packages(lrschedules.__path__, "lrschedules.")]
)
def test_the_examples_are_right(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


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
    # The weights alone, into a model whose optimizer is built.
    model = keras.models.model_from_json(loaded.to_json())
    optimizer = keras.optimizers.deserialize(keras.optimizers.serialize(loaded.optimizer))
    model.compile(optimizer=optimizer, loss="mse")
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path.with_suffix(".weights.h5"))
    text = lrschedules.read(path.with_suffix(".json"))
    found[path.stem] = [read(loaded), read(model), text.rates(range(40)).tolist()]
print(json.dumps(found))
"""


@pytest.mark.slow
def test_models_weights_and_texts_load_in_a_new_process_on_another_backend(tmp_path):
    expected = {}
    for cls, case in FIRST_OF_CLASS.items():
        if cls is lrschedules.KerasSchedule:  # of a class that the other process does not have
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
        expected[cls.__name__] = [state, state, schedule.rates(range(40)).tolist()]
    other = "torch" if keras.backend.backend() != "torch" else "jax"
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "KERAS_BACKEND": other},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.keys() == expected.keys()
    for name, states in json.loads(json.dumps(expected)).items():
        assert found[name] == states, name
