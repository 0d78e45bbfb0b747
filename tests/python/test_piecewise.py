import mpmath
import numpy as np
import pytest

from lrschedules import PiecewiseConstantDecay, PiecewiseInterpolate, StepCosineDecayWithOffset
from support import Case


def constant(boundaries, values, boundary="left"):
    def oracle(step):
        passed = [b for b in boundaries if (step >= b if boundary == "right" else step > b)]
        return values[len(passed)]

    schedule = PiecewiseConstantDecay(boundaries, values, boundary=boundary)
    return Case(schedule, oracle, tuple(boundaries), peak=max(values))


def interpolated(boundaries, values, shape, step):
    """The published formula in 40 digits."""
    if step < boundaries[0]:
        return values[0]
    for b, end, a, e in zip(boundaries, boundaries[1:], values, values[1:]):
        if b <= step < end:
            a, e, q = mpmath.mpf(a), mpmath.mpf(e), mpmath.mpf(step - b) / (end - b)
            # (1 + cos πq) / 2 without the digits it loses near its end
            return (
                a + (e - a) * q
                if shape == "linear"
                else e + (a - e) * mpmath.cos(mpmath.pi * q / 2) ** 2
            )
    return values[-1]


def interpolate(boundaries, values, interpolation="linear"):
    return Case(
        PiecewiseInterpolate(boundaries, values, interpolation),
        lambda step: interpolated(boundaries, values, interpolation, step),
        tuple(boundaries),
        peak=max(values),
    )


def step_cosine(boundaries, values, offset=0):
    return Case(
        StepCosineDecayWithOffset(boundaries, values, offset),
        lambda step: interpolated(boundaries, values, "cosine", step - offset),
        (offset, *(offset + b for b in boundaries)),
        peak=max(values),
    )


LENGTHS = (1, 2, 3, 7, 41, 1000, 10**5, 10**9)

CASES = [
    constant([10], [1.0, 0.5]),
    constant([0], [1.0, 0.5]),
    constant([0], [1.0, 0.5], "right"),
    constant([10, 11, 20, 2**24], [0.0, 1.0, 0.5, 0.25, 0.125]),
    constant([10, 11, 20, 2**24], [0.0, 1.0, 0.5, 0.25, 0.125], "right"),
    constant([2**31 - 3, 2**40], [1.0, 0.1, 0.01]),
    interpolate([7], [0.3]),
    interpolate([5, 10, 30, 31], [0.0, 1.0, 0.5, 0.5]),
    interpolate([0, 10, 20, 2**40], [1.0, 0.0, 0.0, 1e-3], "cosine"),
    *(interpolate([0, n], [1.0, 0.0], shape) for n in LENGTHS for shape in ("linear", "cosine")),
    *(interpolate([3, 3 + n, 3 + 2 * n], [0.1, 1.0, 1e-6], "cosine") for n in LENGTHS),
    step_cosine([0], [0.5], offset=3),
    step_cosine([0, 100, 250], [1.0, 0.5, 0.0]),
    step_cosine([40, 100, 250], [0.1, 1.0, 0.0], offset=11),
    *(step_cosine([0, n], [1.0, 0.0], offset=n) for n in LENGTHS),
]


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


@pytest.mark.once
def test_multistep_of_pytorch():
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.5)
    theirs = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5, 9], gamma=0.1)
    expected = []
    for _ in range(12):
        expected.append(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()
    ours = PiecewiseConstantDecay([3, 5, 9], [0.5, 0.05, 0.005, 0.0005], boundary="right")
    np.testing.assert_allclose(ours.rates(range(12)), expected, rtol=1e-12)


NOT_BOUNDARIES = [
    [],
    None,
    "1",
    5,
    [1, 1],
    [2, 1],
    [1.5],
    [-1],
    [float("nan")],
    [2**53 + 2],
    [[1]],
    [True],
]
NOT_VALUES = [
    [],
    None,
    "1",
    0.5,
    [float("nan"), 1],
    [-1, 1],
    ["1", 1],
    [float("inf"), 1],
    [[1, 1]],
    [None, 1],
]
GOOD = {
    PiecewiseConstantDecay: dict(boundaries=[1], values=[1, 2]),
    PiecewiseInterpolate: dict(boundaries=[1, 2], values=[1, 2]),
    StepCosineDecayWithOffset: dict(boundaries=[1, 2], values=[1, 2]),
}


@pytest.mark.once
@pytest.mark.parametrize(
    "cls, argument, bad",
    [(cls, "boundaries", x) for cls in GOOD for x in NOT_BOUNDARIES]
    + [(cls, "values", x) for cls in GOOD for x in [*NOT_VALUES, [1], [1, 2, 3]]]
    + [(cls, "name", 1) for cls in GOOD]
    + [(PiecewiseConstantDecay, "boundary", x) for x in ["middle", None, 1]]
    + [(PiecewiseInterpolate, "interpolation", x) for x in ["cubic", None, 1]]
    + [(StepCosineDecayWithOffset, "offset", x) for x in [-1, 0.5, None, "1", [1]]],
)
def test_bad_input_names_the_argument(cls, argument, bad):
    with pytest.raises(ValueError, match=rf"^`{argument}(\[\d\])?` must be .*Received: {argument}"):
        cls(**{**GOOD[cls], argument: bad})


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
