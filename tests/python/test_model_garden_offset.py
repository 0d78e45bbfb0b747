import mpmath
import pytest

from lrschedules import (
    CosineDecay,
    CosineDecayWithOffset,
    ExponentialDecay,
    ExponentialDecayWithOffset,
    PiecewiseConstantDecay,
    PiecewiseConstantDecayWithOffset,
    PolynomialDecay,
    PolynomialDecayWithOffset,
)
from support import Case

OFFSETS = (0, 1, 7, 41, 2**24)


def exponential(step):
    return mpmath.mpf(0.1) * mpmath.mpf(0.5) ** (step // 41)


def polynomial(step):
    left = mpmath.mpf(41 - min(step, 41)) / 41
    return (1 - mpmath.mpf(0.1)) * left**2 + mpmath.mpf(0.1)


def cosine(step):
    if step < 10:
        return mpmath.mpf(0.1) + (1 - mpmath.mpf(0.1)) * step / 10
    return mpmath.cos(mpmath.pi * min(step - 10, 41) / 82) ** 2 if step < 51 else mpmath.mpf(0)


def piecewise(step):
    return 1.0 if step <= 3 else 0.5 if step <= 10 else 0.25


KINDS = {
    ExponentialDecayWithOffset: (
        exponential,
        (41, 82),
        dict(initial_learning_rate=0.1, decay_steps=41, decay_rate=0.5, staircase=True),
    ),
    PolynomialDecayWithOffset: (
        polynomial,
        (41,),
        dict(initial_learning_rate=1, decay_steps=41, end_learning_rate=0.1, power=2),
    ),
    CosineDecayWithOffset: (
        cosine,
        (10, 51),
        dict(initial_learning_rate=0.1, decay_steps=41, warmup_target=1, warmup_steps=10),
    ),
    PiecewiseConstantDecayWithOffset: (
        piecewise,
        (3, 10),
        dict(boundaries=[3, 10], values=[1, 0.5, 0.25]),
    ),
}


def with_offset(cls, offset):
    base, boundaries, arguments = KINDS[cls]
    return Case(
        cls(offset=offset, **arguments),
        lambda step: base(max(step - offset, 0)),
        (offset, *(offset + b for b in boundaries)),
    )


CASES = [with_offset(cls, offset) for cls in KINDS for offset in OFFSETS]


@pytest.mark.parametrize("cls", KINDS)
def test_the_first_rate_is_held_and_the_base_follows(cls):
    arguments = KINDS[cls][2]
    base = cls.base_lr_class(**arguments)
    schedule = cls(offset=100, **arguments)
    assert schedule.rates([-1, 0, 99, 100]).tolist() == [base.rate(0)] * 4
    assert schedule.rates(range(100, 200)).tolist() == base.rates(range(100)).tolist()
    assert cls(**arguments).offset == 0


def test_each_is_a_subclass_of_its_base():
    bases = [ExponentialDecay, PolynomialDecay, CosineDecay, PiecewiseConstantDecay]
    assert [cls.base_lr_class for cls in KINDS] == bases
    assert all(issubclass(cls, base) for cls, base in zip(KINDS, bases))


@pytest.mark.parametrize("cls", KINDS)
def test_offset_comes_first_as_in_model_garden(cls):
    schedule = cls(100, **KINDS[cls][2])
    assert schedule.offset == 100 and schedule.get_config()["offset"] == 100
    with pytest.raises(TypeError):
        cls(100, 0.1)


@pytest.mark.parametrize("cls", KINDS)
@pytest.mark.parametrize("bad", [-1, 0.5, float("nan"), "1", None, True, [1]])
def test_a_bad_offset_is_named(cls, bad):
    with pytest.raises(ValueError) as raised:
        cls(offset=bad, **KINDS[cls][2])
    assert str(raised.value).startswith("`offset` must be a whole number of steps, 0 or more")
    assert str(raised.value).endswith(f"Received: offset={bad!r}")


@pytest.mark.parametrize("cls", KINDS)
def test_the_bases_checks_hold(cls):
    arguments = dict(KINDS[cls][2])
    name = next(iter(arguments))
    with pytest.raises(ValueError, match=f"^`{name}` must be "):
        cls(**{**arguments, name: -1})
