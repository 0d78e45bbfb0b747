from lrschedules_math import ExponentialDecay, LinearWarmup, PolynomialWarmUp


def test_a_warmup_overlays_the_schedule_and_does_not_shift_it():
    schedule = LinearWarmup(ExponentialDecay(1, 10, 0.5, staircase=True), 20, 0.0)
    assert schedule.rates([0, 10, 19, 20, 29, 30]).tolist() == [
        0,
        0.125,
        0.2375,
        0.25,
        0.25,
        0.125,
    ]
    assert PolynomialWarmUp(1.0, 10).rates([0, 1, 2]).tolist() == [0.1, 0.1, 0.2]
