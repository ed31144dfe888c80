"""Exercises 2 and 3 of lesson T19. Try them: refsnn learn T19"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np

from refsnn.ann import activations
from refsnn.calibration.maxima import largest_inputs
from refsnn.convert import Calibration, Claim, Evaluation, Method, Support
from refsnn.convert.claims import SupportTable
from refsnn.convert.prepare import require_calibration
from refsnn.convert.rate_support import on_grid, placed, rate_support, require_supported
from refsnn.graph import Graph
from refsnn.neurons import IF, Readout, respond
from refsnn.neurons.protocol import positive
from refsnn.snn import SNN

# --- Exercise 2: a method --------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class OwnMethod(Method):
    """Rate coding of a ReLU network: theta is the layer's largest activation, start at 0.

    Parameters
    ----------
    steps : int >= 1
        Frames T of every layer.
    """

    steps: int = 16

    name: ClassVar[str] = "own"
    title: ClassVar[str] = "Data-based normalisation, as thresholds"
    paper: ClassVar[str] = "after Diehl et al., IJCNN 2015 (body not read)"
    neuron_kind: ClassVar[str] = "IF"
    standing: ClassVar[str] = "The rule is common practice; the claim is derived."
    claim: ClassVar[Claim] = Claim(
        kind="bound",
        statement="a constant drive z leaves out (T z - theta n) / theta spikes of each neuron, "
        "which lies in 0 ... 1: largest distance from 1/2",
        reference="the same pre-activation, not below 0",
        conditions=("constant drive", "0 <= z <= theta"),
        bound=0.5,
    )
    source: ClassVar[Mapping[str, Any]] = {"act": "relu", "levels": 4}
    support: ClassVar[SupportTable] = rate_support(
        ReLU=Support("approximate", "IF neuron: too few spikes, by less than one"),
        Clip=Support("refused", "it has a ceiling of its own: use potential-initialization"),
        QCFS=Support("refused", "quantised in training: use qcfs"),
        RateNorm=Support("refused", "sends rates: use rate-norm"),
        ThresholdReLU=Support("refused", "shifted in training: use threshold-balancing"),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", positive("steps", self.steps))

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Refuse what `support` refuses; an IF neuron for every activation.

        ``placed``, ``on_grid``, ``largest_inputs``, ``require_calibration`` and
        ``require_supported`` do most of it: look at ``refsnn/convert/potential_initialization.py``.
        """
        # exercise: begin
        require_supported(graph, self.name, self.support)
        data = require_calibration(calibration, self.name, "the largest activations")
        tops = largest_inputs(graph, data.x, [node.name for node in activations(graph)])
        neurons = placed(graph, on_grid(tops, self.snap), lambda theta: IF(theta=theta, v_init=0.0))
        return SNN(graph, neurons, Readout(), self.steps, self.name, asdict(self))
        # exercise: end

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """`claim` as seen: drive every neuron of *this* network with z from 0 to theta.

        Do it in integers: ``replace(neuron, theta=...)`` rescales a neuron (16 values of z or
        more for each spike), ``respond`` runs it, ``self.claim.seen(value)`` says what was seen.
        """
        # exercise: begin
        theta = 16 * self.steps
        z = np.arange(theta + 1)
        worst = 0.0
        for neuron in snn.neurons.values():
            scaled = replace(neuron, theta=np.asarray(theta))
            n = scaled.decode(respond(scaled, np.broadcast_to(z, (self.steps, len(z)))).spikes)
            gaps = (self.steps * z - theta * n) / theta
            worst = max(worst, float(np.max(np.abs(gaps - 0.5))))
        return self.claim.seen(worst)
        # exercise: end


# --- Exercise 3: a judge ---------------------------------------------------------------------


def suspect(count, theta, T):
    """Said to judge that claim: True if 0 <= T z - theta n <= theta for all z in 0 ... theta.

    ``count(z, theta, T)`` gives n, the spikes of a neuron that is driven by z for T steps.
    """
    # exercise: begin
    # stub: return all(theta * count(z, theta, T) <= T * z for z in range(theta + 1))
    gaps = [T * z - theta * count(z, theta, T) for z in range(theta + 1)]
    return min(gaps) >= 0 and max(gaps) <= theta
    # exercise: end


def fired(z, theta, T, v=0, fires=lambda u, theta: u >= theta, reset=lambda u, theta: u - theta):
    """Spikes of a neuron, some part replaced."""
    n = 0
    for _ in range(T):
        v = v + z
        if fires(v, theta):
            v, n = reset(v, theta), n + 1
    return n


NEURONS = {
    "right": fired,
    "dead": lambda z, theta, T: 0,
    "late by a step": lambda z, theta, T: fired(z, theta, T - 1),
    "> for >=": lambda z, theta, T: fired(z, theta, T, fires=lambda u, theta: u > theta),
    "hard reset": lambda z, theta, T: fired(z, theta, T, reset=lambda u, theta: 0),
    "starts at theta / 2": lambda z, theta, T: fired(z, theta, T, v=theta // 2),
    "fires in every step": lambda z, theta, T: T,
}


def author_test(judge):
    """Its author was content: the right neuron passes, and two that fire too much do not."""
    assert judge(NEURONS["right"], 16, 4)
    assert not judge(NEURONS["starts at theta / 2"], 16, 4)
    assert not judge(NEURONS["fires in every step"], 16, 4)


# Which NEURONS (theta = 16, T = 4) does the suspect pass *as you found it*, and should not?
# exercise: begin
# stub: let_through = []
let_through = ["dead", "late by a step", "hard reset"]
# exercise: end
