import numpy as np
import pytest
from keras import ops

from cases.standard_normal import SEEDS, STEPS
from lrschedules.backend import current
from lrschedules.classes.namespaces import device_of
from lrschedules_math.core import namespaces
from lrschedules_math.core.standard_normal import standard_normal
from support import BACKEND, TOLERANCE, compilers, step_tensor


@pytest.mark.parametrize("compiler", [None, *compilers()])
def test_every_backend_gives_the_draws_of_the_host(compiler):
    steps = [*STEPS, *range(500, 600)]
    seeds = SEEDS if compiler != "compile" else SEEDS[-2:]

    def draws(steps):
        with current.wide():
            xp = device_of(steps)
            return ops.stack([standard_normal(seed, xp.int(steps), xp) for seed in seeds])

    function = compilers()[compiler](draws) if compiler else draws
    if BACKEND == "jax":
        import jax

        with jax.enable_x64(True):
            actual = np.asarray(function(step_tensor(steps)))
    else:
        actual = ops.convert_to_numpy(function(step_tensor(steps)))
    assert actual.dtype == np.float64
    expected = [standard_normal(seed, np.array(steps), namespaces.array) for seed in seeds]
    np.testing.assert_allclose(actual, expected, rtol=TOLERANCE * 1e-3, atol=1e-14)
