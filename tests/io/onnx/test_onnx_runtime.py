"""Drawn networks in drawn operator sets: what is read computes what the runtime of ONNX computes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

onnx = pytest.importorskip("onnx")

from onnx_models import same_function  # noqa: E402
from onnx_networks import networks  # noqa: E402

from refsnn.io.onnx.tensors import Tensor  # noqa: E402


@settings(max_examples=200)
@given(drawn=networks())
def test_drawn_networks_are_the_same_function(tmp_path_factory, drawn):
    net, shape = drawn
    same_function(tmp_path_factory.mktemp("onnx"), net, shape)


@st.composite
def moves(draw):
    """A held shape, and reshapes and transpositions of it."""
    held = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    steps, shape = [], held
    for _ in range(draw(st.integers(0, 5))):
        if draw(st.booleans()):
            order = draw(st.permutations(range(len(shape))))
            steps.append(("transpose", tuple(order)))
            shape = tuple(shape[axis] for axis in order)
        else:
            shape = draw(st.sampled_from(splits(shape)))
            steps.append(("reshape", shape))
    return held, steps


def splits(shape):
    """Other shapes of as many values."""
    size = int(np.prod(shape))
    ones = [tuple(n for n in shape if n > 1) or (1,), (1, *shape), (*shape, 1)]
    return [*ones, (size,), *((d, size // d) for d in range(2, size) if size % d == 0)]


@given(drawn=moves())
def test_a_view_is_what_it_says(drawn):
    """Exact, by the definition: the edge transposed, then reshaped; None where it is no view."""
    held, steps = drawn
    values = np.arange(int(np.prod(held))).reshape(held)
    view, seen = Tensor.of("edge", held), values
    for kind, what in steps:
        found = view.transposed(what) if kind == "transpose" else view.seen_as(what)
        if found is None:  # written out, as the builder does
            values = seen
            view = Tensor.of("edge", seen.shape).transposed(what)
        else:
            view = found
        seen = seen.transpose(what) if kind == "transpose" else seen.reshape(what)
        got = values.transpose(view.order).reshape(view.shape)
        np.testing.assert_array_equal(got, seen)
        if view.in_order:
            np.testing.assert_array_equal(values.reshape(view.shape), seen)
        elif len(set(seen.ravel().tolist())) == seen.size:
            assert (values.ravel() != seen.ravel()).any()
