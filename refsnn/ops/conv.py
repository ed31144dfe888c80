"""Two-dimensional convolution: windows gathered into columns, then one product per sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from refsnn.blas import single_threaded
from refsnn.errors import InputError
from refsnn.ops.base import Op, Saved
from refsnn.ops.broadcast import cast, per_channel
from refsnn.ops.checks import Pair, image, whole
from refsnn.ops.linear import kaiming_params
from refsnn.ops.registry import register
from refsnn.ops.windows import Window
from refsnn.typing import Array, IntArray, Params, Shape

COLUMN_BYTES = 2 * 2**20
"""Largest column buffer (a second-level cache): a batch is worked off in blocks that fit."""


@register
@dataclass(frozen=True)
class Conv2d(Op):
    """Cross-correlation of (B, C, H, W) with a weight (out, C / groups, kh, kw), plus bias.

    ``y[b, o, y, x] = bias[o] + sum_{c,i,j} weight[o, c, i, j] * x[b, c, y s + i d, x s + j d]``
    with stride s, dilation d, and x zero-padded.

    Parameters
    ----------
    channels : int >= 1
        Number of output channels.
    kernel, stride, padding, dilation : int or (height, width)
        The window; padding is on both sides of each axis.
    groups : int >= 1
        Independent slices of the channels; divides input and output channels.
    bias : bool
        Whether there is a parameter "bias" (out,).

    Exactness
    ---------
    Exact on integers, and on dyadic floats whose partial sums fit the mantissa. Otherwise
    reproducible: there is one matrix product per sample and group, so neither the batch nor
    the blocking changes the shape of a product; `apply` and `forward` share it.
    """

    channels: int
    kernel: Pair
    stride: Pair = 1
    padding: Pair = 0
    dilation: Pair = 1
    groups: int = 1
    bias: bool = True

    trainable: ClassVar[tuple[str, ...]] = ("weight", "bias")
    offsets: ClassVar[tuple[str, ...]] = ("bias",)
    weighted: ClassVar[bool] = True

    def __post_init__(self) -> None:
        whole("channels", self.channels, 1)
        whole("groups", self.groups, 1)
        self._require_groups("output channels", self.channels)
        _ = self.window  # raises on bad hyper-parameters

    @property
    def window(self) -> Window:
        """The geometry."""
        return Window.of(self.kernel, self.stride, self.padding, self.dilation)

    def out_shape(self, *shapes: Shape) -> Shape:
        """(channels, OH, OW)."""
        c, h, w = image(shapes[0])
        self._require_groups("input channels", c)
        return (self.channels, *self.window.out_size((h, w)))

    def _require_groups(self, what: str, channels: int) -> None:
        if channels < 1 or channels % self.groups:
            raise InputError(
                f"groups do not divide the {what}",
                expected=f"a multiple of {self.groups}",
                got=channels,
            )

    def param_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Weight (out, in / groups, kh, kw) and bias (out,)."""
        bias = {"bias": (self.channels,)} if self.bias else {}
        inputs = shapes[0][0] // self.groups
        return {"weight": (self.channels, inputs, *self.window.kernel), **bias}

    def init_params(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, Array]:
        """Kaiming-normal weights, zero bias."""
        return kaiming_params(rng, self.param_shapes(*shapes))

    @single_threaded()
    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """(B, C, H, W) to (B, out, OH, OW); keeps the input, not its columns."""
        (x,) = xs
        weight = self._by_group(cast(params["weight"], x))
        out = np.empty((len(x), *self.out_shape(x.shape[1:])), x.dtype)
        for rows in self._blocks(x):
            product = weight @ self._columns(x[rows])
            out[rows] = product.reshape(out[rows].shape)
        if self.bias:
            out += per_channel(params["bias"], x)
        return out, x

    @single_threaded()
    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """Transposed products: to the columns (folded back to the input) and to the weight."""
        x = saved
        weight = self._by_group(cast(params["weight"], x))
        dx, dw = np.empty(x.shape, x.dtype), np.zeros(weight.shape, x.dtype)
        for rows in self._blocks(x):
            g = grad[rows].reshape(-1, self.groups, self.channels // self.groups, self._area(grad))
            dx[rows] = self._folded(weight.swapaxes(-1, -2) @ g, x[rows].shape)
            for g_one, columns in zip(g, self._columns(x[rows]), strict=True):
                dw += g_one @ columns.swapaxes(-1, -2)
        bias = {"bias": grad.sum((0, 2, 3))} if self.bias else {}
        return [dx], {"weight": dw.reshape(params["weight"].shape), **bias}

    def fanout(self, params: Params, shape: Shape) -> IntArray:
        """Taps that read each element (fewer at borders) times the output channels of a group."""
        _, *out = self.out_shape(shape)
        ones = np.ones((1, *self.window.kernel, *out), np.int64)
        taps = self.window.fold(ones, shape[1:]) * (self.channels // self.groups)
        return np.broadcast_to(taps, shape).copy()

    def _by_group(self, weight: Array) -> Array:
        """(out, in / G, kh, kw) as (G, out / G, K)."""
        return weight.reshape(self.groups, self.channels // self.groups, -1)

    def _columns(self, x: Array) -> Array:
        """(b, C, H, W) as (b, G, K, OH * OW)."""
        columns = self.window.unfold(x)
        return columns.reshape(len(x), self.groups, -1, self._area(columns))

    def _folded(self, columns: Array, shape: Shape) -> Array:
        """Transpose of `_columns`."""
        b, c, *size = shape
        out = self.window.out_size(tuple(size))
        return self.window.fold(columns.reshape(b, c, *self.window.kernel, *out), tuple(size))

    def _blocks(self, x: Array) -> Iterator[slice]:
        """Slices of the batch whose columns fit `COLUMN_BYTES` (at least one sample)."""
        out = self.window.out_size(x.shape[2:])
        bytes_each = x.itemsize * x.shape[1] * int(np.prod(self.window.kernel + out))
        block = max(1, COLUMN_BYTES // bytes_each)
        for start in range(0, len(x), block):
            yield slice(start, start + block)

    @staticmethod
    def _area(images: Array) -> int:
        height, width = images.shape[-2:]
        return int(height * width)
