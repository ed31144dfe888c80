"""Operations that reshape, pad or cut one sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.base import Op, Saved
from refsnn.ops.checks import not_empty, whole
from refsnn.ops.registry import register
from refsnn.typing import Array, Params, Shape


@register
@dataclass(frozen=True)
class Flatten(Op):
    """(B, C, H, W) to (B, C * H * W), the last axis fastest."""

    def out_shape(self, *shapes: Shape) -> Shape:
        """(product of the sample shape,)."""
        return (int(np.prod(shapes[0])),)

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """A view where possible."""
        (x,) = xs
        return x.reshape(len(x), int(np.prod(x.shape[1:]))), x.shape

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """The shape back."""
        return [grad.reshape(saved)], {}


@register
@dataclass(frozen=True)
class Pad(Op):
    """Zeros around a sample.

    Parameters
    ----------
    pads : tuple of (before, after)
        One pair for each axis of the sample, the channel first.
    """

    pads: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not all(isinstance(both, tuple) and len(both) == 2 for both in self.pads):
            raise InputError(
                "bad hyper-parameter", where="pads", expected="(before, after) pairs", got=self.pads
            )
        for both in self.pads:
            for width in both:
                whole("pads", width, 0)

    def out_shape(self, *shapes: Shape) -> Shape:
        """Each axis longer by its pair."""
        _require_axes("pads", len(self.pads), shapes[0])
        return tuple(n + sum(both) for n, both in zip(shapes[0], self.pads, strict=True))

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Zeros with the input in their middle; keeps where it is."""
        (x,) = xs
        inner = (slice(None), *self._inner(x.shape[1:]))
        out = np.zeros((len(x), *self.out_shape(x.shape[1:])), x.dtype)
        out[inner] = x
        return out, inner

    def _inner(self, shape: Shape) -> list[slice]:
        return [slice(lo, lo + n) for n, (lo, _) in zip(shape, self.pads, strict=True)]

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """The middle."""
        return [grad[saved]], {}


@register
@dataclass(frozen=True)
class Slice(Op):
    """Strided cut of a sample; the parameter-free shortcut of some residual networks.

    Parameters
    ----------
    start, stop, step : tuple
        As in ``x[start:stop:step]``, one entry for each axis of the sample, the channel
        first. Start and stop may be None (the end of the axis); steps are positive.
    """

    start: tuple[int | None, ...]
    stop: tuple[int | None, ...]
    step: tuple[int, ...]

    def __post_init__(self) -> None:
        if not len(self.start) == len(self.stop) == len(self.step):
            raise InputError(
                "start, stop and step differ in length", got=(self.start, self.stop, self.step)
            )
        for step in self.step:
            whole("step", step, 1)
        for name, bounds in (("start", self.start), ("stop", self.stop)):
            if not all(bound is None or isinstance(bound, int) for bound in bounds):
                expected = "integers or None"
                raise InputError("bad hyper-parameter", where=name, expected=expected, got=bounds)

    @property
    def index(self) -> tuple[slice, ...]:
        """The cut of one sample."""
        return tuple(map(slice, self.start, self.stop, self.step))

    def out_shape(self, *shapes: Shape) -> Shape:
        """How many indices remain on each axis."""
        _require_axes("slices", len(self.step), shapes[0])
        pieces = zip(shapes[0], self.index, strict=True)
        return not_empty(tuple(len(range(*piece.indices(n))) for n, piece in pieces))

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """A view of the input."""
        (x,) = xs
        return x[(slice(None), *self.index)], x.shape

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """Zeros where nothing was cut out."""
        dx = np.zeros(saved, grad.dtype)
        dx[(slice(None), *self.index)] = grad
        return [dx], {}


def _require_axes(what: str, expected: int, shape: Shape) -> None:
    """One entry for each axis of the sample."""
    if len(shape) != expected:
        raise InputError(
            f"{what} do not match the axes", expected=f"a sample of {expected} axes", got=shape
        )
