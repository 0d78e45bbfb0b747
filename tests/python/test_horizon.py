"""How many steps show the shape of a schedule: what is drawn where no steps are asked for."""

import pytest

import lrschedules as ours

DECAY = ours.ExponentialDecay(0.1, 40, 0.5)  # 5 periods: 200

HORIZONS = [
    (ours.Constant(0.1), 1000),
    (DECAY, 200),
    (ours.InverseTimeDecay(0.1, 40, 0.5), 200),
    (ours.NaturalExpDecay(0.1, 40, 0.5), 200),
    (ours.PolynomialDecay(0.1, 40), 50),
    (ours.PolynomialDecay(0.1, 40, cycle=True), 160),
    (ours.CosineDecay(0.1, 40), 50),
    (ours.CosineDecay(0.1, 40, warmup_target=1, warmup_steps=7), 57),
    (ours.CosineDecayRestarts(0.1, 40, t_mul=1), 160),
    (ours.CosineDecayRestarts(0.1, 40, t_mul=3), 40 * (1 + 3 + 9)),
    (ours.CosineDecayRestarts(0.1, 40, t_mul=2.0**53), 2**53),
    (ours.LinearCosineDecay(0.1, 40), 50),
    (ours.NoisyLinearCosineDecay(0.1, 40), 50),
    (
        ours.ExponentialDecayWithOffset(7, initial_learning_rate=1, decay_steps=40, decay_rate=1),
        207,
    ),
    (ours.PolynomialDecayWithOffset(7, initial_learning_rate=1, decay_steps=40), 57),
    (ours.CosineDecayWithOffset(7, initial_learning_rate=1, decay_steps=40), 57),
    (ours.PiecewiseConstantDecayWithOffset(7, boundaries=[40], values=[1, 2]), 58),
    (ours.PiecewiseConstantDecay([10, 40], [1, 2, 3]), 51),
    (ours.PiecewiseInterpolate([10, 40], [1, 2]), 51),
    (ours.StepCosineDecayWithOffset([10, 40], [1, 2], offset=7), 58),
    (ours.LinearWarmup(DECAY, 150, 0.0), 300),
    (ours.LinearWarmup(DECAY, 50, 0.0), 200),
    (ours.LinearWarmup(0.1, 0, 0.0), 1000),
    (ours.PolynomialWarmUp(DECAY, 150), 300),
    (ours.DirectPowerDecay(0.1, -0.5), 1000),
    (ours.PowerAndLinearDecay(0.1, 40, offset=7), 47),
    (ours.PowerDecayWithOffset(0.1, -0.5, offset=7), 1007),
    (ours.InverseSqrtDecay(0.1, 40), 240),
    (ours.InverseSqrtDecay(0.1, 40, timescale=10), 90),
    (ours.Cyclical(0.1, 1, 40), 320),
    (ours.OneCycle(1, 40), 40),
    (ours.MomentumOneCycle(ours.OneCycle(1, 40)), 40),
    (ours.WarmupStableDecay(1, 10, 20, 40), 70),
    (ours.TanhDecay(0.1, 40), 40),
    (ours.Tabulated([0.1, 0.2], every=40), 80),
    (ours.Warmup(DECAY, 50), 250),
    (ours.Warmup(DECAY, 50, shift=False), 200),
    (ours.Warmup(DECAY, 150, shift=False), 300),
    (ours.Warmup(0.1, 50), 50),
    (ours.Offset(DECAY, 7), 207),
    (ours.Offset(0.1, 7), 14),
    (ours.Join([0.1, DECAY], [10]), 210),
    (ours.Join([DECAY, 0.1], [10]), 15),
    (ours.Join([DECAY, 0.1], [1]), 2),
    (ours.Hold(DECAY, 40), 51),
    (ours.Repeat(DECAY, 30), 120),
    (ours.Repeat(DECAY, 30, times=2), 60),
    (ours.Stretch(DECAY, 2.5), 500),
    (ours.Stretch(0.1, 2.5), 1),
    (ours.Cooldown(DECAY, 40, 20), 66),
    (ours.Clamp(DECAY, 0.01), 200),
    (ours.Clamp(0.1), 1000),
    (ours.Accumulate(DECAY, 4), 800),
    (ours.Accumulate(0.1, 4), 4),
    (ours.Noise(DECAY, 0.1, 1), 200),
    (ours.Noise(0.1, 0.1, 1), 1000),
    (2 * DECAY, 200),
    (ours.Scale(0.1, 2), 1000),
    (DECAY * ours.OneCycle(1, 40), 200),
    (DECAY + ours.OneCycle(1, 400), 400),
    (ours.Sum([0.1, 0.2]), 1000),
    (DECAY - ours.OneCycle(1, 400), 400),
    (ours.OneCycle(1, 400) - DECAY, 400),
    (ours.Difference(0.2, 0.1), 1000),
    (DECAY / ours.OneCycle(1, 400), 400),
    (ours.OneCycle(1, 400) / DECAY, 400),
    (ours.Quotient(0.2, 0.1), 1000),
]


@pytest.mark.once
@pytest.mark.parametrize("schedule, horizon", HORIZONS, ids=repr)
def test_the_horizon_shows_the_shape(schedule, horizon):
    assert schedule.horizon == horizon
