"""The narrowest weights, layer by layer, that keep what the caller asks to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from math import nan
from types import MappingProxyType
from typing import Any

import numpy as np

from fixedpoint.memory import memory
from fixedpoint.program import Program
from fixedpoint.run import run_program
from fixedpoint.widths import prove
from refsnn.engines import run
from refsnn.engines.memory import run_blocks
from refsnn.errors import InputError
from refsnn.lower.build import build_program, with_registers
from refsnn.lower.grid import InputGrid, input_grid
from refsnn.lower.quantise import quantise
from refsnn.lower.report import layer_bits
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray

NARROWEST = 2


@dataclass(frozen=True)
class Trial:
    """One width that was tried."""

    layer: str
    part: str
    """"weights" or "membrane"."""
    bits: int
    kept: bool
    value: float
    """Accuracy, or the number of spike counts that differ; NaN: too narrow for the threshold."""


@dataclass(frozen=True)
class Narrowest:
    """Outcome of `narrowest`."""

    bits: Mapping[str, int]
    """Width of the weights of every layer."""
    keep: str
    least: float
    """What had to be kept: the accuracy, or 0 differing counts."""
    value: float
    """What the chosen widths reach on the images."""
    weight_memory: tuple[int, int]
    """Bits of all weights, before and after."""
    trials: tuple[Trial, ...]
    membranes: Mapping[str, int]
    """Width of the saturating membrane of every layer that may have a narrower one than proven."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def narrowest(
    snn: SNN,
    x: Array,
    y: IntArray | None = None,
    *,
    keep: str = "accuracy",
    drop: float = 0.0,
    widest: int = 8,
    per_channel: bool = False,
    membranes: bool = False,
    tried: Callable[[Trial], None] | None = None,
) -> Narrowest:
    """Search greedily: the layer with the most weights first, one bit less at a time.

    Parameters
    ----------
    x, y : arrays
        Preprocessed images and labels the search looks at. The result is tuned to them: report
        accuracies on others.
    keep : {"accuracy", "counts"}
        "accuracy": at least that of ``widest`` bits everywhere, minus ``drop``. "counts": every
        spike count of every layer is that of the network before lowering.
    drop : float
        Accuracy that may be lost, in 0..1.
    widest : int
        Width of the start; with "counts", it must keep them all.
    membranes : bool
        Then narrow the membranes, which saturate where the proven width is not kept.
    tried : callable, optional
        Told of every trial.

    Notes
    -----
    Greedy, so not the least memory of all assignments: a later layer pays for an earlier one.
    """
    judge = _Judge(snn, np.asarray(x, np.float64), y, keep, per_channel)
    bits = layer_bits(snn, widest)
    first = judge(bits)
    least = 0.0 if keep == "counts" else first - drop
    _require_reachable(keep, first, widest)
    order = _by_weights(judge.program(bits))
    trials: list[Trial] = []
    widths: dict[str, int] = {}
    walks = [_walk(judge, bits, order, least)]
    if membranes:
        walks.append(_walk_membranes(judge, bits, widths, least))
    for trial in chain.from_iterable(walks):
        trials.append(trial)
        if trial.kept:
            (bits if trial.part == "weights" else widths)[trial.layer] = trial.bits
        if tried is not None:
            tried(trial)
    before, after = (_weights(judge.program(b)) for b in (layer_bits(snn, widest), bits))
    kept = [t.value for t in trials if t.kept]
    value = kept[-1] if kept else first
    return Narrowest(bits, keep, least, value, (before, after), tuple(trials), widths)


def _walk(
    judge: _Judge, bits: Mapping[str, int], order: list[str], least: float
) -> Iterator[Trial]:
    for name in order:
        for width in range(bits[name] - 1, NARROWEST - 1, -1):
            value = judge.attempt(dict(bits) | {name: width})
            kept = judge.good(value, least)
            yield Trial(name, "weights", width, kept, value)
            if not kept:
                break


def _walk_membranes(
    judge: _Judge, bits: Mapping[str, int], widths: Mapping[str, int], least: float
) -> Iterator[Trial]:
    program = judge.program(bits)
    for name, proven in prove(program).items():
        if program.layer(name).neuron is None:
            continue
        for width in range((proven.bits["membrane"] or 0) - 1, NARROWEST - 1, -1):
            value = judge.attempt(bits, dict(widths) | {name: width})
            kept = judge.good(value, least)
            yield Trial(name, "membrane", width, kept, value)
            if not kept:
                break


class _Judge:
    """Runs a choice of widths in integers and says what it reaches on the images."""

    def __init__(
        self, snn: SNN, x: Array, y: IntArray | None, keep: str, per_channel: bool
    ) -> None:
        if keep not in ("accuracy", "counts"):
            got = repr(keep)
            raise InputError("unknown aim", where="keep", expected="accuracy or counts", got=got)
        if keep == "accuracy" and y is None:
            raise InputError("no labels to measure accuracy on", where="y", fix="keep counts")
        self.snn, self.x, self.y, self.keep, self.per_channel = snn, x, y, keep, per_channel
        self.grid: InputGrid = input_grid(x)
        self.codes = self.grid.codes(x)

    def program(self, bits: Mapping[str, int]) -> Program:
        layers = quantise(self.snn, self.grid, bits, per_channel=self.per_channel)
        return build_program(self.snn, layers, self.grid)

    def __call__(
        self, bits: Mapping[str, int], membranes: Mapping[str, int] = MappingProxyType({})
    ) -> float:
        program, value = with_registers(self.program(bits), membranes), 0
        for part in run_blocks(self.snn, len(self.x), recorded=True):
            value += self._part(program, part)
        return value / len(self.x) if self.keep == "accuracy" else float(value)

    def attempt(
        self, bits: Mapping[str, int], membranes: Mapping[str, int] = MappingProxyType({})
    ) -> float:
        """The value, NaN where a weight or a threshold is too large for so few bits."""
        try:
            return self(bits, membranes)
        except InputError:
            return nan

    def _part(self, program: Program, part: slice) -> int:
        outcome = run_program(program, self.codes[part])
        if self.keep == "accuracy":
            assert self.y is not None
            return int(np.sum(np.argmax(outcome.logits, axis=1) == self.y[part]))
        before = run(self.snn, self.x[part]).counts
        return sum(int(np.sum(before[n] != r.counts)) for n, r in outcome.layers.items())

    def good(self, value: float, least: float) -> bool:
        return value <= least if self.keep == "counts" else value >= least


def _require_reachable(keep: str, first: float, widest: int) -> None:
    if keep == "counts" and first > 0:
        raise InputError(
            f"weights of {widest} bits change counts already",
            where="keep counts",
            expected="0 counts that differ",
            got=int(first),
            fix="start wider, up to 16, snap the network to a dyadic grid, or keep accuracy",
        )


def _by_weights(program: Program) -> list[str]:
    sizes = {name: layer.weights for name, layer in memory(program).items()}
    return sorted(sizes, key=lambda name: -sizes[name])


def _weights(program: Program) -> int:
    return sum(layer.weights for layer in memory(program).values())
