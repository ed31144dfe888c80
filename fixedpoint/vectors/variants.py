"""Named settings of the neurons: each is one bundle of the published set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from fixedpoint.errors import InputError, nearest
from fixedpoint.models import IntNeuron
from fixedpoint.register import Register
from fixedpoint.vectors.kinds import KINDS, build, kind_named


@dataclass(frozen=True)
class Variant:
    """One neuron and what differs from its defaults."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    """``membrane`` as {"width", "overflow"}."""
    in_width: int = 8
    """Bits of a current, unless given."""

    @property
    def theta(self) -> int:
        """Threshold, unless given: no bit of it is idle, where it need not be a power of two."""
        return 64 if KINDS[self.kind].code is None else 37


def _narrow(overflow: str, width: int = 10) -> dict[str, Any]:
    return {"membrane": {"width": width, "overflow": overflow}}


VARIANTS = {
    **{name: Variant(name) for name in KINDS},
    "bit_serial": Variant("bit_serial", {"t_out": 4}),
    "bit_serial_wired": Variant("bit_serial_wired", {"t_out": 4}),
    "burst": Variant("burst", in_width=11),
    "burst_pow2": Variant("burst_pow2", in_width=11),
    "if_gt": Variant("if", {"compare": "gt"}),
    "if_zero": Variant("if", {"reset": "zero"}),
    "if_saturating": Variant("if", _narrow("saturate")),
    "if_saturating_sym": Variant("if", _narrow("saturate_sym")),
    "if_wrapping": Variant("if", _narrow("wrap")),
    "if_pow2_saturating": Variant("if_pow2", _narrow("saturate")),
    "burst_saturating": Variant("burst", _narrow("saturate", 12), in_width=11),
    "dual_capped": Variant("dual", {"cap": 3}),
    "dual_unguarded": Variant("dual", {"memory": False, "negative": 16, "strict_negative": False}),
    "dual_strict": Variant("dual", {"strict_positive": True, "negative": 5}),
}
"""Every kind with its defaults, and the settings that change a decision."""

PHI = 4
"""Most spikes of a burst, unless given."""


def variant_named(name: str) -> Variant:
    """The variant of this name."""
    if name not in VARIANTS:
        known = list(VARIANTS)
        raise InputError(f"unknown neuron {name!r}", where="kind", fix=nearest(name, known))
    return VARIANTS[name]


def neuron_of(variant: Variant, theta: int, t: int, given: Mapping[str, Any]) -> IntNeuron:
    """The integer neuron of a variant: its own settings, then the given ones."""
    kind = kind_named(variant.kind)
    known = {f.name for f in fields(kind.model)}
    own: dict[str, Any] = {"t_out": t, "phi": PHI, "shift": theta // (2 * t)}
    own = {name: value for name, value in own.items() if name in known}
    chosen = {**own, **variant.settings, **given}
    start = chosen.pop("v_init", 0 if "phi" in known else theta // 2)
    if unknown := set(chosen) - known:
        name = min(unknown)
        raise InputError(f"no setting {name!r}", where=kind.id, fix=nearest(name, sorted(known)))
    register = chosen.get("membrane")
    if isinstance(register, Register):
        chosen["membrane"] = {"width": register.width, "overflow": register.overflow}
    return build(kind, theta, start, chosen)
