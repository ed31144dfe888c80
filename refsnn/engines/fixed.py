"""The integer engine: a lowered program, its outcome in the form of the other engines.

All values are integers in the units of each layer: a spike counts theta, a membrane its codes.
"""

from __future__ import annotations

import numpy as np

from fixedpoint.program import Program
from fixedpoint.run import LayerRun, run_program
from fixedpoint.schedule import PHASES
from refsnn.engines.trace import Run, Trace
from refsnn.typing import IntArray


def run_integers(program: Program, codes: IntArray, *, trace: bool = False) -> Run:
    """Run a program on integer images.

    Parameters
    ----------
    codes : int array (B, ...)
        Codes of the program's input format.
    trace : bool
        Keep every step of every layer.
    """
    spiking = [layer.name for layer in program.layers[:-1]]
    outcome = run_program(program, codes, trace=spiking if trace else ())
    counts = {name: layer.counts for name, layer in outcome.layers.items()}
    theta = {layer.name: layer.neuron.theta for layer in program.layers[:-1] if layer.neuron}
    sums = {name: count * np.asarray(theta[name]) for name, count in counts.items()}
    traces = {name: _trace(layer) for name, layer in outcome.layers.items() if layer.trace}
    charges = {
        name: np.asarray(layer.currents).sum(axis=0)
        for name, layer in outcome.layers.items()
        if layer.currents is not None
    }
    sent = {
        name: np.abs(layer.spikes).sum(axis=0, dtype=np.int64)
        for name, layer in outcome.layers.items()
    }
    return Run(outcome.logits, counts, sent, sums, charges, traces)


def _trace(layer: LayerRun) -> Trace:
    rows = layer.trace
    assert rows is not None
    names = np.array(PHASES)[rows.phase]
    return Trace(names, rows.t, rows.current, rows.u, rows.spike, rows.v)
