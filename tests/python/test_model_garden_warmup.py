import keras
import pytest

from cases import Case
from lrschedules import LinearWarmup, PolynomialWarmUp
from support import BACKEND, check_compiled, compilers


@pytest.mark.parametrize("compiler", compilers())
def test_a_warmup_of_kerass_own_schedule(compiler):
    theirs = keras.optimizers.schedules.PiecewiseConstantDecay([40], [0.5, 0.25])
    for schedule in (LinearWarmup(theirs, 20, 0.0), PolynomialWarmUp(theirs, 20)):
        case = Case(
            schedule, lambda s: 0.025 * max(s, 1) if s < 20 else 0.5 if s <= 40 else 0.25, (20, 40)
        )
        steps = [1, 2, 10, 19, 20, 21, 40, 41]
        assert schedule.rates(steps).tolist() == pytest.approx(
            case.expected(steps).tolist(), rel=1e-6
        )
    if BACKEND != "torch":
        steps_from_1 = Case(schedule, case.oracle, (20, 40))
        check_compiled([steps_from_1], compiler)
