"""Operations that join several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.base import Op, Saved
from refsnn.ops.registry import register
from refsnn.typing import Array, Params, Shape


@register
@dataclass(frozen=True)
class Add(Op):
    """Sum of two or more inputs of one shape, in the order given."""

    n_inputs: ClassVar[int | None] = None

    def out_shape(self, *shapes: Shape) -> Shape:
        """The common shape."""
        if len(shapes) < 2 or len(set(shapes)) > 1:
            raise InputError("needs two or more inputs of one shape", got=shapes)
        return shapes[0]

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Left to right."""
        return reduce(np.add, xs), len(xs)

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """Each input gets the whole gradient."""
        return [grad] * saved, {}


@register
@dataclass(frozen=True)
class Concat(Op):
    """Two or more inputs, one after the other along the channel axis."""

    n_inputs: ClassVar[int | None] = None

    def out_shape(self, *shapes: Shape) -> Shape:
        """Channels add up; the rest must agree."""
        if len(shapes) < 2 or len({shape[1:] for shape in shapes}) > 1:
            raise InputError("needs two or more inputs that differ in channels only", got=shapes)
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Axis 1; keeps where the inputs meet."""
        return np.concatenate(xs, 1), np.cumsum([x.shape[1] for x in xs[:-1]])

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """The pieces."""
        return np.split(grad, saved, 1), {}
