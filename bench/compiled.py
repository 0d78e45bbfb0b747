"""Prints, as CSV, the rate that compiled training uses at step 41 of a staircase of 41 steps."""

import keras
import numpy as np

import lrschedules

STEPS = 43


def rates_in_fit(schedule):
    # Step i trains only weight i, with gradient 1: SGD leaves minus the rate of step i there.
    model = keras.Sequential(
        [keras.Input((STEPS,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    model.compile(optimizer=keras.optimizers.SGD(schedule), loss=lambda y, p: p)
    model.fit(np.eye(STEPS), np.zeros((STEPS, 1)), batch_size=1, shuffle=False, verbose=0)
    return -model.get_weights()[0][:, 0]


for name, module in (("ours", lrschedules), ("Keras's own", keras.optimizers.schedules)):
    print(f"{name},{rates_in_fit(module.ExponentialDecay(1.0, 41, 0.5, staircase=True))[41]}")
