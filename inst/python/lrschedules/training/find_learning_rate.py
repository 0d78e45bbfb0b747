"""The range test: a sweep suggests learning rates, and short trainings decide between them."""

import contextlib
import dataclasses
import math
import types
import warnings

import keras
import numpy as np
from keras import ops

from lrschedules.backend import PYTHON, all_random_numbers, current
from lrschedules.exchange.warned import warn
from lrschedules.internals import MissingName, feature, models
from lrschedules.internals.optimizers import put_rate, rate_of
from lrschedules.internals.random_numbers import state_of_generator
from lrschedules.training import short_trainings
from lrschedules.training.optimizer import optimizers_of, training_optimizer
from lrschedules.training.suggestions import Smoothed, has_diverged, suggest
from lrschedules_math.core import checks


@dataclasses.dataclass(frozen=True, eq=False)
class RangeTest:
    """The measurements and recommendations of a range test.

    Attributes:
        peak: the peak for a schedule that rises and falls, such as `OneCycle`; NaN if there were no
            short trainings, or none lowered the loss.
        constant: the rate for a training without a rise: a constant rate, or the start of a decay;
            NaN in the same cases, or if the loss diverged at every constant rate.
        equal_peaks: the best peak, and the peaks whose final losses are about equally low; if no
            peak lowered the loss, all peaks that trained for `confirm` steps.
        trainings: the short trainings, a list of `ShortTraining`.
        rates: the rate of each step of the sweep, a NumPy float64 array.
        losses: the loss of each batch before its step, a NumPy float64 array. Only the last may be
            infinite or NaN.
        smoothed_losses: the exponential average of the losses, as in fastai.
        suggestions: a dict of the rates that five rules suggest from the sweep alone: `minimum`,
            `edge`, `valley`, `slide` and `steep`; NaN if a rule finds nothing.
        reasons: a dict of texts that say why `peak`, `constant` or a rule's rate is NaN.
        ended: how the sweep ended: at the "end" of its steps, because the loss "diverged", or at
            the end of the "data".
    """

    peak: float
    constant: float
    equal_peaks: list
    trainings: list
    rates: np.ndarray
    losses: np.ndarray
    smoothed_losses: np.ndarray
    suggestions: dict
    reasons: dict
    ended: str

    def __repr__(self):
        return (
            f"RangeTest(peak={self.peak:.3g}, constant={self.constant:.3g}, "
            f"{len(self.trainings)} short trainings, suggestions={self.suggestions}, "
            f"{len(self.rates):,} rates from {self.rates[0]:.3g} to {self.rates[-1]:.3g}, "
            f"ended={self.ended!r})"
        )


@feature("`find_learning_rate()`")
def find_learning_rate(
    model,
    x,
    y=None,
    *,
    start=1e-7,
    end=10.0,
    steps=100,
    confirm=100,
    batch_size=None,
    sample_weight=None,
    class_weight=None,
    optimizer=None,
    monitor="loss",
    verbose=True,
):
    """Finds learning rates for `model`, and leaves the model as it was. A sweep suggests rates, and
    short trainings decide between them.

    The sweep trains for `steps` steps with rates that grow from `start` to `end`, and records the
    loss of each batch:

    ```
    rate(i) = start * (end / start) ** (i / (steps - 1))
    ```

    It is the range test of Smith (2017), "Cyclical Learning Rates for Training Neural Networks"
    (https://arxiv.org/abs/1506.01186), as implemented in fastai. It stops when the smoothed loss is
    more than four times its lowest value, or not a finite number.

    The short trainings follow one cycle, with peaks a factor of 2 apart, around the rates that the
    sweep suggests. All start from the current weights and optimizer state, and use the same
    batches. First each peak trains for a quarter of `confirm` steps. Then the best peak and its
    neighbours train for `confirm` steps. In both rounds, as long as the best peak is the lowest or
    the highest, the next one beyond it is tried. In the last fifth of the steps the rate is near 0,
    and the mean loss of these steps is the final loss. The peak with the lowest final loss wins,
    and `peak` is the middle of the peaks that are about equally good. Trainings with a constant
    rate, from a quarter of the best peak on, find `constant` in the same way. All short trainings
    together take at most 11 times `confirm` steps.

    Afterwards the model is restored bit for bit: its weights, the optimizer with its step count and
    schedule, the metrics, the seeds and the compiled train function, even if an error or an
    interrupt ended the test. A model or an optimizer that was not built is then built. Batches
    taken from a generator are gone, and a dataset that shuffles itself continues with its next
    order.

    Args:
        model: a compiled model.
        x, y, sample_weight, class_weight: the data, as in `fit()`. Arrays are shuffled, and arrays
            and datasets start again when they are exhausted. For the short trainings, two kinds of
            batches are kept in memory: `confirm` batches of a TensorFlow dataset, which may shuffle
            itself, and the batches that the sweep took from a generator. If a generator ends during
            the sweep, there are no short trainings.
        start: the first rate, greater than 0.
        end: the last rate, greater than `start`.
        steps: the number of rates (and batches) in the sweep: a whole number from 10 to 1e6. The
            rules were made for about 100 steps.
        confirm: the number of steps of a short training: a whole number from 20 to 1e6, or 0 for
            no short trainings.
        batch_size: the number of samples in a batch of arrays, a whole number greater than 0; None
            for 32, or for data that are already in batches.
        optimizer: the optimizer whose rate is tested, or its name. Needed if several optimizers
            train the model; the others train at their own rates.
        monitor: the name of the loss among the quantities that the training step reports. Training
            must lower it.
        verbose: whether to show a progress bar.

    Returns:
        A `RangeTest`.

    Raises:
        ValueError: an argument is out of its range, or the model is not compiled or can't be built;
            the message names the argument.

    Example:

    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    >>> model.compile(keras.optimizers.SGD(0.1), loss="mse")
    >>> x = np.ones((100, 1))
    >>> found = find_learning_rate(model, x, 3 * x, confirm=20, verbose=False)
    >>> 0.1 < found.peak < 1
    True
    """
    start = checks.positive("start", start)
    end = checks.positive("end", end)
    if end <= start:
        raise checks.refuse("end", f"greater than `start`, which is {start!r}", end)
    steps = _whole("steps", steps, "a whole number from 10 to 1e6", lambda n: 10 <= n <= 1e6)
    confirm = _whole(
        "confirm",
        confirm,
        "0, or a whole number from 20 to 1e6",
        lambda n: n == 0 or 20 <= n <= 1e6,
    )
    arrays = all(hasattr(leaf, "shape") for leaf in keras.tree.flatten(x))
    if batch_size is not None:
        if not arrays:
            raise ValueError("`batch_size` must be None if `x` already makes batches.")
        batch_size = checks.positive_whole("batch_size", batch_size)
    if not isinstance(monitor, str):
        raise checks.refuse("monitor", "the name of a quantity that training reports", monitor)
    optimizer = training_optimizer(model, optimizer)
    if optimizer is model or not getattr(model, "compiled", False):
        raise ValueError("`model` must be a compiled model.")
    if models.rises(model, monitor):
        raise checks.refuse("monitor", "a quantity that training lowers", monitor)

    # `fit()` shuffles arrays and the batches of a PyDataset; other data may shuffle themselves.
    shuffle = arrays or (isinstance(x, keras.utils.PyDataset) and x.num_batches is not None)
    data = _Batches(x) if isinstance(x, types.GeneratorType) else None
    bar = _Bar(steps + short_trainings.MOST_STEPS * confirm) if verbose else None
    with _put_back_afterwards(model, optimizer, monitor) as test, warnings.catch_warnings():
        # Keras warns when a generator or a dataset of unknown size runs out.
        warnings.filterwarnings("ignore", "Your input ran out of data")

        def fit(callback):
            models.begin_with_first_epoch(model)
            model.fit(
                x if data is None else data.next(),
                y,
                batch_size=batch_size,
                epochs=len(callback.rates) if data is None else 1,
                shuffle=shuffle,
                sample_weight=sample_weight,
                class_weight=class_weight,
                verbose=0,
                callbacks=[callback],
            )
            return callback

        def train(schedule, rate, planned):
            test.start_again()
            rates = short_trainings.rates_of(schedule, rate, planned)
            training = fit(_ShortTraining(rates, test, monitor, bar, sweep.first))
            return training.result(schedule, rate)

        sweep = fit(_Sweep(np.geomspace(start, end, steps), test, monitor, bar))
        if not sweep.losses:
            raise ValueError("`x` must have at least one batch.")
        if data is not None:
            data.keep(len(sweep.losses))
        elif confirm:
            x = _in_one_order(x, confirm)
        suggestions, reasons = sweep.suggestions()
        choice = _only_the_sweep(confirm, sweep, data is not None)
        if choice is None:
            choice = short_trainings.choose(
                train, suggestions, sweep.rates_taken, np.array(sweep.losses), confirm
            )
    if bar is not None:
        bar.end()
    return RangeTest(
        choice.peak,
        choice.constant,
        choice.equal_peaks,
        choice.trainings,
        sweep.rates_taken,
        np.array(sweep.losses),
        np.array(sweep.smoothed),
        suggestions,
        {**choice.reasons, **reasons},
        sweep.ended,
    )


def _whole(name, value, requirement, in_range):
    return int(
        checks.number(name, value, requirement, lambda n: in_range(n) and float(n).is_integer())
    )


def _only_the_sweep(confirm, sweep, generator):
    """A choice that says why there are no short trainings; None if they are possible."""
    if not confirm:
        why = "no short trainings were asked for (`confirm` is 0)"
    elif generator and sweep.ended == "data":
        why = "the generator ended during the sweep, so there are no short trainings"
    elif not math.isfinite(sweep.losses[0]):
        why = "the loss is not a finite number before training"
    else:
        return None
    reasons = dict.fromkeys(("peak", "constant"), why)
    return short_trainings.Choice(math.nan, math.nan, [], [], reasons)


def _in_one_order(x, count):
    """Keeps the first `count` batches of a TensorFlow dataset, which may shuffle itself anew each
    time, on any backend. Other data repeat once the random numbers are restored."""
    if not (hasattr(x, "take") and hasattr(x, "cache")):
        return x
    kept = x.take(count).cache()
    for _ in kept:  # fills the cache
        pass
    return kept


class _Batches:
    """The batches of a generator. Short trainings get the batches that the sweep trained with."""

    def __init__(self, generator):
        self.generator, self.taken, self.kept = generator, [], None

    def next(self):
        """A generator for the next `fit()`."""
        return self._first() if self.kept is None else self._again_and_again()

    def keep(self, count):
        # Backends fetch batches ahead.
        self.kept, self.taken = self.taken[:count], None

    def _first(self):
        for batch in self.generator:
            taken = self.taken
            if taken is not None:
                taken.append(batch)
            yield batch

    def _again_and_again(self):
        while True:
            yield from self.kept


class _Bar:
    """A progress bar over the steps of the sweep, and the most steps that all short trainings may
    take."""

    def __init__(self, steps):
        self.steps, self.done = steps, 0
        self.bar = keras.utils.Progbar(steps, stateful_metrics=["loss", "learning_rate"])

    def step(self, loss, rate):
        self.done += 1
        self.values = [("loss", loss), ("learning_rate", rate)]
        if self.done < self.steps:
            self.bar.update(self.done, self.values)

    def end(self):
        self.bar.update(self.steps, self.values, finalize=True)


class _Steps(keras.callbacks.Callback):
    """Sets the rate before each batch, and records the loss after it."""

    def __init__(self, rates, test, monitor, bar):
        super().__init__()
        self.rates, self.test, self.monitor, self.bar = rates, test, monitor, bar
        self.losses, self.ended = [], "data"

    def on_epoch_begin(self, epoch, logs=None):
        self.losses_before = len(self.losses)

    def on_train_batch_begin(self, batch, logs=None):
        models.synchronize(self.model)
        self.test.begin_step(self.rates[len(self.losses)])

    def on_train_batch_end(self, batch, logs=None):
        if self.monitor not in logs:
            known = ", ".join(repr(name) for name in logs) or "nothing"
            raise checks.refuse(
                "monitor", f"reported by the training step, which reports {known}", self.monitor
            )
        self.losses.append(float(logs[self.monitor]))
        if self.diverges():
            self.ended = "diverged"
        elif len(self.losses) == len(self.rates):
            self.ended = "end"
        self.model.stop_training = self.ended != "data"
        if self.bar is not None:
            self.bar.step(self.losses[-1], self.rates[len(self.losses) - 1])

    def on_epoch_end(self, epoch, logs=None):
        if len(self.losses) == self.losses_before:  # the data do not start again
            self.model.stop_training = True


class _Sweep(_Steps):
    def __init__(self, rates, test, monitor, bar):
        super().__init__(rates, test, monitor, bar)
        self.smoothed, self.smoother, self.lowest = [], Smoothed(), math.inf

    def on_train_begin(self, logs=None):
        self.test.begin()

    def diverges(self):
        self.smoothed.append(self.smoother.add(self.losses[-1]))
        self.lowest = min(self.lowest, self.smoothed[-1])
        return has_diverged(self.smoothed[-1], self.lowest)

    @property
    def rates_taken(self):
        return self.rates[: len(self.losses)]

    @property
    def first(self):
        """The loss before training."""
        return float(np.mean(self.losses[: max(len(self.losses) // 10, 1)]))

    def suggestions(self):
        losses, smoothed = np.array(self.losses), np.array(self.smoothed)
        diverged = self.ended == "diverged"
        return suggest(self.rates_taken, losses, smoothed, len(self.rates), diverged)


class _ShortTraining(_Steps):
    def __init__(self, rates, test, monitor, bar, first):
        super().__init__(rates, test, monitor, bar)
        self.first = first

    def diverges(self):
        # A loss may jump for a few steps and recover.
        last = self.losses[-10:]
        return not math.isfinite(last[-1]) or (
            len(last) == 10 and has_diverged(float(np.mean(last)), self.first)
        )

    def result(self, schedule, rate):
        measured = np.array(self.losses[-short_trainings.measuring(len(self.rates)) :])
        final = float(measured.mean()) if self.ended == "end" else math.inf
        return short_trainings.ShortTraining(
            schedule, rate, len(self.rates), len(self.losses), final, measured
        )


_TRAIN_FUNCTION = "_train_function_of_range_test"


@contextlib.contextmanager
def _put_back_afterwards(model, optimizer, monitor):
    test = _Test(model, optimizer, monitor)
    try:
        test.prepare()
        yield test
    finally:
        test.put_back()


class _Test:
    """The changes that a range test makes to a model.

    Before each change, the function that undoes it is added to a list. Such a function must be safe
    to run twice, because an interrupt may stop it halfway.
    """

    def __init__(self, model, optimizer, monitor):
        self.model, self.optimizer, self.monitor = model, optimizer, monitor
        self.own_rate = self.rate = rate_of(self.optimizer)
        self.function, self.function_is_new = None, False
        self.model_is_built = _is_built(model)
        self.metrics, self.random_numbers, self.undo = [], {}, []
        self.values, self.beside_variables = [], []

    def prepare(self):
        """Makes the optimizer's rate a variable, and gives the model a train function that reads
        this variable: its own or the previous test's if possible, so that Keras compiles the
        function only once."""
        model, optimizer = self.model, self.optimizer
        self.look_at_random_numbers(_sources_of_random_numbers())
        self.undo.append(self.put_back_random_numbers)
        self.undo.append(models.attributes_of_fit(model))
        parts, self.metrics = _where_possible(
            "the loss and the metrics",
            lambda: (models.new_loss_and_metrics(model), models.metric_objects(model)),
        ) or ({}, [])
        self.put_back_beside_variables()
        constant = isinstance(self.own_rate, keras.Variable)
        has_function = model.train_function is not None and model.steps_per_execution == 1
        if not (constant and has_function and not parts):
            new = _TrainFunction(model, optimizer, self.own_rate if constant else None, parts)
            before = vars(model).get(_TRAIN_FUNCTION)
            self.function = before if before is not None and before.is_for_same(new) else new
            self.rate = self.function.rate
            vars(model)["steps_per_execution"] = 1
            # Build the test's parts, not the model's: `fit()` will build those.
            vars(model).update(self.function.parts)
            self.function_is_new = self.function is new
            if self.function_is_new:
                models.new_train_function(model)
                new.train_function = model.train_function
                vars(model)[_TRAIN_FUNCTION] = new
            vars(model)["train_function"] = self.function.train_function
        if not self.model_is_built:
            current.build_in_fit(model)

    def begin(self):
        """Copies all variables, once building has created them."""
        model = self.model
        if not _is_built(model):
            raise ValueError("`model` must be built: `model.build(input_shape)`.")
        self.build_optimizers()
        if self.rate is not self.own_rate:
            # Add it last, after building: JAX compiles for the order of the variables.
            put_rate(self.optimizer, self.rate, self.undo)
        current.has_new_variables(model)
        if self.function_is_new and keras.distribution.distribution() is not None:
            # On JAX, a train function is made for the sharding of all variables.
            models.new_train_function(model)
            self.function.train_function = model.train_function
        if not self.model_is_built:
            # Building drew the first weights: record the random numbers from after that.
            sources = _sources_of_random_numbers()
            self.look_at_random_numbers({name: sources[name] for name in _DRAW_WEIGHTS})
            self.put_back_beside_variables()
        # `fit()` may have read a batch to build something, which the next test will not do.
        self.put_back_random_numbers()
        # `optimizers_of` skips attributes with a leading underscore.
        private = [v for v in vars(model).values() if isinstance(v, keras.optimizers.Optimizer)]
        optimizers = [self.optimizer, *private, *optimizers_of(model).values()]
        variables = [
            *model.variables,
            *model.metrics_variables,
            *(variable for optimizer in optimizers for variable in optimizer.variables),
            *(variable for metric in self.metrics for variable in metric.variables),
        ]
        # Copy the values: JAX's training step donates their memory.
        self.values = [(v, np.array(ops.convert_to_numpy(v))) for v in variables]
        self.undo.append(self.put_back_variables)
        # A graph would not know the variables that some metrics create with the first batch.
        in_graph = self.monitor == "loss"
        self.begin_step = current.before_steps(model, self.set_rate) if in_graph else self.set_rate

    def set_rate(self, rate):
        # Report the loss of this batch alone.
        self.model.reset_metrics()
        self.rate.assign(rate)

    def put_back_variables(self):
        # Some metrics create their variables with the first batch.
        for metric in self.metrics:
            metric.reset_state()
        for variable, value in self.values:
            variable.assign(value)

    def start_again(self):
        """Restores the model as it was when the sweep began."""
        self.put_back_variables()
        for put_back in self.beside_variables:
            put_back()
        self.put_back_random_numbers()

    def build_optimizers(self):
        """Builds the optimizers that train, so that their variables can be copied."""
        model, others = self.model, _others(self.model)
        is_other = any(self.optimizer is other for other in others.values())
        if not is_other and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        for name, other in others.items():
            if not other.built and (other is self.optimizer or models.has_own_train_step(model)):
                # Only the training step knows which variables it trains.
                raise ValueError(
                    f"`model` must have trained for at least one step: its optimizer {name!r} is "
                    "not built yet."
                )
        if not self.optimizer.built:
            raise ValueError("`optimizer` must train some of the model's variables.")

    def put_back(self):
        """Undoes all changes, the last one first, even if an error or an interrupt occurs."""
        raised = None
        while self.undo:
            try:
                while self.undo:
                    self.undo[-1]()
                    self.undo.pop()
            except KeyboardInterrupt as interrupt:  # run this undo again, and raise at the end
                raised = interrupt
            except Exception as error:
                raised = raised or error
                self.undo.pop()
        if raised is not None:
            raise raised

    def look_at_random_numbers(self, sources):
        for what, look in sources.items():
            put_back = _where_possible(what, look)
            if put_back is not None:
                self.random_numbers[what] = put_back

    def put_back_random_numbers(self):
        for put_back in self.random_numbers.values():
            put_back()

    def put_back_beside_variables(self):
        put_back = _where_possible(
            "the backend's state of the model", lambda: current.beside_variables(self.model)
        )
        if put_back is not None:
            self.beside_variables.append(put_back)
            self.undo.append(put_back)


def _others(model):
    """The optimizers of `model` that `compile()` does not know, by name."""
    return {
        name: getattr(optimizer, "inner_optimizer", optimizer)
        for name, optimizer in optimizers_of(model).items()
        if optimizer is not model.optimizer
    }


def _where_possible(what, look):
    """Returns `look()`, which records `what` so that it can be restored. If that needs a private
    name that Keras or TensorFlow no longer has, warns and returns None."""
    try:
        with feature(f"Restoring {what} after `find_learning_rate()`"):
            return look()
    except MissingName as missing:
        warn(str(missing), stacklevel=2)
        return None


_OF_KERAS = "Keras's random numbers"
_DRAW_WEIGHTS = (PYTHON, _OF_KERAS)
"""The random numbers from which weights are drawn."""


def _sources_of_random_numbers():
    return {**all_random_numbers(), _OF_KERAS: state_of_generator}


class _TrainFunction:
    """A train function whose rate is a variable. It records the optimizer and the settings that it
    was made for, and the loss and metrics that replace the model's, by their attributes."""

    def __init__(self, model, optimizer, rate, parts):
        self.made_for = (
            optimizer,
            rate,
            models.mark_of_compile(model),
            model.run_eagerly,
            model.jit_compile,
            vars(model).get("train_step", type(model).train_step),
        )
        self.own_function = model.train_function
        if rate is None:
            rate = keras.Variable(0.0, dtype=keras.config.floatx(), trainable=False, name="rate")
        self.rate = rate
        self.train_function = None
        self.parts = parts

    def is_for_same(self, other):
        # A new train function may mean that the model has changed.
        unchanged = self.own_function is None or self.own_function is other.own_function
        return unchanged and all(a is b for a, b in zip(self.made_for, other.made_for))


def _is_built(model):
    return all(layer.built for layer in models.layers_of(model))
