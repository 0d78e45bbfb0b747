import numpy as np
import pytest

from lrschedules import Constant, Tabulated
from support import Case


def tabulated(values, every=1):
    def oracle(step):
        return values[min(step // every, len(values) - 1)]

    rows = (0, 1, 2, len(values) // 2, len(values) - 1, len(values))
    return Case(
        Tabulated(values, every=every),
        oracle,
        tuple(sorted(every * r for r in rows)),
        peak=max(values),
    )


CASES = [
    Case(Constant(0.1), lambda step: 0.1),
    Case(Constant(0), lambda step: 0),
    tabulated([0.3]),
    tabulated([0.0, 0.5, 0.25]),
    tabulated([0.0, 0.5, 0.25], every=41),
    tabulated([0.5**i for i in range(50)], every=2**24 - 1),
    tabulated([i / 1e5 for i in range(10**5)]),
]


def test_each_step_has_its_row_and_the_last_one_holds():
    assert Tabulated([3, 1, 2]).rates([-1, 0, 1, 2, 3, 10**9]).tolist() == [3, 3, 1, 2, 2, 2]
    assert Tabulated(np.array([3, 1, 2]), every=2).rates(range(7)).tolist() == [
        3,
        3,
        1,
        1,
        2,
        2,
        2,
    ]
    assert Tabulated([3, 1, 2]).values == (3.0, 1.0, 2.0)


NAN, INF = float("nan"), float("inf")


@pytest.mark.once
@pytest.mark.parametrize(
    "cls, argument, bad",
    [(Constant, "learning_rate", x) for x in [None, -1, "1", NAN, INF, True, [0.1]]]
    + [(Constant, "name", 1), (Tabulated, "name", 1)]
    + [(Tabulated, "values", x) for x in [None, [], "1", 1, {}, sum]]
    + [(Tabulated, "interpolation", x) for x in ["linear", None]]
    + [(Tabulated, "every", x) for x in [None, 0, -1, 0.5, "1", INF, True]],
)
def test_bad_input_names_the_argument_and_the_value(cls, argument, bad):
    good = dict(learning_rate=0.1) if cls is Constant else dict(values=[0.1])
    with pytest.raises(ValueError) as raised:
        cls(**{**good, argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")


def test_a_wrong_row_is_named():
    with pytest.raises(
        ValueError,
        match=r"^`values\[2\]` must be one finite number, 0 or more. Received: values\[2\]=nan",
    ):
        Tabulated([1, 2, NAN])
