"""The rate that each training step used."""

import itertools

import keras
import numpy as np
from keras import ops
from keras.optimizers.schedules import LearningRateSchedule

from lrschedules.backend import current
from lrschedules.classes.schedule import Schedule
from lrschedules.internals import feature
from lrschedules.internals.models import synchronize
from lrschedules.training import what_trains
from lrschedules.training.optimizer import optimizer_step, training_optimizer


class LearningRateMonitor(keras.callbacks.Callback):
    """Records the rate that each training step of `fit()` used.

    What counts is what trains: the schedule that the training step was compiled with. A schedule
    that is not this package's is recorded as it gives its rates compiled. The rates of an epoch
    are computed at its end, from the optimizer's count of steps: during the epoch nothing is read
    from the device. `history` gets `learning_rate`, the rate of each epoch's last step, and so
    does a logger of Keras that stands after this callback.

    A second `fit()` with the same monitor goes on after the first. An epoch that was interrupted
    is kept. Where steps are left out, since their gradients were not finite, only those that the
    optimizer counts are recorded.

    Attributes:
        steps: the optimizer's count at each training step, a NumPy int64 array.
        rates: the rate of each of these steps, a NumPy float64 array.
        fit_epochs: the epoch of `fit()` in which each step was, from 1, a NumPy int64 array.
        steps_per_epoch: what `fit()` said last, or None.

    Example:

    >>> monitor = LearningRateMonitor()
    >>> monitor.rates.tolist()
    []
    """

    def __init__(self):
        super().__init__()
        self.steps_per_epoch = None
        self._parts = []
        self._begun = None
        self._executions = 0
        self._counts_executions = False
        self._functions = {}

    @property
    def steps(self):
        return self._recorded(0, np.int64)

    @property
    def rates(self):
        return self._recorded(1, np.float64)

    @property
    def fit_epochs(self):
        return self._recorded(2, np.int64)

    def as_bytes(self):
        """`steps`, `rates` and `fit_epochs` as the bytes of float64 arrays, in which they cross to
        R, and `steps_per_epoch`."""
        columns = self.steps, self.rates, self.fit_epochs
        return *(bytearray(c.astype(np.float64)) for c in columns), self.steps_per_epoch

    def _recorded(self, column, dtype):
        self._end()
        return np.concatenate([np.zeros(0, dtype), *(part[column] for part in self._parts)])

    def on_train_begin(self, logs=None):
        self._end()
        self.steps_per_epoch = self.params.get("steps")
        # The optimizer may count the end of data whose size is unknown as a step.
        self._counts_executions = self.steps_per_epoch is None
        if self._counts_executions:
            self.on_train_batch_end = self._count
        else:
            self.__dict__.pop("on_train_batch_end", None)

    def on_epoch_begin(self, epoch, logs=None):
        self._end()
        self._epoch = epoch
        self._executions = 0

    def on_train_batch_begin(self, batch, logs=None):
        # Not as the epoch begins: other callbacks may change the rate there.
        if self._begun is None:
            with feature("`LearningRateMonitor`"):
                self._begin()

    def _begin(self):
        optimizer = training_optimizer(self.model)
        trains = what_trains.remember(self.model, optimizer)
        rate = trains.rate
        if not isinstance(rate, LearningRateSchedule):
            rate = float(ops.convert_to_numpy(rate() if callable(rate) else rate))
        self._begun = optimizer, optimizer_step(optimizer), rate, trains, len(trains.changes)
        self._executions_before = self._executions

    def _count(self, batch, logs=None):
        self._executions += 1

    def on_epoch_end(self, epoch, logs=None):
        self._end()
        if logs is not None and self._parts and self._parts[-1][2][-1] == epoch + 1:
            logs["learning_rate"] = float(self._parts[-1][1][-1])

    def _end(self):
        """Records the epoch that was begun, whether it came to its end or not."""
        if self._begun is None:
            return
        optimizer, first, rate, trains, known = self._begun
        self._begun = None
        synchronize(self.model)
        end = optimizer_step(optimizer)
        if self._counts_executions:
            executions = self._executions - self._executions_before
            end = min(end, first + executions * self.model.steps_per_execution)
        if end <= first:
            return
        steps = np.arange(first, end)
        rates = np.empty(len(steps))
        pieces = [(first, rate), *trains.changes[known:], (end, None)]
        for (start, piece), (until, _) in itertools.pairwise(pieces):
            rates[start - first : until - first] = self._rates(piece, np.arange(start, until))
        self._parts.append((steps, rates, np.full(len(steps), self._epoch + 1)))

    def _rates(self, rate, steps):
        if isinstance(rate, Schedule) and not rate._asks_others:
            return rate.rates(steps)
        if not isinstance(rate, LearningRateSchedule):
            return rate
        tensor = ops.convert_to_tensor(steps, current.INTEGER_OF_STEPS)
        if self.model.run_eagerly:
            return [float(rate(step)) for step in tensor]
        if id(rate) not in self._functions:
            # With the schedule, so that its id is not given to another one.
            self._functions[id(rate)] = (
                rate,
                current.as_trained(
                    lambda steps: current.one_by_one(rate, steps, keras.config.floatx())
                ),
            )
        return ops.convert_to_numpy(self._functions[id(rate)][1](tensor))
