"""Accumulators of a given width: what a sum of products is when it saturates on the way.

A saturating sum depends on its order: 100 + 100 - 100 in signed 8 bits is 27, 100 - 100 + 100 is
100. So the order is stated, and rows that provably cannot leave the accumulator, in any order, are
summed by the fastest exact means there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from fixedpoint.arith import LIMIT, as_codes, bring_in_range, matmul, peak
from fixedpoint.errors import InputError
from fixedpoint.formats import Cast, Format
from fixedpoint.loops import SATURATE, Rows, given, loop_of, range_of, require_range
from fixedpoint.register import Register
from fixedpoint.typing import AnyArray, IntArray

When = Literal["each_add", "each_step", "never"]
LOOP = 1 << 14
"""Products from which a compiled loop is worth its import."""


@dataclass(frozen=True)
class Accumulate:
    """How a layer adds up its currents.

    Parameters
    ----------
    register : Register
        Of the accumulator: width, and saturate, saturate_sym, wrap or error.
    when : {"each_add", "each_step", "never"}
        What the register holds: the sum after every product, in address order (inputs in C order of
        the kernel, last axis fastest; the sources of a layer one after the other); the sum of a
        frame; or nothing: then no frame may leave it, which is proven before the first one.
    bias_first : bool
        With "each_add": whether the bias is loaded first, or added last.
    """

    register: Register
    when: When = "each_add"
    bias_first: bool = True

    def __post_init__(self) -> None:
        known = ("each_add", "each_step", "never")
        if self.when not in known:
            expected, got = " or ".join(known), repr(self.when)
            raise InputError("unknown moment", where="when", expected=expected, got=got)

    @property
    def in_order(self) -> bool:
        """Whether the order of the additions matters."""
        return self.when == "each_add" and self.register.overflow != "wrap"


class Accumulator:
    """Weights loaded into an accumulator: the proof is done once, for every input of a range.

    Parameters
    ----------
    weight : integer array (out, in)
    bias : integer array (out,) or scalar
    spec : Accumulate
    x_range : (low, high)
        Of every input.
    out : Cast, optional
        What is made of a sum before it is given; by default nothing.
    frac : int
        Fractional bits of a sum, for the cast.

    Attributes
    ----------
    safe : bool array (out,)
        Rows that no input of the range can drive out of the register, in any order.

    Raises
    ------
    InputError
        "never", and a row is not safe; or a sum of magnitudes reaches 2^62.
    """

    def __init__(
        self,
        weight: npt.ArrayLike,
        bias: npt.ArrayLike,
        spec: Accumulate,
        x_range: tuple[int, int],
        out: Cast | None = None,
        frac: int = 0,
    ) -> None:
        w = as_codes(weight, "weight")
        if w.ndim != 2:
            raise InputError("no matrix", where="weight", expected="(out, in)", got=w.shape)
        self.bias = np.broadcast_to(as_codes(bias, "bias"), (len(w),))
        _require_int64(w, self.bias, x_range)
        self.weight, self.spec, self.x_range = w, spec, (int(x_range[0]), int(x_range[1]))
        self.safe = safe_rows(w, self.bias, x_range, spec.register)
        if spec.when == "never" and not self.safe.all():
            raise _not_proven(w, self.bias, x_range, spec.register)
        self.out, self.frac = out, frac
        self._exact = not spec.in_order or bool(self.safe.all())
        self._loop = None if self._exact else loop_of(self._rows)

    def __call__(self, x: npt.ArrayLike) -> IntArray:
        """Sums ``b_o + sum_k w_ok x_k`` of inputs (N, in), cast: int64 (N, out), exact.

        Raises
        ------
        InputError
            An input outside the range; or a sum outside a register, or a format to cast to, whose
            overflow is "error".
        """
        frames = np.asarray(x)
        frames = frames if frames.dtype == np.int64 else as_codes(frames, "x")
        if frames.ndim != 2 or frames.shape[1] != self.weight.shape[1]:
            expected, got = f"(N, {self.weight.shape[1]})", frames.shape
            raise InputError("shapes do not fit", where="x", expected=expected, got=got)
        if self._exact:
            return self._anyhow(frames, slice(None))
        if not self.safe.any():
            return self._in_order(frames)
        both = np.empty((len(frames), len(self.weight)), np.int64)
        both[:, self.safe] = self._anyhow(frames, self.safe)
        both[:, ~self.safe] = self._in_order(frames)
        return both

    def _anyhow(self, frames: IntArray, rows: slice | npt.NDArray[np.bool_]) -> IntArray:
        """Rows whose order does not matter."""
        require_range(frames, self.x_range)
        sums = self.spec.register.hold(matmul(frames, self.weight[rows].T) + self.bias[rows])
        return given(sums, self.out, self.frac)

    def _in_order(self, frames: IntArray) -> IntArray:
        """The other rows, one product after the other, the register in between."""
        rows = self._rows
        if self._loop is not None and frames.size * len(rows.begin) >= LOOP:
            return self._loop(frames)
        require_range(frames, self.x_range)
        begin = np.broadcast_to(rows.begin, (len(frames), len(rows.begin)))
        return rows.finish(add_columns(begin, frames, rows.columns, rows.register))

    @cached_property
    def _rows(self) -> Rows:
        """Rows whose order matters."""
        bias, none = self.bias[~self.safe], np.zeros((~self.safe).sum(), np.int64)
        first = self.spec.bias_first
        begin, last = (self.spec.register.hold(bias), none) if first else (none, bias)
        columns = np.ascontiguousarray(self.weight[~self.safe].T)
        return Rows(columns, begin, last, self.spec.register, self.x_range, self.out, self.frac)


def accumulate(
    weight: npt.ArrayLike,
    x: npt.ArrayLike,
    bias: npt.ArrayLike = 0,
    *,
    spec: Accumulate,
    x_range: tuple[int, int] | None = None,
) -> IntArray:
    """Sums ``b_o + sum_k w_ok x_k`` of inputs ``x`` (N, in), by an `Accumulator` of its own.

    ``x_range`` is that of ``x`` unless given. Exact: equal to `fixedpoint.oracle.accumulate` in
    unbounded integers.
    """
    frames = as_codes(x, "x")
    span = x_range or (int(frames.min(initial=0)), int(frames.max(initial=0)))
    return Accumulator(weight, bias, spec, span)(frames)


def safe_rows(
    weight: IntArray, bias: IntArray, x_range: tuple[int, int], register: Register
) -> npt.NDArray[np.bool_]:
    """Rows no partial sum of which can leave the register, in any order, for any input in range.

    Every partial sum lies between the bias plus all negative products and the bias plus all
    positive ones (either may be absent), each at its extreme input.
    """
    low, high = row_bounds(weight, bias, x_range)
    floor, ceiling = range_of(register)
    return np.asarray((low >= floor) & (high <= ceiling))


def row_bounds(
    weight: IntArray, bias: IntArray, x_range: tuple[int, int]
) -> tuple[IntArray, IntArray]:
    """Smallest and largest partial sum of every row, (out,) each; a sum starts at 0."""
    ends = np.stack([weight * end for end in (*x_range, 0)])
    low = ends.min(axis=0).sum(axis=1) + np.minimum(bias, 0)
    high = ends.max(axis=0).sum(axis=1) + np.maximum(bias, 0)
    return low, high


def add_columns(acc: IntArray, frames: IntArray, columns: IntArray, register: Register) -> IntArray:
    """The specification of `fixedpoint.kernels.add_in_order`, in array code."""
    for k, column in enumerate(columns):
        total = acc + frames[:, k, None] * column
        acc = bring_in_range(total, True, register.width, register.overflow)
    return acc


def _require_int64(w: IntArray, bias: IntArray, span: tuple[int, int]) -> None:
    """One product beside a full register, and one whole row, must fit int64."""
    reach = max(abs(end) for end in span)
    if peak(w) * w.shape[1] * reach + peak(bias) < LIMIT:
        return
    rows = np.abs(w).astype(object).sum(axis=1) if w.size else np.zeros(0, object)
    bound = max([int(r) * reach for r in rows], default=0) + peak(bias)
    if bound >= LIMIT:
        raise InputError("the sum could leave int64", expected="below 2^62", got=bound)


def _not_proven(
    w: IntArray, bias: IntArray, span: tuple[int, int], register: Register
) -> InputError:
    low, high = row_bounds(w, bias, span)
    row = int(np.flatnonzero(~safe_rows(w, bias, span, register))[0])
    needed = Format.holding(int(low[row]), int(high[row]), signed=True).width
    return InputError(
        "a sum could leave the accumulator",
        where=f"row {row}",
        expected=f"{register.format.low}..{register.format.high}",
        got=f"{int(low[row])}..{int(high[row])}",
        fix=f"use {needed} bits, or let it saturate",
    )


def if_step(
    v: AnyArray, current: AnyArray, theta: int, register: Register
) -> tuple[AnyArray, npt.NDArray[np.uint8]]:
    """One step of many IF neurons with a saturating membrane: new membranes, spikes.

    Parameters
    ----------
    v, current : int16 or int32 arrays (N,), C-contiguous
        The register must fit their type.

    Notes
    -----
    As a step of `fixedpoint.models.IntIF` with that register and subtractive reset, compiled.
    """
    from fixedpoint.kernels import if_step as step

    kind = np.asarray(v).dtype
    if kind not in (np.int16, np.int32) or np.asarray(current).dtype != kind:
        raise InputError("types", where="if_step", expected="int16 or int32, both", got=kind)
    if register.overflow not in SATURATE or register.width > 8 * kind.itemsize:
        raise InputError("register", where="if_step", expected=f"saturating, {kind}", got=register)
    after, spikes = np.empty(np.shape(v), kind), np.empty(np.shape(v), np.uint8)
    theta, low, high = (kind.type(end) for end in (theta, *range_of(register)))
    step(np.ascontiguousarray(v), np.ascontiguousarray(current), theta, low, high, after, spikes)
    return after, spikes
