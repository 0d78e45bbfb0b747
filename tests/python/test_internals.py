"""Private names of Keras and TensorFlow: only `lrschedules.internals` uses them, the installed and
the oldest versions have them, and if one is missing, the feature that needs it says so."""

import ast
import importlib
import json
import os
import pathlib
import random
import subprocess
import sys

import keras
import numpy as np
import pytest

from lrschedules import (
    CosineDecay,
    LearningRateMonitor,
    find_learning_rate,
    internals,
    optimizer_learning_rate,
    optimizer_schedule,
    optimizer_step,
    optimizer_with_schedules,
    scale_learning_rate,
)
from lrschedules.training import scheduled_optimizer
from support import BACKEND, OLDEST, ROOT, in_another_process

SOURCES = ROOT / "inst" / "python"
INTERNALS = pathlib.Path(internals.__file__).parent
for path in INTERNALS.glob("*.py"):
    importlib.import_module(f"lrschedules.internals.{path.stem}")


def names_here():
    """The names that must exist on this backend."""
    return [
        name
        for name in internals.NAMES
        if name.backend in (None, BACKEND)
        and (BACKEND == "tensorflow" or not name.owner.startswith("tensorflow."))
    ]


# ---- One package ----


def trees(inside):
    """The parsed sources of `internals`, or of all other packages."""
    for path in sorted(SOURCES.rglob("*.py")):
        if (INTERNALS in path.parents) == inside:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name != "_"


def own_names():
    """The private names that this package defines."""
    own = set()
    for _, tree in [*trees(True), *trees(False)]:
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                own.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                own.add(node.id)
            elif isinstance(node, ast.keyword) and node.arg is not None:
                own.add(node.arg)
            elif isinstance(node, ast.Dict):
                own.update(key.value for key in node.keys if isinstance(key, ast.Constant))
            elif (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name)
                and node.value.id == "self"
            ):
                own.add(node.attr)
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in (
                "_set",
                "__setattr__",
            ):
                own.update(a.value for a in node.args if isinstance(a, ast.Constant))
    return own


FOREIGN_MODULES = ("keras.src", "tensorflow.python")


def foreign_names(tree, own):
    """The private names of other packages in a source, and the paths of private modules."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and isinstance(node.body[0], ast.Expr)
    }
    known = {name.name for name in internals.NAMES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own:
            yield node.attr
        elif isinstance(node, ast.Import):
            yield from (
                alias.name for alias in node.names if alias.name.startswith(FOREIGN_MODULES)
            )
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(FOREIGN_MODULES):
            yield node.module
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if id(node) not in docstrings and (text in known or text.startswith(FOREIGN_MODULES)):
                yield text


@pytest.mark.once
def test_no_other_package_uses_a_private_name():
    own = own_names() - {name.name for name in internals.NAMES}
    found = {
        str(path.relative_to(SOURCES)): names
        for path, tree in trees(False)
        if (names := set(foreign_names(tree, own)))
    }
    assert found == {}


@pytest.mark.once
def test_internals_uses_all_names_of_its_table_and_no_others():
    own = own_names()
    table = {name.name for name in internals.NAMES} | {name.owner for name in internals.NAMES}
    used, constants = set(), {}
    for path, tree in trees(True):
        module = importlib.import_module(f"lrschedules.internals.{path.stem}")
        constants |= {
            name: value
            for name, value in vars(module).items()
            if isinstance(value, internals.PrivateName)
        }
        assert set(foreign_names(tree, own)) <= table, path.name
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                assert "keras.src" not in ast.unparse(node), path.name
                assert "tensorflow" not in ast.unparse(node).replace("lrschedules", ""), path.name
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used.add(node.id)
            elif isinstance(node, ast.FunctionDef):
                used.add(node.name)
    assert len(set(internals.NAMES)) == len(internals.NAMES)
    assert set(constants.values()) == set(internals.NAMES)
    # Every name is used: a method is looked up, or overridden under its name.
    assert {k for k, v in constants.items() if k not in used and v.name not in used} == set()


# ---- In every supported version ----


def found_here():
    """The names of `names_here()` that exist in the Keras of this process."""
    keras.utils.set_random_seed(1)
    rates = keras.optimizers.SGD(0.1, momentum=0.5), keras.optimizers.RMSprop(0.1, momentum=0.5)
    for optimizer in rates:
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile(optimizer, loss="mse", metrics=["accuracy"])
        x = np.ones((2, 2), "float32")
        model.fit(x, x[:, :1], verbose=0)
    things = {
        "Optimizer": optimizer,
        "SGD": rates[0],
        "RMSprop": rates[1],
        "Model": model,
        "CompileLoss": getattr(model, "_compile_loss", None),
        "CompileMetrics": getattr(model, "_compile_metrics", None),
        "Metric": keras.metrics.BinaryAccuracy(),
        "Layer": model.layers[0],
        "Nadam": keras.optimizers.Nadam(),
    }
    things["Nadam"].build(model.trainable_variables)
    if hasattr(keras.optimizers, "MultiOptimizer"):
        several = keras.optimizers.OptimizerMap(rates[0])
        things["MultiOptimizer"] = keras.optimizers.MultiOptimizer(several)
    else:
        things["MultiOptimizer"] = None
    if BACKEND == "tensorflow":
        module = importlib.import_module("tensorflow.python.eager.context")
        things["tensorflow.python.eager.context.Context"] = module.context()

    def is_there(name):
        thing = things[name.owner] if name.owner in things else importlib.import_module(name.owner)
        return hasattr(thing, name.name)

    return {str(name): is_there(name) for name in names_here()}


def check(found):
    missing = {name for name, is_there in found.items() if not is_there}
    assert missing <= {str(name) for name in names_here() if name.optional}


def test_the_installed_version_has_every_name():
    check(found_here())


@pytest.mark.slow
@pytest.mark.skipif(not OLDEST.exists(), reason="the oldest versions are not installed")
def test_the_oldest_version_has_every_name_and_none_is_in_no_version():
    program = "import json, test_internals as t; print(json.dumps(t.found_here()))"
    oldest = json.loads(in_another_process(program, oldest=True))
    check(oldest)
    newest = found_here()
    assert oldest.keys() == newest.keys()
    assert {name for name in newest if not newest[name] and not oldest[name]} == set()


# ---- Missing names ----


def new_model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(CosineDecay(0.1, 100), momentum=0.5), loss="mse")
    return model


def sentence(feature, name):
    return (
        f"{feature} does not work with Keras {keras.__version__}: it needs `{name}`, which this "
        "version does not have."
    )


@pytest.mark.parametrize(
    "feature, call",
    [
        ("`optimizer_schedule()`", optimizer_schedule),
        ("`optimizer_learning_rate()`", optimizer_learning_rate),
        ("`scale_learning_rate()`", lambda model: scale_learning_rate(model, 0.5)),
        ("`find_learning_rate()`", lambda model: find_learning_rate(model, np.ones((2, 2)))),
    ],
)
def test_the_feature_that_was_called_names_what_is_missing(feature, call, monkeypatch):
    model = new_model()
    monkeypatch.delattr(model.optimizer, "_learning_rate")
    with pytest.raises(RuntimeError) as raised:
        call(model)
    assert str(raised.value) == sentence(feature, "Optimizer._learning_rate")


def test_a_callback_names_what_is_missing(monkeypatch):
    model, monitor = new_model(), LearningRateMonitor()
    monitor.set_model(model)
    monkeypatch.delattr(model.optimizer, "_learning_rate")
    with pytest.raises(RuntimeError) as raised:
        monitor.on_train_batch_begin(0)
    assert str(raised.value) == sentence("`LearningRateMonitor`", "Optimizer._learning_rate")


def test_a_count_of_updates_is_not_taken_for_one_of_steps(monkeypatch):
    """Without `_iterations`, the public `iterations` is the variable, or is computed from it."""
    optimizer = keras.optimizers.SGD(0.1)
    if hasattr(optimizer, "_iterations"):
        monkeypatch.setattr(type(optimizer), "iterations", optimizer._iterations)
        monkeypatch.delattr(optimizer, "_iterations")
    assert optimizer_step(optimizer) == 0
    monkeypatch.setattr(type(optimizer), "iterations", keras.ops.convert_to_tensor(3))
    with pytest.raises(RuntimeError) as raised:
        optimizer_step(optimizer)
    assert str(raised.value) == sentence("`optimizer_step()`", "Optimizer._iterations")


def test_a_method_that_is_missing_is_named_before_anything_trains(monkeypatch):
    owner = next(c for c in keras.optimizers.SGD.__mro__ if "_get_variable_index" in vars(c))
    monkeypatch.delattr(owner, "_get_variable_index")
    scheduled_optimizer._class_of.cache_clear()
    with pytest.raises(RuntimeError) as raised:
        optimizer_with_schedules(keras.optimizers.SGD(0.1), momentum=0.5)
    name = "Optimizer._get_variable_index"
    assert str(raised.value) == sentence("`optimizer_with_schedules()`", name)
    # Other numbers don't need the name.
    optimizer_with_schedules(keras.optimizers.SGD(0.1), weight_decay=0.5)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="this tests TensorFlow's random numbers")
def test_the_range_test_leaves_out_what_it_cannot_put_back(monkeypatch):
    import tensorflow as tf
    from tensorflow.python.ops import stateful_random_ops

    monkeypatch.delattr(stateful_random_ops, "global_generator")
    model = new_model()
    before, states = model.get_weights(), (random.getstate(), np.random.get_state()[1].tolist())
    with pytest.warns(UserWarning) as caught:
        found = find_learning_rate(
            model, *[np.ones((20, 2))] * 2, steps=12, confirm=0, verbose=False
        )
    assert [str(w.message) for w in caught if w.category is UserWarning] == [
        "Restoring TensorFlow's global generator after `find_learning_rate()` does not work "
        f"with TensorFlow {tf.__version__}: it needs "
        "`tensorflow.python.ops.stateful_random_ops.global_generator`, which this version does not "
        "have."
    ]
    assert len(found.rates) == 12
    assert states == (random.getstate(), np.random.get_state()[1].tolist())
    for weights, put_back in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, put_back)


@pytest.mark.slow
def test_without_any_of_the_names_the_package_is_imported_and_evaluates():
    names = [(name.owner, name.name) for name in names_here()]
    program = f"""
import importlib, keras
owners = {{
    "Optimizer": keras.optimizers.Optimizer,
    "SGD": keras.optimizers.SGD,
    "RMSprop": keras.optimizers.RMSprop,
    "Model": keras.Model,
    "Metric": keras.metrics.Metric,
    "Layer": keras.layers.Layer,
}}
removed = 0
for owner, name in {names!r}:
    if "." in owner and not owner[-1].isupper() and "Context" not in owner:
        mro = [importlib.import_module(owner)]
    else:
        mro = getattr(owners.get(owner), "__mro__", ())
    for thing in mro:
        if name in vars(thing):
            delattr(thing, name)
            removed += 1
assert removed > 5, removed
import lrschedules
print(lrschedules.CosineDecay(0.5, 10).rate(0))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == 0.5
