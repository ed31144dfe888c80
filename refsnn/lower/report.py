"""Lower a spiking network to integers, and say what that cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fixedpoint.edges import EdgeFormats, edges
from fixedpoint.memory import LayerMemory, memory
from fixedpoint.program import Program
from fixedpoint.resources import Logic, estimate
from fixedpoint.widths import Widths, prove
from refsnn.analysis.exactness import exactness
from refsnn.errors import InputError, nearest
from refsnn.lower.build import build_program, requantised, with_registers
from refsnn.lower.grid import InputGrid, input_grid
from refsnn.lower.measure import Measured, measure
from refsnn.lower.quantise import QuantisedLayer, quantise
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray


@dataclass(frozen=True)
class LayerLowering:
    """One layer in integers."""

    name: str
    weight_bits: int
    theta: tuple[int, ...] | None
    """Integer threshold, one or one per channel; None of the readout."""
    delta: tuple[float, ...]
    """Step of the membrane in units of the trained network, one or one per channel."""
    largest_weight: int
    weight_rounding: float
    """Largest rounding of a weight, in steps."""
    bias_rounding: float
    shift_rounding: float
    """What a charge per step that is no whole number lost, in steps."""
    shortcuts: tuple[dict[str, Any], ...]
    """Identity shortcuts: integer weight ``theta_src / theta_dst``, its bits and its rounding."""
    bits: dict[str, int | None]
    """Proven widths."""
    formats: dict[str, Any]
    """Of every edge: received, weights, bias, current, membrane, sent (`fixedpoint.edges`)."""
    memory: LayerMemory
    """In bits, for one sample."""
    logic: Logic | None
    """One neuron with its controller, estimated; None of the readout."""
    proven_membrane: tuple[int, int]
    observed_membrane: tuple[int, int] | None
    wrong_counts: int | None
    """Spike counts that differ from the levels of the requantised ANN."""


@dataclass(frozen=True)
class LoweringReport:
    """What lowering did, on some data."""

    weight_bits: int
    """Of the widest layer."""
    input_format: str
    input_values_changed: int
    layers: tuple[LayerLowering, ...]
    spikes_differ: int
    """Spikes of the integer run that differ from the float engine's on the same dyadic weights."""
    logits_differ: int
    float_engine_level: str
    wrong_counts: int | None
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
        layers = [
            {**asdict(x), "memory": {**asdict(x.memory), "blocks": x.memory.blocks}}
            for x in self.layers
        ]
        return {**asdict(self), "layers": layers, "held": self.held}


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


def lower(
    snn: SNN,
    x: Array,
    y: IntArray | None = None,
    *,
    bits: int | Mapping[str, int] = 8,
    per_channel: bool = False,
    grid: InputGrid | None = None,
    membranes: Mapping[str, int] | None = None,
) -> Lowered:
    """Lower to a `Program` and hold it to the float engine on the same weights.

    Parameters
    ----------
    x : float64 array (B, ...)
        Preprocessed images: what the report is measured on, and, without a ``grid``, what fixes
        the input format.
    bits : int or mapping, 2..16
        Width of the weights; a mapping names the layers (their neurons, or the output) and
        leaves 8 to the others.
    per_channel : bool
        Choose the membrane step of each channel on its own.
    grid : InputGrid, optional
        Input format, `input_grid` of calibration images.
    membranes : mapping, optional
        Saturating membranes of these layers, in bits: narrower than proven. Where one saturates,
        the integers part from the float engine, which has no such thing.

    Source
    ------
    Fixed-point consequences: section 10 of the notes on QCFS and PASCAL.
    """
    x = np.asarray(x, np.float64)
    grid = grid or input_grid(x)
    layers = quantise(snn, grid, layer_bits(snn, bits), per_channel=per_channel)
    program, reference = build_program(snn, layers, grid), requantised(snn, layers)
    program = with_registers(program, _known_layers(snn, membranes or {}))
    widths, stored, formats = prove(program), memory(program), edges(program)
    found = measure(program, reference, snn, grid, x)
    report = LoweringReport(
        weight_bits=max(layer.bits for layer in layers),
        input_format=str(program.input_format),
        input_values_changed=found.input_values_changed,
        layers=tuple(
            _layer(
                x,
                widths[x.name],
                stored[x.name],
                formats[x.name],
                _logic(program, widths, x.name),
                found,
            )
            for x in layers
        ),
        spikes_differ=found.spikes_differ,
        logits_differ=found.logits_differ,
        float_engine_level=exactness(reference, grid.values(grid.codes(x))).level,
        wrong_counts=found.all_wrong,
        counts_differ_from_float=found.counts_differ_from_float,
        accuracy=None if y is None else found.accuracy(y),
    )
    return Lowered(program, reference, grid, report)


def layer_bits(snn: SNN, bits: int | Mapping[str, int]) -> dict[str, int]:
    """Width of the weights of every layer."""
    layers = [*snn.neurons, snn.graph.output]
    given = dict.fromkeys(layers, bits) if isinstance(bits, int) else dict(bits)
    for name, width in _known_layers(snn, given).items():
        if not 2 <= width <= 16:
            raise InputError("weights cannot be that wide", where=name, expected="2..16", got=width)
    return dict.fromkeys(layers, 8) | given


def _logic(program: Program, widths: Mapping[str, Widths], name: str) -> Logic | None:
    neuron = program.layer(name).neuron
    if neuron is None:
        return None
    width = widths[name].bits["membrane"] or 0
    register = neuron.membrane
    return estimate(neuron, register.width if register else width, saturates=register is not None)


def _known_layers(snn: SNN, widths: Mapping[str, int]) -> Mapping[str, int]:
    layers = [*snn.neurons, snn.graph.output]
    for name in widths:
        if name not in layers:
            fix = nearest(name, layers)
            raise InputError(f"no layer {name!r} to give a width", where="bits", fix=fix)
    return widths


def _layer(
    layer: QuantisedLayer,
    widths: Widths,
    stored: LayerMemory,
    formats: EdgeFormats,
    logic: Logic | None,
    found: Measured,
) -> LayerLowering:
    shortcuts = tuple(
        {
            "source": q.path.source,
            "weight": np.ravel(q.weight).tolist(),
            "bits": int(np.max(np.abs(q.weight))).bit_length() + 1,
            "rounding": q.rounding,
        }
        for q in layer.paths
        if q.path.weighted is None
    )
    own = [q for q in layer.paths if q.path.weighted is not None]
    return LayerLowering(
        name=layer.name,
        weight_bits=layer.bits,
        theta=None if layer.theta is None else tuple(np.ravel(layer.theta).tolist()),
        delta=tuple(np.ravel(layer.delta).tolist()),
        largest_weight=max((int(np.max(np.abs(q.weight), initial=0)) for q in own), default=0),
        weight_rounding=max((q.rounding for q in own), default=0.0),
        bias_rounding=layer.bias_rounding,
        shift_rounding=layer.shift_rounding,
        shortcuts=shortcuts,
        bits=widths.bits,
        formats=formats.to_dict(),
        memory=stored,
        logic=logic,
        proven_membrane=widths.membrane,
        observed_membrane=found.observed.get(layer.name),
        wrong_counts=found.wrong.get(layer.name),
    )
