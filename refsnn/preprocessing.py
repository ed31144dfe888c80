"""How raw pixels become the numbers a network reads: scale, then mean and deviation per channel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from refsnn.errors import InputError, nearest
from refsnn.typing import Array

LAYOUTS = ("NCHW", "NC", "NHWC", "NCL", "NLC")
"""Axes of a raw array: images, feature vectors, signals or clouds of L points."""
_BLOCK = 1024  # samples at a time: bounds the float64 intermediate, changes no bit


@dataclass(frozen=True)
class Preprocessing:
    """The map from raw integers to network input, kept with a model.

    ``(raw * scale - mean[c]) / std[c]`` for channel ``c``.

    Parameters
    ----------
    scale : float
        Factor of every raw value; finite and not zero.
    mean, std : tuple of float
        One per channel, in units of the scaled values; empty for "none". ``std`` is positive.
    layout : {"NCHW", "NC", "NHWC", "NCL", "NLC"}
        Axes of the raw array; the result has the same.

    Notes
    -----
    Computed in float64 and rounded once to the dtype asked for, elementwise: the bits depend
    neither on the batch size nor on the machine. Exact when a dyadic ``scale`` (such as 1/16)
    meets no mean and no deviation, and raw integers fit the mantissa (24 bits in float32).
    """

    scale: float
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    layout: str = "NCHW"

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", _number("scale", self.scale))
        for name in ("mean", "std"):
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        if self.scale == 0:
            raise InputError("the scale would erase every image", where="scale", got=0)
        if any(s <= 0 for s in self.std):
            raise InputError("not a deviation", where="std", expected="> 0", got=self.std)
        if self.mean and self.std and len(self.mean) != len(self.std):
            raise InputError(
                "mean and std have different channels", expected=len(self.mean), got=len(self.std)
            )
        if self.layout not in LAYOUTS:
            hint = nearest(str(self.layout), list(LAYOUTS))
            raise InputError("unknown layout", where="layout", got=repr(self.layout), fix=hint)

    def apply(self, raw: Array, dtype: npt.DTypeLike = np.float32) -> Array:
        """The network input of ``raw``.

        Parameters
        ----------
        raw : ndarray of integers or floats, its axes as in ``layout``
        dtype : dtype
            A floating dtype.

        Returns
        -------
        ndarray of ``dtype``, shape of ``raw``

        Raises
        ------
        InputError
            When rank, channels or dtypes do not fit.
        """
        raw = np.asarray(raw)
        self._check(raw)
        out = np.empty(raw.shape, floating(dtype))
        for start in range(0, len(raw), _BLOCK):
            block = slice(start, start + _BLOCK)
            out[block] = cast(self._normalised(raw[block]), out.dtype, "preprocessing")
        return out

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and lists, as a model file stores them."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Preprocessing:
        """The inverse of `to_dict`; an unknown or missing key is an `InputError`."""
        known = [field.name for field in fields(cls)]
        for key in data:
            if key not in known:
                hint = nearest(str(key), known)
                raise InputError(f"unknown key {key!r}", where="preprocessing", fix=hint)
        if "scale" not in data:
            raise InputError("no scale", where="preprocessing", got=sorted(data))
        return cls(**data)

    def _check(self, raw: Array) -> None:
        if raw.dtype.kind not in "iuf":
            raise InputError("not raw values", expected="integers or floats", got=raw.dtype)
        if raw.ndim != len(self.layout):
            raise InputError(
                "the axes do not fit",
                where="preprocessing",
                expected=f"{len(self.layout)} axes ({self.layout})",
                got=f"shape {raw.shape}",
            )
        channels = len(self.mean) or len(self.std)
        found = raw.shape[self.layout.index("C")]
        if channels and found != channels:
            raise InputError(
                "mean and std do not fit the channels",
                where="preprocessing",
                expected=f"{channels} channels",
                got=f"{found} (shape {raw.shape})",
            )

    def _normalised(self, raw: Array) -> Array:
        per_channel = [-1 if axis == "C" else 1 for axis in self.layout[1:]]
        out = raw.astype(np.float64) * self.scale
        if self.mean:
            out -= np.reshape(self.mean, per_channel)
        if self.std:
            out /= np.reshape(self.std, per_channel)
        return out


def floating(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """``dtype`` as a floating `numpy.dtype`, or an `InputError`."""
    result = np.dtype(dtype)
    if result.kind != "f":
        raise InputError("not a floating dtype", where="dtype", expected="float32", got=result)
    return result


def cast(values: Array, dtype: np.dtype[Any], where: str) -> Array:
    """A copy of ``values`` rounded to ``dtype``; overflow is an `InputError`, not an infinity."""
    try:
        with np.errstate(over="raise"):
            return values.astype(dtype)
    except FloatingPointError as error:
        got = float(np.abs(values).max())
        raise InputError(f"value too large for {dtype}", where=where, got=got) from error


def _number(name: str, value: object) -> float:
    number = isinstance(value, int | float | np.integer | np.floating)
    if not number or isinstance(value, bool) or not math.isfinite(value):  # type: ignore[arg-type]
        raise InputError("not a finite number", where=name, got=repr(value))
    return float(value)  # type: ignore[arg-type]


def _numbers(name: str, values: object) -> tuple[float, ...]:
    if not isinstance(values, tuple | list):
        fix = "write one number per channel, such as (0.5, 0.5, 0.5)"
        raise InputError("not one number per channel", where=name, got=repr(values), fix=fix)
    return tuple(_number(name, value) for value in values)
