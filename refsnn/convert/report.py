"""The report of a conversion: what was promised, what was seen, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from refsnn.convert.claims import Claim
from refsnn.convert.evaluation import Evaluation


@dataclass(frozen=True)
class Skipped:
    """A part of the network that a method did not convert, and why."""

    node: str
    op: str
    why: str


@dataclass(frozen=True)
class Report:
    """What a conversion returns beside the network."""

    method: str
    settings: Mapping[str, Any]
    claim: Claim
    semantics: Mapping[str, Any]
    steps: Mapping[str, int]
    skipped: tuple[Skipped, ...] = ()
    evaluation: Evaluation | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    """Title, paper, neuron, and what of the method is known, derived or reconstructed."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the method itself measured, e.g. the accuracy before and after snapping."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        from dataclasses import asdict

        body = asdict(self)
        body["claim"] = self.claim.to_dict()
        body["claim_held"] = self.claim.held
        body["wrong_counts"] = self.evaluation.wrong_counts if self.evaluation else None
        return body
