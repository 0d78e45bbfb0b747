"""A record of the rate that each training step used."""

import itertools
import math

import keras
import numpy as np
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from lrschedules.backend import current
from lrschedules.classes import asked
from lrschedules.classes.schedule import Schedule
from lrschedules.exchange.warned import warn
from lrschedules.internals import feature
from lrschedules.internals.models import has_own_train_step, synchronize
from lrschedules.internals.optimizers import rate_of, step_counter
from lrschedules.training.layer_rates import scheduled_factors
from lrschedules.training.optimizer import count_of, optimizers_of, training_optimizers
from lrschedules.training.what_trains import forget, set_here, warn_of_another, what_trains

_clock = asked.clock


class LearningRateMonitor(keras.callbacks.Callback):
    """Records the rate that each training step of `fit()` used.

    It records the schedule that trains: the one that the training step was compiled with. For a
    foreign schedule it records the rates that the compiled schedule gives. The rates of an epoch
    are computed at the end of the epoch from the optimizer's step count: during the epoch nothing
    is read from the device, unless the rate is a number, which is read a few times, and at each
    batch once it is set between batches. `history` gets `learning_rate`, the rate of each epoch's
    last step, and so do Keras's loggers that are listed after this callback.

    A second `fit()` with the same monitor continues the record. An interrupted epoch is kept. If
    steps are skipped because their gradients are not finite, only the steps that the optimizer
    counts are recorded.

    If a model has several optimizers, each is recorded: `steps`, `rates` and `fit_epochs` are
    then dictionaries of arrays, by the optimizers' names, `layer_rates` is a dictionary of
    dictionaries, and `history` gets `learning_rate_<name>`.

    If the rates can't be known, they are NaN, and a warning says why.

    Args:
        optimizer: an optimizer of the model, or its name. None for all optimizers that train.

    Attributes:
        steps: the optimizer's count at each training step, a NumPy int64 array.
        rates: the rate of each of these steps, a NumPy float64 array.
        fit_epochs: the epoch of `fit()` to which each step belongs, from 1, a NumPy int64 array.
        steps_per_epoch: the steps per epoch that `fit()` last reported, or None.
        layer_rates: the scheduled factors of `optimizer_with_layer_rates`, a dictionary of NumPy
            float64 arrays by name; NaN at steps for which the optimizer had no such name.

    Raises:
        ValueError: `fit()` raises it before the first step if the model has no optimizer of this
            name.

    Example:

    >>> monitor = LearningRateMonitor()
    >>> monitor.rates.tolist()
    []
    """

    def __init__(self, optimizer=None):
        super().__init__()
        self.steps_per_epoch = None
        self._optimizer = optimizer
        self._records = {}
        self._watches = []
        self._executions = 0
        self._functions = {}
        self._looks, self._ticks, self._last = True, 0, math.inf

    @property
    def steps(self):
        return self._recorded(0, np.int64)

    @property
    def rates(self):
        return self._recorded(1, np.float64)

    @property
    def fit_epochs(self):
        return self._recorded(2, np.int64)

    @property
    def layer_rates(self):
        self._record()
        found = {name: _factors(parts) for name, parts in self._parts().items()}
        return found[""] if list(found) == [""] else found

    def as_bytes(self):
        """The record in the form that crosses to R: for each optimizer its name, `steps`, `rates`
        and `fit_epochs` as the bytes of float64 arrays, and the names and bytes of `layer_rates`;
        and `steps_per_epoch`."""
        self._record()
        columns = []
        for name, parts in self._parts().items():
            factors = _factors(parts)
            columns.append(
                [
                    name,
                    *(bytearray(_column(parts, i, np.float64)) for i in range(3)),
                    list(factors),
                    [bytearray(column) for column in factors.values()],
                ]
            )
        return columns, self.steps_per_epoch

    def _recorded(self, column, dtype):
        self._record()
        found = {name: _column(parts, column, dtype) for name, parts in self._parts().items()}
        return found[""] if list(found) == [""] else found

    def _parts(self):
        # Leave out optimizers that never trained.
        trained = {name: parts for name, parts in self._records.items() if parts}
        return trained or {"": []}

    def on_train_begin(self, logs=None):
        self._end()
        self.steps_per_epoch = self.params.get("steps")
        self._last = math.inf if self.steps_per_epoch is None else self.steps_per_epoch - 1

    def on_epoch_begin(self, epoch, logs=None):
        self._end()
        self._epoch = epoch
        self._executions = 0
        self._looks = True

    def on_train_batch_begin(self, batch, logs=None):
        if self._looks:
            # Wait for the first batch: other callbacks may change the rate as the epoch begins.
            if not self._watches:
                with feature("`LearningRateMonitor`"):
                    self._watches = self._begin()
            for watch in self._watches:
                watch.before_batch(self._executions)

    def on_train_batch_end(self, batch, logs=None):
        self._executions += 1
        # Look again only if something was noted: until then a compiled step stays the same.
        if self._looks or _clock.ticks != self._ticks:
            for watch in self._watches:
                watch.after_batch(self._executions)
            self._ticks, self._looks = _clock.ticks, not self._watches
            for watch in self._watches:
                self._looks |= watch.looks_at(self._executions)
        if batch >= self._last:
            for watch in self._watches:
                watch.after_last_batch()

    def _begin(self):
        try:
            chosen = training_optimizers(self.model, self._optimizer)
        except ValueError:
            if self._optimizer is not None:
                raise
            chosen = optimizers_of(self.model)
        return [
            _Watch(self.model, optimizer, name, self._executions, self._functions)
            for name, optimizer in chosen.items()
        ]

    def on_epoch_end(self, epoch, logs=None):
        self._end()
        if logs is None:
            return
        for name, parts in self._records.items():
            if parts and parts[-1][2][-1] == epoch + 1:
                key = f"learning_rate_{name}" if name else "learning_rate"
                logs[key] = float(parts[-1][1][-1])

    def _record(self):
        """Records the steps that were trained since the last record."""
        if not self._watches:
            return
        synchronize(self.model)
        for watch in self._watches:
            steps, rates = watch.trained(self._executions, self.steps_per_epoch is None)
            parts = self._records.setdefault(watch.name, [])
            if len(steps):
                epochs = np.full(len(steps), self._epoch + 1)
                parts.append((steps, rates, epochs, scheduled_factors(watch.optimizer, steps)))

    def _end(self):
        """Records the current epoch, complete or not."""
        self._record()
        self._watches = []


def _column(parts, column, dtype):
    return np.concatenate([np.zeros(0, dtype), *(part[column].astype(dtype) for part in parts)])


def _factors(parts):
    names = dict.fromkeys(name for part in parts for name in part[3])
    return {
        name: np.concatenate([part[3].get(name, np.full(len(part[0]), np.nan)) for part in parts])
        for name in names
    }


class _Watch:
    """Watches one optimizer, from some batch of an epoch on.

    Attributes:
        functions: compiled functions that give the rates of foreign schedules, by schedule id.
        pieces: pairs of the first execution, counted in the epoch, and what gives the rate from
            there on: a schedule, a number, or None if it can't be known.
    """

    def __init__(self, model, optimizer, name, executions, functions):
        self.model, self.optimizer, self.name = model, optimizer, name
        self.functions = functions
        self.function = model.train_function
        self.held, self.trains = rate_of(optimizer), what_trains(model, optimizer)
        warn_of_another(self.trains, self.held)
        self.compiled = asked.compiled_with(step_counter(optimizer), self.function)
        self.known = len(self.compiled)
        self.bakes_in = self.function is not None and current.bakes_in(model, None, None)
        self.is_number = isinstance(self.trains, keras.Variable)
        self.each_batch = False
        self.said = set()
        self.set_here = set_here(optimizer)
        self._start(executions)

    def _start(self, executions):
        self.executions = executions
        self.first, self.changed_at = count_of(self.model, self.optimizer), executions
        self.counts, self.numbers = len(self.set_here.counts), len(self.set_here.numbers)
        self.pieces = [(executions, self._piece(self.trains))]

    def _piece(self, rate):
        if rate is None or isinstance(rate, LearningRateSchedule):
            return rate
        synchronize(self.model)
        return float(ops.convert_to_numpy(rate() if callable(rate) else rate))

    def before_batch(self, executions):
        if rate_of(self.optimizer) is not self.held or (
            self.model.train_function is not self.function
        ):
            self._another(executions)
        if self.is_number:
            self._take_set(executions)
            if self.each_batch or executions == self.executions + 1:
                self._read(executions)

    def after_batch(self, executions):
        if self.is_number:
            self._take_set(executions)
        if rate_of(self.optimizer) is not self.held:
            used = self._used_another(executions)
            self._another(executions - 1 if used else executions)
        elif len(self.compiled) > self.known:
            self._compiled_again(executions - 1)
        elif self.bakes_in and not self.compiled and isinstance(self.trains, Schedule):
            self._compiled_before(executions - 1)
        elif self._may_be_set(executions - 1) and self._piece(self.trains) != self.pieces[-1][1]:
            self._unknown(executions - 1)

    def _may_be_set(self, executions):
        """Whether to read a number: once an epoch, and at each batch once it has changed."""
        return self.is_number and (self.each_batch or executions == self.executions)

    def _take_set(self, executions):
        """Records the numbers that this package's functions have set since the last call."""
        for count, number in self.set_here.numbers[self.numbers :]:
            if len(self.set_here.counts) == self.counts:
                done = (count - self.first) // self.model.steps_per_execution
                executions = self.executions + done
            self.pieces.append((executions, float(np.float32(number))))
            self.numbers += 1

    def looks_at(self, executions):
        """Whether to check the next batch as well: it may be the first that a change affects."""
        return not self.bakes_in or self.each_batch or executions < self.changed_at + 2

    def after_last_batch(self):
        if self.is_number and not self.each_batch:
            self._read_last()

    def _another(self, executions):
        """Records that the optimizer has a new rate, or the model a new train function."""
        self.changed_at = executions
        self.held = rate_of(self.optimizer)
        self.function = self.model.train_function
        self.compiled = asked.compiled_with(step_counter(self.optimizer), self.function)
        self.known = len(self.compiled)
        trains = what_trains(self.model, self.optimizer)
        if trains is not self.trains:
            self.trains, self.is_number = trains, isinstance(trains, keras.Variable)
            self.pieces.append((executions, self._piece(trains)))
        warn_of_another(trains, self.held)

    def _used_another(self, executions):
        """Whether the batch that has just ended used the schedule that the optimizer holds now,
        which may have been assigned before or after the batch."""
        held = rate_of(self.optimizer)
        if not isinstance(held, Schedule):
            return False
        if self.bakes_in:
            function = self.model.train_function
            return held in asked.compiled_with(step_counter(self.optimizer), function)
        done = (executions - self.executions) * self.model.steps_per_execution
        return held._asked_for == self.first + done - 1

    def _compiled_again(self, executions):
        self.known = len(self.compiled)
        if self.compiled[-1] is self.trains:
            return
        self.trains, self.is_number = self.compiled[-1], False
        self.pieces.append((executions, self.trains))
        self._say(
            "The training step was compiled with two schedules, the second one for batches of "
            "a different shape. From there on the record has the second schedule's rates, although "
            "batches of the first shape still use the first schedule."
        )

    def _compiled_before(self, executions):
        """Records that nothing was compiled with the optimizer's schedule: the training step is
        older, or calls other optimizers."""
        self.trains = None
        self.pieces.append((executions, None))

    def _say_that_it_is_older(self):
        forget(self.model, self.optimizer)
        self._say(
            "The training step was compiled before this schedule was assigned, with an unknown "
            "rate. Use `set_optimizer_schedule(model, schedule)`."
        )

    def _read(self, executions):
        """Reads a number that may be set between batches."""
        now = self._piece(self.trains)
        if now != self.pieces[-1][1]:
            self.pieces.append((executions, now))
            self.each_batch = True

    def _read_last(self):
        if self._piece(self.trains) != self.pieces[-1][1]:
            self._say(
                "The optimizer's rate was set during an epoch. The record has the rate with which "
                "the epoch began."
            )

    def _unknown(self, executions):
        self.each_batch = True
        self.pieces.append((executions, None))
        self.pieces.append((executions + 1, self._piece(self.trains)))
        self._say(
            "The optimizer's rate was set before or after a batch: the monitor can't tell which. "
            "Put `LearningRateMonitor` after the callback that sets it."
        )

    def _say(self, sentence):
        if sentence not in self.said:
            self.said.add(sentence)
            warn(sentence)

    def trained(self, executions, size_is_unknown):
        """Returns the steps trained since the watch began, and their rates, and restarts it."""
        steps, known = self._steps(executions - self.executions, size_is_unknown)
        rates = np.full(len(steps), np.nan)
        # Every execution has the same number of steps, except that the last may have fewer.
        done = max(executions - self.executions, 1)
        each = max(self.model.steps_per_execution, -(-len(steps) // done))
        starts = [min((at - self.executions) * each, len(steps)) for at, _ in self.pieces]
        for (start, end), (_, piece) in zip(itertools.pairwise([*starts, len(steps)]), self.pieces):
            if end > start and known:
                rates[start:end] = self._rates(piece, steps[start:end])
        if len(steps):
            if self.trains is None:
                self._say_that_it_is_older()
            piece = self.pieces[-1][1]
            self._start(executions)
            self.pieces = [(executions, piece)]
        return steps, rates

    def _steps(self, executions, size_is_unknown):
        """The steps that were trained in `executions` executions, and whether they are known."""
        end = count_of(self.model, self.optimizer)
        parts, first = [], self.first
        for before, after in self.set_here.counts[self.counts :]:
            parts.append(np.arange(first, before))
            first = after
        parts.append(np.arange(first, end))
        steps = np.concatenate(parts).astype(np.int64)
        meant = executions * self.model.steps_per_execution
        if size_is_unknown and len(steps) > meant and current.counts_the_end(self.model):
            steps = steps[:-1]
        several_each = has_own_train_step(self.model) and len(steps) % max(executions, 1) == 0
        if end < first or (len(steps) > meant and not several_each and not size_is_unknown):
            self._say(
                "The optimizer's step count was set during an epoch, so this epoch's rates are "
                "not known: the record has NaN. Use `set_optimizer_step(model, step)`."
            )
            return np.arange(max(end - meant, 0), end), False
        return steps, True

    def _rates(self, rate, steps):
        if rate is None:
            return np.nan
        if isinstance(rate, Schedule) and not rate._asks_others:
            return rate.rates(steps)
        if not isinstance(rate, LearningRateSchedule):
            return rate
        tensor = ops.convert_to_tensor(steps, current.INTEGER_OF_STEPS)
        floatx = keras.config.floatx()

        def as_trained(step):
            # A foreign schedule may return a Python or NumPy number.
            return ops.cast(ops.convert_to_tensor(rate(step)), floatx)

        if not self.bakes_in:
            return [float(ops.convert_to_numpy(as_trained(step))) for step in tensor]
        if id(rate) not in self.functions:
            # Keep the schedule too, so that its id is not reused.
            function = current.as_trained(
                lambda steps: current.one_by_one(as_trained, steps, floatx), self.model
            )
            self.functions[id(rate)] = rate, function
        return ops.convert_to_numpy(self.functions[id(rate)][1](tensor))
