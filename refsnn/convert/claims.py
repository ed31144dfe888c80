"""What a method promises, as data, and whether a run kept the promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

LOOSE = 10
"""A bound more than this many times the observed value is flagged."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A promise and its outcome.

    Parameters
    ----------
    kind : "exact", "bound" or "statistical"
        Equal to the reference, within a bound of it, or right in the mean.
    statement : str
        The promise in one sentence, with the quantity that is observed.
    reference : str
        What the network is compared with.
    conditions : tuple of str
        When the promise is made.
    bound : float
        The observed value must not exceed it; 0 for an exact claim.
    observed : float or None
        What a run showed; None before one.
    """

    kind: Literal["exact", "bound", "statistical"]
    statement: str
    reference: str
    conditions: tuple[str, ...]
    bound: float = 0.0
    observed: float | None = None

    @property
    def held(self) -> bool | None:
        """Whether the run kept the promise; None before one."""
        return None if self.observed is None else bool(self.observed <= self.bound)

    @property
    def loose(self) -> bool:
        """A bound so wide that keeping it says little."""
        return self.kind == "bound" and bool(
            self.observed is not None and self.bound > LOOSE * self.observed
        )

    def seen(self, observed: float, **changes: Any) -> Claim:
        """The claim with what a run showed."""
        return replace(self, observed=float(observed), **changes)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, outcome included."""
        return {**asdict(self), "held": self.held, "loose": self.loose}


@dataclass(frozen=True)
class Support:
    """How a method treats one operation."""

    outcome: Literal["exact", "bound", "refused", "approximate"]
    why: str


SupportTable = Mapping[str, Support]
