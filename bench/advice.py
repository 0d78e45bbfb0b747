"""Measures how good the rates are that `find_learning_rate()` recommends.

Each task is trained for 500 steps with one cycle at each peak of a grid of 17, a factor of 2 apart,
and at each rate that the range test recommends; likewise with a constant rate and with a cosine
decay. The regret is the part of the possible improvement of the training loss that a recommended
rate loses against the best rate of the grid:

    regret = (loss - best) / (loss before training - best)

Prints CSV: for each task, seed, rule and schedule the rate and its regret. A summary goes to
standard error.

Usage: KERAS_BACKEND=jax python bench/advice.py [--seeds N] [--confirm N] [TASK ...]

Needs scikit-learn (`python -m pip install scikit-learn`), and Rscript for the earthquakes and, with
ggplot2, for the diamonds.
"""

import argparse
import functools
import math
import subprocess
import sys
import zlib

import jax
import keras
import numpy as np
import sklearn.datasets
from jax import numpy as jnp

import lrschedules
import lrschedules_math

STEPS, GRID = 500, 17


def _scaled(x):
    return ((x - x.mean(0)) / x.std(0)).astype("float32")


@functools.cache
def _of_r(code):
    text = subprocess.run(
        ["Rscript", "-e", f"write.csv({code}, row.names = FALSE)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return np.loadtxt(text.splitlines(), delimiter=",", skiprows=1)


def digits(raw=False, images=False):
    x, y = sklearn.datasets.load_digits(return_X_y=True)
    x = (x * 16 if raw else x / 16).astype("float32")
    return (x.reshape(-1, 8, 8, 1) if images else x), y.astype("int32")


def cancer():
    x, y = sklearn.datasets.load_breast_cancer(return_X_y=True)
    return _scaled(x), y.astype("int32")


def wine():
    x, y = sklearn.datasets.load_wine(return_X_y=True)
    return _scaled(x), y.astype("int32")


def diabetes():
    x, y = sklearn.datasets.load_diabetes(return_X_y=True)
    return _scaled(x), _scaled(y[:, None])


def diamonds():
    table = _of_r("lapply(ggplot2::diamonds, as.numeric)")
    table = table[np.random.default_rng(0).permutation(len(table))[:8000]]
    price = np.log(table[:, 6:7])
    return _scaled(np.delete(table, 6, axis=1)), _scaled(price)


def quakes():
    table = _of_r("quakes")
    return _scaled(table[:, :4]), _scaled(table[:, 4:])


def dense(inputs, outputs):
    layers = [keras.layers.Dense(64, activation="relu"), keras.layers.Dense(32, activation="relu")]
    return keras.Sequential([keras.Input(inputs), *layers, keras.layers.Dense(outputs)])


def convolutional(inputs, outputs):
    return keras.Sequential(
        [
            keras.Input(inputs),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(16, 3, activation="relu", padding="same"),
            keras.layers.Flatten(),
            keras.layers.Dense(outputs),
        ]
    )


def sgd(rate):
    return keras.optimizers.SGD(rate)


def momentum(rate):
    return keras.optimizers.SGD(rate, momentum=0.9)


adam, adamw = keras.optimizers.Adam, keras.optimizers.AdamW
images = functools.partial(digits, images=True)
pixels = functools.partial(digits, raw=True)

# Each task: the data, the architecture, the optimizer and the lowest rate of the grid.
TASKS = {
    "digits, dense, SGD": (digits, dense, sgd, 2e-4),
    "digits, dense, momentum": (digits, dense, momentum, 2e-5),
    "digits, dense, Adam": (digits, dense, adam, 1e-5),
    "digits, convolutional, momentum": (images, convolutional, momentum, 2e-5),
    "digits, convolutional, AdamW": (images, convolutional, adamw, 1e-5),
    "raw pixels, dense, SGD": (pixels, dense, sgd, 1e-7),
    "raw pixels, dense, Adam": (pixels, dense, adam, 1e-6),
    "cancer, dense, AdamW": (cancer, dense, adamw, 1e-5),
    "wine, dense, momentum": (wine, dense, momentum, 2e-5),
    "diabetes, dense, SGD": (diabetes, dense, sgd, 2e-5),
    "diamonds, dense, momentum": (diamonds, dense, momentum, 2e-5),
    "diamonds, dense, Adam": (diamonds, dense, adam, 1e-5),
    "quakes, dense, momentum": (quakes, dense, momentum, 2e-5),
}

SCHEDULES = {
    "one cycle": lambda: lrschedules_math.OneCycle(1.0, STEPS),
    "constant": lambda: lrschedules_math.Constant(1.0),
    "cosine": lambda: lrschedules_math.CosineDecay(1.0, STEPS),
}


class Training:
    """Trains a model at many rates at once."""

    def __init__(self, model, x, y, batch, seed):
        self.model, self.optimizer, self.batch = model, model.optimizer, batch
        self.x, self.y = jnp.asarray(x), jnp.asarray(y)
        self.optimizer.build(model.trainable_variables)
        order = np.random.default_rng(1000 + seed)
        whole = len(x) // batch * batch
        epochs = math.ceil(STEPS * batch / whole)
        rows = np.concatenate([order.permutation(len(x))[:whole] for _ in range(epochs)])
        self.rows = jnp.asarray(rows[: STEPS * batch].reshape(STEPS, batch))
        self.losses = jax.jit(jax.vmap(self._loss, in_axes=(0, None)))

    def _of(self, weights, x, y):
        output, _ = self.model.stateless_call(weights, [], x, training=True)
        return jnp.mean(self.model.loss(y, output))

    def _loss(self, peak, shape):
        at = [v is self.optimizer.learning_rate for v in self.optimizer.variables].index(True)
        weights = [v.value for v in self.model.trainable_variables]
        state = [v.value for v in self.optimizer.variables]

        def step(carried, now):
            weights, state = carried
            rows, factor = now
            gradients = jax.grad(self._of)(weights, self.x[rows], self.y[rows])
            state = [*state[:at], peak * factor, *state[at + 1 :]]
            return self.optimizer.stateless_apply(state, gradients, weights), None

        (weights, _), _ = jax.lax.scan(step, (weights, state), (self.rows, shape))
        return self._of(weights, self.x, self.y)

    def after(self, rates, schedule):
        shape = jnp.asarray(SCHEDULES[schedule]().rates(range(STEPS)), "float32")
        return np.asarray(self.losses(jnp.asarray(rates, "float32"), shape), "float64")

    def before(self):
        weights = [v.value for v in self.model.trainable_variables]
        return float(self._of(weights, self.x, self.y))


def measure(name, seed, confirm):
    data, architecture, optimizer, lowest = TASKS[name]
    x, y = data()
    keras.utils.set_random_seed(zlib.crc32(name.encode()) % 1000 + seed)
    classes = y.dtype == "int32"
    model = architecture(x.shape[1:], int(y.max()) + 1 if classes else 1)
    loss = (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        if classes
        else keras.losses.MeanSquaredError()
    )
    model.compile(optimizer(0.01), loss=loss)
    batch = 64 if len(x) > 5000 else 32
    found = lrschedules.find_learning_rate(
        model, x, y, batch_size=batch, confirm=confirm, verbose=False
    )
    taken = len(found.rates) + sum(t.steps_taken for t in found.trainings)
    training = Training(model, x, y, batch, seed)
    before, grid = training.before(), lowest * 2.0 ** np.arange(GRID)
    asked = {
        "one cycle": {"peak": found.peak, **found.suggestions},
        "constant": {"constant": found.constant},
        "cosine": {"constant": found.constant},
    }
    rows = []
    for schedule, rates in asked.items():
        # Train at all rates at once: JAX compiles again for a different number of rates.
        given = np.nan_to_num([*grid, *rates.values()], nan=grid[0])
        given = np.pad(given, (0, GRID + 7 - len(given)), mode="edge")
        losses = np.nan_to_num(training.after(given, schedule), nan=np.inf)
        best = losses[:GRID].min()
        where = grid[losses[:GRID].argmin()]
        for (rule, rate), after in zip(rates.items(), losses[GRID:]):
            regret = math.nan if math.isnan(rate) else (after - best) / (before - best)
            rows.append((name, seed, rule, schedule, rate, where, regret, taken))
    return rows, found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tasks", nargs="*", metavar="TASK", default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--confirm", type=int, default=100)
    parser.add_argument("--verbose", action="store_true", help="also show the short trainings")
    arguments = parser.parse_args()
    print("task,seed,rule,schedule,rate,best_of_grid,regret,steps")
    regrets = {}
    for name in arguments.tasks:
        for seed in range(arguments.seeds):
            rows, found = measure(name, seed, arguments.confirm)
            for task, seed, rule, schedule, rate, best, regret, taken in rows:
                print(
                    f'"{task}",{seed},{rule},{schedule},{rate:.3g},{best:.3g},{regret:.4f},{taken}',
                    flush=True,
                )
                regrets.setdefault((rule, schedule), []).append(regret)
            if arguments.verbose:
                for t in found.trainings:
                    print(f"  {t.schedule} {t.rate:.3g} {t.steps}: {t.final_loss:.4g}")
    for (rule, schedule), values in regrets.items():
        r = np.array(values)
        shares = [np.mean(r[~np.isnan(r)] > limit) for limit in (0.02, 0.05, 0.2)]
        said = ", ".join(f"{100 * s:.0f} % over {limit} %" for s, limit in zip(shares, (2, 5, 20)))
        worst = np.nanmax(r) if not np.isnan(r).all() else math.nan
        print(
            f"{rule} ({schedule}): nothing in {100 * np.mean(np.isnan(r)):.0f} %, {said}, "
            f"worst {100 * worst:.1f} %",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
