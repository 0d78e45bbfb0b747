import numpy as np
import pytest

from lrschedules_math import Tabulated


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


def test_a_wrong_row_is_named():
    with pytest.raises(
        ValueError,
        match=r"^`values\[2\]` must be one finite number, 0 or more. Received: values\[2\]=nan",
    ):
        Tabulated([1, 2, float("nan")])
