"""Lower a spiking network to integers, and say what that cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fixedpoint.program import Program
from fixedpoint.run import ProgramRun, run_program
from fixedpoint.widths import Widths, prove
from refsnn.analysis.exactness import exactness
from refsnn.ann import correct, evaluate, references
from refsnn.engines import Run, run
from refsnn.lower.build import build_program, requantised
from refsnn.lower.quantise import InputGrid, QuantisedLayer, input_grid, quantise
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray


@dataclass(frozen=True)
class LayerLowering:
    """One layer in integers."""

    name: str
    theta: int | None
    delta: float
    """Step of the membrane, in units of the trained network."""
    largest_weight: int
    weight_rounding: float
    """Largest rounding of a weight, in steps."""
    bias_rounding: float
    shortcuts: tuple[dict[str, Any], ...]
    """Identity shortcuts: integer weight ``theta_src / theta_dst``, its bits and its rounding."""
    bits: dict[str, int | None]
    """Proven widths."""
    proven_membrane: tuple[int, int]
    observed_membrane: tuple[int, int] | None
    wrong_counts: int | None
    """Spike counts that differ from the levels of the requantised ANN."""


@dataclass(frozen=True)
class LoweringReport:
    """What lowering did, on some data."""

    weight_bits: int
    input_format: str
    input_values_changed: int
    layers: tuple[LayerLowering, ...]
    spikes_differ: int
    """Spikes of the integer run that differ from the float engine's on the same dyadic weights."""
    logits_differ: int
    float_engine_level: str
    wrong_counts: int
    counts_differ_from_float: int
    """Spike counts that differ from those of the network before lowering."""
    accuracy: dict[str, float] | None
    """Of the integer network, the requantised ANN, and the network before lowering."""

    @property
    def held(self) -> bool:
        """The integer run equals the float engine on the same weights, bit for bit."""
        return self.spikes_differ == 0 and self.logits_differ == 0

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**asdict(self), "held": self.held}


@dataclass(frozen=True)
class Lowered:
    """An integer network, its reference, and the report."""

    program: Program
    reference: SNN
    """The float network with the same dyadic weights; its graph is the requantised ANN."""
    grid: InputGrid
    report: LoweringReport

    def codes(self, x: Array) -> IntArray:
        """Integer input of preprocessed images."""
        return self.grid.codes(x)


def lower(snn: SNN, x: Array, y: IntArray | None = None, *, bits: int = 8) -> Lowered:
    """Lower to a `Program` and hold it to the float engine on the same weights.

    Parameters
    ----------
    x : float64 array (B, ...)
        Preprocessed images: they fix the input format and are what the report is measured on.
    bits : int
        Width of the weights.

    Source
    ------
    Fixed-point consequences: section 10 of the notes on QCFS and PASCAL.
    """
    x = np.asarray(x, np.float64)
    grid = input_grid(x)
    layers = quantise(snn, grid, bits)
    program, reference = build_program(snn, layers, grid), requantised(snn, layers)
    codes = grid.codes(x)
    on_grid = np.ldexp(codes.astype(np.float64), -grid.frac)
    names = [layer.name for layer in program.layers[:-1]]
    integer = run_program(program, codes, trace=())
    floats = run(reference, on_grid, record=names)
    before = run(snn, x)
    report = _report(
        (snn, reference), (integer, floats, before), layers, prove(program), (x, on_grid, y), bits, grid
    )
    return Lowered(program, reference, grid, report)


def _report(
    networks: tuple[SNN, SNN],
    runs: tuple[ProgramRun, Run, Run],
    layers: list[QuantisedLayer],
    widths: dict[str, Widths],
    data: tuple[Array, Array, IntArray | None],
    bits: int,
    grid: InputGrid,
) -> LoweringReport:
    snn, reference = networks
    integer, floats, before = runs
    x, on_grid, y = data
    values = evaluate(reference.graph, on_grid)
    wrong = _wrong_counts(reference, integer, values)
    integer_logits = integer.logits / (reference.frames[reference.graph.output] if _mean(snn) else 1)
    spikes = sum(
        int(np.sum(_emitted(floats, name) != layer.spikes)) for name, layer in integer.layers.items()
    )
    counts = sum(int(np.sum(before.counts[n] != run.counts)) for n, run in integer.layers.items())
    accuracy = None
    if y is not None:
        accuracy = {
            "integer": correct(integer.logits, y),
            "requantised_ann": correct(values[reference.graph.output], y),
            "float_snn": correct(before.logits, y),
        }
    return LoweringReport(
        weight_bits=bits,
        input_format=f"{'s' if grid.signed else 'u'}{grid.width}.{grid.frac}",
        input_values_changed=int(np.sum(on_grid != x)),
        layers=tuple(_layer(layer, widths[layer.name], integer, wrong) for layer in layers),
        spikes_differ=spikes,
        logits_differ=int(np.sum(integer_logits != floats.logits)),
        float_engine_level=exactness(reference, on_grid).level,
        wrong_counts=sum(wrong.values()),
        counts_differ_from_float=counts,
        accuracy=accuracy,
    )


def _mean(snn: SNN) -> bool:
    return snn.readout.kind == "mean"


def _wrong_counts(reference: SNN, integer: ProgramRun, values: dict[str, Array]) -> dict[str, int]:
    from refsnn.convert.report import decodes_to

    refs = references(reference.graph, values)
    wrong = {}
    for name, layer in integer.layers.items():
        level = refs[name].level
        assert level is not None
        wrong[name] = int(np.sum(~decodes_to(reference, name, layer.counts, level)))
    return wrong


def _emitted(run: Run, name: str) -> Array:
    """The frames a layer sent, from its trace: the rows of its emitting phases."""
    trace = run.traces[name]
    return trace.fired[np.isin(trace.phase, ("emit", "fire"))]


def _layer(
    layer: QuantisedLayer, widths: Widths, integer: ProgramRun, wrong: dict[str, int]
) -> LayerLowering:
    shortcuts = tuple(
        {
            "source": q.path.source,
            "weight": int(q.weight),
            "bits": int(q.weight).bit_length() + 1,
            "rounding": q.rounding,
        }
        for q in layer.paths
        if q.path.weighted is None
    )
    own = [q for q in layer.paths if q.path.weighted is not None]
    done = integer.layers.get(layer.name)
    return LayerLowering(
        name=layer.name,
        theta=layer.theta,
        delta=layer.delta,
        largest_weight=max((int(np.max(np.abs(q.weight), initial=0)) for q in own), default=0),
        weight_rounding=max((q.rounding for q in own), default=0.0),
        bias_rounding=layer.bias_rounding,
        shortcuts=shortcuts,
        bits=widths.bits,
        proven_membrane=widths.membrane,
        observed_membrane=done.observed if done else None,
        wrong_counts=wrong.get(layer.name),
    )
