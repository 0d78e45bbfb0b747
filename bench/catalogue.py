"""Benchmarks every schedule of the catalogue, and prints CSV: the time of a `fit()` step, relative
to a step with a constant rate; for Keras's shapes, the time of the first step, relative to the
first step with Keras's own schedule; and on TensorFlow, the number of operations in the graph.

Usage: python bench/catalogue.py   (KERAS_BACKEND chooses the backend)
"""

import random
import statistics

import keras

import lrschedules as ours
from measure import model_with, ratios_over_constant, seconds_of_fit

theirs = keras.optimizers.schedules
BASE = ours.CosineDecay(0.01, 1000)

SCHEDULES = {
    "ExponentialDecay": ours.ExponentialDecay(0.01, 100, 0.96, staircase=True),
    "InverseTimeDecay": ours.InverseTimeDecay(0.01, 100, 0.5),
    "PolynomialDecay": ours.PolynomialDecay(0.01, 1000, cycle=True),
    "PiecewiseConstantDecay": ours.PiecewiseConstantDecay([100, 200], [0.01, 0.005, 0.001]),
    "CosineDecay": ours.CosineDecay(0.001, 1000, warmup_target=0.01, warmup_steps=100),
    "CosineDecayRestarts": ours.CosineDecayRestarts(0.01, 100, t_mul=1.5),
    "NaturalExpDecay": ours.NaturalExpDecay(0.01, 100, 0.5),
    "LinearCosineDecay": ours.LinearCosineDecay(0.01, 1000),
    "NoisyLinearCosineDecay": ours.NoisyLinearCosineDecay(0.01, 1000),
    "ExponentialDecayWithOffset": ours.ExponentialDecayWithOffset(
        offset=100, initial_learning_rate=0.01, decay_steps=100, decay_rate=0.96
    ),
    "PolynomialDecayWithOffset": ours.PolynomialDecayWithOffset(
        offset=100, initial_learning_rate=0.01, decay_steps=1000
    ),
    "CosineDecayWithOffset": ours.CosineDecayWithOffset(
        offset=100, initial_learning_rate=0.01, decay_steps=1000
    ),
    "PiecewiseConstantDecayWithOffset": ours.PiecewiseConstantDecayWithOffset(
        offset=100, boundaries=[100, 200], values=[0.01, 0.005, 0.001]
    ),
    "LinearWarmup": ours.LinearWarmup(BASE, 100, 0.0),
    "PolynomialWarmUp": ours.PolynomialWarmUp(BASE, 100, 2.0),
    "DirectPowerDecay": ours.DirectPowerDecay(0.01, -0.5),
    "PowerAndLinearDecay": ours.PowerAndLinearDecay(0.01, 1000, -0.5),
    "PowerDecayWithOffset": ours.PowerDecayWithOffset(0.01, -0.5, 100, 0.01),
    "StepCosineDecayWithOffset": ours.StepCosineDecayWithOffset(
        [0, 100, 200], [0.01, 0.005, 0.001]
    ),
    "Constant": ours.Constant(0.01),
    "PiecewiseInterpolate": ours.PiecewiseInterpolate([0, 100, 200], [0.01, 0.005, 0.001]),
    "InverseSqrtDecay": ours.InverseSqrtDecay(0.01, 100),
    "Cyclical": ours.Cyclical(0.001, 0.01, 100),
    "OneCycle": ours.OneCycle(0.01, 1000),
    "WarmupStableDecay": ours.WarmupStableDecay(0.01, 100, 200, 300),
    "TanhDecay": ours.TanhDecay(0.01, 1000),
    "Tabulated": ours.Tabulated([0.01, 0.005, 0.001] * 100),
    "clamped warmup of a join of three": ours.Clamp(
        ours.Warmup(
            ours.Join([BASE, ours.ExponentialDecay(0.01, 100, 0.5), 0.001], [200, 400]), 100
        ),
        min=1e-5,
    ),
}

# Keras's own schedules, with the same arguments as ours above.
SAME = {
    "ExponentialDecay": theirs.ExponentialDecay(0.01, 100, 0.96, staircase=True),
    "InverseTimeDecay": theirs.InverseTimeDecay(0.01, 100, 0.5),
    "PolynomialDecay": theirs.PolynomialDecay(0.01, 1000, cycle=True),
    "PiecewiseConstantDecay": theirs.PiecewiseConstantDecay([100, 200], [0.01, 0.005, 0.001]),
    "CosineDecay": theirs.CosineDecay(0.001, 1000, warmup_target=0.01, warmup_steps=100),
    "CosineDecayRestarts": theirs.CosineDecayRestarts(0.01, 100, t_mul=1.5),
}

candidates = {**SCHEDULES, **{f"Keras's {name}": schedule for name, schedule in SAME.items()}}
medians, _ = ratios_over_constant(candidates, steps=1000, rounds=3)
for name, ratio in medians.items():
    print(f"fit,{name},{ratio:.4f}")

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    def operations(schedule):
        graph = tf.function(schedule).get_concrete_function(tf.TensorSpec((), tf.int64)).graph
        free = {"Const", "Identity", "NoOp", "Placeholder"}
        return sum(operation.type not in free for operation in graph.get_operations())

    for name, schedule in candidates.items():
        print(f"operations,{name},{operations(schedule)}")

if keras.backend.backend() != "torch":  # PyTorch compiles nothing here
    order = random.Random(1)
    for name, schedule in SAME.items():
        pairs = []
        for _ in range(7):
            models = [(0, model_with(SCHEDULES[name])), (1, model_with(schedule))]
            order.shuffle(models)
            seconds = {i: seconds_of_fit(model, 1) for i, model in models}
            pairs.append(seconds[0] / seconds[1])
        print(f"first step,{name},{statistics.median(pairs):.4f}")
