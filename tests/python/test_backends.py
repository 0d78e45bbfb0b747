"""Backend-specific functions, and the backends that do not train."""

import ast
import importlib.util
import os
import pathlib
import random
import re
import subprocess
import sys

import keras
import numpy as np
import pytest

from lrschedules import (
    CosineDecay,
    Schedule,
    Warmup,
    backend,
    checks,
    find_learning_rate,
    optimizer_with_schedules,
    schedule_class,
)
from support import BACKEND


@pytest.mark.skipif(BACKEND == "tensorflow", reason="TensorFlow itself is the backend")
def test_the_range_test_does_without_a_tensorflow_that_is_hidden(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(CosineDecay(0.1, 100)), loss="mse")
    x, before = np.ones((20, 2), "float32"), random.getstate()
    found = find_learning_rate(model, x, x[:, :1], steps=12, confirm=0, verbose=False)
    assert len(found.rates) == 12 and random.getstate() == before


@schedule_class
class FailsOnTensors(Schedule):
    learning_rate: checks.Rate

    def formula(self, step, xp):
        if keras.ops.is_tensor(step):
            raise ValueError("no rate")
        return self.learning_rate


@pytest.mark.slow
@pytest.mark.skipif(BACKEND != "torch", reason="PyTorch's compiler follows calls on Python's stack")
def test_a_formula_that_fails_leaves_the_recursion_limit_as_it_was():
    import torch

    schedule = FailsOnTensors(0.1)
    for _ in range(12):
        schedule = Warmup(schedule, 3, shift=False)
    before = sys.getrecursionlimit()
    torch.compiler.reset()
    compiled = torch.compile(
        lambda step: schedule.on_device(step), backend="eager", fullgraph=True, dynamic=False
    )
    with pytest.raises(Exception, match=r"no rate|Observed exception"):
        compiled(torch.tensor(5))
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize("name", ["tensorflow", "jax", "torch", "host"])
def test_all_backends_define_the_documented_names(name):
    source = pathlib.Path(backend.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    defined = set()
    for node in ast.parse(source).body:
        defined |= {getattr(node, "name", None)}
        defined |= {target.id for target in getattr(node, "targets", [])}
    documented = re.findall(r"^(\w+)(?: |\(|$)", backend.__doc__.partition("\n\n")[2], re.M)
    assert len(documented) > 20
    assert set(documented) - defined == set()


# Keras evaluates models on these backends, but does not train them.
PROGRAM = """
import sys
import keras, numpy as np
import lrschedules
from lrschedules import *
from lrschedules.backend import current

assert current.__name__ == "lrschedules.backend.host", current


@keras.saving.register_keras_serializable()
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.5 if int(keras.ops.convert_to_numpy(step)) < 7 else 0.25

    def get_config(self):
        return {}


stairs = ExponentialDecay(1.0, 41, 0.5, staircase=True)
schedule = Join([Warmup(stairs, 10), Halving()], [83])
rates = schedule.rates(range(95))
assert rates[[41, 50, 51, 89, 90]].tolist() == [1.0, 1.0, 0.5, 0.5, 0.25], rates
for step in (0, 51, np.arange(95), np.int64(90)):
    for given in (step, keras.ops.convert_to_tensor(step)):
        got = keras.ops.convert_to_numpy(schedule(given))
        np.testing.assert_allclose(got, rates[step], rtol=1e-6)
variable = keras.Variable(51, dtype="int32")
assert float(keras.ops.convert_to_numpy(schedule(variable))) == 0.5

model = keras.models.load_model(sys.argv[1])
assert optimizer_step(model) == 4 and optimizer_schedule(model) == CosineDecay(0.1, 100)
assert model.optimizer.schedules == {"momentum": Constant(0.5)}
assert optimizer_learning_rate(model) == CosineDecay(0.1, 100).rate(4)
set_optimizer_step(model, 50)
rate = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
np.testing.assert_allclose(rate, 0.05, rtol=1e-6)
# Nothing is compiled here, so every step has its own rate; only the plan's end is noticed.
theirs = keras.optimizers.schedules.CosineDecay(0.1, 100)
assert [f.kind for f in schedule_check(theirs, 10, 5)] == ["never reached"]
np.save(sys.argv[2], model.predict(np.ones((2, 3), "float32"), verbose=0))
"""


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("name", ["numpy", "openvino"])
def test_a_backend_that_does_not_train_evaluates_and_loads_models(name, tmp_path):
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    sgd = keras.optimizers.SGD(CosineDecay(0.1, 100))
    optimizer = optimizer_with_schedules(sgd, momentum=0.5)
    model.compile(optimizer, loss="mse", run_eagerly=True)  # compiling takes longer
    x = np.ones((8, 3), "float32")
    model.fit(x, x[:, :1], batch_size=2, verbose=0)
    model.save(tmp_path / "model.keras")
    files = [str(tmp_path / file) for file in ("model.keras", "predicted.npy")]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *files],
        env={**os.environ, "KERAS_BACKEND": name, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # OpenVINO computes in less than 32 bits on some CPUs.
    predicted = np.load(tmp_path / "predicted.npy")
    np.testing.assert_allclose(predicted, model.predict(x[:2], verbose=0), rtol=0.02)
