"""Schedules of every class with parameters drawn at random, the same each time."""

import dataclasses
import typing

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import lrschedules_math
from cases import FAR, QUICK
from lrschedules_math.core import checks
from lrschedules_math.core.registry import CLASSES

rates = st.floats(1e-6, 10) | st.sampled_from([0, 1, 0.1])
steps = st.integers(1, 3000) | st.sampled_from([1, 41, 10**5, 10**9, 2**31])
factors = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0])
powers = st.floats(0.1, 4) | st.sampled_from([1, 2])
offsets = st.integers(0, 3000) | st.sampled_from([0, 2**24])
shapes = st.sampled_from(["linear", "cosine", "one_minus_sqrt"])
# Pairs of a step and a rate, in the order of the steps.
points = st.lists(
    st.tuples(st.integers(0, 4000) | st.integers(0, FAR[-1]), rates),
    min_size=1,
    max_size=6,
    unique_by=lambda p: p[0],
).map(sorted)

# The strategy for each argument of a class; arguments that are left out have their defaults.
ARGUMENTS = {
    "ExponentialDecay": dict(
        initial_learning_rate=rates,
        decay_steps=steps,
        decay_rate=st.floats(0.01, 10),
        staircase=st.booleans(),
    ),
    "InverseTimeDecay": dict(
        initial_learning_rate=rates,
        decay_steps=steps,
        decay_rate=st.floats(0, 10),
        staircase=st.booleans(),
    ),
    "NaturalExpDecay": dict(
        initial_learning_rate=rates,
        decay_steps=steps,
        decay_rate=st.floats(0, 10),
        staircase=st.booleans(),
    ),
    "PolynomialDecay": dict(
        initial_learning_rate=rates,
        decay_steps=steps,
        end_learning_rate=rates,
        power=powers,
        cycle=st.booleans(),
    ),
    "CosineDecay": dict(
        initial_learning_rate=rates,
        decay_steps=steps,
        alpha=factors,
        warmup_target=rates,
        warmup_steps=steps,
    ),
    "CosineDecayRestarts": dict(
        initial_learning_rate=rates,
        first_decay_steps=steps,
        t_mul=st.floats(1.01, 4) | st.sampled_from([1, 1.1, 1.5, 2]),
        m_mul=factors,
        alpha=factors,
    ),
    "LinearCosineDecay": dict(
        initial_learning_rate=rates,
        decay_steps=steps,
        num_periods=st.floats(0, 10),
        alpha=factors,
        beta=factors,
    ),
    "NoisyLinearCosineDecay": dict(
        initial_learning_rate=rates,
        decay_steps=steps,
        initial_variance=st.floats(0, 2),
        variance_decay=st.floats(0, 2),
        num_periods=st.floats(0, 10),
        seed=st.integers(0, 2**53),
    ),
}

ARGUMENTS |= {
    "ExponentialDecayWithOffset": dict(ARGUMENTS["ExponentialDecay"], offset=offsets),
    "PolynomialDecayWithOffset": dict(ARGUMENTS["PolynomialDecay"], offset=offsets),
    "CosineDecayWithOffset": dict(ARGUMENTS["CosineDecay"], offset=offsets),
    "LinearWarmup": dict(
        after_warmup_lr_sched=rates
        | st.builds(lrschedules_math.ExponentialDecay, **ARGUMENTS["ExponentialDecay"]),
        warmup_steps=steps | st.just(0),
        warmup_learning_rate=rates,
    ),
    "PolynomialWarmUp": dict(
        after_warmup_lr_sched=rates
        | st.builds(lrschedules_math.CosineDecay, **ARGUMENTS["CosineDecay"]),
        warmup_steps=steps | st.just(0),
        power=powers,
    ),
    "DirectPowerDecay": dict(initial_learning_rate=rates, power=st.floats(-2, 2)),
    "PowerAndLinearDecay": dict(
        initial_learning_rate=rates,
        total_decay_steps=steps,
        power=st.floats(-2, 2),
        linear_decay_fraction=factors,
        offset=offsets,
    ),
    "PowerDecayWithOffset": dict(
        initial_learning_rate=rates,
        power=st.floats(-4, 40),
        offset=offsets,
        pre_offset_learning_rate=rates,
    ),
    "InverseSqrtDecay": dict(
        initial_learning_rate=rates, warmup_steps=steps | st.just(0), timescale=steps | st.none()
    ),
    "OneCycle": dict(
        maximal_learning_rate=rates,
        total_steps=steps,
        warmup_fraction=st.floats(0, 0.49) | st.sampled_from([0.29, 0.3, 1 / 3]),
        anneal=st.sampled_from(["cosine", "linear"]),
        initial_divisor=st.floats(1, 100),
        final_divisor=st.floats(1, 1e5),
        three_phase=st.booleans(),
    ),
    "MomentumOneCycle": dict(
        schedule=st.builds(
            lrschedules_math.OneCycle,
            rates,
            steps,
            factors.map(lambda x: x / 2.1),
            st.sampled_from(["cosine", "linear"]),
            three_phase=st.booleans(),
        ),
        minimal_momentum=st.floats(0, 0.9),
        maximal_momentum=st.floats(0.9, 1),
    ),
    "WarmupStableDecay": dict(
        maximal_learning_rate=st.floats(1, 10),
        warmup_steps=steps | st.just(0),
        stable_steps=steps | st.just(0),
        decay_steps=steps,
        warmup_shape=shapes,
        decay_shape=shapes,
        end_learning_rate=factors,
    ),
    "TanhDecay": dict(
        initial_learning_rate=rates,
        decay_steps=steps,
        lower=st.floats(-20, 0),
        upper=st.floats(0.01, 20),
        end_learning_rate=rates,
    ),
    "Constant": dict(learning_rate=rates),
    "Tabulated": dict(values=st.lists(rates, min_size=1, max_size=50), every=steps),
}

# The classes whose arguments depend on each other.
STRATEGIES = {
    "PiecewiseConstantDecay": st.builds(
        lambda points, first, boundary: lrschedules_math.PiecewiseConstantDecay(
            [b for b, _ in points], [first, *(v for _, v in points)], boundary=boundary
        ),
        points,
        rates,
        st.sampled_from(["left", "right"]),
    ),
    "PiecewiseConstantDecayWithOffset": st.builds(
        lambda points, first, offset: lrschedules_math.PiecewiseConstantDecayWithOffset(
            offset, boundaries=[b for b, _ in points], values=[first, *(v for _, v in points)]
        ),
        points,
        rates,
        offsets,
    ),
    "PiecewiseInterpolate": st.builds(
        lambda points, shape: lrschedules_math.PiecewiseInterpolate(*zip(*points), shape),
        points,
        st.sampled_from(["linear", "cosine"]),
    ),
    "StepCosineDecayWithOffset": st.builds(
        lambda points, offset: lrschedules_math.StepCosineDecayWithOffset(*zip(*points), offset),
        points,
        offsets,
    ),
    "Cyclical": st.builds(
        lambda low, height, step_size, mode_gamma: lrschedules_math.Cyclical(
            low, low + height, step_size, *mode_gamma
        ),
        rates,
        rates,
        steps,
        st.sampled_from(["triangular", "triangular2"]).map(lambda mode: (mode, 1.0))
        | st.floats(0.5, 1).map(lambda gamma: ("exp_range", gamma)),
    ),
}
STRATEGIES |= {
    name: st.builds(getattr(lrschedules_math, name), **arguments)
    for name, arguments in ARGUMENTS.items()
}
# The strategy for a field with this check, if the class is not listed above.
BY_CHECK = {
    checks.rate: rates,
    checks.optional_rate: st.none() | rates,
    checks.positive: powers,
    checks.finite: st.floats(-2, 2),
    checks.fraction: factors,
    checks.growth: st.floats(1.01, 4),
    checks.positive_steps: steps,
    checks.positive_whole_steps: steps,
    checks.steps: offsets,
    checks.seed: st.integers(0, 2**53),
    checks.flag: st.booleans(),
}


def from_annotations(cls):
    """Strategies for the arguments of a class whose fields do not depend on each other; None if a
    required field has no strategy."""
    hints = typing.get_type_hints(cls, include_extras=True)
    drawn = {}
    for field in dataclasses.fields(cls):
        strategy = BY_CHECK.get(hints[field.name].__metadata__[0])
        if strategy is not None:
            drawn[field.name] = strategy
        elif field.default is dataclasses.MISSING:
            return None
    return drawn


for _name, _cls in CLASSES.items():
    if _name not in STRATEGIES and (_arguments := from_annotations(_cls)):
        STRATEGIES[_name] = st.builds(_cls, **_arguments)

STRATEGIES["CosineDecay without a warmup"] = st.builds(
    lrschedules_math.CosineDecay, initial_learning_rate=rates, decay_steps=steps, alpha=factors
)
STRATEGIES["CosineDecayRestarts, higher each time"] = st.builds(
    lrschedules_math.CosineDecayRestarts,
    **dict(ARGUMENTS["CosineDecayRestarts"], m_mul=st.floats(1, 2), alpha=st.floats(0, 0.99)),
)

whole_steps = st.integers(1, 3000)
STRATEGIES["a composition"] = st.recursive(
    st.one_of(*STRATEGIES.values()),
    lambda inner: st.one_of(
        st.builds(
            lrschedules_math.Warmup,
            inner | rates,
            whole_steps,
            rates,
            shapes,
            shift=st.booleans(),
            to=st.none() | rates,
        ),
        st.builds(
            lambda first, joined: lrschedules_math.Join(
                [first, *(s for _, s in joined)], [b for b, _ in joined]
            ),
            inner | rates,
            st.lists(
                st.tuples(whole_steps, inner | rates),
                min_size=1,
                max_size=3,
                unique_by=lambda j: j[0],
            ).map(lambda joined: sorted(joined, key=lambda j: j[0])),
        ),
        st.builds(lrschedules_math.Hold, inner, whole_steps),
        st.builds(lrschedules_math.Repeat, inner, whole_steps, st.integers(1, 5) | st.none()),
        st.builds(lrschedules_math.Stretch, inner, st.sampled_from([0.1, 0.5, 2, 2.5, 7])),
        st.builds(lrschedules_math.Cooldown, inner, whole_steps, whole_steps, rates, shapes),
        st.builds(lrschedules_math.Clamp, inner, factors, st.floats(1, 10) | st.none()),
        st.builds(lrschedules_math.Accumulate, inner, st.integers(1, 8)),
        st.builds(lrschedules_math.Noise, inner, factors, st.integers(0, 2**53)),
        st.builds(lambda x, y: x + y, inner, inner | rates),
        st.builds(lambda x, y: x * y, inner, inner | rates),
    ),
    max_leaves=5,
)


def falls(schedule):
    """Whether a schedule never rises."""
    name = type(schedule).__name__
    if name == "PolynomialDecay":
        return not schedule.cycle and schedule.end_learning_rate <= schedule.initial_learning_rate
    if name == "TanhDecay":
        return schedule.end_learning_rate <= schedule.initial_learning_rate
    if name == "DirectPowerDecay":
        return schedule.power <= 0
    if name in ("ExponentialDecay", "ExponentialDecayWithOffset"):
        return schedule.decay_rate <= 1
    return name in ("InverseTimeDecay", "NaturalExpDecay")


# Always draw 20 steps: JAX compiles every operation again for a different shape.
some_steps = st.lists(
    st.integers(0, 4000) | st.integers(0, FAR[-1]) | st.sampled_from(FAR), min_size=20, max_size=20
)


def examples(n):
    return settings(
        max_examples=max(n // 4, 1) if QUICK else n,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
