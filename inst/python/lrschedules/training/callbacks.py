"""Callbacks for training with schedules."""

import keras

from lrschedules.backend import current
from lrschedules.internals import feature
from lrschedules.training import compiled
from lrschedules.training.optimizer import (
    compiled_optimizer,
    optimizer_learning_rate,
    optimizer_schedule,
    optimizer_step,
    scale_learning_rate,
)


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
        steps_per_epoch: training steps in an epoch. None takes what `fit()` says.

    Raises:
        ValueError: from `fit()`, before a step is trained, with both counts and the call
            that puts it right.
    """

    def __init__(self, steps_per_epoch=None):
        super().__init__()
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
        compiled.remember(self.model, compiled_optimizer(self.model))
        steps_per_epoch = self.steps_per_epoch or self.params.get("steps")
        if steps_per_epoch is None:
            raise ValueError(
                "`steps_per_epoch` must be given to the callback: `fit()` does not know it for "
                "this data."
            )
        expected = epoch * int(steps_per_epoch)
        counted = optimizer_step(self.model)
        # Loss scaling leaves out the steps whose gradients are not finite.
        loss_is_scaled = self.model.optimizer is not compiled_optimizer(self.model)
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


class ReduceScheduleOnPlateau(keras.callbacks.ReduceLROnPlateau):
    """Multiplies the rates of a schedule by a factor when a metric has stopped improving.

    Keras's own `ReduceLROnPlateau` on top of a schedule, which that one refuses: the same
    arguments, with the same meaning. A reduction is `scale_learning_rate(model, factor)`: the
    schedule goes on, lower, from the next step on, and the factor is saved with the model. On
    TensorFlow and JAX each reduction compiles the training step again.

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
    """

    @property
    def model(self):
        return _Reducible(super().model)

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        # What Keras's puts there is the next step's rate.
        model = super().model
        step = max(optimizer_step(model) - 1, 0)
        used = logs.get("learning_rate", optimizer_schedule(model).value(step))
        super().on_epoch_end(epoch, logs)
        logs["learning_rate"] = used


class _Reducible:
    """A model whose optimizer has a rate that can be set: by a factor before its schedule."""

    def __init__(self, model):
        self._model = model

    def __getattr__(self, name):
        return getattr(self._model, name)

    @property
    def optimizer(self):
        return _OptimizerOfSchedule(self._model)


class _OptimizerOfSchedule:
    def __init__(self, model):
        self._model = model

    @property
    def learning_rate(self):
        return optimizer_learning_rate(self._model)

    @learning_rate.setter
    def learning_rate(self, rate):
        # The number that Keras computed from the one above.
        scale_learning_rate(self._model, float(rate) / self.learning_rate)
