import pytest

from lrschedules_math import Cyclical


def test_a_cycle_ends_exactly_at_the_initial_rate():
    # Arithmetic on floats as in Keras, step * (1 / step_size), is slightly above or below it.
    for step_size in range(1, 500):
        assert Cyclical(0.0, 1.0, step_size).rates([2 * step_size, 4 * step_size]).tolist() == [
            0.0,
            0.0,
        ]
        assert Cyclical(0.0, 1.0, step_size).rates([step_size, 3 * step_size]).tolist() == [
            1.0,
            1.0,
        ]


@pytest.mark.parametrize("argument, bad", [("maximal_learning_rate", 0.05), ("gamma", 0.5)])
def test_arguments_that_do_not_fit_together_are_refused(argument, bad):
    good = dict(initial_learning_rate=0.1, maximal_learning_rate=1.0, step_size=10)
    with pytest.raises(ValueError) as raised:
        Cyclical(**{**good, argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")


@pytest.mark.parametrize("gamma", [0, 1.0000001, 2])
def test_gamma_is_above_0_and_at_most_1(gamma):
    assert Cyclical(0.1, 1, 10, "exp_range", 1).gamma == 1
    with pytest.raises(ValueError, match="`gamma` must be"):
        Cyclical(0.1, 1, 10, "exp_range", gamma)
