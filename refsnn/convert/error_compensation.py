"""Error compensation (Liu et al., ICML 2025): spikes that can be taken back, and time to do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from refsnn.activations import QCFS, Thresholded
from refsnn.analysis.mean_error import worst_drive_error
from refsnn.analysis.settling import enough_extra_frames, frames_to_settle
from refsnn.convert.base import Method
from refsnn.convert.claims import Claim, Support, SupportTable
from refsnn.convert.compensation_figures import beside, neurons_for
from refsnn.convert.evaluation import Evaluation
from refsnn.convert.prepare import Calibration
from refsnn.convert.rate_support import rate_support, require_supported
from refsnn.errors import InputError
from refsnn.graph import Graph
from refsnn.neurons import DualThreshold, Readout, variant
from refsnn.neurons.dual_threshold import SETTLES
from refsnn.neurons.protocol import positive
from refsnn.snn import SNN
from refsnn.typing import Array

IN_THE_MEAN = Claim(
    kind="statistical",
    statement="error of each neuron over a uniform constant drive: largest difference of its mean "
    "and mean square from the predicted ones, in units of theta/T and its square",
    reference="clip of the same pre-activation (equals the QCFS activation in the mean)",
    conditions=("constant drive", "pre-activation uniform on [0, theta]", "one spike a step"),
)
"""What is left of the claim without extra frames, or with a neuron that does not settle."""


@dataclass(frozen=True, kw_only=True)
class ErrorCompensation(Method):
    """Dual-threshold neurons with a memory, a count cap, and frames of silence to settle in.

    Parameters
    ----------
    steps : int >= 1
        Frames T with input. The reference is the network with L = T levels, whatever the source
        had: a clip (first reading of the paper) or a quantised clip (second reading).
    extra : int >= 0, optional
        Frames of silence after them, without bias. None: as many as the calibration images need;
        without images, as many as are always enough; none for neurons that do not settle.
    variant : str
        A neuron of `refsnn.neurons.VARIANTS`. Only "dual" takes the three settings below.
    theta_negative : float >= 0
        Negative threshold in units of theta.
    memory : bool
        An inhibitory spike needs a spike to take back.
    cap : bool
        No more than T net spikes.

    Notes
    -----
    The claim is exact for a neuron that settles (``theta_negative = 0``, memory, cap) with extra
    frames, or with T = 1. "As many as the calibration images need" is measured: another image may
    need more, up to the number in the notes that is always enough.

    Source
    ------
    **The body of the paper could not be read and no code by its authors was found.** Confirmed by
    its abstract and a public review: a learnable clip, the start at half the threshold, a negative
    threshold. Its value, the memory, the cap and the extra frames are a reconstruction from
    related code; the exactness is derived (docs/equations.md, error_compensation.28 and .29).
    """

    steps: int = 4
    extra: int | None = None
    variant: str = "dual"
    theta_negative: float = 0.0
    memory: bool = True
    cap: bool = True

    name: ClassVar[str] = "error-compensation"
    title: ClassVar[str] = "Error compensation, dual threshold (reconstructed)"
    paper: ClassVar[str] = (
        "Liu et al., ICML 2025, arXiv 2506.01968 (body not read: reconstructed from its abstract, "
        "a review, and related code)"
    )
    neuron_kind: ClassVar[str] = "DualThreshold"
    standing: ClassVar[str] = (
        "Reconstructed: the paper's body could not be read and no code of its authors was "
        "found. The half-threshold start is confirmed by a review; the mathematics is derived."
    )
    claim: ClassVar[Claim] = Claim(
        kind="exact",
        statement="net spike counts that differ from the QCFS levels, plus logits that differ",
        reference="QCFS ANN with L = T levels and the same (folded, snapped) parameters",
        conditions=(
            "theta_negative = 0, memory, cap T, start at theta/2",
            "extra frames until nothing fires any more, or T = 1",
            "level E: logits bit for bit; level R: logits within 1e-12 in float64",
        ),
    )
    demo: ClassVar[Mapping[str, Any]] = {"steps": 4, "snap": 10}
    support: ClassVar[SupportTable] = rate_support(
        settles=True,
        QCFS=Support("exact", "settles at the level of its total charge (L = T)"),
        Clip=Support("exact", "settles at the level of its total charge (rounded to L = T)"),
        ReLU=Support("refused", "no clipping threshold: train with QCFS or Clip"),
        RateNorm=Support("refused", "sends rates: use rate-norm"),
        ThresholdReLU=Support("refused", "its shift is not a half-threshold: train with Clip"),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", positive("steps", self.steps))
        if self.extra is not None and (type(self.extra) is not int or self.extra < 0):
            raise InputError(
                "not a number of frames", where="extra", expected=">= 0", got=self.extra
            )
        own = (self.theta_negative, self.memory, self.cap) != (0.0, True, True)
        if self.variant != "dual" and own:
            raise InputError(
                "a variant brings its own neuron",
                where=f"variant = {self.variant}",
                fix="leave theta_negative, memory and cap alone, or use variant dual",
            )
        self.neuron(np.ones(()))  # refuses what it cannot do

    def neuron(self, theta: Array) -> DualThreshold:
        """The neuron of these settings."""
        cap = self.steps if self.cap and self.variant in ("dual", "st-bif") else None
        if self.variant != "dual":
            return variant(self.variant, theta, cap=cap)
        own = {"theta_negative": self.theta_negative, "memory": self.memory, "cap": cap}
        return DualThreshold(theta=theta, **own)  # type: ignore[arg-type]

    @property
    def exact(self) -> bool:
        """Whether the exact claim is made for these settings."""
        neuron = self.neuron(np.ones(()))
        settles = neuron.cap == self.steps and all(
            getattr(neuron, name) == value for name, value in SETTLES.items()
        )
        return settles and (self.extra != 0 or self.steps == 1)

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Every activation gets L = T levels, and a dual-threshold neuron."""
        require_supported(graph, self.name, self.support)
        held = with_levels(graph, self.steps)
        snn = SNN(
            held, neurons_for(held, self.neuron), Readout(), self.steps, self.name, asdict(self)
        )
        extra, notes = self._extra(snn, calibration)
        if calibration is not None:
            notes |= beside(graph, snn, calibration)
        return replace(snn, extra_frames=extra, notes=notes)

    def _extra(self, snn: SNN, calibration: Calibration | None) -> tuple[int, dict[str, Any]]:
        """How many extra frames, and what is known of that number."""
        if not self.exact:
            return self.extra or 0, {"settles": False}
        enough, needed = enough_extra_frames(snn), None
        if calibration is not None:
            x = np.asarray(calibration.x, np.float64)
            needed = frames_to_settle(snn, x, enough)
        chosen = (enough if needed is None else needed) if self.extra is None else self.extra
        notes = {
            "settles": chosen >= (enough if needed is None else needed),
            "extra_frames": chosen,
            "extra_frames_these_images_need": needed,
            "extra_frames_always_enough": enough,
        }
        return chosen, notes

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """Zero wrong counts and equal logits; or right in the mean, if that is all there is."""
        if not self.exact:
            start = Fraction(self.neuron(np.ones(())).v_init)
            return IN_THE_MEAN.seen(worst_drive_error(snn.neurons.values(), self.steps, start))
        return self.claim.seen(evaluation.misses)


def with_levels(graph: Graph, levels: int) -> Graph:
    """The same network with every clip, quantised or not, at this many levels."""
    nodes = (
        replace(node, op=_levelled(node.op, levels)) if isinstance(node.op, Thresholded) else node
        for node in graph.nodes
    )
    return Graph(graph.input_shape, tuple(nodes), graph.params)


def _levelled(op: Thresholded, levels: int) -> QCFS:
    if isinstance(op, QCFS):
        return replace(op, levels=levels)
    return QCFS(levels=levels, lambda_init=op.lambda_init)
