"""Pooling: average, global average, maximum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.base import Op, Saved
from refsnn.ops.broadcast import require_float
from refsnn.ops.checks import Pair, image, not_empty, whole
from refsnn.ops.registry import register
from refsnn.ops.windows import Window
from refsnn.typing import Array, Params, Shape


def divide(total: Array, divisor: int) -> Array:
    """``total / divisor`` in its dtype; a divisor of one leaves integers alone."""
    if divisor == 1:
        return total
    require_float(total, f"a division by {divisor}")
    quotient: Array = total / total.dtype.type(divisor)
    return quotient


@register
@dataclass(frozen=True)
class AvgPool2d(Op):
    """Sum over each window, divided once.

    Parameters
    ----------
    kernel, stride, padding : int or (height, width)
        The window; the stride defaults to the kernel. Padding counts as zeros.
    divisor : int >= 1, optional
        Replaces the area of the window: 1 makes it sum pooling.

    Exactness
    ---------
    The taps are added first, row by row, and divided last: exact for dyadic data when the
    area is a power of two and the sum fits the mantissa.
    """

    kernel: Pair
    stride: Pair | None = None
    padding: Pair = 0
    divisor: int | None = None

    def __post_init__(self) -> None:
        _ = self.window  # raises on bad hyper-parameters
        if self.divisor is not None:
            whole("divisor", self.divisor, 1)

    @property
    def window(self) -> Window:
        """The geometry."""
        stride = self.kernel if self.stride is None else self.stride
        return Window.of(self.kernel, stride, self.padding)

    @property
    def area(self) -> int:
        """What the sum is divided by."""
        kh, kw = self.window.kernel
        return kh * kw if self.divisor is None else self.divisor

    def out_shape(self, *shapes: Shape) -> Shape:
        """(C, OH, OW)."""
        c, h, w = image(shapes[0])
        return not_empty((c, *self.window.out_size((h, w))))

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """(B, C, H, W) to (B, C, OH, OW)."""
        (x,) = xs
        out = self.window.out_size(x.shape[2:])
        padded = self.window.pad(x)
        total = np.zeros((*x.shape[:2], *out), x.dtype)
        for _, _, tap in self.window.taps(out):
            total += padded[tap]
        return divide(total, self.area), x.shape

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """Each tap of a window gets the same share."""
        kh, kw = self.window.kernel
        b, c, oh, ow = grad.shape
        share = divide(grad, self.area)[:, :, None, None]
        columns = np.broadcast_to(share, (b, c, kh, kw, oh, ow))
        return [self.window.fold(columns, saved[2:])], {}


@register
@dataclass(frozen=True)
class GlobalAvgPool(Op):
    """Sum over height and width, divided once: (B, C, H, W) to (B, C).

    Parameters
    ----------
    divisor : int >= 1, optional
        Replaces H * W: 1 makes it global sum pooling.

    Exactness
    ---------
    As `AvgPool2d`: exact for dyadic data when the divisor is a power of two.
    """

    divisor: int | None = None

    def __post_init__(self) -> None:
        if self.divisor is not None:
            whole("divisor", self.divisor, 1)

    def out_shape(self, *shapes: Shape) -> Shape:
        """(C,)."""
        return not_empty(image(shapes[0]))[:1]

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """(B, C, H, W) to (B, C)."""
        (x,) = xs
        return divide(x.sum((2, 3), dtype=x.dtype), self._divisor(x.shape)), x.shape

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """Every element of a channel gets the same share."""
        share = divide(grad, self._divisor(saved))[:, :, None, None]
        return [np.broadcast_to(share, saved).copy()], {}

    def _divisor(self, shape: Shape) -> int:
        return shape[-2] * shape[-1] if self.divisor is None else self.divisor


@register
@dataclass(frozen=True)
class MaxPool2d(Op):
    """Maximum over each window; not affine, so it does not commute with a sum over time.

    Parameters
    ----------
    kernel, stride, padding : int or (height, width)
        The window; the stride defaults to the kernel. Padding is below every value and
        must be smaller than the kernel, so that no window is all padding.

    Notes
    -----
    Among equal maxima the gradient goes to the first tap, row by row.
    """

    kernel: Pair
    stride: Pair | None = None
    padding: Pair = 0

    affine: ClassVar[bool] = False

    def __post_init__(self) -> None:
        window = self.window
        if any(p >= k for p, k in zip(window.padding, window.kernel, strict=True)):
            raise InputError(
                "bad hyper-parameter", where="padding", expected="< kernel", got=self.padding
            )

    @property
    def window(self) -> Window:
        """The geometry."""
        stride = self.kernel if self.stride is None else self.stride
        return Window.of(self.kernel, stride, self.padding)

    def out_shape(self, *shapes: Shape) -> Shape:
        """(C, OH, OW)."""
        c, h, w = image(shapes[0])
        return not_empty((c, *self.window.out_size((h, w))))

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """(B, C, H, W) to (B, C, OH, OW); keeps which tap won."""
        (x,) = xs
        out = self.window.out_size(x.shape[2:])
        padded = self.window.pad(x, _lowest(x.dtype))
        best = np.full((*x.shape[:2], *out), _lowest(x.dtype), x.dtype)
        winner = np.zeros(best.shape, np.int64)
        for number, (_, _, tap) in enumerate(self.window.taps(out)):
            winner = np.where(padded[tap] > best, number, winner)
            best = np.maximum(best, padded[tap])
        return best, (winner, x.shape)

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """The winning tap gets the gradient."""
        winner, shape = saved
        kh, kw = self.window.kernel
        number = np.arange(kh * kw).reshape(kh, kw, 1, 1)
        columns = np.where(winner[:, :, None, None] == number, grad[:, :, None, None], 0)
        return [self.window.fold(columns, shape[2:])], {}


def _lowest(dtype: np.dtype[np.generic]) -> float:
    """What padding holds: below every value."""
    return -np.inf if dtype.kind == "f" else int(np.iinfo(dtype).min)  # type: ignore[type-var]
