"""Writes `inst/python/lrschedules/__init__.pyi`, which tells editors and type checkers the public
names: the schedule classes are only made when the package is imported.

Usage: tools/with-env python tools/stubs.py
"""

import inspect
import pathlib
import types
import typing

import lrschedules
from lrschedules import Schedule

PATH = pathlib.Path(__file__).parents[1] / "inst" / "python" / "lrschedules" / "__init__.pyi"


def type_of(hint):
    """The type of a field as written in the stub."""
    if typing.get_origin(hint) is typing.Annotated:
        return type_of(typing.get_args(hint)[0])
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return " | ".join(type_of(part) for part in typing.get_args(hint))
    if hint is typing.Any:
        return "LearningRateSchedule | float"
    if hint is type(None):
        return "None"
    return "Sequence[Any]" if hint is tuple else hint.__name__


def parameter(p, hints):
    if p.kind is p.VAR_KEYWORD:
        return f"**{p.name}: Any"
    text = f"{p.name}: {type_of(hints[p.name]) if p.name in hints else 'Any'}"
    return text if p.default is p.empty else f"{text} = ..."


def stub_of_class(cls):
    bases = [b.__name__ for b in cls.__mro__[1:] if b.__module__ == "lrschedules"]
    hints = typing.get_type_hints(cls)
    signature = inspect.signature(cls.__init__)
    parameters = [parameter(p, hints) for p in signature.parameters.values() if p.name != "self"]
    summary = inspect.getdoc(cls).partition("\n\n")[0]
    lines = [f"class {cls.__name__}({(bases or ['Schedule'])[0]}):", f'    """{summary}"""', ""]
    for name, hint in hints.items():
        if typing.get_origin(hint) is not typing.ClassVar:
            lines.append(f"    {name}: {type_of(hint).replace('Sequence', 'tuple')}")
    lines = [line.replace("tuple[Any]", "tuple[Any, ...]") for line in lines]
    lines.append("    def __init__(")
    lines += [f"        {text}," for text in ["self", *parameters]]
    return "\n".join([*lines, "    ) -> None: ..."])


def module_of(name, value):
    if isinstance(value, types.ModuleType):
        return value.__name__.rpartition(".")[0]
    return value.__module__


def stub():
    names = [name for name in lrschedules.__all__ if name != "Schedule"]
    values = {name: getattr(lrschedules, name) for name in names}
    classes = {
        name: value
        for name, value in values.items()
        if isinstance(value, type) and issubclass(value, Schedule)
    }
    imports = [
        f"from {module_of(name, value)} import {name} as {name}"
        for name, value in values.items()
        if name not in classes
    ]
    return "\n".join(
        [
            "# Written by `make document`.",
            "from collections.abc import Sequence",
            "from typing import Any",
            "",
            "from keras.optimizers.schedules import LearningRateSchedule",
            "",
            *sorted(imports),
            "from lrschedules.classes.schedule import Schedule as Schedule",
            "",
            "__version__: str",
            "",
            *(
                stub_of_class(cls) + "\n"
                for cls in sorted(classes.values(), key=lambda c: (len(c.__mro__), c.__name__))
            ),
        ]
    )


if __name__ == "__main__":
    PATH.write_text(stub(), encoding="utf-8")
