"""Training that works with the newest Keras and JAX also works with the oldest supported ones."""

import importlib

import keras
import pytest

from lrschedules import Constant, backend
from support import OLDEST, ROOT, in_another_process

PROGRAM = """
import tempfile, keras, numpy as np
from lrschedules import *
from lrschedules.backend import current
from support import STAIRS, batches, fit_modes, new_model, rates_in_fit, train, used

assert keras.__version__.startswith(current.NEEDS["keras"] + "."), keras.__version__

@keras.saving.register_keras_serializable()
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return keras.ops.where(step < 7, 0.5, 0.25)

    def get_config(self):
        return {}

stairs = ExponentialDecay(1.0, 41, 0.5, staircase=True)
theirs = keras.optimizers.schedules.ExponentialDecay(1.0, 41, 0.5, staircase=True)
for schedule in [
    Join([stairs, CosineDecayRestarts(0.5, 7, t_mul=1.0), Halving()], [83, 100]),
    Warmup(theirs, 10, shift=False),
]:
    for mode, arguments in fit_modes().items():
        rates = rates_in_fit(schedule, 120, **arguments)
        np.testing.assert_allclose(rates, schedule.rates(range(120)), rtol=1e-6, err_msg=mode)
        assert rates[[40, 41, 82]].tolist() == [1.0, 0.5, 0.25], mode

model, monitor = new_model(STAIRS), LearningRateMonitor()
train(model, 0, 45, monitor)
scale_learning_rate(model, 0.5)
train(model, 45, 90, monitor)
np.testing.assert_allclose(monitor.rates, used(model), rtol=1e-5)
assert optimizer_step(model) == 90

with tempfile.TemporaryDirectory() as folder:
    model.save_weights(f"{folder}/a.weights.h5")
    read = new_model(STAIRS)
    read.optimizer.build(read.trainable_variables)
    read.load_weights(f"{folder}/a.weights.h5")
    assert (optimizer_schedule(read), optimizer_step(read)) == (STAIRS, 90)
    set_optimizer_schedule(read, STAIRS)
    read.load_weights(f"{folder}/a.weights.h5")
    assert (optimizer_schedule(read), optimizer_step(read)) == (STAIRS * 0.5, 90)

if keras.backend.backend() == "tensorflow":
    # Data of a size that fit() does not know, and a last execution with fewer steps.
    model, monitor = new_model(STAIRS, steps_per_execution=4), LearningRateMonitor()
    x, y = batches(0, 10)
    model.fit(((x[i:i + 1], y[i:i + 1]) for i in range(10)), verbose=0, callbacks=[monitor])
    np.testing.assert_allclose(monitor.rates, used(model)[:10], rtol=1e-5)

steps, rate = range(30), OneCycle(0.1, 30)
# The momentum is 0 at two steps: Keras checks in Python whether it is 0.
momentum = Tabulated([*np.linspace(0, 0.9, 12), 0.0, *np.linspace(0.95, 0.5, 17)])
optimizer = optimizer_with_schedules(keras.optimizers.SGD(rate), momentum=momentum)
model = new_model(None, optimizer=optimizer)
train(model, 0, 30, LearningRateMonitor())
# Each later step moves a weight by its velocity once more.
lost = momentum.rates(steps)
moved = [rate.rate(i) * (1 + np.cumprod(lost[i + 1 :]).sum()) for i in steps]
np.testing.assert_allclose(used(model)[:30], moved, rtol=1e-5, atol=1e-6)
"""


@pytest.mark.slow
@pytest.mark.skipif(not OLDEST.exists(), reason="the oldest versions are not installed")
def test_the_oldest_versions_train_at_the_rates():
    in_another_process(PROGRAM, oldest=True)


def test_an_older_version_is_refused_when_a_schedule_is_first_used(monkeypatch):
    monkeypatch.setattr(keras, "__version__", "3.2.1")
    backend._require_versions.cache_clear()
    needed = backend.current.NEEDS["keras"]
    with pytest.raises(ImportError, match=rf"need keras {needed} or later .* this is keras 3\.2"):
        Constant(0.1)(0)
    monkeypatch.undo()
    assert float(Constant(0.5)(0)) == 0.5


@pytest.mark.once
def test_the_oldest_versions_are_the_same_everywhere():
    needs = {
        name: importlib.import_module(f"lrschedules.backend.{name}").NEEDS
        for name in ("tensorflow", "torch", "jax")
    }
    keras_needed, jax = needs["torch"]["keras"], needs["jax"]
    assert needs["tensorflow"] == needs["torch"]
    texts = [ROOT / "inst" / "python" / "pyproject.toml", ROOT / "R" / "bridge.R"]
    for text in (path.read_text() for path in texts):
        for package in (f"keras>={keras_needed}", f"keras>={jax['keras']}", f"jax>={jax['jax']}"):
            assert f'"{package}"' in text
    system = (ROOT / "DESCRIPTION").read_text()
    for package in (f"keras (>= {keras_needed})", f"keras (>= {jax['keras']})"):
        assert package in system
    assert f"jax (>= {jax['jax']})" in system
    installed = (ROOT / "tools" / "oldest.txt").read_text()
    assert f"any keras=={keras_needed}." in installed
    assert f"jax keras=={jax['keras']}." in installed and f"jax=={jax['jax']}" in installed
