"""Twelve plans that are probably mistakes, and good ones."""

from lrschedules_math import (
    Accumulate,
    Clamp,
    Constant,
    Cooldown,
    CosineDecay,
    CosineDecayRestarts,
    Cyclical,
    ExponentialDecay,
    Hold,
    InverseSqrtDecay,
    Join,
    Noise,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Repeat,
    Stretch,
    Tabulated,
    Warmup,
    WarmupStableDecay,
)

# A schedule, steps per epoch, epochs, accumulated batches; severity, words of the sentence, step.
BAD = {
    "decay steps are epochs": (
        (ExponentialDecay(0.1, 25, 0.5, staircase=True), 32, 40, 1),
        (
            "problem",
            "`decay_steps = 25` is less than one epoch (32 steps). Did you mean 25 epochs?",
            25,
        ),
    ),
    "boundaries are epochs": (
        (PiecewiseConstantDecay([30, 60, 80], [0.1, 0.01, 0.001, 1e-4]), 500, 90, 1),
        ("problem", "The last boundary, 80, is less than one epoch (500 steps)", 80),
    ),
    "cycles are epochs": (
        (Cyclical(1e-3, 1e-2, 5), 200, 20, 1),
        ("problem", "`step_size = 5` is less than one epoch", 5),
    ),
    "a warmup is epochs": (
        (Warmup(CosineDecay(0.1, 89_995), 5), 1000, 90, 1),
        ("warning", "`steps = 5` is a short warmup: one epoch has 1,000 steps", 5),
    ),
    "a cooldown is epochs": (
        (Cooldown(CosineDecay(0.1, 90_000), 89_000, 5), 1000, 90, 1),
        ("warning", "`steps = 5` is a short cooldown: one epoch has 1,000 steps", 89_005),
    ),
    "a decay that is made faster is epochs": (
        (Stretch(ExponentialDecay(0.1, 200, 0.5, staircase=True), 0.1), 32, 40, 1),
        (
            "problem",
            "`decay_steps = 200` (20 training steps) is less than one epoch (32 steps). "
            "Did you mean 200 epochs?",
            20,
        ),
    ),
    "an end is not reached": (
        (CosineDecay(0.1, 5000), 100, 10, 1),
        ("warning", "The decay ends at step 5,000 (epoch 50), which the plan of 1,000", 5000),
    ),
    "a boundary is not reached": (
        (PiecewiseConstantDecay([500, 2000], [0.1, 0.01, 0.001]), 100, 10, 1),
        ("warning", "passes a boundary at step 2,001", 2001),
    ),
    "a warmup is not ended": (
        (Warmup(0.1, 2000), 100, 10, 1),
        ("warning", "The warmup ends at step 2,000", 2000),
    ),
    "the decay does not begin": (
        (ExponentialDecay(0.1, 5000, 0.5, staircase=True), 100, 10, 1),
        ("warning", "The rate is 0.1 in all 1,000 steps", 1000),
    ),
    "nothing is trained at the end": (
        (PolynomialDecay(0.1, 400, 0.0), 100, 10, 1),
        ("warning", "The rate is 0 in 600 of 1,000 steps.", 400),
    ),
    "a jump": (
        (Tabulated([1e-4] * 300 + [0.1] * 700), 100, 10, 1),
        ("warning", "jumps up by more than a factor of 10, from 0.0001 to 0.1 at step 300", 300),
    ),
    "parts that do not meet": (
        (Join([Warmup(0.1, 100), CosineDecay(0.05, 900)], [100]), 100, 10, 1),
        ("warning", "do not meet: the rate goes from 0.099 to 0.05 at step 100", 100),
    ),
    "batches for updates": (
        (CosineDecay(0.1, 250), 91, 11, 4),
        (
            "problem",
            "looks like a number of updates: the plan has 1,001 steps and 250 updates.",
            250,
        ),
    ),
}

GOOD = {
    "cosine": (CosineDecay(0.1, 1000), 100, 10, 1),
    "warmup and cosine": (Warmup(CosineDecay(0.1, 900), 100), 100, 10, 1),
    "staircase": (ExponentialDecay(0.1, 300, 0.5, staircase=True), 100, 10, 1),
    "decay without an end": (ExponentialDecay(0.1, 1000, 0.01), 100, 10, 1),
    "ImageNet's boundaries": (
        PiecewiseConstantDecay([150_000, 300_000, 400_000], [0.1, 0.01, 1e-3, 1e-4]),
        5000,
        90,
        1,
    ),
    "one-cycle": (OneCycle(1.0, 1000), 100, 10, 1),
    "restarts": (CosineDecayRestarts(0.1, 250, t_mul=1.0), 100, 10, 1),
    "one cosine, complete": (CosineDecayRestarts(0.1, 1000), 100, 10, 1),
    "cycles": (Cyclical(1e-4, 1e-2, 200), 100, 8, 1),
    "parts that meet": (
        Join([Warmup(0.1, 100), CosineDecay(0.1, 700), Constant(1e-3)], [100, 800]),
        100,
        10,
        1,
    ),
    "warmup, stable, decay": (WarmupStableDecay(0.1, 50, 700, 250), 100, 10, 1),
    "counted in updates": (Accumulate(CosineDecay(0.1, 250), 4), 100, 10, 4),
    "noise": (Noise(CosineDecay(0.1, 1000), 0.5, 1), 100, 10, 1),
    "a constant": (Constant(0.1), 100, 10, 1),
    "an inverse root": (InverseSqrtDecay(0.1, 100), 100, 10, 1),
    "a cooldown": (Cooldown(Warmup(0.1, 100), 800, 200), 100, 10, 1),
    "restarts of parts": (Repeat(CosineDecay(0.1, 250), 250, times=4), 100, 10, 1),
    "a restart by a join": (Join([CosineDecay(0.1, 500)] * 2, [500]), 100, 10, 1),
    "slower": (Stretch(CosineDecay(0.1, 500), 2), 100, 10, 1),
    "held": (Hold(ExponentialDecay(0.1, 500, 0.5), 800), 100, 10, 1),
    "not below": (Clamp(ExponentialDecay(0.1, 100, 0.5), 1e-3), 100, 10, 1),
    "a long plan": (CosineDecay(0.1, 3_000_000), 10_000, 300, 1),
}
