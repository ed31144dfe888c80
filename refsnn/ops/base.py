"""What every operation of a graph is: a frozen value with shape rule, forward and backward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from refsnn.errors import InputError
from refsnn.typing import Array, IntArray, Params, Shape

Saved = Any
"""What a forward pass keeps for its backward pass; opaque to everybody else."""


@dataclass(frozen=True)
class Op:
    """One operation: hyper-parameters as fields, tensors passed in as ``params``.

    Arrays carry the batch first, ``(B, ...)``; shapes passed to `out_shape` and
    `init_params` are those of one sample. No method changes its arguments. The result has the
    dtype of the input, and parameters are cast to it.

    Attributes
    ----------
    n_inputs : int or None
        Number of inputs; None for "two or more".
    trainable : tuple of str
        Parameters the optimiser updates (those of them that the operation has: a layer
        without bias has no "bias").
    offsets : tuple of str
        Parameters that are the constant part of an affine operation: with these at zero it
        is linear.
    affine : bool
        In evaluation the output is an affine function of the inputs, so that it commutes
        with a sum over time (up to the offsets).
    weighted : bool
        Has synaptic weights: costs multiply-accumulates (or accumulates, on spikes).
    """

    n_inputs: ClassVar[int | None] = 1
    trainable: ClassVar[tuple[str, ...]] = ()
    offsets: ClassVar[tuple[str, ...]] = ()
    affine: ClassVar[bool] = True
    weighted: ClassVar[bool] = False

    def out_shape(self, *shapes: Shape) -> Shape:
        """Shape of one output sample, or an `InputError` that says what does not fit."""
        return shapes[0]

    def param_shapes(self, *shapes: Shape) -> Mapping[str, Shape]:
        """Shape of each parameter for inputs of these sample shapes."""
        return {}

    def init_params(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, Array]:
        """Initial parameters (float32) for inputs of these sample shapes."""
        return {}

    def check_params(self, params: Params, *shapes: Shape) -> None:
        """Raise an `InputError` when ``params`` do not fit inputs of these sample shapes."""
        expected = dict(self.param_shapes(*shapes))
        got = {name: np.shape(value) for name, value in params.items()}
        if expected != got:
            raise InputError("parameters do not fit", expected=expected, got=got)

    def apply(self, params: Params, *xs: Array) -> Array:
        """The output in evaluation mode: bit for bit that of `forward`."""
        return self.forward(params, *xs)[0]

    def forward(
        self,
        params: Params,
        *xs: Array,
        training: bool = False,
        rng: np.random.Generator | None = None,
    ) -> tuple[Array, Saved]:
        """The output and what `backward` needs."""
        return self.compute(params, *xs)

    def compute(self, params: Params, *xs: Array) -> tuple[Array, Saved]:
        """The `forward` of an operation that does the same in training and in evaluation."""
        raise NotImplementedError(type(self).__name__)

    def backward(
        self, params: Params, saved: Saved, grad: Array
    ) -> tuple[Sequence[Array], dict[str, Array]]:
        """Gradients with respect to each input and each trainable parameter."""
        raise NotImplementedError(type(self).__name__)

    def updates(self, params: Params, saved: Saved) -> dict[str, Array]:
        """New values of the parameters that a training pass moves without a gradient."""
        return {}

    def fanout(self, params: Params, shape: Shape) -> IntArray:
        """Accumulates caused by one spike at each element of an input sample of this shape.

        The number of output elements the input element feeds through a weight, exact at
        borders (a tap that falls on padding is not counted); zero without weights.
        """
        return np.zeros(shape, np.int64)

    def macs(self, shape: Shape) -> int:
        """Multiply-accumulates for one dense input sample: the sum of `fanout`."""
        return int(self.fanout({}, shape).sum())
