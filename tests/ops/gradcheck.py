"""Backward passes against central differences in float64, for every element of every argument."""

from __future__ import annotations

import numpy as np

from refsnn.ops import Op

STEP = 1e-5


def frozen(array):
    """A read-only copy: an operation that writes into it fails."""
    array = np.array(array)
    array.flags.writeable = False
    return array


def params_of(op, rng, *shapes, dtype=np.float64):
    """Initial parameters, moved off their special values."""
    fresh = op.init_params(rng, *shapes)
    moved = {k: v + rng.uniform(0.1, 0.9, v.shape) for k, v in fresh.items()}
    return {k: frozen(np.asarray(v, dtype)) for k, v in moved.items()}


def check_gradients(op: Op, params, *xs, training=False, tolerance=1e-7):
    """Compare gradients of a random projection of the output; relative to the largest one.

    The tolerance is owed to the differences: the square of STEP, and rounding divided by STEP.
    """
    xs = [frozen(x) for x in xs]
    weights = np.random.default_rng(7).standard_normal(op.apply(params, *xs).shape)
    _, saved = op.forward(params, *xs, training=training)
    dxs, dparams = op.backward(params, saved, frozen(weights))
    assert set(dparams) == set(op.trainable) & set(params)

    def value(params, xs):
        return float((op.forward(params, *xs, training=training)[0] * weights).sum())

    for i, (x, dx) in enumerate(zip(xs, dxs, strict=True)):
        slopes = numeric(lambda v, i=i: value(params, [*xs[:i], v, *xs[i + 1 :]]), x)
        agree(dx, slopes, tolerance)
    for name, dparam in dparams.items():
        slopes = numeric(lambda v, name=name: value({**params, name: v}, xs), params[name])
        agree(dparam, slopes, tolerance)


def numeric(function, at):
    """Central differences of a scalar function of one array."""
    slopes = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        up, down = at.copy(), at.copy()
        up[index] += STEP
        down[index] -= STEP
        slopes[index] = (function(up) - function(down)) / (2 * STEP)
    return slopes


def agree(got, want, tolerance):
    assert got.shape == want.shape
    scale = max(1.0, np.abs(want).max())
    assert np.abs(got - want).max() <= tolerance * scale
