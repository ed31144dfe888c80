"""Activations of the source network: value, gradient, and the level a spike train carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from refsnn.errors import InputError, nearest
from refsnn.ops.base import Op, Saved
from refsnn.ops.broadcast import per_channel, require_float, sum_to
from refsnn.ops.checks import finite_at_least, whole
from refsnn.ops.registry import register
from refsnn.typing import Array, IntArray, Params, Shape

LAMBDA_INIT = 8.0
"""Initial threshold of the QCFS authors' code; they advise 4 or 8 (1 lets some turn negative)."""

Gradient = Literal["paper", "floor_first", "clip_first"]

ACTIVATIONS: dict[str, type[Activation]] = {}
"""Every activation by class name; they are in `refsnn.ops.OPS` too."""


class Activation(Op):
    """An elementwise nonlinearity that a spiking neuron can replace."""

    affine: ClassVar[bool] = False
    # Not a field of a dataclass: `QCFS` makes it one, the others have no levels.
    levels: int | None = None

    def unquantised(self, params: Params, x: Array) -> Array:
        """The activation without its rounding: what an error split measures clipping by."""
        return self.apply(params, x)


AnyActivation = TypeVar("AnyActivation", bound=type[Activation])


def activation(cls: AnyActivation) -> AnyActivation:
    """Class decorator: register as an activation and as an operation."""
    ACTIVATIONS[cls.__name__] = cls
    return register(cls)


@activation
@dataclass(frozen=True)
class ReLU(Activation):
    """``y = max(x, 0)``, with gradient 0 at 0. Exact."""

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Keeps the input."""
        (x,) = xs
        return np.maximum(x, x.dtype.type(0)), x

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """1 for x > 0."""
        return [grad * (saved > 0)], {}


@dataclass(frozen=True)
class Thresholded(Activation):
    """An activation with a learned threshold "lambda" > 0: one for all, () , or per channel, (C,).

    Parameters
    ----------
    lambda_init : float > 0
        Initial value.
    """

    lambda_init: float = field(default=LAMBDA_INIT, kw_only=True)

    trainable: ClassVar[tuple[str, ...]] = ("lambda",)

    def __post_init__(self) -> None:
        finite_at_least("lambda_init", self.lambda_init, 0, strict=True)

    def param_shapes(self, *shapes: Shape) -> dict[str, Shape]:
        """One threshold, unless the caller brings one for each channel."""
        return {"lambda": ()}

    def init_params(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, Array]:
        """``lambda_init``."""
        return {"lambda": np.full((), self.lambda_init, np.float32)}

    def check_params(self, params: Params, *shapes: Shape) -> None:
        """Accepts () and (C,); the values must be positive."""
        got = {name: np.shape(value) for name, value in params.items()}
        if got not in ({"lambda": ()}, {"lambda": shapes[0][:1]}):
            expected = f"'lambda' of shape () or {shapes[0][:1]}"
            raise InputError("parameters do not fit", expected=expected, got=got)
        require_positive(params["lambda"])

    def unquantised(self, params: Params, x: Array) -> Array:
        """``clip(x, 0, lambda)``."""
        return np.clip(x, x.dtype.type(0), threshold(params, x))

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """Chain rule with `slopes`; the threshold's part is summed over the axes it spans."""
        dx, dlambda = self.slopes(params, saved)
        return [grad * dx], {"lambda": sum_to(grad * dlambda, np.shape(params["lambda"]))}

    def slopes(self, params: Params, x: Array) -> tuple[Array, Array]:
        """(dy/dx, dy/dlambda), elementwise, in the dtype of ``x``."""
        raise NotImplementedError(type(self).__name__)


def require_positive(lam: Array) -> None:
    """Refuse a threshold that is not positive (NaN included)."""
    if not np.all(np.greater(lam, 0)):
        raise InputError(
            "the threshold is not positive",
            where="lambda",
            expected="> 0",
            got=np.min(lam),
            fix="start training from a larger lambda_init (4 or 8)",
        )


def threshold(params: Params, x: Array) -> Array:
    """Lambda, positive, in the dtype of ``x`` and broadcast along its channel axis."""
    require_positive(params["lambda"])
    require_float(x, "a threshold activation")
    return per_channel(params["lambda"], x)


@activation
@dataclass(frozen=True)
class Clip(Thresholded):
    """``y = clip(x, 0, lambda)``: a ReLU with a learned ceiling.

    Gradient: dy/dx = 1 for 0 < x < lambda, dy/dlambda = 1 for x >= lambda, else 0
    (the convention of PACT, Choi et al. 2018, equation 3). Exact.
    """

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """Keeps the input."""
        (x,) = xs
        return self.unquantised(params, x), x  # eq: error_compensation.1

    def slopes(self, params: Params, x: Array) -> tuple[Array, Array]:
        """One of the two is 1, or neither."""
        above = x >= threshold(params, x)  # eq: error_compensation.3
        inside = (x > 0) & ~above  # eq: error_compensation.2
        return inside.astype(x.dtype), above.astype(x.dtype)


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
