"""Every signal of a program's run, and the formats that hold them for every input."""

from __future__ import annotations

import zlib
from typing import Literal

import numpy as np

from fixedpoint import memfile
from fixedpoint.formats import Format
from fixedpoint.models import IntNeuron, IntPascal
from fixedpoint.program import INPUT, Layer, Program, frames_out, start
from fixedpoint.run import LayerRun, layer_currents, run_program, weighted
from fixedpoint.typing import AnyArray, IntArray
from fixedpoint.vectors.network_program import safe
from fixedpoint.widths import Widths, prove

Trace = Literal["full", "final"]
Signals = dict[str, dict[str, IntArray]]
"""Layer to signal to codes, (sample, ..) with the neurons of a layer flattened in C order."""
SHAPES = {
    "acc": ("current", ("sample", "step", "neuron"), "after bias and weights, before the membrane"),
    "u": ("membrane", ("sample", "row", "neuron"), "v_pre: what the comparison saw"),
    "spike": ("spike", ("sample", "row", "neuron"), "decided in this row"),
    "v": ("membrane", ("sample", "row", "neuron"), "v_post: after the reset"),
    "count": ("count", ("sample", "row", "neuron"), "after this row"),
    "sat": ("sat", ("sample", "row", "neuron"), "1 where the membrane register overflowed"),
    "v_end": ("membrane", ("sample", "neuron"), "after the last row"),
    "out": ("out", ("sample", "step", "neuron"), "emitted in this output step"),
    "logits": ("membrane", ("sample", "class"), "start value and all currents"),
    "class": ("class", ("sample",), "index of the largest logit, the lowest of equals"),
    "crc": ("crc", ("sample",), "CRC-32 of the output words up to and with this sample"),
}
"""Signal to its format within the layer, its axes, and when it is taken."""
FULL = ("acc", "u", "spike", "v", "count", "sat", "out", "crc")
FINAL = ("v_end", "out", "crc")


def network_signals(program: Program, x: IntArray, trace: Trace = "full") -> Signals:
    """Run a program and give every expected signal of every layer."""
    names = [layer.name for layer in program.layers[:-1]]
    run = run_program(program, x, trace=names)
    formats = program_formats(program)
    trains: dict[str, AnyArray] = {INPUT: _input_train(program, x)}
    found: Signals = {}
    for layer in program.layers[:-1]:
        name = safe(layer.name)
        trains[layer.name] = weighted(layer, run.layers[layer.name].spikes)
        signals = _of_layer(run.layers[layer.name])
        signals["crc"] = _running_crc(signals["out"], formats[f"{name}.out"], packed=True)
        if layer.neuron is None or layer.neuron.membrane is None:
            del signals["sat"]  # nothing can overflow: the widths are proven
        wanted = FULL if trace == "full" else FINAL
        found[name] = {key: signals[key] for key in wanted if key in signals}
    readout = program.layers[-1]
    name = safe(readout.name)
    found[name] = _of_readout(readout, trains, program.input_frames, trace)
    logits, fmt = found[name]["logits"], formats[f"{name}.membrane"]
    found[name]["crc"] = _running_crc(logits, fmt, packed=False)
    return found


def _input_train(program: Program, x: IntArray) -> IntArray:
    silent = np.zeros((program.extra_frames, *x.shape), np.int64)
    return np.concatenate([np.broadcast_to(x, (program.input_frames, *x.shape)), silent])


def _of_layer(run: LayerRun) -> dict[str, IntArray]:
    assert run.trace is not None
    assert run.currents is not None
    rows = {name: _samples_first(getattr(run.trace, name)) for name in FULL[1:5]}
    rows["sat"] = _samples_first(run.trace.saturated)
    ends = {"v_end": rows["v"][:, -1], "out": _samples_first(run.spikes.astype(np.int64))}
    return {"acc": _samples_first(run.currents)} | rows | ends


def _samples_first(values: IntArray) -> IntArray:
    """(row, sample, ..) to (sample, row, neuron)."""
    return np.swapaxes(values.reshape(*values.shape[:2], -1), 0, 1)


def _of_readout(
    readout: Layer, trains: dict[str, AnyArray], lit: int, trace: Trace
) -> dict[str, IntArray]:
    acc = _samples_first(layer_currents(readout, trains, lit))
    v = np.cumsum(acc, axis=1) + start(readout).reshape(-1)
    result = {"logits": v[:, -1], "class": v[:, -1].argmax(axis=1).astype(np.int64)}
    return {"acc": acc, "v": v} | result if trace == "full" else result


def _running_crc(codes: IntArray, fmt: Format, *, packed: bool) -> IntArray:
    """After each sample, the CRC-32 of all words so far."""
    crc, found = 0, []
    for sample in codes:
        words = memfile.pack(sample, fmt) if packed else memfile.encode(sample, fmt)
        crc = zlib.crc32(np.ascontiguousarray(words).tobytes(), crc)
        found.append(crc)
    return np.array(found, np.int64)


def program_formats(program: Program) -> dict[str, Format]:
    """Formats of every layer's signals, from proven ranges: nothing depends on the stimulus."""
    frames, widths, found = program.frames(), prove(program), {INPUT: program.input_format}
    for layer in program.layers:
        t_in = frames[layer.taps[0].source]
        own = _layer_formats(layer, widths[layer.name], t_in)
        found |= {f"{safe(layer.name)}.{name}": fmt for name, fmt in own.items()}
    classes = Format.holding(0, max(1, _outputs(program) - 1))
    return found | {"crc": Format(False, 32), "class": classes}


def _outputs(program: Program) -> int:
    """Classes: only a run tells the shape behind any chain of maps."""
    zero = np.zeros((1, *program.input_shape), np.int64)
    return int(run_program(program, zero).logits[0].size)


def _layer_formats(layer: Layer, widths: Widths, t_in: int) -> dict[str, Format]:
    current, membrane = _signed(widths.accumulator), _signed(widths.membrane)
    if layer.neuron is None:
        wide = Format(True, max(membrane.width, current.width))
        return {"current": current, "membrane": wide}
    count = _count(layer.neuron, widths, frames_out(layer, t_in))
    out = Format.holding(*layer.neuron.spike_range)
    spike = Format(True, 2) if isinstance(layer.neuron, IntPascal) else out
    wide = Format(True, max(membrane.width, count.width + 1, current.width))
    if layer.neuron.membrane is not None:
        wide = Format(True, max(layer.neuron.membrane.width, count.width + 1))
    own = {"current": current, "membrane": wide, "spike": spike, "count": count, "out": out}
    return own if layer.neuron.membrane is None else own | {"sat": Format(False, 1)}


def _count(neuron: IntNeuron, widths: Widths, frames: int) -> Format:
    fmt = Format.holding(*(widths.counter or neuron.value_range(frames)))
    return Format(fmt.signed, max(fmt.width, 2))


def _signed(bounds: tuple[int, int]) -> Format:
    fmt = Format.holding(min(bounds[0], 0), max(bounds[1], 0), signed=True)
    return Format(True, max(fmt.width, 2))
