import itertools
import math

import mpmath
import numpy as np
import pytest

from lrschedules import MomentumOneCycle, OneCycle, WarmupStableDecay
from support import Case


def wave(q):
    """(1 - cos πq) / 2"""
    return mpmath.sin(mpmath.pi * q / 2) ** 2


def one_cycle(
    n, fraction=(3, 10), anneal="cosine", d=25, final=1e4, three_phase=False, peak_rate=1.0
):
    peak = n * fraction[0] // fraction[1]
    m = mpmath.mpf(peak_rate)
    corners = [(0, m / d), (peak, m), (2 * peak, m / d), (n, m / d / final)]
    if not three_phase:
        del corners[2]
    if peak == 0:
        corners = [(0, m), corners[-1]]

    def oracle(step):
        for (a, first), (b, last) in itertools.pairwise(corners):
            if step < b:
                left = mpmath.mpf(b - step) / (b - a)
                part = wave(left) if anneal == "cosine" else left
                return last + (first - last) * part
        return corners[-1][1]

    schedule = OneCycle(peak_rate, n, fraction[0] / fraction[1], anneal, d, final, three_phase)
    return Case(schedule, oracle, tuple(step for step, _ in corners), peak=peak_rate)


def momentum(cycle, least=0.85, most=0.95):
    """Where the rate has gone q of the way to the next corner, so has the momentum."""
    values = [most, least, most, most] if cycle.schedule.warmup_fraction else [least, most]
    corners = [(step, cycle.oracle(step), x) for step, x in zip(cycle.boundaries, values)]

    def oracle(step):
        for (_, rate, value), (end, next_rate, next_value) in itertools.pairwise(corners):
            if step < end:
                q = (cycle.oracle(step) - rate) / (next_rate - rate)
                return value + (next_value - value) * q
        return most

    return Case(MomentumOneCycle(cycle.schedule, least, most), oracle, cycle.boundaries)


SHAPES = {
    "linear": lambda q: q,
    "cosine": wave,
    "one_minus_sqrt": lambda q: 1 - mpmath.sqrt(1 - q),
}


def stable(peak_rate, warmup, hold, decay, up="linear", down="cosine", end=0.0):
    def oracle(step):
        if step < warmup:
            part = SHAPES[up](mpmath.mpf(step) / warmup)
        elif step < warmup + hold:
            part = 1
        else:
            part = SHAPES[down](mpmath.mpf(max(warmup + hold + decay - step, 0)) / decay)
        return mpmath.mpf(end) + (mpmath.mpf(peak_rate) - mpmath.mpf(end)) * part

    schedule = WarmupStableDecay(peak_rate, warmup, hold, decay, up, down, end)
    return Case(schedule, oracle, (warmup, warmup + hold, warmup + hold + decay), peak=peak_rate)


TOTALS = (1, 2, 3, 4, 7, 10, 41, 1000, 10**5, 10**9)

CASES = [
    *(
        one_cycle(n, anneal=anneal, three_phase=three)
        for n in TOTALS
        for anneal in ("cosine", "linear")
        for three in (False, True)
    ),
    *(one_cycle(n, (29, 100)) for n in (100, 200, 10**7)),
    *(one_cycle(n, (1, 3), d=1, final=1) for n in (3, 300, 3 * 10**8)),
    one_cycle(100, (0, 1)),
    one_cycle(100, (99, 100)),
    one_cycle(100, peak_rate=0.0),
    *(
        momentum(one_cycle(n, anneal=anneal, three_phase=three))
        for n in (10, 41, 1000, 10**9)
        for anneal in ("cosine", "linear")
        for three in (False, True)
    ),
    momentum(one_cycle(100, (0, 1)), 0.5, 0.75),
    momentum(one_cycle(100), 0.0, 1.0),
    momentum(one_cycle(100), 0.9, 0.9),
    *(
        stable(0.5, warmup, hold, decay, end=end)
        for warmup in (0, 1, 41)
        for hold in (0, 1, 100)
        for decay in (1, 41, 10**9)
        for end in (0.0, 0.1)
    ),
    *(stable(1.0, 41, 10, 10**5, up, down) for up in SHAPES for down in SHAPES),
    stable(0.5, 10, 10, 10, end=0.5),
]


@pytest.mark.parametrize("total", range(1, 60))
@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.29, 0.3, 1 / 3, 0.45])
def test_the_peak_is_never_skipped(total, fraction, three_phase):
    schedule = OneCycle(0.7, total, fraction, three_phase=three_phase)
    rates = schedule.rates(range(total + 2))
    peak = math.floor(fraction * total + 1e-9)
    assert rates[peak] == 0.7 == rates.max()
    assert rates[total] == rates[total + 1] == pytest.approx(0.7 / 25 / 1e4, rel=1e-12)


def of_pytorch(optimizer, read, anneal, three_phase, **arguments):
    """What `read` gives at each of the 100 steps of PyTorch's schedule, 30 of them up."""
    import torch

    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        0.5,
        100,
        pct_start=0.3,
        anneal_strategy={"cosine": "cos"}.get(anneal, anneal),
        three_phase=three_phase,
        **arguments,
    )
    values = []
    for _ in range(100):
        values.append(read(optimizer.param_groups[0]))
        optimizer.step()
        theirs.step()
    return values


@pytest.mark.once
@pytest.mark.parametrize("anneal", ["cosine", "linear"])
@pytest.mark.parametrize("three_phase", [False, True])
def test_one_cycle_lr_of_pytorch_ends_its_phases_a_step_earlier(anneal, three_phase):
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    expected = of_pytorch(
        optimizer, lambda group: group["lr"], anneal, three_phase, cycle_momentum=False
    )
    total, warm = 100, 30
    ours = OneCycle(0.5, total - 1, (warm - 1) / (total - 1), anneal, three_phase=three_phase)
    np.testing.assert_allclose(ours.rates(range(total)), expected, rtol=1e-9)


@pytest.mark.once
@pytest.mark.parametrize("anneal", ["cosine", "linear"])
@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("adam", [False, True], ids=["momentum", "beta_1"])
def test_the_momentum_is_that_of_pytorch(anneal, three_phase, adam):
    import torch

    total, warm, least, most = 100, 30, 0.8, 0.97
    parameters = [torch.zeros(1)]
    optimizer = (
        torch.optim.Adam(parameters) if adam else torch.optim.SGD(parameters, 0.1, momentum=0.9)
    )
    expected = of_pytorch(
        optimizer,
        lambda group: group["betas"][0] if adam else group["momentum"],
        anneal,
        three_phase,
        base_momentum=least,
        max_momentum=most,
    )
    cycle = OneCycle(0.5, total - 1, (warm - 1) / (total - 1), anneal, three_phase=three_phase)
    ours = MomentumOneCycle(cycle, least, most)
    np.testing.assert_allclose(ours.rates(range(total)), expected, rtol=1e-9)


def test_the_momentum_needs_a_one_cycle_schedule_and_its_bounds_in_order():
    for bad in (0.1, None, WarmupStableDecay(1, 1, 1, 1), 2 * OneCycle(1, 100)):
        with pytest.raises(
            ValueError, match=r"`schedule` must be a `OneCycle` schedule\. Received"
        ):
            MomentumOneCycle(bad)
    with pytest.raises(ValueError, match="`minimal_momentum` must be at most `maximal_momentum`"):
        MomentumOneCycle(OneCycle(1, 100), 0.9, 0.8)


def test_the_stable_rate_is_exactly_the_maximal():
    schedule = WarmupStableDecay(0.3, 10, 20, 10, end_learning_rate=0.1)
    assert set(schedule.rates(range(10, 31)).tolist()) == {0.3}
    assert schedule.rates([0, 40, 41]).tolist() == [0.1] * 3


NAN, INF = float("nan"), float("inf")
NOT_RATES = [None, -1, "1", NAN, INF, True, [1]]
NOT_STEPS = [None, -1, 0.5, "1", INF, True, [1]]
GOOD = {
    OneCycle: dict(maximal_learning_rate=1, total_steps=100),
    WarmupStableDecay: dict(maximal_learning_rate=1, warmup_steps=1, stable_steps=1, decay_steps=1),
}


@pytest.mark.once
@pytest.mark.parametrize(
    "cls, argument, bad",
    [(cls, "maximal_learning_rate", x) for cls in GOOD for x in NOT_RATES]
    + [(cls, "name", 1) for cls in GOOD]
    + [(OneCycle, "total_steps", x) for x in [*NOT_STEPS, 0]]
    + [(OneCycle, "warmup_fraction", x) for x in [*NOT_RATES, 1.0, 1.5]]
    + [(OneCycle, "anneal", x) for x in ["cos", None]]
    + [(OneCycle, a, x) for a in ("initial_divisor", "final_divisor") for x in [*NOT_RATES, 0, 0.5]]
    + [(OneCycle, "three_phase", x) for x in [None, 1, "no"]]
    + [(WarmupStableDecay, a, x) for a in ("warmup_steps", "stable_steps") for x in NOT_STEPS]
    + [(WarmupStableDecay, "decay_steps", x) for x in [*NOT_STEPS, 0]]
    + [
        (WarmupStableDecay, a, x)
        for a in ("warmup_shape", "decay_shape")
        for x in ["1-sqrt", None, "polynomial"]
    ]
    + [(WarmupStableDecay, "end_learning_rate", x) for x in [*NOT_RATES, 1.5]],
)
def test_bad_input_names_the_argument_and_the_value(cls, argument, bad):
    with pytest.raises(ValueError) as raised:
        cls(**{**GOOD[cls], argument: bad})
    assert str(raised.value).startswith(f"`{argument}` must be ")
    assert str(raised.value).endswith(f"Received: {argument}={bad!r}")


def test_three_phases_need_a_fraction_below_one_half():
    OneCycle(1, 100, 0.6)
    with pytest.raises(
        ValueError, match=r"`warmup_fraction` must be less than 0\.5 with `three_phase`"
    ):
        OneCycle(1, 100, 0.5, three_phase=True)
