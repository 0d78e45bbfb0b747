"""Private attributes of Keras optimizers."""

import contextlib

import keras
import numpy as np
from keras import ops

from lrschedules.internals import MissingName, PrivateName

_SCHEDULE = "`optimizer_schedule()`"
_RANGE_TEST = "`find_learning_rate()`"
_SCHEDULED = "`optimizer_with_schedules()`"
_LAYER_RATES = "`optimizer_with_layer_rates()`"

LEARNING_RATE = PrivateName("Optimizer", "_learning_rate", _SCHEDULE)
ITERATIONS = PrivateName(
    "Optimizer",
    "_iterations",
    "`optimizer_step()`",
    optional="the oldest versions have the same variable in `iterations`",
)
TRACK_VARIABLE = PrivateName("Optimizer", "_track_variable", _RANGE_TEST)
UNTRACK_VARIABLE = PrivateName("Optimizer", "_untrack_variable", _RANGE_TEST)
VARIABLE_INDEX = PrivateName("Optimizer", "_get_variable_index", _SCHEDULED)
NO_WEIGHT_DECAY = PrivateName("Optimizer", "_exclude_from_weight_decay", _SCHEDULED)
NO_WEIGHT_DECAY_PATTERN = PrivateName("Optimizer", "_exclude_from_weight_decay_pattern", _SCHEDULED)
PARALLEL_UPDATE = PrivateName("SGD", "_parallel_update_step", _SCHEDULED, backend="torch")
MOMENTUMS = PrivateName("RMSprop", "_momentums", _SCHEDULED)
CURRENT_RATE = PrivateName("Optimizer", "_get_current_learning_rate", _LAYER_RATES)
APPLY_DECAY = PrivateName("Optimizer", "_apply_weight_decay", _LAYER_RATES)
USE_DECAY = PrivateName("Optimizer", "_use_weight_decay", _LAYER_RATES)
CHECK_KNOWN = PrivateName("Optimizer", "_check_variables_are_known", _LAYER_RATES)
U_PRODUCT = PrivateName("Nadam", "_u_product", _LAYER_RATES)
OPTIMIZER_MAP = PrivateName(
    "MultiOptimizer",
    "_optimizer_map",
    "`optimizer_schedule()`",
    optional="the oldest versions have no `MultiOptimizer`",
)

SEVERAL = getattr(keras.optimizers, "MultiOptimizer", ())
"""The class of optimizers that combine several; the oldest versions do not have it."""


def rate_of(optimizer):
    """The schedule, function or variable that gives the optimizer its rate."""
    return LEARNING_RATE.of(optimizer)


def put_rate(optimizer, rate, undo):
    """Makes the variable `rate` the optimizer's rate, as the last of its variables.

    Args:
        undo: a list; before anything changes, it receives the function that undoes the change.
    """
    before, track = rate_of(optimizer), TRACK_VARIABLE.of(optimizer)
    untrack = UNTRACK_VARIABLE.of(optimizer)

    def take_out():
        LEARNING_RATE.put(optimizer, before)
        untrack(rate)

    undo.append(take_out)
    LEARNING_RATE.put(optimizer, rate)
    track(rate)


def step_counter(optimizer):
    """The variable in which an optimizer counts steps, and with which it calls its schedule."""
    # If Keras has both, `iterations` counts the updates of accumulated gradients.
    if ITERATIONS.is_in(optimizer):
        return ITERATIONS.of(optimizer)
    if not hasattr(optimizer.iterations, "assign"):
        raise MissingName(ITERATIONS.feature, str(ITERATIONS))
    return optimizer.iterations


def unknown_variables(optimizer, variables):
    """The variables that a built optimizer was not built for: Keras refuses to train them."""
    index_of = VARIABLE_INDEX.of(optimizer)

    def is_unknown(variable):
        try:
            index_of(variable)
        except KeyError:
            return True
        return False

    return [variable for variable in variables if is_unknown(variable)]


def by_pattern(several):
    """The optimizers of a `MultiOptimizer`, by the patterns of the variables that they train."""
    given = OPTIMIZER_MAP.of(several)
    patterns = dict(given) if hasattr(given, "keys") else {}
    default = getattr(given, "default_optimizer", None)
    if default is not None:
        patterns["default"] = default
    # Optimizers that a function made have no patterns.
    named = list(patterns.values())
    for i, optimizer in enumerate(several.optimizers):
        if not any(optimizer is other for other in named):
            patterns[f"optimizers[{i}]"] = optimizer
    return patterns


def copy_exclusions(optimizer, other):
    """Excludes the same variables from weight decay in `other`. Keras keeps them outside the
    configuration, and only if some are excluded."""
    for name in (NO_WEIGHT_DECAY, NO_WEIGHT_DECAY_PATTERN):
        if name.is_in(optimizer):
            setattr(other, name.name, name.of(optimizer))


def asking_for_momentum(implementation):
    """The class to mix into a subclass of `implementation` with a scheduled momentum; None if none
    is needed.

    Keras's SGD and RMSprop check in Python whether the momentum is 0.
    """
    for base, mixin in (keras.optimizers.SGD, _SGD), (keras.optimizers.RMSprop, _RMSprop):
        if implementation.update_step is base.update_step:
            VARIABLE_INDEX.of(implementation)
            return mixin
    return None


class _WithMomentum:
    """A mixin for scheduled optimizers. Their `_giving(values)` is a context in which their numbers
    are `values`; `_given` holds the values of the current context."""

    def _parallel_update_step(self, grads, variables, learning_rate):
        # Runs on PyTorch. If the momentum is 0, Keras does not update the velocities.
        momentum = ops.maximum(self.momentum, np.finfo("float32").tiny)
        with self._giving({**(self._given or {}), "momentum": momentum}):
            super()._parallel_update_step(grads, variables, learning_rate)


class _SGD(_WithMomentum):
    def update_step(self, gradient, variable, learning_rate):
        """Keras's update with momentum, also when the momentum is 0."""
        momentum = ops.cast(self.momentum, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        downhill = ops.multiply(gradient, ops.cast(learning_rate, variable.dtype))
        velocity = self.momentums[VARIABLE_INDEX.of(self)(variable)]
        self.assign(velocity, ops.subtract(ops.multiply(velocity, momentum), downhill))
        if self.nesterov:
            self.assign_add(variable, ops.subtract(ops.multiply(velocity, momentum), downhill))
        else:
            self.assign_add(variable, velocity)


class _RMSprop(_WithMomentum):
    def update_step(self, gradient, variable, learning_rate):
        """Decays the velocity by the momentum first, then lets Keras add to it with momentum 1."""
        velocity = MOMENTUMS.of(self)[VARIABLE_INDEX.of(self)(variable)]
        self.assign(velocity, ops.multiply(velocity, ops.cast(self.momentum, variable.dtype)))
        with self._giving({**(self._given or {}), "momentum": 1.0}):
            super().update_step(gradient, variable, learning_rate)


def require_for_factors(implementation):
    """Raises a MissingName if the class lacks a method that `WithFactors` overrides."""
    for name in (VARIABLE_INDEX, CURRENT_RATE, APPLY_DECAY, USE_DECAY, CHECK_KNOWN):
        name.of(implementation)


class WithFactors:
    """A mixin for optimizers that multiply their rate by a factor for each variable.

    The subclass has `_groups`, the group of each variable (a hashable) by the variable's index;
    `_kinds`, the set of these groups; and `_factor(group)`, the factor of a group: a float or a
    tensor.
    """

    # Share one value between threads: TensorFlow updates the variables of all replicas in a
    # separate thread, while the threads of the replicas wait.
    _factor_now = None

    def _group_of(self, variable):
        return self._groups[VARIABLE_INDEX.of(self)(variable)]

    def _grouped(self, variables, *others):
        """The variables of each group, with the corresponding elements of `others`."""
        if len(self._kinds) == 1 and variables:
            return {group: [variables, *others] for group in self._kinds}
        groups = {}
        for row in zip(variables, *others):
            groups.setdefault(self._group_of(row[0]), []).append(row)
        return {group: [list(column) for column in zip(*rows)] for group, rows in groups.items()}

    def _times(self, rate, factor):
        if isinstance(self, keras.optimizers.Ftrl):  # it divides by its rate
            if isinstance(factor, float):
                factor = factor or 1.0
            else:
                factor = ops.where(ops.equal(factor, 0), ops.ones_like(factor), factor)
        return rate if isinstance(factor, float) and factor == 1 else ops.multiply(rate, factor)

    @contextlib.contextmanager
    def _multiplied(self, group):
        """A context in which the optimizer's rate is multiplied by the factor of `group`."""
        vars(self)["_factor_now"] = self._factor(group)
        try:
            yield
        finally:
            vars(self)["_factor_now"] = None

    def _get_current_learning_rate(self):
        rate = super()._get_current_learning_rate()
        return rate if self._factor_now is None else self._times(rate, self._factor_now)

    def _apply_weight_decay(self, variables):
        # PyTorch refuses an empty list.
        decayed = [variable for variable in variables if USE_DECAY.of(self)(variable)]
        for group, (of_group,) in self._grouped(decayed).items():
            with self._multiplied(group):
                super()._apply_weight_decay(of_group)

    def update_step(self, gradient, variable, learning_rate):
        group = self._group_of(variable)
        # Some classes read `self.learning_rate` instead of the argument.
        with self._multiplied(group):
            learning_rate = self._times(learning_rate, self._factor(group))
            super().update_step(gradient, variable, learning_rate)

    def _parallel_update_step(self, grads, variables, learning_rate):
        # Runs on PyTorch: makes one list for each factor.
        product = U_PRODUCT.of(self) if U_PRODUCT.is_in(self) else None
        before = None if product is None else ops.copy(product.value)
        for i, (group, (of_group, their_grads)) in enumerate(
            self._grouped(variables, grads).items()
        ):
            if i > 0 and product is not None:
                # Nadam would multiply it for each list, instead of once per step.
                product.assign(before)
            rate = self._times(learning_rate, self._factor(group))
            super()._parallel_update_step(their_grads, of_group, rate)

    def _check_variables_are_known(self, variables):
        try:
            super()._check_variables_are_known(variables)
        except ValueError:
            raise self._unknown_variables() from None

    def _require_known(self, variables):
        """Raises an error if the optimizer was not built for one of `variables`."""
        self._check_variables_are_known(variables)
