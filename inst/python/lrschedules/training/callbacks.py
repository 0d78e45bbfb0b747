"""Callbacks for training with schedules."""

import warnings

import keras
import numpy as np

from lrschedules.backend import current
from lrschedules.internals import feature
from lrschedules.internals.models import direction_of
from lrschedules.internals.optimizers import rate_of
from lrschedules.training.optimizer import (
    optimizer_learning_rate,
    optimizer_schedule,
    optimizer_step,
    scale_learning_rate,
    training_optimizer,
)
from lrschedules.training.what_trains import warn_of_another, what_trains
from lrschedules_math.core import checks


class ResumeCheck(keras.callbacks.Callback):
    """Refuses to train on from a later epoch with an optimizer that counts from another step.

    A schedule follows the optimizer's own count of steps, which is saved in a `.keras` file
    but starts again from 0 when a model is compiled again, or when `load_weights()` meets an
    optimizer that is not built. `fit(initial_epoch=5)` alone does not set it. This callback,
    given to `fit()`, compares it with `epoch * steps_per_epoch` as the first epoch begins.

    In mixed precision, where an optimizer leaves out steps whose gradients are not finite, a
    count from 1 to that is right too. So is, on TensorFlow, up to one step more for each epoch
    where `fit()` does not know how many steps the data have, if this version of Keras counts the
    end of such data as a step: a schedule is then a step further in each epoch.
    `fit(steps_per_epoch=)` avoids that.

    Args:
        steps_per_epoch: training steps in an epoch, a whole number greater than 0. None takes what
            `fit()` says.

    Raises:
        ValueError: `steps_per_epoch` is not such a number; from `fit()`, before a step is trained,
            with both counts and the call that puts it right.
    """

    def __init__(self, steps_per_epoch=None):
        super().__init__()
        if steps_per_epoch is not None:
            steps_per_epoch = checks.positive_whole_steps("steps_per_epoch", steps_per_epoch)
        self.steps_per_epoch = steps_per_epoch
        self._checked = False

    def on_train_begin(self, logs=None):
        self._checked = False

    def on_epoch_begin(self, epoch, logs=None):
        if self._checked:
            return
        self._checked = True
        with feature("`ResumeCheck`"):
            self._check(epoch)

    def _check(self, epoch):
        optimizer = training_optimizer(self.model)
        warn_of_another(what_trains(self.model, optimizer), rate_of(optimizer))
        steps_per_epoch = self.steps_per_epoch or self.params.get("steps")
        if steps_per_epoch is None:
            raise ValueError(
                "`steps_per_epoch` must be given to the callback: `fit()` does not know it for "
                "this data."
            )
        expected = epoch * int(steps_per_epoch)
        counted = optimizer_step(self.model)
        # Loss scaling leaves out the steps whose gradients are not finite.
        loss_is_scaled = self.model.optimizer is not training_optimizer(self.model)
        fewest = 1 if loss_is_scaled and expected else expected
        most = expected
        if expected < counted <= expected + epoch and self.params.get("steps") is None:
            most += epoch if current.counts_the_end(self.model) else 0
        if not fewest <= counted <= most:
            raise ValueError(
                f"Training starts in epoch {epoch} (counted from 0), at step {expected}, but the "
                f"optimizer's count, which the learning-rate schedule follows, is {counted}. Load "
                "the whole model with its optimizer and do not compile it again, or set the count: "
                f"`set_optimizer_step(model, {expected})`."
            )


class ReduceScheduleOnPlateau(keras.callbacks.Callback):
    """Multiplies the rates of a schedule by a factor when a metric has stopped improving.

    It is Keras's `ReduceLROnPlateau` for a schedule, which that one refuses: the arguments are the
    same and mean the same. A reduction is `scale_learning_rate(model, factor)`: the schedule goes
    on, lower, from the next step on, and the factor is saved with the model. On TensorFlow and JAX
    each reduction compiles the training step again.

    Args:
        monitor: the quantity that is to improve.
        factor: what the rates are multiplied with, less than 1.
        patience: after how many epochs without improvement.
        verbose: 1 to say so.
        mode: "min", "max", or "auto", which takes it from the monitored quantity.
        min_delta: what counts as an improvement.
        cooldown: for how many epochs after a reduction nothing is counted.
        min_lr: no reduction takes the rate of the next step below it; a schedule that is already
            below it is left as it is.

    Raises:
        ValueError: `factor` is 1 or more; from `fit()`, `mode` is "auto" and Keras does not know
            whether the quantity should fall or rise.
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
    ):
        super().__init__()
        if not factor < 1:
            raise checks.refuse("factor", "less than 1", factor)
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"ReduceScheduleOnPlateau mode '{mode}' is unknown, fallback to auto mode.",
                stacklevel=2,
            )
            mode = "auto"
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self.factor, self.min_lr, self.verbose = factor, min_lr, verbose
        self.patience, self.cooldown = patience, cooldown
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        # Keras logs the rate of the next step; we log the one just used.
        if "learning_rate" not in logs:
            step = max(optimizer_step(self.model) - 1, 0)
            logs["learning_rate"] = optimizer_schedule(self.model).rate(step)
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"Learning rate reduction is conditioned on metric `{self.monitor}` which is not "
                f"available. Available metrics are: {','.join(logs)}.",
                stacklevel=2,
            )
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(value):
            self.best, self.wait = value, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.wait, self.cooldown_counter = 0, self.cooldown

    def _is_improvement(self, value):
        if self.mode == "auto":
            self.mode = direction_of(self.model, self.monitor.removeprefix("val_"))
        if self.best is None:
            return True
        if self.mode == "min":
            return value + self.min_delta < self.best
        return value - self.min_delta > self.best

    def _reduce(self, epoch):
        rate = optimizer_learning_rate(self.model)
        # In float32, in which Keras trains: a factor can miss `min_lr` by a rounding error.
        if np.float32(rate) <= np.float32(self.min_lr):
            return False
        reduced = max(rate * self.factor, self.min_lr)
        scale_learning_rate(self.model, reduced / rate)
        if self.verbose > 0:
            message = f"ReduceScheduleOnPlateau reducing learning rate to {reduced}."
            print(f"\nEpoch {epoch + 1}: {message}")
        return True
