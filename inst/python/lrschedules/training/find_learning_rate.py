"""The range test: a short training with growing rates that shows which of them train."""

import contextlib
import dataclasses
import math
import types
import warnings

import keras
import numpy as np
from keras import ops

from lrschedules.backend import PYTHON, all_random_numbers, current
from lrschedules.internals import MissingName, feature, models
from lrschedules.internals.optimizers import put_rate, rate_of
from lrschedules.internals.random_numbers import state_of_generator
from lrschedules.training.optimizer import optimizers_of, training_optimizer
from lrschedules.training.suggestions import Smoothed, has_diverged, suggest
from lrschedules_math.core import checks


@dataclasses.dataclass(frozen=True, eq=False)
class RangeTest:
    """What a range test measured, and what it suggests.

    Attributes:
        rates: the rate of each step, a NumPy float64 array.
        losses: the loss of each step's batch before the step, a NumPy float64 array. Only the last
            may be no finite number.
        smoothed_losses: the same, averaged exponentially as fastai does.
        suggestions: a dict of rates by the names of the rules: `steep`, `minimum`, `edge`,
            `valley` and `slide`; NaN where a rule finds nothing.
        reasons: a dict of texts: why, for each rule that finds nothing.
        ended: "end" of the steps, "diverged" or end of the "data".
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed_losses: np.ndarray
    suggestions: dict
    reasons: dict
    ended: str

    def __repr__(self):
        return (
            f"RangeTest(suggestions={self.suggestions}, {len(self.rates)} rates from "
            f"{self.rates[0]:.3g} to {self.rates[-1]:.3g}, ended={self.ended!r})"
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
    batch_size=None,
    sample_weight=None,
    class_weight=None,
    optimizer=None,
    verbose=True,
):
    """Trains `model` for some steps with rates that grow from `start` to `end`, takes the loss of
    each batch, and puts everything back.

    ```
    rate(i) = start * (end / start) ** (i / (steps - 1))
    ```

    The test of Smith (2015), "Cyclical Learning Rates for Training Neural Networks"
    (https://arxiv.org/abs/1506.01186), in the form that fastai gave it. It stops where the smoothed
    loss is more than four times its lowest value, or no number. It begins with the weights and the
    state of the optimizer that the model has.

    Afterwards the model is what it was: weights, the optimizer with its count and its schedule,
    metrics, seeds and the compiled train function are put back bit for bit, also where an error or
    an interrupt ended the test. A model or an optimizer that was not built yet is built. What was
    taken from a generator is gone, and a dataset that shuffles itself goes on with its next order.

    Args:
        model: a compiled model.
        x, y, sample_weight, class_weight: the data, as in `fit()`. Arrays are shuffled as `fit()`
            does; they and datasets start again when they are exhausted. A generator ends the test.
        start: the first rate, greater than 0.
        end: the last rate, greater than `start`.
        steps: the number of rates, and of batches: a whole number from 10 to 1e6. The rules were
            made for about 100.
        batch_size: the number of samples in a batch of arrays, 32 by default.
        optimizer: which optimizer's rate grows: the optimizer, or its name. Needed if several train
            the model; the others train at their own rates.
        verbose: whether to show a progress bar.

    Returns:
        A `RangeTest`.

    Raises:
        ValueError: an argument is out of its range; the message names it.

    Example:

    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    >>> model.compile(keras.optimizers.SGD(0.1), loss="mse")
    >>> x = np.ones((100, 1))
    >>> found = find_learning_rate(model, x, 3 * x, verbose=False)
    >>> 0.1 < found.suggestions["edge"] < 1
    True
    """
    start = checks.positive("start", start)
    end = checks.positive("end", end)
    if end <= start:
        raise checks.refuse("end", f"greater than `start`, which is {start!r}", end)
    steps = int(
        checks.number(
            "steps",
            steps,
            "a whole number from 10 to 1e6",
            lambda n: 10 <= n <= 1e6 and float(n).is_integer(),
        )
    )
    arrays = all(hasattr(leaf, "shape") for leaf in keras.tree.flatten(x))
    if batch_size is not None:
        if not arrays:
            raise ValueError("`batch_size` must be None where `x` makes batches of its own.")
        batch_size = checks.positive_whole_steps("batch_size", batch_size)
    optimizer = training_optimizer(model, optimizer)
    if optimizer is model or not getattr(model, "compiled", False):
        raise ValueError("`model` must be a compiled model.")

    # Batches of a PyDataset are shuffled by `fit()`; other data, by themselves.
    shuffle = arrays or (isinstance(x, keras.utils.PyDataset) and x.num_batches is not None)
    with _put_back_afterwards(model, optimizer) as test, warnings.catch_warnings():
        # Keras warns when a generator or a dataset of unknown size runs out.
        warnings.filterwarnings("ignore", "Your input ran out of data")
        sweep = _Sweep(np.geomspace(start, end, steps), test, verbose)
        model.fit(
            x,
            y,
            batch_size=batch_size,
            epochs=1 if isinstance(x, types.GeneratorType) else steps,
            shuffle=shuffle,
            sample_weight=sample_weight,
            class_weight=class_weight,
            verbose=0,
            callbacks=[sweep],
        )
    return sweep.result()


class _Sweep(keras.callbacks.Callback):
    """Sets the rate before each batch and takes its loss after it."""

    def __init__(self, rates, test, verbose):
        super().__init__()
        self.rates, self.test = rates, test
        self.losses, self.smoothed, self.smoother = [], [], Smoothed()
        self.lowest = math.inf
        self.ended = "data"
        self.bar = None
        if verbose:
            names = ["loss", "learning_rate"]
            self.bar = keras.utils.Progbar(len(rates), stateful_metrics=names)

    def on_train_begin(self, logs=None):
        self.test.begin()
        self.begin_step = current.before_steps(self.model, self._begin_step)

    def _begin_step(self, rate):
        # For the loss to be that of this batch alone.
        self.model.reset_metrics()
        self.test.rate.assign(rate)

    def on_epoch_begin(self, epoch, logs=None):
        self.losses_before = len(self.losses)

    def on_train_batch_begin(self, batch, logs=None):
        models.synchronize(self.model)
        self.begin_step(self.rates[len(self.losses)])

    def on_train_batch_end(self, batch, logs=None):
        if "loss" not in logs:
            raise ValueError("`model` must report its `loss` from each training step.")
        self.losses.append(float(logs["loss"]))
        self.smoothed.append(self.smoother.add(self.losses[-1]))
        self.lowest = min(self.lowest, self.smoothed[-1])
        if has_diverged(self.smoothed[-1], self.lowest):
            self.ended = "diverged"
        elif len(self.losses) == len(self.rates):
            self.ended = "end"
        self.model.stop_training = self.ended != "data"
        if self.bar is not None:
            self._show(finalize=self.model.stop_training)

    def on_epoch_end(self, epoch, logs=None):
        if len(self.losses) == self.losses_before:  # data that do not start again
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.bar is not None and self.losses and self.ended == "data":
            self._show(finalize=True)

    def _show(self, finalize):
        done = len(self.losses)
        values = [("loss", self.losses[-1]), ("learning_rate", self.rates[done - 1])]
        self.bar.update(done, values, finalize=finalize)

    def result(self):
        if not self.losses:
            raise ValueError("`x` must hold at least one batch.")
        rates = self.rates[: len(self.losses)]
        losses, smoothed = np.array(self.losses), np.array(self.smoothed)
        found = suggest(rates, losses, smoothed, len(self.rates), self.ended == "diverged")
        return RangeTest(rates, losses, smoothed, *found, self.ended)


_TRAIN_FUNCTION = "_train_function_of_range_test"


@contextlib.contextmanager
def _put_back_afterwards(model, optimizer):
    test = _Test(model, optimizer)
    try:
        test.prepare()
        yield test
    finally:
        test.put_back()


class _Test:
    """What is put into a model for a test.

    Every change adds its own undo to a list before it is made. Undone twice it must be the same: an
    interrupt may break it off.
    """

    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer
        self.own_rate = self.rate = rate_of(self.optimizer)
        self.function, self.function_is_new = None, False
        self.model_is_built = _is_built(model)
        self.metrics, self.random_numbers, self.undo = [], {}, []

    def prepare(self):
        """Puts a variable where the optimizer has its rate, and a train function that reads it:
        the model's own, or that of the test before, so that it is compiled once."""
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
            # What is built for the test leaves the model's own as it is, to be built by `fit()`.
            vars(model).update(self.function.parts)
            self.function_is_new = self.function is new
            if self.function_is_new:
                models.new_train_function(model)
                new.train_function = model.train_function
                vars(model)[_TRAIN_FUNCTION] = new
            vars(model)["train_function"] = self.function.train_function
        models.begin_with_first_epoch(model)
        if not self.model_is_built:
            current.build_in_fit(model)

    def begin(self):
        """Copies all variables, once building has created them."""
        model = self.model
        if not _is_built(model):
            raise ValueError("`model` must be built: `model.build(input_shape)`.")
        self.build_optimizers()
        if self.rate is not self.own_rate:
            # As the last of its variables: JAX compiles for their order, which building sets.
            put_rate(self.optimizer, self.rate, self.undo)
        current.has_new_variables(model)
        if self.function_is_new and keras.distribution.distribution() is not None:
            # On JAX a train function is made for the places of all variables.
            models.new_train_function(model)
            self.function.train_function = model.train_function
        if not self.model_is_built:
            # Its first weights are drawn, and are not drawn again.
            sources = _sources_of_random_numbers()
            self.look_at_random_numbers({name: sources[name] for name in _DRAW_WEIGHTS})
            self.put_back_beside_variables()
        # Where `fit()` looked at a batch to build something, the next test will not.
        self.put_back_random_numbers()
        # `optimizers_of` passes over attributes with a leading underscore.
        private = [v for v in vars(model).values() if isinstance(v, keras.optimizers.Optimizer)]
        optimizers = [self.optimizer, *private, *optimizers_of(model).values()]
        variables = [
            *model.variables,
            *model.metrics_variables,
            *(variable for optimizer in optimizers for variable in optimizer.variables),
            *(variable for metric in self.metrics for variable in metric.variables),
        ]
        # Copies: a training step of JAX gives away the memory of the values.
        values = [(v, np.array(ops.convert_to_numpy(v))) for v in variables]
        self.undo.append(lambda: [variable.assign(value) for variable, value in values])
        # Some metrics get their variables with the first batch.
        self.undo.append(lambda: [metric.reset_state() for metric in self.metrics])

    def build_optimizers(self):
        """Builds those that train, for their variables to be copied."""
        model, others = self.model, _others(self.model)
        is_other = any(self.optimizer is other for other in others.values())
        if not is_other and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        for name, other in others.items():
            if not other.built and (other is self.optimizer or models.has_own_train_step(model)):
                # Only the training step knows which variables it trains.
                raise ValueError(
                    f"`model` must have trained for a step before: its optimizer {name!r} is not "
                    "built yet."
                )
        if not self.optimizer.built:
            raise ValueError("`optimizer` must train some of the model's variables.")

    def put_back(self):
        """Undoes all changes, the last one first, whatever happens while it does."""
        raised = None
        while self.undo:
            try:
                while self.undo:
                    self.undo[-1]()
                    self.undo.pop()
            except KeyboardInterrupt as interrupt:  # again, and then it counts
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
            "what the backend keeps of the model", lambda: current.beside_variables(self.model)
        )
        if put_back is not None:
            self.undo.append(put_back)


def _others(model):
    """The optimizers of `model` that `compile()` does not know, by name."""
    return {
        name: getattr(optimizer, "inner_optimizer", optimizer)
        for name, optimizer in optimizers_of(model).items()
        if optimizer is not model.optimizer
    }


def _where_possible(what, look):
    """The function that `look()` returns, to put back `what`; None, with a warning, where that
    needs a name of Keras or TensorFlow that is gone."""
    try:
        with feature(f"Putting back {what} after `find_learning_rate()`"):
            return look()
    except MissingName as missing:
        warnings.warn(str(missing), stacklevel=2)
        return None


_OF_KERAS = "Keras's random numbers"
_DRAW_WEIGHTS = (PYTHON, _OF_KERAS)
"""What weights are drawn with."""


def _sources_of_random_numbers():
    return {**all_random_numbers(), _OF_KERAS: state_of_generator}


class _TrainFunction:
    """A train function whose rate is a variable, what it was made for, and the loss and metrics
    that it was made with instead of the model's, by their attributes."""

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
        # A train function that was made anew may stand for a change of the model.
        unchanged = self.own_function is None or self.own_function is other.own_function
        return unchanged and all(a is b for a, b in zip(self.made_for, other.made_for))


def _is_built(model):
    return all(layer.built for layer in models.layers_of(model))
