"""Transposed convolution: every input element spreads a weighted window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.base import Op, Saved
from refsnn.ops.broadcast import cast, per_channel
from refsnn.ops.checks import Pair, image, not_empty, pair, whole
from refsnn.ops.registry import register
from refsnn.ops.windows import Window
from refsnn.typing import Array, IntArray, Params, Shape


@register
@dataclass(frozen=True)
class ConvTranspose2d(Op):
    """The transpose of a convolution, with a weight (in, out, kh, kw), plus bias.

    ``y[b, o, y s + i - p, x s + j - p] += weight[c, o, i, j] * x[b, c, y, x]``: what falls outside
    the output is dropped.

    Parameters
    ----------
    channels : int >= 1
        Number of output channels.
    kernel, stride, padding : int or (height, width)
        Of the convolution it is the transpose of; ``OH = (H - 1) s - 2 p + k + e``.
    extra : int or (height, width)
        e, rows and columns at the far end, fewer than the stride.
    bias : bool
        Whether there is a parameter "bias" (out,).

    Exactness
    ---------
    As `Conv2d`: exact on integers and on dyadic floats whose partial sums fit the mantissa.
    """

    channels: int
    kernel: Pair
    stride: Pair = 1
    padding: Pair = 0
    extra: Pair = 0
    bias: bool = True

    trainable: ClassVar[tuple[str, ...]] = ("weight", "bias")
    offsets: ClassVar[tuple[str, ...]] = ("bias",)
    weighted: ClassVar[bool] = True

    def __post_init__(self) -> None:
        whole("channels", self.channels, 1)
        extra, stride = pair("extra", self.extra, 0), self.window.stride
        if any(e >= s for e, s in zip(extra, stride, strict=True)):
            raise InputError(
                "bad hyper-parameter", where="extra", expected="< stride", got=self.extra
            )

    @property
    def window(self) -> Window:
        """The geometry of the convolution from output to input."""
        return Window.of(self.kernel, self.stride, self.padding)

    def out_shape(self, *shapes: Shape) -> Shape:
        """(channels, OH, OW)."""
        _, *size = image(shapes[0])
        w, extra = self.window, pair("extra", self.extra, 0)
        out = (
            (n - 1) * s - 2 * p + k + e
            for n, s, p, k, e in zip(size, w.stride, w.padding, w.kernel, extra, strict=True)
        )
        return not_empty((self.channels, *out))

    def param_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """Weight (in, out, kh, kw) and bias (out,)."""
        bias = {"bias": (self.channels,)} if self.bias else {}
        return {"weight": (shapes[0][0], self.channels, *self.window.kernel), **bias}

    def init_params(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, Array]:
        """Normal weights of variance 2 / (taps that reach an output), zero bias."""
        found = self.param_shapes(*shapes)
        taps = shapes[0][0] * np.prod(self.window.kernel) / np.prod(self.window.stride)
        weight = rng.standard_normal(found["weight"], np.float32) * np.float32(np.sqrt(2 / taps))
        bias = {"bias": np.zeros(self.channels, np.float32)} if self.bias else {}
        return {"weight": weight, **bias}

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """(B, C, H, W) to (B, out, OH, OW)."""
        (x,) = xs
        weight = cast(params["weight"], x).reshape(x.shape[1], -1)
        columns = weight.T @ x.reshape(*x.shape[:2], -1)
        windows = columns.reshape(len(x), self.channels, *self.window.kernel, *x.shape[2:])
        out = np.ascontiguousarray(self.window.fold(windows, self.out_shape(x.shape[1:])[1:]))
        if self.bias:
            out += per_channel(params["bias"], x)
        return out, x

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """A convolution of the gradient."""
        x = saved
        weight = cast(params["weight"], x).reshape(x.shape[1], -1)
        columns = self.window.unfold(grad).reshape(len(x), weight.shape[1], -1)
        flat = x.reshape(*x.shape[:2], -1)
        dw = (flat @ columns.swapaxes(-1, -2)).sum(0, dtype=x.dtype)
        bias = {"bias": grad.sum((0, 2, 3))} if self.bias else {}
        return [(weight @ columns).reshape(x.shape)], {
            "weight": dw.reshape(params["weight"].shape), **bias,
        }  # fmt: skip

    def fanout(self, params: Params, shape: Shape) -> IntArray:
        """Taps of each element that fall inside the output, times the output channels."""
        _, *out = self.out_shape(shape)
        inside = self.window.unfold(np.ones((1, 1, *out), np.int64)).sum((1, 2, 3))
        return np.broadcast_to(inside * self.channels, shape).copy()
