"""Parameters against batches: cast to the dtype of the input, stretched along the channel axis."""

from __future__ import annotations

import numpy as np

from refsnn.errors import InputError
from refsnn.typing import Array, Shape


def require_float(x: Array, what: str) -> None:
    """Refuse integers where the operation would have to round them."""
    if x.dtype.kind != "f":
        raise InputError(f"{what} needs floats", got=x.dtype, fix="convert the input first")


def cast(param: Array, x: Array) -> Array:
    """``param`` in the dtype of ``x``, never losing a fraction or wrapping an integer.

    Integers are accepted as int64 only: a sum of products overflows narrower ones.
    """
    param = np.asarray(param)
    if x.dtype.kind != "f" and (x.dtype != np.int64 or param.dtype.kind == "f"):
        raise InputError(
            "parameters do not act on this input",
            expected="a float input, or int64 with integer parameters",
            got=f"{x.dtype} with {param.dtype} parameters",
            fix="convert the input to the dtype of the network",
        )
    return param.astype(x.dtype, copy=False)


def per_channel(param: Array, x: Array) -> Array:
    """A scalar or (C,) parameter, cast and shaped to broadcast along axis 1 of ``x``."""
    param = cast(param, x)
    return param if param.ndim == 0 else param.reshape(-1, *(1,) * (x.ndim - 2))


def channel_axes(x: Array) -> tuple[int, ...]:
    """Every axis of (B, C, ...) but the channel."""
    return (0, *range(2, x.ndim))


def sum_to(grad: Array, shape: Shape) -> Array:
    """The transpose of `per_channel`: sum (B, C, ...) to a scalar or to (C,)."""
    total: Array = np.asarray(grad.sum(channel_axes(grad) if shape else None))
    return total
