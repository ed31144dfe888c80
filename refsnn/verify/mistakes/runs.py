"""Mistakes in how a network is run: states that are kept, numbers that are rounded."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsnn.analysis.exactness import exactness
from refsnn.codings import constant
from refsnn.engines import Case, Run
from refsnn.engines.numpy_ import layered_from
from refsnn.engines.propagate import constant_part, share
from refsnn.engines.trace import joined
from refsnn.snn import SNN
from refsnn.typing import Array
from refsnn.verify.mistakes.base import RunMistake
from refsnn.verify.mistakes.ordered import in_float32


def state_kept(snn: SNN, x: Array) -> Run:
    """One sample after another; neurons go on from the state that the sample before left."""
    states: dict[str, Any] = {}
    runs = []
    for sample in range(len(x)):
        frames = constant(x[sample : sample + 1], snn.input_frames)
        done, left = layered_from(snn, frames, states, None)
        runs.append(done)
        states = {name: _charged(snn, name, left[name], x.dtype) for name in snn.neurons}
    return joined(runs)


def _charged(snn: SNN, name: str, state: Any, dtype: Any) -> Any:
    """The state, with the bias that enters once entering again."""
    neuron, edge = snn.neurons[name], snn.graph.node(name).inputs[0]
    if neuron.semantics.bias_plan != "once":
        return state
    return state._replace(v=state.v + share(snn, neuron, edge, constant_part(snn, dtype)))


def _several_samples(case: Case) -> bool:
    return len(case.x) > 1


def _rounds(case: Case) -> bool:
    """Where float32 is exact no order can matter."""
    return exactness(case.snn, case.x.astype(np.float32)).level != "E"


ANY = "any network that is not exact in float32"
RUNS: tuple[RunMistake, ...] = (
    RunMistake(
        "state-kept", "states are not cleared between samples", "every network",
        runner=state_kept, needs=_several_samples,
    ),
    RunMistake(
        "narrow-dump", "nothing: its numbers are right, and were rounded when they were saved",
        "every network", alters=False,
    ),
    RunMistake(
        "float32-forwards", "sums in float32, from the first term to the last", ANY,
        runner=in_float32("forwards"), needs=_rounds,
    ),
    RunMistake(
        "float32-backwards", "sums in float32, from the last term to the first", ANY,
        runner=in_float32("backwards"), needs=_rounds,
    ),
    RunMistake(
        "float32-fused", "sums in float32, from the first term to the last, products not rounded",
        ANY, runner=in_float32("fused"), needs=_rounds,
    ),
    RunMistake(
        "float32-pairs", "sums in float32, by halves", ANY,
        runner=in_float32("pairs"), needs=_rounds,
    ),
)  # fmt: skip
