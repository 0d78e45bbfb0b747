"""Compares the time of a `fit()` step with exponential decay and with a constant rate. Prints CSV.

Usage: python bench/fit.py [compiled|eager]   (KERAS_BACKEND chooses the backend)
"""

import sys

import keras

import lrschedules
from measure import ratios_over_constant

eager = sys.argv[1:] == ["eager"]
medians, seconds = ratios_over_constant(
    {
        "ours": lrschedules.ExponentialDecay(0.01, 100, 0.96, staircase=True),
        "Keras's own": keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.96, staircase=True),
    },
    steps=1000,
    rounds=5,
    eager=eager,
)
for name, ratio in medians.items():
    print(f"{name},{seconds * 1e6:.0f},{ratio:.4f}")
