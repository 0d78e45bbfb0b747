"""A learning rate for each layer: factors that multiply the optimizer's rate when it updates the
variables that match a name or a pattern.
"""

import collections
import difflib
import functools
import math
import re
from collections.abc import Mapping

import keras
from keras import ops

from lrschedules.backend import current
from lrschedules.classes import asked
from lrschedules.classes.catalogue import Scale
from lrschedules.classes.half import KERAS
from lrschedules.classes.schedule import Schedule
from lrschedules.exchange.warned import warn
from lrschedules.internals import feature
from lrschedules.internals.models import layers_inside, own_variables
from lrschedules.internals.optimizers import WithFactors, require_for_factors, step_counter
from lrschedules.training.optimizer import (
    count_of,
    optimizer_learning_rate,
    optimizer_schedule,
    training_optimizer,
)
from lrschedules.training.scheduled_optimizer import (
    PickledByKeras,
    ScheduledOptimizer,
    check_optimizer,
    made_again,
    public,
    saved_inside,
)
from lrschedules_math.core import checks
from lrschedules_math.core.registry import PACKAGE


class LayerRates(collections.UserDict):
    """The factors of layers, by name or pattern: a mapping that prints as a table.

    Attributes:
        variables: the number of variables that each name matches, a list in the order of the names;
            None before the optimizer is built.
        weights: the number of weights in these variables, a list; None before the optimizer is
            built.
        schedule: the optimizer's schedule, which the factors multiply; None without an optimizer.

    Example:

    >>> LayerRates({"backbone": 0.1, "head": 1.0})
    layers    factor
    backbone  0.1
    head      1
    """

    def __init__(self, factors=(), variables=None, weights=None, schedule=None):
        super().__init__(factors)
        self.variables, self.weights, self.schedule = variables, weights, schedule

    def schedules(self):
        """The rates as schedules: for each name, the optimizer's schedule times the factor.

        Returns:
            A dictionary of schedules, by name.

        Raises:
            ValueError: these factors do not come from an optimizer with a schedule.
        """
        if self.schedule is None:
            raise ValueError("`layer_rates` must come from an optimizer that has a schedule.")
        return {name: _product(self.schedule, factor) for name, factor in self.items()}

    def __repr__(self):
        columns = [["layers", *self], ["factor", *(_said(factor) for factor in self.values())]]
        if self.variables is not None and len(self.variables) == len(self):
            columns.append(["variables", *(f"{n:,}" for n in self.variables)])
            columns.append(["weights", *(f"{n:,}" for n in self.weights)])
        widths = [max(map(len, column)) for column in columns]
        return "\n".join(
            "  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip()
            for row in zip(*columns)
        )


def _said(factor):
    return f"{factor:.4g}" if checks.is_number(factor) else type(factor).__name__


def _product(schedule, factor):
    if not isinstance(factor, Schedule):
        return Scale(schedule, factor)
    return schedule * factor


@feature("`optimizer_with_layer_rates()`")
def optimizer_with_layer_rates(optimizer, layer_rates):
    """Makes the same optimizer with factors that multiply its learning rate in chosen layers.

    ```python
    optimizer = optimizer_with_layer_rates(
        keras.optimizers.AdamW(schedule), {"backbone/.*": 0.1, "head": 1.0}
    )
    ```

    A name is the name of a layer or of a nested model, or a path of such names ("encoder/dense"),
    and matches all variables inside. A regular expression also works if it matches the whole path
    of a variable: Keras's `variable.path`, or the path through the layers of the model. A variable
    that no name matches has factor 1. If a name matches no variable, a warning lists the nearest
    paths. In a custom training loop, the optimizer may know only Keras's paths, which lack the name
    of a model inside a functional model.

    The factor multiplies the rate of the variable's update, not its gradient: with a factor of 0.1,
    Adam's step is a tenth. Decoupled weight decay is multiplied as well. A factor of 0 keeps the
    variable unchanged, bit for bit, while the optimizer's moments continue;
    `layer.trainable = False` saves their cost. A factor that is a schedule follows the optimizer's
    step count: a schedule that is 0 until step 500 unfreezes its layers there. Ftrl computes the
    weights from its moments: after a factor of 0, they jump to the values that the moments give.

    If parts of a model need different kinds of optimizers, use Keras's `MultiOptimizer`.

    Args:
        optimizer: a Keras optimizer that has not trained yet, such as the result of
            `optimizer_with_schedules`. In a `LossScaleOptimizer`, the inner optimizer gets the
            factors, as `inner_optimizer.layer_rates`.
        layer_rates: a dictionary of factors by name or pattern. A factor is a number, 0 or more, or
            a schedule.

    Returns:
        A new optimizer, of a subclass of the class of `optimizer`. Its attribute `layer_rates`
        prints as a table.

    Raises:
        ValueError: the optimizer has trained, is a `MultiOptimizer`, or does not update each
            variable by `update_step()`; a factor is negative; a name is not a valid pattern; or two
            names match one variable, which is found when the optimizer is built.

    Example:

    >>> adam = optimizer_with_layer_rates(keras.optimizers.Adam(), {"backbone": 0.1, "head": 1})
    >>> adam.layer_rates
    layers    factor
    backbone  0.1
    head      1
    """
    check_optimizer(optimizer)
    factors = _check_factors(layer_rates)
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        config = optimizer.get_config()
        del config["inner_optimizer"]
        inner = optimizer_with_layer_rates(optimizer.inner_optimizer, factors)
        return type(optimizer)(inner, **config)
    if optimizer.built:
        raise ValueError(
            "`optimizer` must be new: give it factors before it trains. "
            f"Received: optimizer={optimizer!r}"
        )
    if type(optimizer).update_step is keras.optimizers.Optimizer.update_step:
        raise ValueError(
            "`optimizer` must update each variable by `update_step()`: "
            f"{type(optimizer).__name__} does not, so it can't have a rate for each layer."
        )
    if isinstance(optimizer, LayerRatesOptimizer):
        factors = {**optimizer._layer_rates, **factors}
        optimizer = optimizer._inside()
    return _with(optimizer, factors)


def _with(optimizer, factors):
    more = {"layer_rates": factors}
    if isinstance(optimizer, ScheduledOptimizer):
        more["schedules"] = optimizer.schedules
    return made_again(_class_of(type(optimizer)), optimizer, **more)


def _check_factors(layer_rates):
    if not isinstance(layer_rates, Mapping) or not layer_rates:
        raise checks.refuse(
            "layer_rates",
            "a dictionary of one or more factors, by the names of layers",
            layer_rates,
        )
    factors = {}
    for name, factor in layer_rates.items():
        _check_name("layer_rates", name)
        factor = checks.schedule_or_rate(f"layer_rates[{name!r}]", factor, KERAS)
        factors[name] = factor if isinstance(factor, Schedule) else float(factor)
    return factors


def _check_name(argument, name):
    if not isinstance(name, str) or not name:
        raise ValueError(
            f"`{argument}` must have names of layers or patterns, as strings. Received the name: "
            f"{name!r}"
        )
    try:
        re.compile(name)
    except re.error as error:
        raise ValueError(
            f"`{argument}` must have names of layers or regular expressions: {name!r} is not a "
            f"valid one ({error})."
        ) from None


# ---- Which name matches which variable ----


def _places(model):
    """The paths of a model's variables through its layers, by the variables' ids; and the
    variables, in the order of the layers."""
    places, variables = {}, {}

    def look(layer, path):
        for variable in own_variables(layer):
            place = "/".join([*path, variable.name])
            variables[id(variable)] = variable
            if place not in places.setdefault(id(variable), []):
                places[id(variable)].append(place)
        for inner in layers_inside(layer):
            look(inner, [*path, inner.name])

    look(model, [])
    return places, list(variables.values())


def _places_of_caller(variables):
    """`_places` of the model that is being trained or loaded, if a caller holds it: Keras passes
    only the variables to an optimizer."""
    for model in list(asked.models_among_callers()):
        places, of_model = _places(model)
        if any(id(variable) in places for variable in variables):
            return places, of_model
    return {}, []


def _paths(variable, places):
    """The paths by which a name may match a variable: Keras's own, and those through the layers."""
    path = getattr(variable, "path", None) or variable.name
    return [path, *(place for place in places.get(id(variable), []) if place != path)]


def _matches(name, paths):
    return any(_is_inside(name, path) or re.fullmatch(name, path) for path in paths)


def _is_inside(name, path):
    parts, layers = name.split("/"), path.split("/")[:-1]
    return any(layers[i : i + len(parts)] == parts for i in range(len(layers)))


def _name_of(names, paths):
    """The one name that matches the paths of a variable, or None."""
    found = [name for name in names if _matches(name, paths)]
    if len(found) > 1:
        raise ValueError(
            f"`layer_rates` must give each variable one factor: both {found[0]!r} and "
            f"{found[1]!r} match {paths[-1]!r}."
        )
    return found[0] if found else None


def _nearest(name, all_paths):
    shown = difflib.get_close_matches(name, all_paths, n=3, cutoff=0.0)
    return ", ".join(map(repr, shown))


# ---- The optimizer ----


@keras.saving.register_keras_serializable(package=PACKAGE)
class LayerRatesOptimizer(WithFactors, PickledByKeras):
    """The base of the classes of `optimizer_with_layer_rates`, mixed into an optimizer's class.

    All of them are registered under the name of this class, as with `ScheduledOptimizer`.
    """

    def __init__(self, *args, layer_rates, **kwargs):
        # Bypass Keras's `__setattr__`: it needs Keras's `__init__` first.
        vars(self).update(
            _layer_rates=layer_rates, _names=[], _groups=[], _kinds=set(), _built_for=[], _values={}
        )
        super().__init__(*args, **kwargs)

    @property
    def layer_rates(self):
        variables = weights = None
        if self.built:
            counted = {name: [] for name in self._layer_rates}
            for name, variable in zip(self._names, self._built_for):
                if name is not None:
                    counted[name].append(math.prod(variable.shape))
            variables = [len(sizes) for sizes in counted.values()]
            weights = [sum(sizes) for sizes in counted.values()]
        try:
            schedule = optimizer_schedule(self)
        except ValueError:  # a function gives the rate
            schedule = None
        return LayerRates(self._layer_rates, variables, weights, schedule)

    def _factor(self, group):
        """The factor of a group at this step. A group is a number, which is its factor, or the name
        of a factor that is a schedule."""
        if isinstance(group, float):
            return group
        if group in self._values:
            return self._values[group]
        return self._layer_rates[group](step_counter(self).value)

    def build(self, variables):
        places, of_model = _places_of_caller(variables)
        names, paths = [], [_paths(variable, places) for variable in variables]
        for of_variable in paths:
            names.append(_name_of(self._layer_rates, of_variable))
        known = [_paths(variable, places) for variable in of_model]  # including frozen ones
        for name in self._layer_rates:
            if name not in names and not any(_matches(name, of_one) for of_one in known):
                self._warn_of_no_match(name, [path[-1] for path in known or paths], not known)
        factors = [self._layer_rates.get(name, 1.0) for name in names]
        groups = [
            name if isinstance(factor, Schedule) else factor for name, factor in zip(names, factors)
        ]
        vars(self).update(
            _names=names, _groups=groups, _kinds=set(groups), _built_for=list(variables)
        )
        super().build(variables)

    def _warn_of_no_match(self, name, paths, may_be_frozen):
        sentence = (
            f"No variable matches {name!r} in `layer_rates`: the nearest are "
            f"{_nearest(name, paths)}."
        )
        if may_be_frozen:  # the model, with its frozen layers, is not known
            sentence += (
                " Are its layers frozen? `optimizer_layer_rates(model)` also shows the variables "
                "of frozen layers."
            )
        warn(sentence, stacklevel=2)

    def _unknown_variables(self):
        return ValueError(
            "The model trains different variables than this optimizer was built with: have you "
            "frozen or unfrozen layers since? Compile the model with a new optimizer: "
            "`optimizer_with_layer_rates()` finds the layers again by the same names."
        )

    def apply(self, grads, trainable_variables=None):
        if trainable_variables is not None:
            trainable_variables = list(trainable_variables)
            if not self.built:
                self.build(trainable_variables)
        # Compute them before any branch of a compiled function.
        vars(self)["_values"] = {
            group: self._factor(group) for group in self._kinds if not isinstance(group, float)
        }
        held = self._held(trainable_variables)
        try:
            result = super().apply(grads, trainable_variables)
            if held:
                current.assign_all(
                    [variable for variable, _, _ in held],
                    [
                        before
                        if zero is True
                        else ops.where(zero, before, ops.convert_to_tensor(variable))
                        for variable, before, zero in held
                    ],
                )
        finally:
            vars(self)["_values"] = {}
        return result

    def _held(self, variables):
        """The variables that a factor of 0 may keep unchanged, each with its current value and
        whether it is kept: True, or a tensor for a schedule."""
        if 0.0 not in self._kinds and not self._values:
            return []
        if variables is None:
            variables = self._built_for
        self._require_known(variables)
        held = []
        for variable in variables:
            if getattr(variable, "overwrite_with_gradient", False):
                continue  # a scale of float8, not a weight
            group = self._group_of(variable)
            factor = self._factor(group)
            if not isinstance(factor, float) or factor == 0:
                now = ops.copy(ops.convert_to_tensor(variable))
                held.append((variable, now, isinstance(factor, float) or ops.equal(factor, 0)))
        return held

    def finalize_variable_values(self, var_list):
        held = self._held_last(var_list) if self.use_ema else []
        super().finalize_variable_values(var_list)
        for variable, value in held:
            variable.assign(value)

    def _held_last(self, variables):
        """The variables whose factor was 0 at the last step, with their values: their averages must
        not replace them."""
        last = max(count_of(None, self) - 1, 0)
        held = []
        for variable in variables:
            group = self._group_of(variable)
            if (group if isinstance(group, float) else self._layer_rates[group].rate(last)) == 0:
                held.append((variable, ops.convert_to_numpy(variable)))
        return held

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        if self.built and len(trainable_variables) != len(self._groups):
            raise self._unknown_variables()
        return super().stateless_apply(optimizer_variables, grads, trainable_variables)

    def _base_config(self):
        of_base = getattr(super(), "_base_config", None) or super().get_config
        return of_base()

    def get_config(self):
        inner = public(self._inner_class)
        if issubclass(inner, ScheduledOptimizer):
            inner = ScheduledOptimizer
        return {
            "optimizer": saved_inside(inner, super().get_config()),
            "layer_rates": [
                [
                    name,
                    keras.optimizers.schedules.serialize(factor)
                    if isinstance(factor, Schedule)
                    else factor,
                ]
                for name, factor in self._layer_rates.items()
            ],
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return optimizer_with_layer_rates(
            keras.saving.deserialize_keras_object(config["optimizer"], custom_objects),
            {
                name: keras.optimizers.schedules.deserialize(factor, custom_objects)
                if isinstance(factor, dict)
                else factor
                for name, factor in config["layer_rates"]
            },
        )

    @classmethod
    def _from_base_config(cls, config):
        make = getattr(super(), "_from_base_config", None) or super().from_config
        return make(config)

    def _inside(self):
        """A new optimizer like this one, without factors."""
        more = {"schedules": self.schedules} if isinstance(self, ScheduledOptimizer) else {}
        return made_again(self._inner_class, self, **more)

    def _around(self, optimizer):
        """A new optimizer like `optimizer`, with these factors."""
        return _with(optimizer, self._layer_rates)


@functools.cache
def _class_of(inner):
    """The subclass of an optimizer's class in which layers have factors."""
    require_for_factors(inner)
    members = {"_inner_class": inner, "__module__": PACKAGE}
    cls = type(f"LayerRates{public(inner).__name__}", (LayerRatesOptimizer, inner), members)
    register = keras.saving.register_keras_serializable(PACKAGE, LayerRatesOptimizer.__name__)
    register(cls)
    register(LayerRatesOptimizer)
    return cls


# ---- The layers of a model ----


@feature("`optimizer_layer_rates()`")
def optimizer_layer_rates(model, optimizer=None):
    """The rate of each variable of `model` in the next step, including variables of frozen layers,
    but not those that no optimizer trains, such as moving averages.

    Args:
        model: a model that is built and compiled.
        optimizer: an optimizer of the model, or its name. Needed if several train the model: all
            rates are then those of this optimizer, also for variables that another one trains.

    Returns:
        A dictionary of lists with one element for each variable: `variable` (its path),
        `layer_rate` (the name that matches it, or None), `factor`, `rate` (0 if the variable is
        frozen), `weights` (their number) and `trainable`.

    Raises:
        ValueError: `model` is not a compiled model; it is not built; its learning rate is a
            function; several optimizers train it, and `optimizer` is None; a name matches no
            variable; or two names match one variable.

    Example:

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, name="head")])
    >>> model.compile(optimizer_with_layer_rates(keras.optimizers.SGD(0.1), {"head": 0.5}))
    >>> optimizer_layer_rates(model)["rate"]
    [0.05, 0.05]
    """
    if not isinstance(model, keras.Model):
        raise checks.refuse("model", "a model", model)
    chosen = training_optimizer(model, optimizer)
    if not model.built:
        raise ValueError(
            "`model` has no variables yet: give it an input layer, or call it on a batch. "
            f"Received: model={model!r}"
        )
    factors = getattr(chosen, "_layer_rates", {})
    count, rate = count_of(model, chosen), optimizer_learning_rate(model, chosen)
    places, variables = _places(model)
    paths = [_paths(variable, places) for variable in variables]
    names = [_name_of(factors, of_variable) for of_variable in paths]
    for name in factors:
        if name not in names:
            raise ValueError(
                f"No variable matches {name!r} in `layer_rates`, not even in frozen layers: the "
                f"nearest are {_nearest(name, [path[-1] for path in paths])}."
            )

    def now(name):
        factor = factors.get(name, 1.0)
        return factor.rate(count) if isinstance(factor, Schedule) else factor

    trainable = [bool(variable.trainable) for variable in variables]
    of_each = [now(name) for name in names]
    return {
        "variable": [path[-1] for path in paths],
        "layer_rate": names,
        "factor": of_each,
        "rate": [rate * factor if on else 0.0 for factor, on in zip(of_each, trainable)],
        "weights": [math.prod(variable.shape) for variable in variables],
        "trainable": trainable,
    }


def scheduled_factors(optimizer, steps):
    """The values at `steps` of the factors of `optimizer` that are schedules, by name."""
    return {
        name: factor.rates(steps)
        for name, factor in getattr(optimizer, "_layer_rates", {}).items()
        if isinstance(factor, Schedule)
    }


@feature("`layer_rates()`")
def layer_rates(model, decay=0.75, groups=None):
    """Makes factors from the depth of a model's layers: 1 for the last layer, `decay` for the layer
    before it, `decay ** 2` for the next, and so on.

    The order is that in which the model lists its layers, including the layers of nested models.
    Layers without weights do not count. A normalisation layer has the factor of the layer before
    it, and a layer that contains other layers, such as attention, counts as one.

    Args:
        model: a built model.
        decay: the factor of a layer divided by the factor of the layer after it, 0 or more.
        groups: names or patterns of layers from input to output, if the order of the model's layers
            does not fit: a list of names, or of lists of names that share a factor.

    Returns:
        A `LayerRates`, a dictionary that prints as a table. Change it as you like, and pass it to
        `optimizer_with_layer_rates`.

    Raises:
        ValueError: `model` is not a built model, `decay` is negative, or a name in `groups` matches
            no variable or occurs twice.

    Example:

    >>> model = keras.Sequential(
    ...     [keras.Input((4,)), *(keras.layers.Dense(4, name=name) for name in "abc")]
    ... )
    >>> layer_rates(model, decay=0.5)
    layers  factor
    a       0.25
    b       0.5
    c       1
    """
    decay = checks.rate("decay", decay)
    if not isinstance(model, keras.Model) or (groups is None and not model.built):
        raise checks.refuse("model", "a model that is built", model)
    groups = _groups_by_depth(model) if groups is None else _check_groups(model, groups)
    return LayerRates(
        {
            name: decay ** (len(groups) - 1 - depth)
            for depth, names in enumerate(groups)
            for name in names
        }
    )


def _check_groups(model, groups):
    if not isinstance(groups, (list, tuple)) or not groups:
        raise checks.refuse(
            "groups", "a list of one or more names of layers, or of lists of them", groups
        )
    groups = [list(group) if isinstance(group, (list, tuple)) else [group] for group in groups]
    places, variables = _places(model)
    paths = [_paths(variable, places) for variable in variables]
    names = [name for group in groups for name in group]
    for name in names:
        _check_name("groups", name)
        if names.count(name) > 1:
            raise ValueError(f"`groups` must name each layer once. Received twice: {name!r}")
        if paths and not any(_matches(name, of_variable) for of_variable in paths):
            raise ValueError(
                f"`groups` must be names of layers of the model: {name!r} matches none. The "
                f"nearest are {_nearest(name, [path[-1] for path in paths])}."
            )
    return groups


_NORMALIZATIONS = tuple(
    getattr(keras.layers, f"{kind}Normalization")
    for kind in ("Batch", "Group", "Layer", "RMS", "Unit")
    if hasattr(keras.layers, f"{kind}Normalization")
)


def _groups_by_depth(model):
    places, _ = _places(model)
    leaves = []

    def look(layer, path):
        if isinstance(layer, keras.Model):
            for inner in layers_inside(layer):
                look(inner, [*path, inner.name])
        elif not any(layer is other for other, _ in leaves):
            leaves.append((layer, path))

    look(model, [])
    groups, waiting = [], []
    for layer, path in leaves:
        of_layer = {id(variable) for variable in _all_variables(layer)}
        if not of_layer:
            continue
        name = _shortest(path, of_layer, places)
        if not isinstance(layer, _NORMALIZATIONS):
            groups.append([*waiting, name])
            waiting = []
        elif groups:
            groups[-1].append(name)
        else:  # a normalisation before all other layers
            waiting.append(name)
    return [*groups, waiting] if waiting else groups


def _all_variables(layer):
    found = own_variables(layer)
    for inner in layers_inside(layer):
        found += _all_variables(inner)
    return found


def _shortest(path, of_layer, places):
    """The shortest name that matches the variables of a layer and no others."""
    for start in range(len(path) - 1, -1, -1):
        name = "/".join(path[start:])
        inside = {key for key, of_one in places.items() if any(_is_inside(name, p) for p in of_one)}
        if inside == of_layer:
            return name
    return "/".join(path)
