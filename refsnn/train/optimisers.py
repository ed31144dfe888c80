"""Rules that turn gradients into new parameters: SGD, Adam, and the cosine schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from refsnn.typing import Array


class Optimiser(Protocol):
    """A rule that turns gradients into new parameters; its state is explicit."""

    def start(self, params: Mapping[str, Array]) -> Any:
        """State before the first step."""

    def step(
        self, state: Any, params: Mapping[str, Array], gradients: Mapping[str, Array], rate: float
    ) -> tuple[Any, dict[str, Array]]:
        """New state and new values of the parameters that have a gradient."""


@dataclass(frozen=True, kw_only=True)
class SGD:
    """``m <- momentum m + g + decay p``, ``p <- p - rate m``."""

    momentum: float = 0.9
    weight_decay: float = 5e-4

    def start(self, params: Mapping[str, Array]) -> dict[str, Array]:
        """No velocity."""
        return {name: np.zeros_like(value) for name, value in params.items()}

    def step(
        self,
        state: dict[str, Array],
        params: Mapping[str, Array],
        gradients: Mapping[str, Array],
        rate: float,
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """One update."""
        velocity = {
            name: self.momentum * state[name] + grad + self.weight_decay * params[name]
            for name, grad in gradients.items()
        }
        return {**state, **velocity}, {n: params[n] - rate * velocity[n] for n in gradients}


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Adam with bias correction; decoupled weight decay ``p <- p - rate decay p``."""

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

    def start(self, params: Mapping[str, Array]) -> tuple[int, dict[str, Array], dict[str, Array]]:
        """Step 0, zero moments."""
        zeros = {name: np.zeros_like(value) for name, value in params.items()}
        return 0, zeros, dict(zeros)

    def step(
        self,
        state: tuple[int, dict[str, Array], dict[str, Array]],
        params: Mapping[str, Array],
        gradients: Mapping[str, Array],
        rate: float,
    ) -> tuple[tuple[int, dict[str, Array], dict[str, Array]], dict[str, Array]]:
        """One update."""
        count, first, second = state[0] + 1, dict(state[1]), dict(state[2])
        new = {}
        for name, grad in gradients.items():
            first[name] = self.beta1 * first[name] + (1 - self.beta1) * grad
            second[name] = self.beta2 * second[name] + (1 - self.beta2) * grad * grad
            mean = first[name] / (1 - self.beta1**count)
            root = np.sqrt(second[name] / (1 - self.beta2**count)) + self.eps
            new[name] = params[name] - rate * (mean / root + self.weight_decay * params[name])
        return (count, first, second), new


def cosine(rate: float, done: float) -> float:
    """Cosine annealing: ``rate`` at 0 to nothing at ``done`` = 1."""
    return float(rate * 0.5 * (1 + np.cos(np.pi * done)))


OPTIMISERS: dict[str, Callable[..., Any]] = {"sgd": SGD, "adam": Adam}
