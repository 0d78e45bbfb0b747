import pytest

from lrschedules_math import (
    PiecewiseConstantDecay,
    PiecewiseInterpolate,
    StepCosineDecayWithOffset,
)


def test_a_boundary_step_keeps_the_value_to_its_left():
    values = [1.0, 0.5, 0.1]
    assert (
        PiecewiseConstantDecay([3, 5], values).rates(range(8)).tolist()
        == [1] * 4 + [0.5] * 2 + [0.1] * 2
    )
    right = PiecewiseConstantDecay([3, 5], values, boundary="right")
    assert right.rates(range(8)).tolist() == [1] * 3 + [0.5] * 2 + [0.1] * 3


def test_the_values_are_kerass_attribute_and_our_method():
    schedule = PiecewiseConstantDecay([3], [1, 0.5])
    assert schedule.values == (1.0, 0.5) and list(schedule.values) == [1.0, 0.5]
    assert schedule.rates([3, 4]).tolist() == [1.0, 0.5]
    assert repr(schedule).startswith("PiecewiseConstantDecay(boundaries=(3,), values=(1.0, 0.5), ")


def test_flat_stretches_and_ends_are_the_given_numbers_exactly():
    steps = [0, 10, 13, 17, 20, 25, 30, 31]
    for interpolation in ("linear", "cosine"):
        schedule = PiecewiseInterpolate([10, 20, 30], [0.3, 0.3, 0.1], interpolation)
        rates = schedule.rates(steps).tolist()
        assert rates[:5] == [0.3] * 5 and rates[6:] == [0.1] * 2


def test_model_garden_gives_no_number_after_the_last_boundary():
    # Its second phase divides by the length 0.
    schedule = StepCosineDecayWithOffset([0, 10], [1.0, 0.5])
    assert schedule.rates([10, 11, 10**6]).tolist() == [0.5] * 3


@pytest.mark.parametrize(
    "cls, boundaries, values",
    [
        (PiecewiseConstantDecay, [1], [1]),
        (PiecewiseConstantDecay, [1], [1, 2, 3]),
        (PiecewiseInterpolate, [1, 2], [1]),
        (PiecewiseInterpolate, [1, 2], [1, 2, 3]),
        (StepCosineDecayWithOffset, [1, 2], [1]),
        (StepCosineDecayWithOffset, [1, 2], [1, 2, 3]),
    ],
)
def test_the_values_are_as_many_as_the_boundaries_ask_for(cls, boundaries, values):
    with pytest.raises(ValueError, match=r"^`values` must be of length 2.*Received: values="):
        cls(boundaries=boundaries, values=values)


def test_an_element_that_is_wrong_is_named():
    with pytest.raises(
        ValueError, match=r"^`values\[1\]` must be one finite number, 0 or more.*values\[1\]=-1$"
    ):
        PiecewiseConstantDecay([1], [1, -1])
    with pytest.raises(
        ValueError, match=r"^`values` must be of length 2, one more than `boundaries`\."
    ):
        PiecewiseConstantDecay([1], [1])
    with pytest.raises(
        ValueError, match=r"^`values` must be of length 2, as many as `boundaries`\."
    ):
        PiecewiseInterpolate([1, 2], [1])
    with pytest.raises(
        ValueError, match=r"^`values` must be of length 1,280, as many as `boundaries`\."
    ):
        PiecewiseInterpolate(list(range(1280)), [1])
