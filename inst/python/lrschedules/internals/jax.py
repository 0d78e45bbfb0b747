"""Keras's training on JAX."""

from lrschedules.internals import PrivateName, models

STATE = PrivateName("Model", "_jax_state", "`find_learning_rate()`", backend="jax")
SYNCHRONIZED = PrivateName("Model", "_jax_state_synced", "`find_learning_rate()`", backend="jax")
RECORD_STATE = PrivateName(
    "Model",
    "_record_training_state_sharding_spec",
    "`find_learning_rate()`",
    backend="jax",
    optional="newer versions check the variables in each epoch",
)


def state_of_fit(model):
    """Returns a function that makes `model` forget the state of its last training step.

    A stale state from an earlier step would be mistaken for the state of a failed one.
    """

    def forget():
        vars(model)[STATE.name] = None
        vars(model)[SYNCHRONIZED.name] = True

    models.synchronize(model)
    SYNCHRONIZED.of(model)
    forget()
    return forget


def has_new_variables(model):
    """Makes a running `fit()` notice variables that were added to `model`."""
    if RECORD_STATE.is_in(model):
        RECORD_STATE.of(model)()
