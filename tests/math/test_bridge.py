"""The functions that the R package calls."""

import json

import numpy as np
import pytest

import lrschedules_math
from lrschedules_math import (
    Clamp,
    Constant,
    CosineDecay,
    ExponentialDecay,
    Join,
    NoisyLinearCosineDecay,
    PiecewiseConstantDecay,
    Repeat,
    Schedule,
    Tabulated,
    Warmup,
)
from lrschedules_math.core.halves import NeedsKeras
from lrschedules_math.exchange import bridge
from support import FIRST_OF_CLASS

DECAY = ExponentialDecay(0.1, 10, 0.5)
DECAY_NODE = {
    "class": "ExponentialDecay",
    "config": {
        "initial_learning_rate": 0.1,
        "decay_steps": 10.0,
        "decay_rate": 0.5,
        "staircase": False,
        "name": "ExponentialDecay",
    },
}


def through_r(nodes):
    """The nodes as R sends them back, with lists only."""
    return json.loads(json.dumps(nodes))


@pytest.mark.parametrize("case", FIRST_OF_CLASS.values(), ids=lambda c: type(c.schedule).__name__)
def test_what_is_described_is_built_again(case):
    nodes = bridge.describe(case.schedule)
    assert bridge.build(through_r(nodes)) == case.schedule


def test_a_composition_is_a_list_of_its_nodes():
    nodes = bridge.describe(Warmup(Join([DECAY, 0.2], [5]), 3, from_=0.01))
    assert nodes == [
        DECAY_NODE,
        {"class": "Join", "config": {"schedules": ({"node": 0}, 0.2), "boundaries": [5.0]}},
        {
            "class": "Warmup",
            "config": {
                "schedule": {"node": 1},
                "steps": 3.0,
                "from": 0.01,
                "shape": "linear",
                "power": 1.0,
                "shift": True,
            },
        },
    ]
    # Whole numbers are floats, as in R, but flags are not.
    assert type(nodes[0]["config"]["decay_steps"]) is float
    assert type(nodes[0]["config"]["staircase"]) is bool


def test_a_number_of_r_is_a_vector_of_one():
    nodes = [{"class": "Tabulated", "config": {"values": 0.5}}]
    assert bridge.build(nodes) == Tabulated([0.5])
    nodes = [{"class": "PiecewiseConstantDecay", "config": {"boundaries": 3.0, "values": [1, 2]}}]
    assert bridge.build(nodes) == PiecewiseConstantDecay([3], [1, 2])


def test_no_limit_crosses_as_infinity():
    for schedule in (Clamp(0.1), Repeat(0.1, 5)):
        config = bridge.describe(schedule)[-1]["config"]
        assert (
            float("inf") in config.values() and bridge.build(bridge.describe(schedule)) == schedule
        )


def test_what_r_has_no_class_for_is_none():
    class Own(Schedule):
        pass

    assert bridge.describe(Own()) is None and bridge.describe(Clamp(Own())) is None
    with pytest.raises(NeedsKeras, match="Only Keras can evaluate a KerasSchedule"):
        bridge.build([{"class": "KerasSchedule", "config": {}}])


@pytest.mark.parametrize(
    "value, expected",
    [
        (5, 5),
        (2**31 - 1, 2**31 - 1),
        (-(2**31) + 1, -(2**31) + 1),
        (2**31, 2.0**31),
        (-(2**31), -(2.0**31)),
        ([1, 2], [1, 2]),
        ([1, 2**31], [1.0, 2.0**31]),
        ((True, 2**40, 0.5), (True, 2.0**40, 0.5)),
        ({"a": [2**40, "b"], "c": {"d": 2**31}}, {"a": [2.0**40, "b"], "c": {"d": 2.0**31}}),
        (None, None),
    ],
)
def test_whole_numbers_beyond_those_of_r_are_floats(value, expected):
    plain = bridge.plain(value)
    assert repr(plain) == repr(expected)


def test_rates_cross_as_arrays_or_bytes():
    assert bridge.rate(DECAY, 10.9) == 0.05
    for dtype in ("int32", "float64"):
        steps = np.array([0, 10, 20], dtype)
        rates = bridge.rates_as_bytes(DECAY, steps.tobytes(), dtype)
        assert isinstance(rates, bytearray)
        assert np.frombuffer(rates).tolist() == [0.1, 0.05, 0.025]
        assert bridge.rates(DECAY, steps).tolist() == [0.1, 0.05, 0.025]
        assert bridge.rates(DECAY, np.array([], dtype)).tolist() == []
    between = np.array([-0.5, 9.5, 10.5])
    expected = DECAY.rates([0, 9, 10]).tolist()
    assert bridge.rates(DECAY, between).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 2.0**53 + 2, -(2.0**53) - 2])
def test_r_is_told_of_a_bad_step(bad):
    for steps in ([bad, 1.0], [1.0, bad]):
        assert bridge.rates(DECAY, np.array(steps)) is None
        assert bridge.rates_as_bytes(DECAY, np.array(steps).tobytes(), "float64") is None
    ends = bridge.rates(DECAY, np.array([-(2.0**53), 2.0**53])).tolist()
    assert ends == DECAY.rates([0, 2**53]).tolist()


def test_a_long_vector_crosses_as_bytes():
    values = [0.5, 0.25, 0.125]
    doubles = {"doubles": bytearray(np.array(values))}
    for vector in (values, doubles):
        config = {"values": vector, "interpolation": "none", "every": 10.0}
        built = bridge.build([{"class": "Tabulated", "config": config}])
        assert built == lrschedules_math.Tabulated(values, every=10)
    with pytest.raises(ValueError, match=r"`values\[1\]` must be one finite number, 0 or more"):
        config["values"] = {"doubles": bytearray(np.array([0.5, -1.0]))}
        bridge.build([{"class": "Tabulated", "config": config}])


def test_what_is_shown_reaches_the_end_of_the_shape_or_further():
    for least, last in ((0, 50), (80, 80)):
        steps, rates = map(np.frombuffer, bridge.shown(DECAY, least))
        assert steps.tolist() == list(range(last + 1))
        assert rates.tolist() == DECAY.rates(range(last + 1)).tolist()
    steps, _ = bridge.shown(Constant(0.1), 2**60)
    assert np.frombuffer(steps)[-1] == 2**53


def test_a_part_that_is_shown_crosses_as_bytes():
    steps, rates = map(np.frombuffer, bridge.shown_between(DECAY, 7.0, 9.0))
    assert steps.tolist() == [7, 8, 9] and rates.tolist() == DECAY.rates([7, 8, 9]).tolist()


def test_the_summary_crosses_as_numbers_and_bytes():
    found = bridge.summarize(DECAY, 99)
    assert found["start"] == 0.1 and type(found["peak_step"]) is float
    assert len(np.frombuffer(found["quarters"])) == 20
    assert np.frombuffer(found["line"])[0] == 0.1 and len(np.frombuffer(found["line"])) == 40
    given = bridge.summarize(DECAY, None, bytes(np.array([7.0, 5.5])))
    assert (given["first"], given["last"]) == (5, 7)


def test_a_file_is_read_as_nodes(tmp_path):
    path = tmp_path / "schedule.json"
    bridge.write(DECAY, path)
    assert bridge.read(path) == [DECAY_NODE]
    path.write_text('{"lrschedules": 1, "schedule": {"class": "KerasSchedule"}}')
    assert bridge.read(path) is None
    noisy = NoisyLinearCosineDecay(1.0, 10, seed=2**53)
    bridge.write(Clamp(noisy + CosineDecay(1.0, 5)), path)
    assert bridge.build(through_r(bridge.read(path))) == Clamp(noisy + CosineDecay(1.0, 5))
