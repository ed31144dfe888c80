"""From a stage in numbers to a packed layer."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from refsnn.engines import simd
from refsnn.engines.packed.layer import Link, Matrix, PackedLayer
from refsnn.engines.packed.neurons import Counting, Firing
from refsnn.engines.packed.scale import NEVER, Scaled, Weighted, scaled
from refsnn.engines.packed.taps import Tap
from refsnn.graph import INPUT
from refsnn.typing import Array, Shape

BYTES = 255
REST = (0, NEVER, 0, 0)
"""Start, level, drop and bias of outputs that only fill up a block."""


class Given(NamedTuple):
    """A stage, as the plan knows it."""

    taps: list[Tap]
    worths: list[Array]
    """What one of each source's integers is worth, by channel (C,)."""
    largest: list[int]
    """Of each source's integers, blocks summed."""
    frames: int
    """In which it takes its input."""
    neuron: Firing | Counting
    shape: Shape
    amplitude: Array
    length: int
    """T of its train."""
    blank: int | None
    """The source is the image: the code of zero."""
    binary: bool


def in_integers(given: Given) -> PackedLayer | None:
    """Exactly the stage, or None where integers of the kernels' widths cannot do it."""
    worths = given.worths
    if isinstance(given.neuron, Counting) and given.blank is not None:
        worths = [worth * given.frames for worth in worths]
    frames = given.frames if isinstance(given.neuron, Firing) else 1
    made = scaled(given.taps, worths, given.largest, frames, given.neuron)
    if made is None or max(given.largest) > BYTES:
        return None
    kinds = {one.weights.dtype for one in made.taps if one.tap.weight is not None}
    still = given.blank is not None and isinstance(given.neuron, Firing)
    if not kinds <= ({np.dtype("i1")} if still else {np.dtype("i1"), np.dtype("i2")}):
        return None
    numbers = [np.array(row) for row in made.numbers]
    if given.blank:  # the code of zero is taken off again
        one = made.taps[0]
        sums = one.weights.sum(axis=(1, 2, 3), dtype=np.int64)
        numbers[_bias(given)] = numbers[_bias(given)] - given.blank * one.factor * sums
    kind = np.result_type(*kinds)
    links = [_link(one, kind) for one in made.taps if one.tap.weight is not None]
    worth, table = _worth(given, made, np.int32), _table(given, numbers, np.int32)
    layer = _layer(given, links, worth, table)
    return layer if layer.in_bytes or (layer.listable and not layer.counts) else None


def in_floats(given: Given) -> PackedLayer | None:
    """The stage in float32: what events add is rounded in an order of its own."""
    if not isinstance(given.neuron, Firing):
        return None
    found = []
    if given.taps[0].edge != INPUT:  # currents of the image come from elsewhere
        found = [_float(tap, worth) for tap, worth in zip(given.taps, given.worths, strict=True)]
    links = [_link(one, np.float32) for one in found if one.tap.weight is not None]
    start, level, drop, bias = (np.asarray(row, np.float32) for row in given.neuron[:4])
    if given.neuron.strict:
        level = np.nextafter(level, np.float32(np.inf))
    table = _table(given, [start, level, drop, bias], np.float32)
    layer = _layer(given, links, _worth(given, Scaled(tuple(found), ()), np.float32), table)
    return layer if layer.listable else None


def _float(tap: Tap, worth: Array) -> Weighted:
    if tap.weight is None:
        return Weighted(tap, worth.astype(np.float32), 1)
    return Weighted(tap, (tap.weight * (worth / tap.area)[:, None, None]).astype(np.float32), 1)


def _bias(given: Given) -> int:
    return 3 if isinstance(given.neuron, Firing) else 0


def _link(one: Weighted, kind: Any) -> Link:
    weights = one.weights.astype(kind, copy=False)
    return Link(one.tap.edge, Matrix(one.tap.reading, weights, one.factor))


def _worth(given: Given, made: Scaled, kind: Any) -> Array:
    for one in made.taps:
        if one.tap.weight is None:
            return simd.per_output(one.weights * kind(one.factor), given.shape[0], kind)
    return np.zeros(0, kind)


def _table(given: Given, numbers: list[Array], kind: Any) -> Array:
    """The four rows of the neurons; of a counting layer only the bias, then its levels."""
    rows = numbers if _bias(given) else [numbers[0] * 0] * 3 + [numbers[0]]
    rest = (0, np.inf, 0, 0) if kind == np.float32 else REST
    filled = [simd.per_output(r, given.shape[0], kind, z) for r, z in zip(rows, rest, strict=True)]
    if not _bias(given):
        filled += [simd.per_output(row, given.shape[0], kind, NEVER) for row in numbers[1]]
    return np.stack(filled)


def _layer(given: Given, links: list[Link], worth: Array, table: Array) -> PackedLayer:
    same = [tap.edge for tap in given.taps if tap.weight is None]
    return PackedLayer(
        links=tuple(links), same=same[0] if same else None, worth=worth,
        p=np.ascontiguousarray(table[:4]), levels=np.ascontiguousarray(table[4:]),
        hard=isinstance(given.neuron, Firing) and given.neuron.hard, shape=given.shape,
        amplitude=given.amplitude, frames=given.length, blank=given.blank, binary=given.binary,
        counts=isinstance(given.neuron, Counting),
    )  # fmt: skip


def readable(taps: list[Tap]) -> bool:
    """At most two sources with weights and one without; the image only alone, and not pooled."""
    plain = sum(tap.weight is None for tap in taps)
    weighted = len(taps) - plain
    if any(tap.edge == INPUT for tap in taps):
        return len(taps) == weighted == 1 and taps[0].reading.pool == (1, 1)
    return 1 <= weighted <= 2 and plain <= 1
