"""Quantisation clip-floor-shift, with its published gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from refsnn.activations.base import activation
from refsnn.activations.thresholded import Thresholded, require_positive, threshold
from refsnn.errors import InputError, nearest
from refsnn.ops.base import Saved
from refsnn.ops.checks import whole
from refsnn.typing import Array, IntArray, Params

Gradient = Literal["paper", "floor_first", "clip_first"]


@activation
@dataclass(frozen=True)
class QCFS(Thresholded):
    """Quantisation clip-floor-shift: the staircase that rate-coded neurons can reach.

    With ``theta = lambda / L``::

        k = clip(floor(x / theta + 1/2), 0, L)        (ties up)
        y = theta * k

    Parameters
    ----------
    levels : int >= 1
        L, the number of steps above zero.
    gradient : {"paper", "floor_first", "clip_first"}
        The straight-through gradient; forward values do not depend on it. With r the real
        value ``x / theta`` and a the output:

        - ``"paper"``: dy/dx = 1 for -1/2 < r < L - 1/2. Source: qcfs.2, the published (corrected)
          form as recalled in docs/equations.md; the paper's body could not be read in full.
        - ``"floor_first"``: dy/dx = 1 for -1/2 <= r < L + 1/2, what automatic
          differentiation makes of the QCFS authors' code (qcfs.3).
        - ``"clip_first"``: dy/dx = 1 for 0 <= r <= L, the same of the PASCAL authors' code
          (pascal.2).

        In all three dy/dlambda is ``(a - x) / lambda`` in that band, 1 above and 0 below.
    as_released : bool
        Compute in the order of operations of the authors' code, QCFS's and PASCAL's (their
        values agree): bit for bit in float32, also at ties, where that order is fragile.
    lambda_init : float > 0
        Initial threshold.

    Exactness
    ---------
    Exact when |x| and theta are multiples of one grid step, below 2^50 of them (float64) or
    2^21 (float32): a representable quotient is rounded to itself, so ties go up as written,
    and any other quotient is too far from a tie for its rounding error to reach it.
    With ``as_released`` lambda must also be a power of two, because ``x / lambda`` is rounded.

    Source
    ------
    Bu et al., ICLR 2022, qcfs.1. Ramesh and Srinivasan, TMLR 2025, pascal.1, is the same
    function. Numbers as in docs/equations.md.
    """

    levels: int = field()
    gradient: Gradient = "paper"
    as_released: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        whole("levels", self.levels, 1)
        if self.gradient not in get_args(Gradient):
            fix = nearest(self.gradient, list(get_args(Gradient)))
            raise InputError("unknown gradient", got=repr(self.gradient), fix=fix)

    def theta(self, params: Params, dtype: npt.DTypeLike) -> Array:
        """Step ``lambda / L`` (), or (C,): threshold and spike amplitude of the neuron."""
        require_positive(params["lambda"])
        lam = np.asarray(params["lambda"]).astype(dtype)
        return np.asarray(lam / lam.dtype.type(self.levels))

    def level(self, params: Params, x: Array) -> IntArray:
        """Integer k in 0 .. L: the number of spikes of the neuron in this network's place."""
        return self._step(params, x).astype(np.int64)

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Keeps the input."""
        (x,) = xs
        k, lam, levels = self._step(params, x), threshold(params, x), x.dtype.type(self.levels)
        if self.as_released:
            return k / levels * lam, x  # eq: pascal.1
        return k * (lam / levels), x  # eq: qcfs.1

    def slopes(self, params: Params, x: Array) -> tuple[Array, Array]:
        """The straight-through gradient of the chosen kind."""
        lam = threshold(params, x)
        below, above = BANDS[self.gradient](x, lam, self._position(params, x), self.levels)
        band = (~below & ~above).astype(x.dtype)
        shift = (self.compute(params, x)[0] - x) / lam
        return band, np.where(above, x.dtype.type(1), band * shift)

    def _step(self, params: Params, x: Array) -> Array:
        """The level as a float, NaN for NaN.

        PASCAL's code clips before this floor, not after: the same level for every float.
        """
        k = np.floor(self._position(params, x) + x.dtype.type(0.5))
        clipped: Array = np.clip(k, x.dtype.type(0), x.dtype.type(self.levels))
        return clipped

    def _position(self, params: Params, x: Array) -> Array:
        """The input in steps, ``x / theta``."""
        lam, levels = threshold(params, x), x.dtype.type(self.levels)
        position: Array = x / lam * levels if self.as_released else x / (lam / levels)
        return position


def paper_band(x: Array, lam: Array, r: Array, levels: int) -> tuple[Array, Array]:
    """(below, above) the open band -1/2 < r < L - 1/2."""  # eq: qcfs.2
    return r <= -0.5, r >= levels - 0.5


def floor_first_band(x: Array, lam: Array, r: Array, levels: int) -> tuple[Array, Array]:
    """(below, above) the half-open band where 0 <= floor(r + 1/2) <= L."""  # eq: qcfs.3
    k = np.floor(r + r.dtype.type(0.5))
    return k < 0, k > levels


def clip_first_band(x: Array, lam: Array, r: Array, levels: int) -> tuple[Array, Array]:
    """(below, above) the closed band 0 <= x <= lambda."""  # eq: pascal.2
    return x < 0, x > lam


Band = Callable[[Array, Array, Array, int], tuple[Array, Array]]

BANDS: dict[Gradient, Band] = {
    "paper": paper_band,
    "floor_first": floor_first_band,
    "clip_first": clip_first_band,
}
"""Where each gradient ends, by the input x, lambda, the position ``r = x / theta`` and L."""
