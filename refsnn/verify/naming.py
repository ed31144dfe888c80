"""Which array of a dump is which signal: by its own name, or by a map file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from refsnn.engines.observed import MEANING, LayerSignals
from refsnn.errors import InputError, nearest
from refsnn.verify.axes import Layout, parse_layout

LOGITS = "logits"


class Target(NamedTuple):
    """A signal of a layer, perhaps of one phase only; or the logits."""

    layer: str | None
    signal: str
    phase: str | None = None

    def __str__(self) -> str:
        return "/".join(part for part in (self.layer, self.phase, self.signal) if part)


@dataclass(frozen=True)
class NameMap:
    """What a map file says.

    Parameters
    ----------
    case : str, optional
        The golden case.
    axes : Layout, optional
        Order of the axes of every array that has none of its own.
    names : mapping
        Their name to (our name, or None to leave the array out; its own axes).
    """

    case: str | None = None
    axes: Layout | None = None
    names: Mapping[str, tuple[str | None, Layout | None]] = field(default_factory=dict)


def parse_map(data: Any, where: str = "map file") -> NameMap:
    """Read the JSON object of a map file; anything unknown in it is an error."""
    if not isinstance(data, dict):
        raise InputError("not an object", where=where, expected='{"names": {...}}')
    for key in data:
        if key not in ("case", "axes", "names"):
            fix = nearest(str(key), ["case", "axes", "names"])
            raise InputError(f"unknown field {key!r}", where=where, fix=fix)
    case, axes, names = data.get("case"), data.get("axes"), data.get("names", {})
    if case is not None and not isinstance(case, str):
        raise InputError("not a name", where=f"{where}, case", got=repr(case))
    if not isinstance(names, dict):
        raise InputError("not an object", where=f"{where}, names", got=type(names).__name__)
    made = {key: _entry(value, f"{where}, names[{key!r}]") for key, value in names.items()}
    return NameMap(case, None if axes is None else parse_layout(axes, f"{where}, axes"), made)


def _entry(value: Any, where: str) -> tuple[str | None, Layout | None]:
    if value is None or isinstance(value, str):
        return value, None
    known = {"signal", "axes"}
    if not isinstance(value, dict) or not set(value) <= known or "signal" not in value:
        expected = 'our name, null, or {"signal": our name, "axes": "BTCHW"}'
        raise InputError("entry cannot be read", where=where, expected=expected, got=repr(value))
    if not isinstance(value["signal"], str):
        raise InputError("not a name", where=where, got=repr(value["signal"]))
    axes = value.get("axes")
    return value["signal"], None if axes is None else parse_layout(axes, where)


def target_of(text: str, observed: Mapping[str, LayerSignals], where: str) -> Target:
    """``layer/signal``, ``layer/phase/signal`` or ``logits``; an unknown part is an error."""
    if text == LOGITS:
        return Target(None, LOGITS)
    layer, _, rest = text.partition("/")
    phase, _, signal = rest.rpartition("/")
    if layer not in observed:
        known = [*observed, LOGITS]
        raise InputError(
            f"unknown layer {layer!r}", where=where, expected=", ".join(known),
            fix=nearest(layer, known),
        )  # fmt: skip
    signals = list(observed[layer].signals)
    if signal not in signals:
        raise InputError(
            f"unknown signal {signal!r}", where=where, expected=", ".join(signals),
            fix=_meant(signal, signals),
        )  # fmt: skip
    phases = list(dict.fromkeys(name for name, _ in observed[layer].labels))
    if phase and (phase not in phases or observed[layer].signals[signal].rows is None):
        raise InputError(f"unknown phase {phase!r}", where=where, expected=", ".join(phases))
    return Target(layer, signal, phase or None)


def _meant(signal: str, signals: Iterable[str]) -> str:
    return nearest(signal, list(signals)) or f"see {', '.join(MEANING)} in docs/verify.md"
