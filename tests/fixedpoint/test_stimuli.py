import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fixedpoint import InputError, IntIF, IntPascal, run_neuron, stimuli

MASK = 2**64 - 1


def split_mix_64(seed, count):
    """The generator as published, in unbounded integers."""
    out, state = [], seed & MASK
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        out.append(z ^ z >> 31)
    return out


def test_known_words():
    assert list(stimuli.words(1234567, 2)) == [6457827717110365317, 3203168211198807973]


@given(st.integers(0, MASK), st.integers(0, 20))
def test_words_equal_the_published_loop(seed, count):
    assert stimuli.words(seed, count).tolist() == split_mix_64(seed, count)


@given(st.integers(0, MASK), st.integers(-(2**40), 2**40), st.integers(0, 2**40))
def test_integers_stay_in_their_range(seed, low, length):
    drawn = stimuli.integers(seed, low, low + length, 50)
    expected = [low + w % (length + 1) for w in split_mix_64(seed, 50)]
    assert_array_equal(drawn, expected)


def test_both_ends_are_reached():
    assert set(stimuli.integers(7, -2, 2, 200)) == {-2, -1, 0, 1, 2}


def test_an_empty_range_is_refused():
    with pytest.raises(InputError):
        stimuli.integers(0, 1, 0, 3)


@given(st.integers(-60, 60), st.integers(1, 5))
def test_spread_keeps_the_total(total, t):
    frames = stimuli.spread(total, t, -10, 12)
    if frames is None:
        assert total > 12 * t or total < -10 * t
    else:
        assert sum(frames) == total
        assert len(frames) == t
        assert all(-10 <= f <= 12 for f in frames)


@given(st.integers(1, 40), st.integers(1, 6))
def test_directed_trains_fit(theta, t):
    for train in stimuli.directed(theta, theta // 2, t, -50, 60).values():
        assert train.shape == (t,)
        assert train.min() >= -50
        assert train.max() <= 60


def test_directed_trains_hit_what_they_promise():
    cases = stimuli.directed(64, 32, 8, -128, 127)
    trains = np.stack(list(cases.values()), axis=1)
    fire = run_neuron(IntIF(theta=64, v_init=32), trains, trace=True)
    pascal = run_neuron(IntPascal(theta=64, v_init=32, t_out=8), trains, trace=True)
    assert (fire.trace.u == 64).any()
    assert (fire.trace.u == 63).any()
    assert (fire.trace.v < 0).any()
    assert (fire.count == 8).any(), "longest run"
    assert (pascal.trace.spike == -1).sum() > 20, "over-fire, then cancel"
    assert (pascal.trace.count < 0).any()
    assert set(pascal.count) == set(range(9)), "every level"
    names = list(cases)
    for k in range(1, 9):  # ties go up, one below goes down
        assert pascal.count[names.index(f"boundary {k} tie early")] == k
        assert pascal.count[names.index(f"boundary {k} below early")] == k - 1
