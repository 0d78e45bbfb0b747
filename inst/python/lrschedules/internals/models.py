"""What a model of Keras keeps to itself, and what `fit()` leaves in it."""

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
    """All layers of `model`, with those inside of layers, and `model` itself."""
    return list(LAYERS.of(model)())


def layers_inside(layer):
    """The layers of which a model or a layer is made, without those inside of them."""
    return list(LAYERS.of(layer)(include_self=False, recursive=False))


def own_variables(layer):
    """The variables that a layer itself trains, or would if it were not frozen."""
    return list(OWN_VARIABLES.of(layer))


def mark_of_compile(model):
    """An object that each call of `model.compile()` makes anew."""
    return LOSS_TRACKER.of(model)


def new_loss_and_metrics(model):
    """A new loss and new metrics as `compile()` makes them, by the attributes of `model` they are
    for: only those that Keras has not built, which it does with the first batch."""
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
    """The metrics that the user gave `compile()` as objects: a new `new_loss_and_metrics()` has the
    same ones."""
    metrics = METRICS.of(model)
    if metrics is None:
        return []
    given = keras.tree.flatten([USER_METRICS.of(metrics), USER_WEIGHTED_METRICS.of(metrics)])
    return [metric for metric in given if isinstance(metric, keras.metrics.Metric)]


def attributes_of_fit(model):
    """A function that puts back the attributes of `model` that `fit()` or a range test replaces,
    as they are now."""
    # On TensorFlow `build_in_fit` replaces this method.
    names = [INITIAL_EPOCH.name, EVALUATION.name, MAYBE_BUILD.name, LOSS.name, METRICS.name]
    names += ["history", "steps_per_execution", "stop_training", "train_function"]
    before = {name: vars(model)[name] for name in names if name in vars(model)}

    def put_back():
        for name in names:
            vars(model).pop(name, None)
        vars(model).update(before)

    return put_back


def begin_with_first_epoch(model):
    """Makes `fit()` begin with epoch 0, whatever a callback such as BackupAndRestore has left."""
    vars(model)[INITIAL_EPOCH.name] = None


def direction_of(model, name):
    """Whether the quantity `name` of `fit()` should fall or rise, as far as Keras knows: "min" or
    "max".

    Raises:
        ValueError: Keras does not know.
    """
    if name == "loss":
        return "min"
    for part in model.metrics:
        for metric in getattr(part, "metrics", [part]):
            if metric.name == name and DIRECTION.is_in(metric):
                return "max" if DIRECTION.of(metric) == "up" else "min"
    # The only rule that the oldest versions have.
    if "acc" in name:
        return "max"
    raise ValueError(
        f'Keras does not know whether "{name}" should fall or rise: set `mode` to "min" or "max".'
    )


def has_own_train_step(model):
    """Whether the training step of `model` is not Keras's."""
    return "train_step" in vars(model) or type(model).train_step is not keras.Model.train_step


def new_train_function(model):
    """Gives `model` a train function that shares nothing with those compiled before."""
    own = model.__dict__.get("train_step")
    step = own or type(model).train_step

    # A new function each time: JAX takes equal ones for the same, and bound methods are equal.
    def train_step(self, *args, **kwargs):
        return step(*args, **kwargs) if own else step(self, *args, **kwargs)

    model.__dict__["train_step"] = types.MethodType(train_step, model)
    try:
        model.make_train_function(force=True)
    finally:
        del model.__dict__["train_step"]
        if own:
            model.__dict__["train_step"] = own


def synchronize(model):
    """Puts what `fit()` holds outside of the variables of `model`, on JAX, back into them."""
    if not isinstance(model, keras.Model) or keras.backend.backend() != "jax":
        return
    synchronize = getattr(model, "state_sync", None) or SYNCHRONIZE.of(model)
    synchronize()
