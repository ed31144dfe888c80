"""Operations that give the values of one sample other places: wiring only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.base import Op, Saved
from refsnn.ops.checks import whole
from refsnn.ops.registry import register
from refsnn.typing import Array, Params, Shape


@register
@dataclass(frozen=True)
class Reshape(Op):
    """The values of a sample, the last axis fastest, in another shape.

    Parameters
    ----------
    shape : tuple of int >= 1
        Of one sample of the output; `Flatten` is the one with a single axis.

    Exactness
    ---------
    Exact: values are moved, never computed with.
    """

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.shape, tuple) or not self.shape:
            expected = "a tuple of one integer or more"
            raise InputError(
                "bad hyper-parameter", where="shape", expected=expected, got=self.shape
            )
        for size in self.shape:
            whole("shape", size, 1)

    def out_shape(self, *shapes: Shape) -> Shape:
        """``shape``, if it holds as much as the input."""
        expected, got = (int(np.prod(shape)) for shape in (self.shape, shapes[0]))
        if expected != got:
            what = f"a sample of {got} values does not fill {self.shape}"
            raise InputError(what, expected=expected, got=got)
        return self.shape

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """A view where possible."""
        (x,) = xs
        return x.reshape(len(x), *self.shape), x.shape

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """The shape back."""
        return [grad.reshape(saved)], {}


@register
@dataclass(frozen=True)
class Transpose(Op):
    """Axes of a sample in another order.

    Parameters
    ----------
    order : tuple of int
        Which axis of the input each axis of the output is, counted without the batch: (2, 0, 1)
        makes (H, W, C) to (C, H, W).

    Exactness
    ---------
    Exact: values are moved, never computed with.
    """

    order: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.order, tuple) or sorted(self.order) != list(range(len(self.order))):
            expected = "each axis of a sample once"
            raise InputError(
                "bad hyper-parameter", where="order", expected=expected, got=self.order
            )

    def out_shape(self, *shapes: Shape) -> Shape:
        """The sizes in the new order."""
        if len(shapes[0]) != len(self.order):
            expected = f"a sample of {len(self.order)} axes"
            raise InputError("the order does not match the axes", expected=expected, got=shapes[0])
        return tuple(shapes[0][axis] for axis in self.order)

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Contiguous, so that what follows sums in its usual order."""
        (x,) = xs
        return np.ascontiguousarray(x.transpose(self._axes(self.order))), None

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """The order back."""
        back = np.argsort(self.order).tolist()
        return [np.ascontiguousarray(grad.transpose(self._axes(back)))], {}

    def _axes(self, order: Sequence[int]) -> tuple[int, ...]:
        return (0, *(axis + 1 for axis in order))
