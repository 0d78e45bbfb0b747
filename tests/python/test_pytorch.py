"""Our schedules give the same rates as PyTorch's."""

import numpy as np
import pytest

from lrschedules import Cyclical, MomentumOneCycle, OneCycle, PiecewiseConstantDecay


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


def test_a_schedule_is_the_lambda_of_pytorch():
    import torch

    schedule = OneCycle(0.1, 50)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule.rate)
    used = []
    for _ in range(60):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert used == schedule.rates(range(60)).tolist()


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


def of_pytorch(optimizer, read, anneal, three_phase, **arguments):
    """The values of `read` at each of the 100 steps of PyTorch's schedule, 30 of which rise."""
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
