"""The linear maps between layers, in integers: what happens to a frame on its way to a neuron."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from fixedpoint.arith import LIMIT, as_codes, matmul, mul, peak
from fixedpoint.errors import InputError
from fixedpoint.typing import IntArray

Pair = tuple[int, int]


class Synapse(Protocol):
    """One linear map of frames: (N, ...) int64 to (N, ...) int64."""

    def __call__(self, x: IntArray) -> IntArray:
        """Apply it."""

    def split(self) -> tuple[Synapse, Synapse]:
        """The maps of the positive weights and of the magnitudes of the negative ones."""


class _Unweighted:
    """A map whose weights are 0 and 1."""

    def split(self) -> tuple[Any, Any]:
        """Itself, and nothing."""
        return self, _Nothing(self)


@dataclass(frozen=True)
class _Nothing:
    """The zero map with the shape of another."""

    like: Any

    def __call__(self, x: IntArray) -> IntArray:
        return np.zeros_like(self.like(x))


@dataclass(frozen=True)
class Flatten(_Unweighted):
    """(N, C, H, W) to (N, C*H*W), last axis fastest."""

    def __call__(self, x: IntArray) -> IntArray:
        """Reshape."""
        return x.reshape(len(x), -1)


@dataclass(frozen=True)
class Pad(_Unweighted):
    """Zeros around the last axes; ``pads`` is one (before, after) per axis of a sample."""

    pads: tuple[Pair, ...]

    def __call__(self, x: IntArray) -> IntArray:
        """Pad."""
        return np.pad(x, ((0, 0), *self.pads))


@dataclass(frozen=True)
class Slice(_Unweighted):
    """A strided slice: one (start, stop, step) per axis of a sample."""

    slices: tuple[tuple[int | None, int | None, int | None], ...]

    def __call__(self, x: IntArray) -> IntArray:
        """Slice."""
        return x[(slice(None), *(slice(*s) for s in self.slices))]


@dataclass(frozen=True)
class SumPool(_Unweighted):
    """Sum over windows. The division by the area is in the weights that follow."""

    kernel: Pair
    stride: Pair
    padding: Pair = (0, 0)

    def __call__(self, x: IntArray) -> IntArray:
        """(N, C, H, W) to (N, C, OH, OW)."""
        views = windows(x, self.kernel, self.stride, self.padding, (1, 1))
        return _total(views, (-2, -1))


@dataclass(frozen=True)
class GlobalSumPool(_Unweighted):
    """Sum over all pixels: (N, C, H, W) to (N, C)."""

    def __call__(self, x: IntArray) -> IntArray:
        """Sum."""
        return _total(x, (2, 3))


def _total(x: IntArray, axes: Pair) -> IntArray:
    """Sum over two axes; raises where it reaches 2^62."""
    if peak(x) * x.shape[axes[0]] * x.shape[axes[1]] < LIMIT:
        return np.asarray(x.sum(axis=axes), np.int64)
    return as_codes(np.asarray(x.astype(object).sum(axis=axes)), "pool")


@dataclass(frozen=True, eq=False)
class _Weighted:
    """A map with integer weights; they are stored read-only."""

    weight: IntArray

    def __post_init__(self) -> None:
        weight = as_codes(self.weight, f"{type(self).__name__}.weight").copy()
        weight.setflags(write=False)
        object.__setattr__(self, "weight", weight)

    def split(self) -> tuple[Any, Any]:
        """The maps of ``max(w, 0)`` and ``max(-w, 0)``."""
        plus, minus = np.maximum(self.weight, 0), np.maximum(-self.weight, 0)
        return replace(self, weight=plus), replace(self, weight=minus)


@dataclass(frozen=True, eq=False)
class Dense(_Weighted):
    """``y = W x`` with W (out, in)."""

    def __call__(self, x: IntArray) -> IntArray:
        """(N, in) to (N, out)."""
        if x.ndim != 2 or x.shape[1] != self.weight.shape[1]:
            expected = f"(N, {self.weight.shape[1]})"
            raise InputError("frame does not fit", where="Dense", expected=expected, got=x.shape)
        return matmul(x, self.weight.T)


@dataclass(frozen=True, eq=False)
class Scale(_Weighted):
    """``y = w x``: an identity shortcut; one weight, or one per channel shaped (C, 1, 1)."""

    def __call__(self, x: IntArray) -> IntArray:
        """Multiply."""
        return mul(x, np.broadcast_to(self.weight, x.shape))


@dataclass(frozen=True, eq=False)
class Conv(_Weighted):
    """2-D convolution without a kernel flip, weight (out, in / groups, kh, kw)."""

    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def __call__(self, x: IntArray) -> IntArray:
        """(N, C, H, W) to (N, out, OH, OW)."""
        out, per_group = self.weight.shape[:2]
        if x.ndim != 4 or x.shape[1] != per_group * self.groups:
            expected = f"(N, {per_group * self.groups}, H, W)"
            raise InputError("frame does not fit", where="Conv", expected=expected, got=x.shape)
        views = windows(x, self.weight.shape[2:], self.stride, self.padding, self.dilation)
        n, _, height, width = views.shape[:4]
        columns = views.reshape(n, self.groups, per_group, height, width, -1)
        columns = columns.transpose(1, 0, 3, 4, 2, 5).reshape(self.groups, n * height * width, -1)
        weight = self.weight.reshape(self.groups, out // self.groups, -1).transpose(0, 2, 1)
        y = matmul(columns, weight).reshape(self.groups, n, height, width, -1)
        return np.ascontiguousarray(y.transpose(1, 0, 4, 2, 3).reshape(n, out, height, width))


def windows(x: IntArray, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> IntArray:
    """Every window of padded images: (N, C, OH, OW, kh, kw), a view."""
    padded = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    views = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(2, 3))
    return views[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
