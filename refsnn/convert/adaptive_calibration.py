"""Adaptive Calibration (Wang et al., AAAI 2025): a ReLU network as burst neurons, calibrated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from refsnn.activations import Clip, ReLU
from refsnn.analysis import exactness
from refsnn.ann import activations
from refsnn.calibration import (
    Kind,
    Rounding,
    batches_of,
    broken_in_integers,
    broken_on_data,
    burst_neurons,
    calibrate_biases,
    calibrate_potentials,
    calibrate_weights,
    compress,
    exit_figures,
    fit_exits,
    fit_notes,
    layer_bounds,
    max_as_relu,
    maximum,
    mmse,
    percentile,
    search_phi,
    search_ratios,
    snapped,
    with_biases,
)
from refsnn.calibration.claims import TIE
from refsnn.convert.base import Method
from refsnn.convert.claims import Claim, Support, SupportTable
from refsnn.convert.evaluation import Evaluation
from refsnn.convert.prepare import Calibration, require_calibration
from refsnn.convert.report import Report, Skipped
from refsnn.convert.support import MEAN, support_table
from refsnn.errors import InputError, UnsupportedError
from refsnn.graph import Graph
from refsnn.neurons import AdaFire, Readout
from refsnn.neurons.protocol import positive
from refsnn.semantics import choose
from refsnn.snn import SNN
from refsnn.tell import Tell
from refsnn.typing import Array

ANALOG = "stays analog, evaluated frame by frame: not the value of the mean"


@dataclass(frozen=True, kw_only=True)
class AdaptiveCalibration(Method):
    """Burst neurons; thresholds, burst limits, ratios and biases fitted to calibration images.

    Parameters
    ----------
    steps : int >= 1
        Frames T.
    phi : int
        Burst limit of every layer; with ``search`` the limit whose spikes set the budget.
    search : bool
        Choose a burst limit for each layer, ``phi_min``.. ``phi_initial`` (default: twice phi).
    spike_ratio : float > 0
        Budget of that search, in units of the spikes with ``phi`` everywhere.
    compress : bool
        Sensitivity Spike Compression: choose a ratio 1, 1.5, .., 10 of every threshold.
    divergence_ratio : float > 0
        Budget of that search, in units of the divergence of the network without it.
    threshold : "mmse", "maximum" or "percentile"
        How thresholds are fitted; ``percent`` goes with the last.
    channels : bool
        One threshold a channel after convolutions; else one a layer.
    rounding : "floor" or "nearest"
        What the error of "mmse" is taken with: the authors floor, the neuron rounds.
    bias, potential, weights : bool
        Calibrate the biases (after each of the searches), the start values, the weights.
    batch, batches : int >= 1
        Calibration images of a batch, and how many batches the thresholds are averaged over (all
        else uses the first).
    images : int >= 1
        Most images of a search.
    exits : "none", "entropy" or "confidence"
        Fit thresholds of an early exit on labelled images with this score (``alpha``: its floor),
        and note latency, energy and accuracy under it.
    as_released : bool
        The authors' code: the neuron divides, ratios go to the layers in reversed order.

    Notes
    -----
    Deterministic: no seed. Without test images of its own the report is computed on the calibration
    images: its accuracy is then not that of unseen ones.

    Source
    ------
    The order of steps: the authors' CIFAR script. The paper's body could not be read.
    """

    steps: int = 8
    phi: int = 4
    phi_initial: int | None = None
    phi_min: int = 1
    search: bool = True
    spike_ratio: float = 1.0
    compress: bool = False
    divergence_ratio: float = 1.0
    threshold: Kind = "mmse"
    percent: float = 99.9
    channels: bool = True
    rounding: Rounding = "floor"
    bias: bool = True
    potential: bool = False
    weights: bool = False
    batch: int = 256
    batches: int = 7
    images: int = 128
    exits: Literal["none", "entropy", "confidence"] = "none"
    alpha: float = 0.6
    as_released: bool = False

    name: ClassVar[str] = "adaptive-calibration"
    title: ClassVar[str] = "Adaptive Calibration, burst neurons"
    paper: ClassVar[str] = "Wang et al., AAAI 2025, arXiv 2412.16219"
    neuron_kind: ClassVar[str] = "AdaFire"
    standing: ClassVar[str] = (
        "Neuron, thresholds and searches: the authors' code. Closed forms and bounds are "
        "derived; the paper's method section could not be read."
    )
    claim: ClassVar[Claim] = Claim(
        kind="exact",
        statement=(
            "spike counts, at any neuron and step, off the neuron's closed forms: "
            "N(t) = min(N(t-1) + phi, max(N(t-1), floor(S(t) / theta))) for every drive, "
            "clip(floor(T z / theta + 1/2), 0, phi T) for a constant one; "
            "plus outputs farther from the ReLU than their own bound"
        ),
        reference=(
            "closed forms of the burst neuron at the currents it received; "
            "not the ReLU network, whose distance is reported and never promised"
        ),
        conditions=(
            "S(t): charge so far, start value and shifts included",
            "checked on the images, and in integers on fixed trains and constant drives",
            "level R: sums within 1e-9 theta of a multiple of theta may fall on either side",
        ),
    )
    source: ClassVar[Mapping[str, Any]] = {"act": "relu", "levels": 4}
    demo: ClassVar[Mapping[str, Any]] = {
        "steps": 4, "phi": 2, "phi_initial": 4, "batch": 128, "batches": 1, "images": 64,
    }  # fmt: skip
    support: ClassVar[SupportTable] = support_table(
        Support("approximate", MEAN),
        MaxPool2d=Support(
            "approximate",
            "unpadded: rewritten as ReLUs, max(a, b) = b + relu(a - b), which become neurons",
        ),
        ReLU=Support("approximate", "burst neuron: rounds, clips at phi theta, feels the order"),
        Clip=Support("approximate", "burst neuron; its clip is only that of phi theta"),
        LeakyReLU=Support("approximate", "stays analog, evaluated frame by frame: not spiking"),
        QCFS=Support("refused", "has levels of its own: convert with qcfs or pascal"),
        RateNorm=Support("refused", "has a rate of its own: convert with its own method"),
        ThresholdReLU=Support("refused", "has a threshold of its own: convert with its own method"),
    )

    def __post_init__(self) -> None:
        for key in ("steps", "phi", "phi_min", "batch", "batches", "images"):
            object.__setattr__(self, key, positive(key, getattr(self, key)))
        if self.phi_initial is not None:
            positive("phi_initial", self.phi_initial)
        choose("threshold", self.threshold, ("mmse", "maximum", "percentile"))
        choose("rounding", self.rounding, ("floor", "nearest"))
        choose("exits", self.exits, ("none", "entropy", "confidence"))
        for key in ("spike_ratio", "divergence_ratio"):
            if not getattr(self, key) > 0:
                raise InputError("no budget", where=key, expected="> 0", got=getattr(self, key))
        if self.search and not self.phi_min <= self.phi <= self._first_phi:
            expected = f"phi_min <= phi <= phi_initial = {self._first_phi}"
            raise InputError("burst limits", where="phi", expected=expected, got=self.phi)

    @property
    def _first_phi(self) -> int:
        return 2 * self.phi if self.phi_initial is None else self.phi_initial

    def finish(self, snn: SNN, report: Report, test: Calibration | None) -> Report:
        """The claim is held on the images, too; what stays analog is listed."""
        analog = (Skipped(a, type(snn.graph.node(a).op).__name__, ANALOG) for a in snn.analog)
        report = replace(report, skipped=(*report.skipped, *analog))
        if test is None:
            return report
        x = np.asarray(test.x[: self.images], np.float64)
        exact = exactness(snn, x).level == "E" and not self.as_released
        done = broken_on_data(snn, x, 0.0 if exact else TIE)
        bounds = layer_bounds(snn, x)
        broken = done.broken + sum(layer.broken for layer in bounds.values())
        claim = report.claim.seen((report.claim.observed or 0) + broken)
        notes = {**report.notes, "counts_checked": done.counts, **self._exits(snn, test)}
        notes["error_and_bound"] = {k: [b.error, b.bound] for k, b in bounds.items()}
        return replace(report, claim=claim, notes=notes)

    def _exits(self, snn: SNN, test: Calibration) -> dict[str, Any]:
        """What the early exit saves."""
        if self.exits == "none" or test.y is None:
            return {}
        bars = np.asarray(snn.notes["exit_thresholds"])
        x = np.asarray(test.x, np.float64)
        return {"exit": exit_figures(snn, x, test.y, bars, self.exits).to_dict()}

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Thresholds, burst limits, thresholds again, biases, ratios, biases again."""
        calibration = require_calibration(calibration, self.name, "thresholds are fitted to them")
        graph, tell = with_biases(max_as_relu(_convertible(graph))), calibration.tell
        parts = batches_of(calibration.x, self.batch, self.batches)
        snn = self._network(graph, parts, self._burst_limits(graph, parts, tell), tell)
        if self.weights:
            snn = calibrate_weights(snn, parts[0])
        snn, notes = self._compressed(self._with_biases(snn, parts[0], tell), parts[0], tell)
        if self.potential:
            snn = calibrate_potentials(snn, parts[0])
        if self.snap is not None:
            snn = snapped(snn, self.snap)
        notes |= self._exit_thresholds(snn, calibration)
        notes["calibrated_on"] = f"the first {sum(map(len, parts))} calibration images"
        return replace(snn, notes={**fit_notes(snn), **notes})

    def _burst_limits(self, graph: Graph, parts: list[Array], tell: Tell) -> dict[str, int]:
        """The same for all layers, or searched."""
        wanted = dict.fromkeys(_spiking(graph), self.phi)
        if not self.search:
            return wanted
        first = self._network(graph, parts, dict.fromkeys(wanted, self._first_phi), tell)
        few, ratio = parts[0][: self.images], self.spike_ratio
        found = search_phi(first, few, desired=self.phi, least=self.phi_min, ratio=ratio, tell=tell)
        return found.phi

    def _compressed(self, snn: SNN, x: Array, tell: Tell) -> tuple[SNN, dict[str, Any]]:
        """With searched ratios, and the biases calibrated again."""
        if not self.compress:
            return snn, {}
        few, ratio = x[: self.images], self.divergence_ratio
        found = search_ratios(
            snn, few, ratio=ratio, released_order=self.as_released, tell=tell
        ).ratio
        return self._with_biases(compress(snn, found), x, tell), {"ratio": found}

    def _with_biases(self, snn: SNN, x: Array, tell: Tell) -> SNN:
        return calibrate_biases(snn, x, tell) if self.bias else snn

    def _exit_thresholds(self, snn: SNN, data: Calibration) -> dict[str, Any]:
        if self.exits == "none":
            return {}
        if data.y is None:
            raise InputError("early exit is fitted to labels", where=f"{self.name}.exits")
        x = np.asarray(data.x, np.float64)
        bars = fit_exits(snn, x, data.y, self.exits, alpha=self.alpha)
        return {"exit_thresholds": bars.tolist()}

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """Drive every neuron with whole numbers; no count may leave the closed forms."""
        neurons = [n for n in snn.neurons.values() if isinstance(n, AdaFire)]
        foreign = len(snn.neurons) - len(neurons)
        broken = sum(broken_in_integers(n, snn.input_frames).broken for n in neurons)
        return self.claim.seen(broken + foreign)

    def _network(self, graph: Graph, parts: list[Array], phi: Mapping[str, int], tell: Tell) -> SNN:
        neurons = burst_neurons(
            graph, parts, phi, self._threshold, tell,
            steps=self.steps, as_released=self.as_released,
        )  # fmt: skip
        stay = tuple(node.name for node in activations(graph) if node.name not in neurons)
        return SNN(
            graph, neurons, Readout(), self.steps, self.name, asdict(self),
            reference=graph, analog=stay,
        )  # fmt: skip

    def _threshold(self, a: Array, phi: int) -> Array:
        each = self.channels and a.ndim > 2
        if self.threshold == "maximum":
            return maximum(a, per_channel=each)
        if self.threshold == "percentile":
            return percentile(a, self.percent, per_channel=each)
        return mmse(a, self.steps, phi, per_channel=each, rounding=self.rounding)


def _convertible(graph: Graph) -> Graph:
    """The graph, if its activations are those of `SUPPORT`."""
    for node in activations(graph):
        kind = type(node.op).__name__
        if AdaptiveCalibration.support[kind].outcome == "refused":
            fix = "train with --act relu"
            raise UnsupportedError(
                f"{kind} is not converted", where=node.name, expected="ReLU", got=kind, fix=fix
            )
    if not _spiking(graph):
        raise UnsupportedError("there is no activation to convert", where="graph")
    return graph


def _spiking(graph: Graph) -> list[str]:
    """The activations that become burst neurons."""
    return [node.name for node in activations(graph) if isinstance(node.op, ReLU | Clip)]
