from fractions import Fraction

import mpmath
import numpy as np
import pytest

from lrschedules import Cyclical
from support import Case


def cyclical(low, high, step_size, mode="triangular", gamma=1.0):
    def oracle(step):
        cycle = 1 + step // (2 * step_size)
        x = abs(Fraction(step, step_size) - 2 * cycle + 1)
        height = (
            mpmath.mpf(1 - x)
            if isinstance(1 - x, int)
            else mpmath.mpf((1 - x).numerator) / (1 - x).denominator
        )
        if mode == "triangular2":
            height /= mpmath.mpf(2) ** (cycle - 1)
        elif mode == "exp_range":
            height *= mpmath.mpf(gamma) ** step
        return mpmath.mpf(low) + (mpmath.mpf(high) - mpmath.mpf(low)) * height

    schedule = Cyclical(low, high, step_size, mode, gamma)
    return Case(schedule, oracle, tuple(k * step_size for k in (1, 2, 3, 4, 5, 8, 9)), peak=high)


SIZES = (1, 2, 3, 7, 41, 1000, 2**23 + 1, 10**9)

CASES = [
    *(cyclical(low, 1.0, n) for n in SIZES for low in (0.0, 0.1)),
    *(cyclical(0.1, 1.0, n, "triangular2") for n in SIZES),
    *(cyclical(0.1, 1.0, n, "exp_range", gamma) for n in SIZES for gamma in (1.0, 0.999)),
    cyclical(0.0, 1.0, 10**6, "triangular2"),
    cyclical(0.5, 0.5, 10),
]


@pytest.mark.once
@pytest.mark.parametrize(
    "mode, gamma", [("triangular", 1.0), ("triangular2", 1.0), ("exp_range", 0.99)]
)
def test_cyclic_lr_of_pytorch(mode, gamma):
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    theirs = torch.optim.lr_scheduler.CyclicLR(
        optimizer, 0.001, 0.1, step_size_up=7, mode=mode, gamma=gamma, cycle_momentum=False
    )
    expected = []
    for _ in range(60):
        expected.append(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()
    ours = Cyclical(0.001, 0.1, 7, mode, gamma).rates(range(60))
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


def test_a_cycle_ends_exactly_at_the_initial_rate():
    # Keras-like arithmetic on floats, step * (1 / step_size), is a little above or below it.
    for step_size in range(1, 500):
        assert Cyclical(0.0, 1.0, step_size).rates([2 * step_size, 4 * step_size]).tolist() == [
            0.0,
            0.0,
        ]
        assert Cyclical(0.0, 1.0, step_size).rates([step_size, 3 * step_size]).tolist() == [
            1.0,
            1.0,
        ]


NAN, INF = float("nan"), float("inf")
GOOD = dict(initial_learning_rate=0.1, maximal_learning_rate=1.0, step_size=10)


@pytest.mark.once
@pytest.mark.parametrize(
    "argument, bad",
    [
        (a, x)
        for a in ("initial_learning_rate", "maximal_learning_rate")
        for x in [None, -1, "1", NAN, INF, True]
    ]
    + [("maximal_learning_rate", 0.05)]
    + [("step_size", x) for x in [None, 0, -1, 0.5, "1", INF, True]]
    + [("mode", x) for x in ["Triangular", None, 1]]
    + [("gamma", x) for x in [None, 0, -1, 1.01, "1", NAN, True, 0.5]]
    + [("name", 1)],
)
def test_bad_input_names_the_argument_and_the_value(argument, bad):
    with pytest.raises(ValueError) as raised:
        Cyclical(**{**GOOD, argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")


@pytest.mark.parametrize("gamma", [0, 1.0000001, 2])
def test_gamma_is_above_0_and_at_most_1(gamma):
    assert Cyclical(0.1, 1, 10, "exp_range", 1).gamma == 1
    with pytest.raises(ValueError, match="`gamma` must be"):
        Cyclical(0.1, 1, 10, "exp_range", gamma)
