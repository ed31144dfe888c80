"""A tensor of a file as a way to look at an edge: axes in another order, then another shape.

So reshaping, flattening, squeezing and transposing cost no operation where the next one can read
the edge as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from refsnn.typing import Shape


class Tensor(NamedTuple):
    """One sample of it is ``edge.transpose(order).reshape(shape)``."""

    edge: str
    held: Shape
    """Sample shape of the edge."""
    order: tuple[int, ...]
    """Axes of the edge in the order of the file."""
    shape: Shape
    """Sample shape in the file."""

    @classmethod
    def of(cls, edge: str, held: Shape) -> Tensor:
        """The edge as it is."""
        return cls(edge, held, tuple(range(len(held))), held)

    @property
    def moved(self) -> Shape:
        """Shape of the edge, its axes in the order of the file."""
        return tuple(self.held[axis] for axis in self.order)

    @property
    def in_order(self) -> bool:
        """The values lie in the edge as they do in the file; axes of size one move freely."""
        axes = [axis for axis in self.order if self.held[axis] > 1]
        return axes == sorted(axes)

    def seen_as(self, shape: Sequence[int]) -> Tensor:
        """Another shape, as many values."""
        assert prod(shape) == prod(self.shape)
        return self._replace(shape=tuple(shape))

    def like(self, edge: str) -> Tensor:
        """The same look at another edge of the same shape."""
        return self._replace(edge=edge)

    def transposed(self, permutation: Sequence[int]) -> Tensor | None:
        """Axes of the sample in another order; None if one of them is no axis of the edge."""
        long = [axis for axis in self.order if self.held[axis] > 1]
        if [self.held[axis] for axis in long] != [size for size in self.shape if size > 1]:
            return None
        sources = iter(long)
        axes = [next(sources) if size > 1 else None for size in self.shape]
        first = [axes[axis] for axis in permutation]
        order = [axis for axis in first if axis is not None]
        rest = [axis for axis in range(len(self.held)) if axis not in order]
        shape = tuple(self.shape[axis] for axis in permutation)
        return self._replace(order=(*order, *rest), shape=shape)
