"""What every activation is, and the registry of them."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from refsnn.ops.base import Op
from refsnn.ops.registry import register
from refsnn.typing import Array, Params

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
