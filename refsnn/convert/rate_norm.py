"""Rate norm layers (Ding et al., IJCAI 2021): the threshold is a fraction of the largest input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np

from refsnn.activations import Clip
from refsnn.activations.rates import RateNorm
from refsnn.analysis.rate_gap import omega, worst_rate_gap
from refsnn.ann import activations, blocks, evaluate
from refsnn.calibration.maxima import largest_inputs
from refsnn.convert.base import Method
from refsnn.convert.claims import Claim, Support, SupportTable
from refsnn.convert.evaluation import Evaluation
from refsnn.convert.prepare import Calibration, require_calibration
from refsnn.convert.rate_support import (
    on_grid,
    placed,
    rate_support,
    require_supported,
)
from refsnn.errors import InputError
from refsnn.graph import Graph, Node
from refsnn.neurons import IF, Readout
from refsnn.neurons.protocol import positive
from refsnn.ops import Scale
from refsnn.semantics import choose
from refsnn.snn import SNN
from refsnn.typing import Array


@dataclass(frozen=True, kw_only=True)
class RateNormConversion(Method):
    """IF neurons that start empty, with the threshold ``p M`` of the rate norm layer.

    Parameters
    ----------
    steps : int >= 1
        Frames T of every layer.
    fraction : float > 0
        p of layers that are no rate norm: their threshold is p times the largest input seen on
        the calibration images. A `RateNorm` layer brings its own p and M.
    start : "empty" or "half"
        Membrane at the start: 0 as in the paper, or theta/2.

    Source
    ------
    The authors' code (rate_norm.1 to .6 of docs/equations.md); the body of the paper was not read.
    The second training stage with the rate inference loss is not built; its Omega is reported.
    """

    steps: int = 16
    fraction: float = 1.0
    start: str = "empty"

    name: ClassVar[str] = "rate-norm"
    title: ClassVar[str] = "Rate norm layer"
    paper: ClassVar[str] = "Ding et al., IJCAI 2021, arXiv 2105.11654 (body not read)"
    neuron_kind: ClassVar[str] = "IF"
    standing: ClassVar[str] = (
        "Activation and conversion: the authors' code. The paper's body could not be read; the "
        "bound is derived."
    )
    claim: ClassVar[Claim] = Claim(
        kind="bound",
        statement="largest |T a - N| over a uniform grid of constant drives, a the target rate",
        reference="rate clip(z / theta, 0, 1) of the same pre-activation",
        conditions=("constant drive", "bound 1 from an empty membrane, 1/2 from theta/2"),
        bound=1.0,
    )
    source: ClassVar[Mapping[str, Any]] = {"act": "relu", "levels": 4}
    demo: ClassVar[Mapping[str, Any]] = {"steps": 16, "snap": 10}
    support: ClassVar[SupportTable] = rate_support(
        RateNorm=Support("approximate", "IF neuron with threshold p M, then a scale by 1/(p M)"),
        ReLU=Support("approximate", "IF neuron; p times the largest value seen"),
        Clip=Support("approximate", "IF neuron; p times the largest value seen"),
        QCFS=Support("refused", "quantised in training: use qcfs"),
        ThresholdReLU=Support("refused", "shifted in training: use threshold-balancing"),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", positive("steps", self.steps))
        choose("start", self.start, ("empty", "half"))
        if not 0 < self.fraction < np.inf:
            raise InputError("fraction", where="fraction", expected="> 0", got=self.fraction)

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Rate norms become a clip and a scale; every activation becomes an IF neuron."""
        require_supported(graph, self.name, self.support)
        own = {n.name for n in activations(graph) if isinstance(n.op, RateNorm)}
        graph = as_clips(graph)
        thetas = {name: graph.of(name)["lambda"] for name in own}
        others = [n.name for n in activations(graph) if n.name not in own]
        if others:
            data = require_calibration(calibration, self.name, "the largest pre-activations")
            thetas |= self._balanced(graph, data, others)
        v_init = 0.5 if self.start == "half" else 0.0
        neurons = placed(graph, thetas, lambda theta: IF(theta=theta, v_init=v_init))
        ordered = {n.name: neurons[n.name] for n in activations(graph)}
        notes = {} if calibration is None else {"omega": omegas(graph, thetas, calibration)}
        return SNN(graph, ordered, Readout(), self.steps, self.name, asdict(self), notes=notes)

    def _balanced(self, graph: Graph, data: Calibration, names: list[str]) -> dict[str, Array]:
        """``p M`` (rate_norm.3), on the grid of the weights if there is one."""
        tops = largest_inputs(graph, data.x, names)
        return on_grid({name: self.fraction * top for name, top in tops.items()}, self.snap)

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """The largest distance from the target rate, in spikes."""
        bound = 0.5 if self.start == "half" else 1.0
        return self.claim.seen(worst_rate_gap(snn.neurons.values(), self.steps), bound=bound)


def as_clips(graph: Graph) -> Graph:
    """The same function with every `RateNorm` written as a clip at vth and a scale by 1/vth.

    Exactness
    ---------
    To one rounding: ``clip(x, 0, vth) (1/vth)`` in place of ``clip(x / vth, 0, 1)``.
    """
    norms = {node.name: node.op for node in graph.nodes if isinstance(node.op, RateNorm)}
    nodes: list[Node] = []
    params = {k: v for k, v in graph.params.items() if k.rpartition(".")[0] not in norms}
    for node in graph.nodes:
        inputs = tuple(f"{name}_rate" if name in norms else name for name in node.inputs)
        if node.name not in norms:
            nodes.append(replace(node, inputs=inputs))
            continue
        vth = norms[node.name].threshold(graph.of(node.name), np.dtype(np.float64))
        nodes.append(Node(node.name, Clip(), inputs))
        nodes.append(Node(f"{node.name}_rate", Scale(), (node.name,)))
        params |= {f"{node.name}.lambda": vth, f"{node.name}_rate.weight": 1 / vth}
    return Graph(graph.input_shape, tuple(nodes), params)


def omegas(
    graph: Graph, thetas: Mapping[str, Array], calibration: Calibration
) -> dict[str, float | None]:
    """Omega of every layer on the calibration images: how many steps its rates need.

    None for a layer that is silent there.
    """
    found: dict[str, list[Array]] = {name: [] for name in thetas}
    for part in blocks(np.asarray(calibration.x, np.float64), 256):
        edges = evaluate(graph, part)
        for name, theta in thetas.items():
            z = edges[graph.node(name).inputs[0]]
            found[name].append(np.clip(z / theta, 0, 1))
    every = {name: omega(np.concatenate(rates)) for name, rates in found.items()}
    return {name: value if np.isfinite(value) else None for name, value in every.items()}
