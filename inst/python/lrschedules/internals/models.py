"""Private attributes of Keras models, and the state that `fit()` leaves in a model."""

import types

import keras

from lrschedules.internals import PrivateName

_RANGE_TEST = "`find_learning_rate()`"

LAYERS = PrivateName("Model", "_flatten_layers", _RANGE_TEST)
OWN_VARIABLES = PrivateName("Layer", "_trainable_variables", "`optimizer_layer_rates()`")
LOSS = PrivateName("Model", "_compile_loss", _RANGE_TEST)
METRICS = PrivateName("Model", "_compile_metrics", _RANGE_TEST)
LOSS_TRACKER = PrivateName("Model", "_loss_tracker", _RANGE_TEST)
USER_LOSS = PrivateName("CompileLoss", "_user_loss", _RANGE_TEST)
USER_LOSS_WEIGHTS = PrivateName("CompileLoss", "_user_loss_weights", _RANGE_TEST)
USER_METRICS = PrivateName("CompileMetrics", "_user_metrics", _RANGE_TEST)
USER_WEIGHTED_METRICS = PrivateName("CompileMetrics", "_user_weighted_metrics", _RANGE_TEST)
INITIAL_EPOCH = PrivateName("Model", "_initial_epoch", _RANGE_TEST)
EVALUATION = PrivateName("Model", "_eval_epoch_iterator", _RANGE_TEST)
MAYBE_BUILD = PrivateName(
    "Model",
    "_maybe_symbolic_build",
    _RANGE_TEST,
    backend="tensorflow",
    optional="the oldest versions never build before the first training step",
)
DIRECTION = PrivateName(
    "Metric",
    "_direction",
    "`ReduceScheduleOnPlateau`",
    optional="metrics made of functions do not have it",
)
SYNCHRONIZE = PrivateName(
    "Model",
    "jax_state_sync",
    "`set_optimizer_schedule()`",
    backend="jax",
    optional="newer versions call it `state_sync`",
)


def layers_of(model):
    """All layers of `model`, including nested layers and `model` itself."""
    return list(LAYERS.of(model)())


def layers_inside(layer):
    """The layers directly inside a model or a layer, without the layers inside those."""
    return list(LAYERS.of(layer)(include_self=False, recursive=False))


def own_variables(layer):
    """The variables that a layer itself trains, or would train if it were not frozen."""
    return list(OWN_VARIABLES.of(layer))


def mark_of_compile(model):
    """An object that each call of `model.compile()` replaces."""
    return LOSS_TRACKER.of(model)


def new_loss_and_metrics(model):
    """Makes a new loss and new metrics, as `compile()` does, by the attributes of `model` that hold
    them. It includes only those that Keras has not built yet, as it does with the first batch."""
    loss, metrics, new = LOSS.of(model), METRICS.of(model), {}
    if loss is not None and not loss.built:
        new[LOSS.name] = type(loss)(
            USER_LOSS.of(loss), USER_LOSS_WEIGHTS.of(loss), output_names=loss.output_names
        )
    if metrics is not None and not metrics.built:
        new[METRICS.name] = type(metrics)(
            USER_METRICS.of(metrics),
            USER_WEIGHTED_METRICS.of(metrics),
            output_names=metrics.output_names,
        )
    return new


def metric_objects(model):
    """The metrics that the user passed to `compile()` as objects: `new_loss_and_metrics()` uses
    them again."""
    metrics = METRICS.of(model)
    if metrics is None:
        return []
    given = keras.tree.flatten([USER_METRICS.of(metrics), USER_WEIGHTED_METRICS.of(metrics)])
    return [metric for metric in given if isinstance(metric, keras.metrics.Metric)]


def attributes_of_fit(model):
    """Returns a function that restores the current values of the attributes of `model` that `fit()`
    or a range test replaces."""
    # MAYBE_BUILD is here because `build_in_fit` replaces it on TensorFlow.
    names = [INITIAL_EPOCH.name, EVALUATION.name, MAYBE_BUILD.name, LOSS.name, METRICS.name]
    names += ["history", "steps_per_execution", "stop_training", "train_function"]
    before = {name: vars(model)[name] for name in names if name in vars(model)}

    def put_back():
        for name in names:
            vars(model).pop(name, None)
        vars(model).update(before)

    return put_back


def begin_with_first_epoch(model):
    """Makes `fit()` start at epoch 0, whatever epoch a callback like `BackupAndRestore` has set."""
    vars(model)[INITIAL_EPOCH.name] = None


def direction_of(model, name):
    """Returns "min" or "max": whether Keras expects the quantity `name` of `fit()` to fall or rise.

    Raises:
        ValueError: Keras does not know.
    """
    if name == "loss":
        return "min"
    for part in model.metrics:
        for metric in getattr(part, "metrics", [part]):
            if metric.name == name and DIRECTION.is_in(metric):
                return "max" if DIRECTION.of(metric) == "up" else "min"
    # Fall back to the rule of the oldest versions.
    if "acc" in name:
        return "max"
    raise ValueError(
        f'Keras does not know whether "{name}" should fall or rise: set `mode` to "min" or "max".'
    )


def rises(model, name):
    """Whether training raises the quantity `name` of `fit()`, as far as Keras knows."""
    try:
        return direction_of(model, name) == "max"
    except ValueError:
        return False


def has_own_train_step(model):
    """Whether `model` has a custom training step."""
    step = vars(model).get("train_step")
    if step is not None and not getattr(step, "calls_the_class", False):
        return True
    return type(model).train_step is not keras.Model.train_step


def new_train_function(model):
    """Gives `model` a new train function that shares nothing with the previous ones."""
    own = model.__dict__.get("train_step")
    step = own or type(model).train_step

    # Define a new function each time: JAX reuses code compiled for an equal function, and bound
    # methods are equal.
    def train_step(self, *args, **kwargs):
        return step(*args, **kwargs) if own else step(self, *args, **kwargs)

    train_step.calls_the_class = own is None or getattr(own, "calls_the_class", False)
    model.__dict__["train_step"] = types.MethodType(train_step, model)
    try:
        model.make_train_function(force=True)
    finally:
        del model.__dict__["train_step"]
        if own:
            model.__dict__["train_step"] = own


def synchronize(model):
    """Copies the state that `fit()` holds on JAX back into the variables of `model`."""
    if not isinstance(model, keras.Model) or keras.backend.backend() != "jax":
        return
    synchronize = getattr(model, "state_sync", None) or SYNCHRONIZE.of(model)
    synchronize()
