"""The project's own policy from metric to levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsnn.analysis import LevelPolicy
from refsnn.errors import InputError

METRICS = st.lists(
    st.one_of(st.just(float("nan")), st.floats(0, 50).map(lambda m: round(m, 3))),
    min_size=1,
    max_size=12,
)


def named(metrics):
    return {f"act{i}": m for i, m in enumerate(metrics)}


def test_thirds():
    """Three inner layers, three choices up to the uniform level: one each."""
    metrics = named([99, 30, 10, 20, 99])
    chosen = LevelPolicy().choose(metrics, 4)
    assert chosen == {"act0": 4, "act1": 1, "act2": 4, "act3": 2, "act4": 4}


def test_thresholds():
    policy = LevelPolicy(choices=(1, 2, 8), cuts=(10, 20), ends=16, top=4)
    chosen = policy.choose(named([0, 5, 10, 19.99, 20, float("nan"), 0]), 4)
    assert list(chosen.values()) == [16, 4, 2, 2, 1, 4, 16]


@given(metrics=METRICS, uniform=st.integers(1, 32), cuts=st.booleans())
def test_what_it_promises(metrics, uniform, cuts):
    policy = LevelPolicy(cuts=(5, 10, 20, 30) if cuts else None)
    chosen = policy.choose(named(metrics), uniform)
    assert list(chosen) == list(named(metrics))
    levels = list(chosen.values())
    assert levels[0] == levels[-1] == uniform
    inner, of = levels[1:-1], metrics[1:-1]
    assert all(level in (1, 2, 4, 8, 16, uniform) and level <= uniform for level in inner)
    known = sorted((m, level) for m, level in zip(of, inner, strict=True) if not np.isnan(m))
    ordered = [level for _, level in known]
    assert ordered == sorted(ordered, reverse=True)
    most = max((c for c in policy.choices if c <= uniform), default=0)
    assert all(
        level == (min(16, uniform) if cuts else most)
        for m, level in zip(of, inner, strict=True)
        if np.isnan(m)
    )


def test_equal_metrics_get_equal_levels():
    assert len(set(LevelPolicy().choose(named([7.0] * 6), 8).values()) - {8}) <= 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"choices": ()}, "no levels"),
        ({"choices": (2, 1)}, "choices: not ascending"),
        ({"choices": (0, 1)}, "choices"),
        ({"choices": ("a",)}, "choices: not a number"),
        ({"cuts": (1,)}, "cuts: wrong number of thresholds: expected 4, got 1"),
        ({"cuts": (4, 3, 2, 1)}, "cuts: not ascending"),
        ({"top": 0}, "top"),
        ({"ends": 1.5}, "ends"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(InputError, match=message):
        LevelPolicy(**settings)


def test_no_choice_is_small_enough():
    with pytest.raises(InputError, match="choices: no level is small enough: expected one <= 1"):
        LevelPolicy(choices=(2, 4)).choose(named([1.0] * 3), 1)
