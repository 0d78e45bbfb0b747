"""The examples in all docstrings print the results they show."""

import ast
import doctest
import importlib
import pathlib
import pkgutil

import keras
import numpy as np
import pytest

import lrschedules
import lrschedules_math

MODULES = [
    importlib.import_module(found.name)
    for package in (lrschedules, lrschedules_math)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]


def found_by_doctest():
    """The examples in the docstrings of the public names and of all modules, each once."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    # A schedule class names the package as its module, not the file that defines it.
    public = [
        (f"{package.__name__}.{name}", getattr(package, name))
        for package in (lrschedules, lrschedules_math)
        for name in package.__all__
    ]
    tests = [
        test
        for name, value in public
        if not isinstance(value, type(doctest))
        for test in finder.find(value, name, module=False, globs={})
    ]
    for module in [lrschedules, lrschedules_math, *MODULES]:
        tests += finder.find(module, module.__name__)
    return {test.docstring: test for test in tests if test.examples}


EXAMPLES = found_by_doctest()


def in_sources():
    """Counts the examples in all docstrings in the files."""
    parser, count = doctest.DocTestParser(), 0
    for package in (lrschedules, lrschedules_math):
        for path in pathlib.Path(package.__file__).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                    count += len(parser.get_examples(ast.get_docstring(node) or ""))
    return count


def test_every_example_of_the_sources_is_found():
    found = sum(len(test.examples) for test in EXAMPLES.values())
    assert found == in_sources() > 50


@pytest.fixture(autouse=True)
def registered_with_keras():
    """Removes the classes that an example registers, after the example."""
    registered = keras.saving.get_custom_objects()
    before = dict(registered)
    yield
    registered.clear()
    registered.update(before)


def mark(test):
    return pytest.mark.slow if test.name.endswith(".find_learning_rate") else ()


@pytest.mark.parametrize(
    "test", [pytest.param(test, id=test.name, marks=mark(test)) for test in EXAMPLES.values()]
)
def test_the_examples_are_right(test):
    test.globs.update(vars(lrschedules), keras=keras, np=np, __name__="__main__")
    said = []
    doctest.DocTestRunner().run(test, out=said.append)
    assert not said, "".join(said)
