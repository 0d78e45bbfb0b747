import pytest

from lrschedules_math import TanhDecay


def test_saturated_ends_are_finite():
    assert TanhDecay(1, 10, -1e308, 1e308).rates([0, 5, 10]).tolist() == pytest.approx([1, 0.5, 0])


@pytest.mark.parametrize("bad", [-7.0, -8.0])
def test_the_upper_end_is_above_the_lower(bad):
    with pytest.raises(ValueError) as raised:
        TanhDecay(0.1, 10, upper=bad)
    assert str(raised.value).startswith("`upper` must be ")
    assert str(raised.value).endswith(f"Received: upper={bad!r}")
