"""Keras's global random generator: every public function creates it if it does not exist."""

import numpy as np
from keras import ops

from lrschedules.internals import PrivateName

_MODULE, _RANGE_TEST = "keras.src.backend.common.global_state", "`find_learning_rate()`"

GET = PrivateName(_MODULE, "get_global_attribute", _RANGE_TEST)
SET = PrivateName(_MODULE, "set_global_attribute", _RANGE_TEST)
_GENERATOR = "global_seed_generator"


def state_of_generator():
    """Returns a function that restores the global generator, or its absence, and its state."""
    generator, put = GET.in_module()(_GENERATOR), SET.in_module()
    state = None if generator is None else np.array(ops.convert_to_numpy(generator.state))

    def put_back():
        put(_GENERATOR, generator)
        if generator is not None:
            generator.state.assign(state)

    return put_back
