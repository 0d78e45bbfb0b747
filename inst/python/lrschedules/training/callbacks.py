"""Callbacks for training with schedules."""

import keras

from lrschedules.backend import current
from lrschedules.training.optimizer import compiled_optimizer, optimizer_step


class ResumeCheck(keras.callbacks.Callback):
    """Refuses to train on from a later epoch with an optimizer that counts from another step.

    A schedule follows the optimizer's own count of steps, which is saved in a `.keras` file
    but starts again from 0 when a model is compiled again, or when `load_weights()` meets an
    optimizer that is not built. `fit(initial_epoch=5)` alone does not set it. This callback,
    given to `fit()`, compares it with `epoch * steps_per_epoch` as the first epoch begins.

    In mixed precision, where an optimizer leaves out steps whose gradients are not finite, a
    count from 1 to that is right too. So is, on TensorFlow, up to one step more for each epoch
    where `fit()` does not know how many steps the data have: Keras counts the end of such data as
    a step, and a schedule is a step further in each epoch. `fit(steps_per_epoch=)` avoids that.

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
        counts_the_end = current.COUNTS_THE_END and self.params.get("steps") is None
        most = expected + (epoch if counts_the_end else 0)
        if not fewest <= counted <= most:
            raise ValueError(
                f"Training starts in epoch {epoch} (counted from 0), at step {expected}, but the "
                f"optimizer's count, which the learning-rate schedule follows, is {counted}. Load "
                "the whole model with its optimizer and do not compile it again, or set the count: "
                f"`set_optimizer_step(model, {expected})`."
            )
