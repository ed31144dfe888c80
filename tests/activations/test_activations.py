"""Activations: values against rational arithmetic, gradients against the written formulas."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsnn.activations import LAMBDA_INIT, QCFS, Clip, ReLU
from refsnn.errors import InputError

GRADIENTS = ("paper", "floor_first", "clip_first")
# Mantissa bits less three: the stated limit of exactness, in grid steps.
LIMITS = {np.float32: 2**21, np.float64: 2**50}


def of(lam, dtype=np.float64):
    """Read-only parameters."""
    lam = np.array(lam, dtype)
    lam.flags.writeable = False
    return {"lambda": lam}


def exact_level(x, theta, levels):
    """The definition in rationals."""
    return min(max(floor(Fraction(x) / Fraction(theta) + Fraction(1, 2)), 0), levels)


@st.composite
def dyadic(draw, dtype):
    """(x, theta, levels, grid): grid steps up to the limit, ties and their neighbours likely."""
    limit = LIMITS[dtype] - 1
    levels = draw(st.integers(1, 64))
    theta = draw(st.one_of(st.integers(1, 64), st.integers(1, limit // levels)))
    tie = theta * draw(st.integers(-2, 2 * levels + 4)) // 2 + draw(st.integers(-1, 1))
    x = draw(st.sampled_from([tie, draw(st.integers(-limit, limit))]))
    return max(-limit, min(x, limit)), theta, levels, 2.0 ** draw(st.integers(-12, 4))


@pytest.mark.parametrize("dtype", LIMITS)
@pytest.mark.parametrize("gradient", GRADIENTS)
@given(st.data())
def test_qcfs_is_exact_on_dyadic_data(dtype, gradient, data):  # eq: qcfs.1
    x, theta, levels, grid = data.draw(dyadic(dtype))
    op, params = QCFS(levels, gradient), of(levels * theta * grid)
    at = np.array([[x * grid]], dtype)
    want = exact_level(x, theta, levels)
    assert op.level(params, at).item() == want
    assert Fraction(op.apply(params, at).item()) == want * theta * Fraction(grid)
    assert op.theta(params, dtype) == theta * grid


@pytest.mark.parametrize("as_released", [False, True])
def test_every_small_case(as_released):
    """All x and all power-of-two theta on a small grid, every L up to 6: exact in both orders.

    Released: x / lambda is rounded unless lambda is a power of two, so only those count there.
    """
    for levels in range(1, 7):
        for theta in (1, 2, 4, 8):
            if as_released and levels & (levels - 1):
                continue
            x = np.arange(-2 * theta, (levels + 3) * theta, dtype=np.float32)[:, None]
            got = QCFS(levels, as_released=as_released).level(of(levels * theta), x)
            assert got.ravel().tolist() == [
                exact_level(v, theta, levels) for v in x.ravel().tolist()
            ]


TIES = np.array([[-1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.5]]) * 0.375


def test_levels_are_int64():
    """Wide enough for any number of levels."""
    top = QCFS(300).level(of(300.0), np.array([[299.6, 1e9, -1e9]]))
    assert top.dtype == np.int64
    assert top.tolist() == [[300, 300, 0]]


def test_ties_go_up():
    op, params = QCFS(4), of(4 * 0.375)
    assert op.level(params, TIES).tolist() == [[0, 0, 1, 2, 3, 4, 4]]
    assert op.apply(params, TIES).tolist() == [[0, 0, 0.375, 0.75, 1.125, 1.5, 1.5]]


def test_the_tie_test_can_fail():
    """Ties down (a strict comparison) and ties to even are other functions."""
    r = TIES / 0.375
    assert np.clip(np.ceil(r - 0.5), 0, 4).tolist() == [[0, 0, 0, 1, 2, 3, 4]]
    assert np.clip(np.rint(r), 0, 4).tolist() == [[0, 0, 0, 2, 2, 4, 4]]


def test_the_stated_limit_is_needed():
    """Past it, float32 rounds the sum: just below the first tie becomes the tie."""
    below = np.array([[np.nextafter(np.float32(0.5), np.float32(0))]])
    assert exact_level(below.item(), 1, 4) == 0
    assert QCFS(4).level(of(4.0), below).item() == 1


def qcfs_code_order(z, lam, levels):
    """Released order of operations, QCFS: floor, divide, then clip."""
    return np.clip(np.floor(z / lam * levels + np.float32(0.5)) / levels, 0, 1) * lam


def pascal_code_order(z, lam, levels):
    """Released order of operations, PASCAL: clip, then floor, divide."""
    return np.floor(np.clip(z / lam, 0, 1) * levels + np.float32(0.5)) / levels * lam


def floats_near_ties(lam, levels, rng):
    """Random float32 inputs, all ties, and the floats on either side of each."""
    ties = ((np.arange(-2, levels + 4) - 0.5) * (lam / levels)).astype(np.float32)
    beside = [np.nextafter(ties, np.float32(side)) for side in (-np.inf, np.inf)]
    random = (rng.standard_normal(99) * lam).astype(np.float32)
    edges = np.array([0, -0.0, lam, -lam, 50 * lam, -50 * lam, 1e-30, -1e-30], np.float32)
    return np.concatenate([ties, *beside, random, edges])[None]


@given(st.floats(0.0625, 9, width=32), st.integers(1, 16), st.integers(0, 99))
def test_as_released_bits(lam, levels, seed):  # eq: pascal.1
    """One order serves both codes: their values have the same bits for every float."""
    lam, L = np.float32(lam), np.float32(levels)
    z = floats_near_ties(lam, levels, np.random.default_rng(seed))
    want = qcfs_code_order(z, lam, L)
    for gradient in GRADIENTS:
        got = QCFS(levels, gradient, as_released=True).apply(of(lam, np.float32), z)
        np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(pascal_code_order(z, lam, L), want)


def test_the_two_orders_differ_somewhere():
    """The switch does something: a float32 case where the released order moves a level."""
    rng, moved = np.random.default_rng(0), 0
    for lam in np.float32([0.3, 0.7, 1.1, 2.3]):
        z = floats_near_ties(lam, 7, rng)
        params = of(lam, np.float32)
        moved += (QCFS(7).level(params, z) != QCFS(7, as_released=True).level(params, z)).sum()
    assert moved > 0


def written_gradient(kind, z, lam, levels):
    """(da/dz, da/dlambda) of one input, from the formulas as printed, in rationals."""
    z, lam = Fraction(z), Fraction(lam)
    half = lam / (2 * levels)
    a = exact_level(z, lam / levels, levels) * lam / levels
    if kind == "paper":  # eq: qcfs.2
        inside, above = -half < z < lam - half, z >= lam - half
    elif kind == "floor_first":  # eq: qcfs.3
        inside, above = -half <= z < lam + half, z >= lam + half
    else:  # eq: pascal.2
        inside, above = 0 <= z <= lam, z > lam
    if inside:
        return 1, (a - z) / lam
    return 0, int(above)


@pytest.mark.parametrize("as_released", [False, True])
@pytest.mark.parametrize("kind", GRADIENTS)
def test_gradients_are_the_written_formulas(kind, as_released):
    """Exact on every eighth of a step, band edges included; lambda a power of two."""
    for levels, lam in [(1, 1.0), (2, 4.0), (4, 0.5), (8, 2.0)]:
        steps = np.arange(-16, 8 * levels + 17) / 8
        z = (steps * lam / levels)[:, None]
        dz, dlam = QCFS(levels, kind, as_released).slopes(of(lam), z)
        want = [written_gradient(kind, v, lam, levels) for v in z.ravel().tolist()]
        assert dz.ravel().tolist() == [first for first, _ in want]
        assert dlam.ravel().tolist() == [second for _, second in want]


def test_the_three_gradients_differ():
    z, slopes = np.array([[-0.25, 4.25]]), {}
    for kind in GRADIENTS:
        slopes[kind] = QCFS(4, kind).slopes(of(4.0), z)[0].ravel().tolist()
    assert slopes == {"paper": [1, 0], "floor_first": [1, 1], "clip_first": [0, 0]}


@given(st.floats(0.0625, 9, width=32), st.integers(1, 16))
def test_clip_first_ends_at_lambda_itself(lam, levels):
    """In any float: x = lambda is inside, the next one above is not."""
    lam = np.float32(lam)
    z = np.array([[0, lam, np.nextafter(lam, np.float32(np.inf))]], np.float32)
    dz, _ = QCFS(levels, "clip_first").slopes(of(lam, np.float32), z)
    assert dz.tolist() == [[1, 1, 0]]


@pytest.mark.parametrize("op", [Clip(), *(QCFS(4, kind) for kind in GRADIENTS)], ids=str)
@pytest.mark.parametrize("sample", [(3,), (3, 2, 2)])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_lambda_gradient_is_summed_over_the_axes_it_spans(op, sample, shape):
    rng = np.random.default_rng(4)
    lam, x = rng.integers(1, 5, shape) / 2, rng.integers(-8, 24, (5, *sample)) / 8
    grad = rng.integers(-4, 5, x.shape) / 4
    params = of(lam)
    dz, dlam = op.slopes(params, x)
    (dx,), dparams = op.backward(params, op.forward(params, x)[1], grad)
    np.testing.assert_array_equal(dx, grad * dz)
    terms = np.moveaxis(grad * dlam, 1, 0).reshape(3, -1).sum(1)
    want = terms if shape else terms.sum()
    np.testing.assert_allclose(dparams["lambda"], want, rtol=1e-13, atol=1e-13)
    assert dparams["lambda"].shape == shape


def test_per_channel_thresholds():
    x = np.full((1, 2, 1, 2), 3.0)
    assert Clip().apply(of([1, 2]), x).ravel().tolist() == [1, 1, 2, 2]
    assert QCFS(2).level(of([4, 12]), x).ravel().tolist() == [2, 2, 1, 1]
    assert QCFS(2).theta(of([4, 12]), np.float32).tolist() == [2, 6]


def test_relu():
    x = np.array([[-2.0, -0.0, 0.0, 3.0]])
    y, saved = ReLU().forward({}, x)
    assert y.tolist() == [[0, 0, 0, 3]]
    assert ReLU().backward({}, saved, np.full_like(x, 5))[0][0].tolist() == [[0, 0, 0, 5]]
    assert ReLU().apply({}, np.array([[-2, 2]])).tolist() == [[0, 2]]
    assert ReLU().levels is None


def test_clip():
    x = np.array([[-1.0, 0.0, 0.5, 2.0, 3.0]])
    assert Clip().apply(of(2.0), x).tolist() == [[0, 0, 0.5, 2, 2]]  # eq: error_compensation.1
    dx, dlam = Clip().slopes(of(2.0), x)
    assert dx.tolist() == [[0, 0, 1, 0, 0]]  # eq: error_compensation.2
    assert dlam.tolist() == [[0, 0, 0, 1, 1]]  # eq: error_compensation.3
    assert Clip().levels is None


@given(st.floats(-4, 8), st.floats(0.5, 4))
def test_clip_slopes_are_its_differences(x, lam):
    h = 1e-6
    if min(abs(x), abs(x - lam)) <= 2 * h:
        return
    at = np.array([[x]])
    dx, dlam = (slope.item() for slope in Clip().slopes(of(lam), at))
    by_x = (Clip().apply(of(lam), at + h) - Clip().apply(of(lam), at - h)).item() / (2 * h)
    by_lam = (Clip().apply(of(lam + h), at) - Clip().apply(of(lam - h), at)).item() / (2 * h)
    assert (by_x, by_lam) == pytest.approx((dx, dlam), abs=1e-8)


def test_unquantised():
    x = np.array([[-1.0, 0.3, 5.0]])
    assert QCFS(4).unquantised(of(2.0), x).tolist() == [[0, 0.3, 2]]
    assert Clip().unquantised(of(2.0), x).tolist() == [[0, 0.3, 2]]
    assert ReLU().unquantised({}, x).tolist() == [[0, 0.3, 5]]


def test_fine_levels_approach_the_clip():
    """Within half a step of the unquantised value, everywhere."""
    x = np.linspace(-1, 3, 1001)[None]
    for levels in (1, 4, 64):
        error = QCFS(levels).apply(of(2.0), x) - QCFS(levels).unquantised(of(2.0), x)
        assert np.abs(error).max() <= 1 / levels + 1e-12


def test_nan_and_infinity():
    """NaN stays NaN in the value (a diverged training shows); infinities clip."""
    got = QCFS(4).apply(of(2.0), np.array([[np.nan, np.inf, -np.inf]]))
    np.testing.assert_array_equal(got, [[np.nan, 2, 0]])


def test_initial_threshold():
    rng = np.random.default_rng(0)
    assert QCFS(4).init_params(rng, (3,)) == {"lambda": np.float32(LAMBDA_INIT)}
    assert Clip(lambda_init=4.0).init_params(rng, (3,)) == {"lambda": np.float32(4)}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: QCFS(0), "levels: "),
        (lambda: QCFS(2.0), "levels: "),
        (lambda: QCFS(4, "floor"), "unknown gradient: got 'floor'; did you mean 'floor_first'"),
        (lambda: QCFS(4, lambda_init=0.0), "lambda_init: .*> 0"),
        (lambda: Clip(lambda_init=float("inf")), "lambda_init: "),
        (lambda: QCFS(4).apply(of(0.0), TIES), "lambda: the threshold is not positive"),
        (lambda: QCFS(4).level(of(-1.0), TIES), "threshold is not positive.*got -1.0"),
        (lambda: QCFS(4).theta(of(float("nan")), np.float32), "threshold is not positive"),
        (lambda: Clip().apply(of(-1.0), TIES), "threshold is not positive"),
        (lambda: Clip().slopes(of([1.0, -1.0]), TIES[:, :2]), "threshold is not positive"),
        (lambda: Clip().check_params(of(-1.0), (3,)), "threshold is not positive"),
        (lambda: Clip().check_params(of([1.0, 1.0]), (3,)), r"do not fit.*\(\) or \(3,\)"),
        (lambda: QCFS(4).check_params({}, (3,)), "do not fit"),
        (lambda: QCFS(4).apply(of(1.0), np.array([[1]])), "a threshold activation needs floats"),
    ],
)
def test_errors(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_per_channel_parameters_fit():
    Clip().check_params(of([1.0, 2.0]), (2, 4, 4))
    QCFS(4).check_params(of(1.0), (2, 4, 4))
