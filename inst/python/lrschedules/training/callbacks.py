"""Callbacks for training with schedules."""

import weakref

import keras
import numpy as np

from lrschedules.backend import current
from lrschedules.exchange.warned import warn
from lrschedules.internals import feature
from lrschedules.internals.models import direction_of
from lrschedules.internals.optimizers import rate_of
from lrschedules.training.optimizer import (
    count_of,
    optimizer_learning_rate,
    optimizer_schedule,
    optimizers_of,
    scale_learning_rate,
    set_optimizer_step,
    training_optimizers,
)
from lrschedules.training.weights_files import keep_in_weights_files
from lrschedules.training.what_trains import warn_of_another, what_trains
from lrschedules_math.core import checks

_ended = weakref.WeakKeyDictionary()
"""By optimizer: its step count when the last `fit()` with a check ended in this process."""


class _KeepsRates(keras.callbacks.Callback):
    """Makes weights files that are written or read in `fit()` keep the optimizers' rates.

    This happens in `set_model()`, before `BackupAndRestore` reads its file in `on_train_begin()`.
    """

    def set_model(self, model):
        super().set_model(model)
        try:
            chosen = training_optimizers(model, self.optimizer).values()
        except ValueError:
            return  # a later method reports the error
        for optimizer in chosen:
            keep_in_weights_files(model, optimizer, *self._kept())

    def _kept(self):
        return ()


class ResumeCheck(_KeepsRates):
    """Refuses to resume training if the optimizer's step count does not match the epoch.

    A schedule follows the optimizer's step count, which is saved in a `.keras` file but
    restarts from 0 when a model is compiled with a new optimizer, or when `load_weights()` is
    called before the optimizer is built (except SGD without momentum, which gets the count of
    the file). `fit(initial_epoch=5)` does not set it. This callback compares it with
    `epoch * steps_per_epoch` when the first epoch of `fit()` begins.

    A second `fit()` that starts in epoch 0 and continues from the step at which the first
    ended is also accepted, if both had a check in the same process. After a `fit()` without a
    check, or an interrupted one, the expected count is not known, and the check refuses.

    Keras's `BackupAndRestore(save_freq=n)` restarts an epoch from its beginning, with the count
    from its middle. With `set=True` the check then sets the count.

    With loss scaling (`mixed_float16`), an optimizer skips steps whose gradients are not finite,
    so any count from 1 up to the expected one is accepted. On TensorFlow, Keras may count one
    extra step in each epoch if `fit()` does not know how many steps the data have, and then moves
    the schedule one step further each time. Whether it does depends on its version and on
    `jit_compile`. Up to one extra step per epoch is then accepted; pass `steps_per_epoch` to
    `fit()`, with data that repeat (`dataset.repeat()`), to avoid it.

    Args:
        steps_per_epoch: the training steps in an epoch, a whole number greater than 0. None for
            the number that `fit()` reports.
        set: whether to set a wrong count to `epoch * steps_per_epoch` instead of refusing it.
        optimizer: an optimizer of the model, or its name. None for all optimizers of a
            `MultiOptimizer`.

    Raises:
        ValueError: `steps_per_epoch` is not such a number. `fit()` raises it before the first step
            if the count is wrong, with both counts and the call that corrects it, or if neither
            the callback nor `fit()` knows the steps in an epoch.

    Example:

    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.1), loss="mse")
    >>> x = np.ones((64, 1))
    >>> try:
    ...     model.fit(x, x, initial_epoch=5, epochs=6, verbose=0, callbacks=[ResumeCheck()])
    ... except ValueError as error:
    ...     print(str(error).partition(" (")[0])
    Training starts in epoch 5
    """

    def __init__(self, steps_per_epoch=None, set=False, optimizer=None):
        super().__init__()
        if steps_per_epoch is not None:
            steps_per_epoch = checks.positive_whole_steps("steps_per_epoch", steps_per_epoch)
        self.steps_per_epoch = steps_per_epoch
        self.set = set
        self.optimizer = optimizer
        self._checked = False

    def on_train_begin(self, logs=None):
        self._checked = False

    def on_epoch_begin(self, epoch, logs=None):
        if self._checked:
            return
        self._checked = True
        with feature("`ResumeCheck`"):
            self._check(epoch)

    def on_train_end(self, logs=None):
        with feature("`ResumeCheck`"):
            for optimizer in training_optimizers(self.model, self.optimizer).values():
                _ended[optimizer] = count_of(self.model, optimizer)

    def _check(self, epoch):
        chosen = training_optimizers(self.model, self.optimizer)
        for optimizer in chosen.values():
            warn_of_another(what_trains(self.model, optimizer), rate_of(optimizer))
        steps_per_epoch = self.steps_per_epoch or self.params.get("steps")
        if steps_per_epoch is None:
            raise ValueError(
                "`steps_per_epoch` must be given to the callback, because `fit()` does not know it "
                "for this data."
            )
        steps_per_epoch = int(steps_per_epoch)
        expected = epoch * steps_per_epoch
        wrong, any_built = {}, any(optimizer.built for optimizer in chosen.values())
        for name, optimizer in chosen.items():
            if any_built and not optimizer.built:
                continue  # no variable matches its pattern, so it never counts
            counted = count_of(self.model, optimizer)
            if not self._is_right(optimizer, counted, expected, epoch):
                wrong[name] = counted
        if not wrong:
            return
        if self.set:
            set_optimizer_step(self.model, expected, self.optimizer)
            return
        name, counted = next(iter(wrong.items()))
        which = f", {self.optimizer!r}" if isinstance(self.optimizer, str) else ""
        set_it = f"`set_optimizer_step(model, {expected}{which})`"
        raise ValueError(_refusal(epoch, steps_per_epoch, name, counted, set_it))

    def _is_right(self, optimizer, counted, expected, epoch):
        if epoch == 0 and counted == _ended.get(optimizer):
            return True
        # Loss scaling skips steps whose gradients are not finite.
        fewest = 1 if expected and _loss_is_scaled(self.model, optimizer) else expected
        most = expected
        if expected < counted <= expected + epoch and self.params.get("steps") is None:
            most += epoch if current.counts_the_end(self.model) else 0
        return fewest <= counted <= most


def _loss_is_scaled(model, optimizer):
    return any(
        optimizer is part
        for outer in optimizers_of(model).values()
        if hasattr(outer, "inner_optimizer")
        for part in training_optimizers(model, outer).values()
    )


def _refusal(epoch, steps_per_epoch, name, counted, set_it):
    expected = epoch * steps_per_epoch
    whose = f"the count of the optimizer {name!r}" if name else "the optimizer's count"
    said = (
        f"Training starts in epoch {epoch:,} (counted from 0; epoch {epoch + 1:,} in R and in the "
        f"progress bar), at step {expected:,}, but {whose}, which the learning-rate schedule "
        f"follows, is {counted:,}. "
    )
    let_set = "`set=True` (in R `set = TRUE`) lets this check set it."
    if counted == 0:
        return (
            f"{said}Load the whole model with its optimizer and do not compile it again, or set "
            f"the count: {set_it}. {let_set}"
        )
    begun, beyond = divmod(counted, steps_per_epoch)
    if beyond == 0:
        return (
            f"{said}Start at `initial_epoch = {begun}` (in R {begun + 1}), where "
            f"this count is right, or set the count: {set_it}. {let_set}"
        )
    if counted > expected:
        return (
            f"{said}If `BackupAndRestore(save_freq=)` restored it, the epoch begins again with the "
            f"count from its middle: give this check `set=True` (in R `set = TRUE`). Otherwise set "
            f"the count: {set_it}."
        )
    return f"{said}Set the count: {set_it}. {let_set}"


class ReduceScheduleOnPlateau(_KeepsRates):
    """Multiplies the rates of a schedule by a factor when a metric has stopped improving.

    It is Keras's `ReduceLROnPlateau` for schedules, which Keras's callback refuses, with the same
    arguments and two more. Each reduction calls `scale_learning_rate(model, factor)`: from the next
    step on the schedule continues with lower rates, and the factor is saved with the whole model.
    On TensorFlow and JAX each reduction compiles the training step again, unless the learning rate
    is a number.

    `history` gets `learning_rate`, the rate of each epoch's last step; for a `MultiOptimizer`, it
    gets `learning_rate_<pattern>` for each optimizer.

    Weights files that are written and read in a `fit()` with this callback, as `BackupAndRestore`
    does, keep the factor, the best value and the count of epochs without improvement. Put this
    callback before `BackupAndRestore`, so that the file has the reduction of its epoch. If you read
    such a file yourself, call `set_optimizer_schedule(model, schedule)` first.

    Args:
        monitor: the quantity that should improve.
        factor: the factor of the rates, 0 or more and less than 1.
        patience: the number of epochs without improvement before a reduction. As in Keras, 0 and 1
            both mean one epoch.
        verbose: 1 to print each reduction.
        mode: "min", "max", or "auto" to choose by the monitored quantity.
        min_delta: the smallest change that counts as an improvement.
        cooldown: the number of epochs from a reduction to the next epoch that is counted. As in
            Keras, 0 and 1 both mean the next epoch.
        min_lr: the lowest rate to which a reduction may take the next step; a schedule that is
            already below it does not change.
        start_from_epoch: the first epoch that is counted, from 0, as in Keras's `EarlyStopping`.
        optimizer: an optimizer of the model, or its name. None for all optimizers of a
            `MultiOptimizer`, whose schedules are multiplied by the same factor.

    Raises:
        ValueError: `factor` is out of range. `fit()` raises it before training if the optimizer's
            rate is a function, and after the first epoch that is counted if `mode` is "auto" and
            Keras does not know whether the quantity should fall or rise.

    Example:

    >>> ReduceScheduleOnPlateau("loss", factor=0.5, patience=2).factor
    0.5
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
        start_from_epoch=0,
        optimizer=None,
    ):
        super().__init__()
        requirement = "one number, 0 or more and less than 1"
        factor = checks.number("factor", factor, requirement, lambda x: 0 <= x < 1)
        if mode not in ("auto", "min", "max"):
            warn(
                f'`mode` must be "auto", "min" or "max", not {mode!r}: "auto" is used instead.',
                stacklevel=2,
            )
            mode = "auto"
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self.factor, self.min_lr, self.verbose = factor, min_lr, verbose
        self.patience, self.cooldown = patience, cooldown
        self.start_from_epoch, self.optimizer = start_from_epoch, optimizer
        self._begin()

    def _begin(self):
        self.best, self.wait, self.cooldown_counter = None, 0, 0
        self._is_restored = False

    def set_model(self, model):
        self._begin()
        self._begins = True
        super().set_model(model)

    def _kept(self):
        return f"plateau of {self.monitor}", self

    @property
    def state(self):
        """The callback's state for weights files."""
        best = None if self.best is None else float(self.best)
        return [best, self.wait, self.cooldown_counter]

    @state.setter
    def state(self, state):
        # Ignore a file that is read in mid-training: the callback has newer values.
        if self._begins:
            self.best, self.wait, self.cooldown_counter = state
            self._is_restored = True

    def on_train_begin(self, logs=None):
        if not self._is_restored:
            self._begin()
        self._begins = True
        # Fail now, not after an epoch.
        optimizer_schedule(self.model, self.optimizer)

    def on_epoch_begin(self, epoch, logs=None):
        self._begins = self._is_restored = False

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        self._log_rates(logs)
        value = logs.get(self.monitor)
        if value is None:
            warn(
                f"The learning rate can't be reduced, because `fit()` does not report "
                f"{self.monitor!r}. It reports {', '.join(map(repr, logs))}.",
                stacklevel=2,
            )
            return
        if epoch < self.start_from_epoch:
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

    def _log_rates(self, logs):
        # Keras logs the rate of the next step; we log the one just used.
        for name, optimizer in training_optimizers(self.model, self.optimizer).items():
            key = f"learning_rate_{name}" if name else "learning_rate"
            if key not in logs:
                step = max(count_of(self.model, optimizer) - 1, 0)
                logs[key] = optimizer_schedule(self.model, optimizer).rate(step)

    def _is_improvement(self, value):
        if self.mode == "auto":
            self.mode = direction_of(self.model, self.monitor.removeprefix("val_"))
        if self.best is None:
            return True
        if self.mode == "min":
            return value + self.min_delta < self.best
        return value - self.min_delta > self.best

    def _reduce(self, epoch):
        rates = {}
        for optimizer in training_optimizers(self.model, self.optimizer).values():
            rate = optimizer_learning_rate(self.model, optimizer)
            # Compare in float32, in which Keras trains: rounding can make a factor miss `min_lr`.
            if np.float32(rate) > np.float32(self.min_lr):
                rates[optimizer] = rate
        if not rates:
            return False
        factor = max(self.factor, self.min_lr / min(rates.values()))
        for optimizer in rates:
            scale_learning_rate(self.model, factor, optimizer)
        if self.verbose > 0:
            reduced = ", ".join(str(max(rate * factor, self.min_lr)) for rate in rates.values())
            message = f"ReduceScheduleOnPlateau reducing learning rate to {reduced}."
            print(f"\nEpoch {epoch + 1}: {message}")
        return True
