"""Bad input that each field of each class must refuse."""

import dataclasses

import pytest

from cases.refused import check_refused, fields_of, refused
from lrschedules_math.core.registry import CLASSES
from support import FIRST_OF_CLASS

FIELDS = fields_of(CLASSES.values())


@pytest.mark.parametrize("cls, field, check", FIELDS, ids=lambda x: getattr(x, "__name__", x))
def test_what_a_field_must_refuse(cls, field, check):
    check_refused(FIRST_OF_CLASS[cls].schedule, field, refused(check))


def test_every_field_of_every_class_has_a_check():
    checked = {(cls, field) for cls, field, _ in FIELDS}
    fields = {(cls, f.name) for cls in CLASSES.values() for f in dataclasses.fields(cls)}
    assert len(FIELDS) > 150 and fields == checked
