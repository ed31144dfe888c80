"""Activations with a learned threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from refsnn.activations.base import Activation
from refsnn.errors import InputError
from refsnn.ops.base import Saved
from refsnn.ops.broadcast import per_channel, require_float, sum_to
from refsnn.ops.checks import finite_at_least
from refsnn.typing import Array, Params, Shape

LAMBDA_INIT = 8.0
"""Initial threshold of the QCFS authors' code; they advise 4 or 8 (1 lets some turn negative)."""


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
