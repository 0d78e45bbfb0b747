"""TensorFlow's random numbers, and Keras's training on TensorFlow."""

from lrschedules.internals import PrivateName
from lrschedules.internals.models import MAYBE_BUILD

_RANGE_TEST = "`find_learning_rate()`"

CONTEXT = PrivateName("tensorflow.python.eager.context", "context", _RANGE_TEST)
SEED = PrivateName(f"{CONTEXT.owner}.Context", "_seed", _RANGE_TEST)
SEEDS = PrivateName(f"{CONTEXT.owner}.Context", "_rng", _RANGE_TEST)
FORGET_KERNELS = PrivateName(f"{CONTEXT.owner}.Context", "clear_kernel_cache", _RANGE_TEST)
GENERATOR = PrivateName(
    "tensorflow.python.ops.stateful_random_ops", "global_generator", _RANGE_TEST
)
BUILD = PrivateName("Model", "_symbolic_build", _RANGE_TEST, backend="tensorflow")


def seeds_of_operations():
    """Returns a function that restores the seeds that TensorFlow draws for its operations."""
    context = CONTEXT.in_module()()
    if SEED.of(context) is None:  # no seed is set, so nothing can be repeated
        return lambda: None
    drawn, forget_kernels = SEEDS.of(context), FORGET_KERNELS.of(context)
    before = drawn.getstate()

    def put_back():
        if drawn.getstate() != before:
            drawn.setstate(before)
            # A cached kernel would continue its random numbers: drop it, so that it starts again.
            forget_kernels()

    return put_back


def state_of_generator():
    """Returns a function that restores TensorFlow's global generator."""
    generator = GENERATOR.in_module()
    if generator is None:
        return lambda: None
    state = generator.state.numpy()
    return lambda: generator.state.assign(state)


def build_in_fit(model):
    """Makes `fit()` build `model` before it calls callbacks; Keras waits for the first step."""
    vars(model)[MAYBE_BUILD.name] = BUILD.of(model)
