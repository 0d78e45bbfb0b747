import pytest

from cases.model_garden_offset import CLASSES
from lrschedules_math import CosineDecay, ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay


@pytest.mark.parametrize("cls", CLASSES)
def test_the_first_rate_is_held_and_the_base_follows(cls):
    arguments = CLASSES[cls][2]
    base = cls.base_lr_class(**arguments)
    schedule = cls(offset=100, **arguments)
    assert schedule.rates([-1, 0, 99, 100]).tolist() == [base.rate(0)] * 4
    assert schedule.rates(range(100, 200)).tolist() == base.rates(range(100)).tolist()
    assert cls(**arguments).offset == 0


def test_each_is_a_subclass_of_its_base():
    bases = [ExponentialDecay, PolynomialDecay, CosineDecay, PiecewiseConstantDecay]
    assert [cls.base_lr_class for cls in CLASSES] == bases
    assert all(issubclass(cls, base) for cls, base in zip(CLASSES, bases))


@pytest.mark.parametrize("cls", CLASSES)
def test_offset_comes_first_as_in_model_garden(cls):
    schedule = cls(100, **CLASSES[cls][2])
    assert schedule.offset == 100 and schedule.get_config()["offset"] == 100
    with pytest.raises(TypeError):
        cls(100, 0.1)
