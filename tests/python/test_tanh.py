import mpmath
import pytest

from lrschedules import TanhDecay
from support import Case


def tanh(initial, decay_steps, lower=-7.0, upper=3.0, end=0.0):
    def oracle(step):
        q = min(mpmath.mpf(step) / decay_steps, 1)
        # 200 digits: 1 - tanh of 50 has none left in 40
        with mpmath.workdps(200):
            falling = (1 - mpmath.tanh(mpmath.mpf(lower) * (1 - q) + mpmath.mpf(upper) * q)) / 2
            return mpmath.mpf(end) + (mpmath.mpf(initial) - mpmath.mpf(end)) * falling

    return Case(
        TanhDecay(initial, decay_steps, lower, upper, end),
        oracle,
        (decay_steps,),
        peak=max(initial, end),
    )


CASES = [
    *(tanh(0.5, n) for n in (1, 2, 7, 41, 1000, 10**5, 10**9)),
    tanh(0.5, 1000, -3, 12),
    tanh(0.5, 1000, -40, 40, end=0.1),
    tanh(0.5, 1000, 0, 40),
    tanh(0.1, 1000, end=0.5),
]


def test_saturated_ends_are_finite():
    assert TanhDecay(1, 10, -1e308, 1e308).rates([0, 5, 10]).tolist() == pytest.approx([1, 0.5, 0])


NAN, INF = float("nan"), float("inf")
GOOD = dict(initial_learning_rate=0.1, decay_steps=10)


@pytest.mark.once
@pytest.mark.parametrize(
    "argument, bad",
    [
        (a, x)
        for a in ("initial_learning_rate", "end_learning_rate")
        for x in [None, -1, "1", NAN, INF, True]
    ]
    + [("decay_steps", x) for x in [None, 0, -1, "1", INF, True]]
    + [("lower", x) for x in [None, "1", NAN, INF, True]]
    + [("upper", x) for x in [None, "1", NAN, INF, True, -7.0, -8.0]]
    + [("name", 1)],
)
def test_bad_input_names_the_argument_and_the_value(argument, bad):
    with pytest.raises(ValueError) as raised:
        TanhDecay(**{**GOOD, argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")
