"""What each backend does beside evaluating schedules, and the backends that do not train."""

import random
import sys

import keras
import numpy as np
import pytest

from lrschedules import CosineDecay, Warmup, checks, find_learning_rate
from lrschedules.core.schedule import Schedule, schedule_class
from support import BACKEND


@pytest.mark.skipif(BACKEND == "tensorflow", reason="TensorFlow itself is the backend")
def test_the_range_test_does_without_a_tensorflow_that_is_hidden(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(CosineDecay(0.1, 100)), loss="mse")
    x, before = np.ones((20, 2), "float32"), random.getstate()
    found = find_learning_rate(model, x, x[:, :1], steps=12, verbose=False)
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
