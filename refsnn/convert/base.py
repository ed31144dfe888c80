"""What every conversion method is: frozen settings, a claim, and convert(graph, calibration)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar, Literal, get_args, get_origin, get_type_hints

import numpy as np

from refsnn.activations import QCFS
from refsnn.ann import accuracy, activations
from refsnn.convert.claims import Claim, SupportTable
from refsnn.convert.report import Evaluation, Report, Skipped, evaluate_snn
from refsnn.errors import InputError, UnsupportedError, nearest
from refsnn.graph import INPUT, Graph
from refsnn.neurons import Neuron
from refsnn.passes import drop_dropout, fold_batch_norm, snap
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray


@dataclass(frozen=True)
class Calibration:
    """Data that a conversion is measured on (and, for some methods, tuned with)."""

    x: Array
    """Preprocessed images (N, ...)."""
    y: IntArray | None = None


@dataclass(frozen=True, kw_only=True)
class Method:
    """Base of the conversion methods.

    Parameters
    ----------
    snap : int, optional
        First round weights, biases and thresholds to multiples of ``2**-snap``: the network then
        runs at level E, where every sum is exact.
    """

    snap: int | None = None

    name: ClassVar[str]
    title: ClassVar[str]
    paper: ClassVar[str]
    neuron_kind: ClassVar[str]
    """Class names of its neurons."""
    standing: ClassVar[str]
    """What of it is the paper's, the authors' code's, derived or reconstructed."""
    claim: ClassVar[Claim]
    support: ClassVar[SupportTable]
    source: ClassVar[Mapping[str, Any]] = MappingProxyType({"act": "qcfs", "levels": 4})
    """The network it converts in `refsnn demo` and `refsnn methods`: fields of a training job."""
    demo: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """Settings that `refsnn demo` and `refsnn methods` use."""

    def convert(
        self,
        graph: Graph,
        calibration: Calibration | None = None,
        test: Calibration | None = None,
    ) -> tuple[SNN, Report]:
        """Convert a trained graph.

        Parameters
        ----------
        calibration : Calibration, optional
            What the method is tuned on, if it tunes at all.
        test : Calibration, optional
            What the network and its claim are measured on; default: the calibration data.

        Returns
        -------
        snn : SNN
            Its ``graph`` is the reference it is held to: batch norm folded, snapped if asked.
        report : Report
            With an evaluation when there are data to measure on.
        """
        test = calibration if test is None else test
        prepared, notes, skipped = prepare(graph, self.snap, test)
        snn = self.build(prepared, calibration)
        notes |= snn.notes
        evaluation = None
        claim = self.claim
        if test is not None:
            x = np.asarray(test.x, np.float64)
            evaluation = evaluate_snn(snn, x, test.y)
            claim = self.judge(snn, evaluation)
        report = Report(
            method=self.name,
            settings=asdict(self),
            claim=claim,
            semantics={name: value.to_dict() for name, value in snn.semantics.items()},
            steps=dict(snn.frames),
            skipped=skipped,
            evaluation=evaluation,
            about={
                key: getattr(self, key) for key in ("title", "paper", "neuron_kind", "standing")
            },
            notes=notes,
        )
        return snn, self.finish(snn, report, test)

    def finish(self, snn: SNN, report: Report, test: Calibration | None) -> Report:
        """What a method adds to its report once the network has been measured on ``test``."""
        return report

    def build(self, graph: Graph, calibration: Calibration | None = None) -> SNN:
        """Choose a neuron for every activation of a prepared graph.

        What the method measures or searches on the way goes into ``SNN.notes``.
        """
        raise NotImplementedError(type(self).__name__)

    def judge(self, snn: SNN, evaluation: Evaluation) -> Claim:
        """The claim with what was seen."""
        raise NotImplementedError(type(self).__name__)


def prepare(
    graph: Graph, bits: int | None, calibration: Calibration | None
) -> tuple[Graph, dict[str, Any], tuple[Skipped, ...]]:
    """Drop dropout, fold batch norm, go to float64, snap if asked; note what that changed."""
    skipped = tuple(
        Skipped(node.name, type(node.op).__name__, "identity in evaluation: removed")
        for node in graph.nodes
        if type(node.op).__name__ == "Dropout"
    )
    folded = fold_batch_norm(drop_dropout(graph)).astype(np.float64)
    notes: dict[str, Any] = {}
    if bits is not None:
        folded, notes = _snapped(folded, bits, calibration)
    return folded, notes, skipped


def _snapped(
    graph: Graph, bits: int, calibration: Calibration | None
) -> tuple[Graph, dict[str, Any]]:
    moved, change = snap(graph, bits)
    notes: dict[str, Any] = {"snap": asdict(change)}
    if calibration is not None and calibration.y is not None:
        x = np.asarray(calibration.x, np.float64)
        notes["accuracy_before_snap"] = accuracy(graph, x, calibration.y)
        notes["accuracy_after_snap"] = accuracy(moved, x, calibration.y)
    return moved, notes


def require_qcfs(graph: Graph, method: str) -> None:
    """An error unless every activation is a `QCFS`."""
    for node in activations(graph):
        if not isinstance(node.op, QCFS):
            raise UnsupportedError(
                f"{method} converts QCFS networks",
                where=node.name,
                expected="QCFS",
                got=type(node.op).__name__,
                fix="train with --act qcfs",
            )
    if not activations(graph):
        raise UnsupportedError("there is no activation to convert", where="graph")


def per_channel(lam: Array, ndim: int) -> Array:
    """A scalar, or one value a channel shaped to broadcast over a sample of ``ndim`` axes."""
    lam = np.asarray(lam, np.float64)
    if lam.ndim == 0:
        return lam
    return lam.reshape(-1, *[1] * (ndim - 1))


FEWEST = 2
"""Images a method needs to be tuned on."""


def require_calibration(calibration: Calibration | None, method: str, why: str) -> Calibration:
    """The calibration data, or an error that says what they are for."""
    count = 0 if calibration is None else len(calibration.x)
    if calibration is None or count < FEWEST:
        raise InputError(
            f"needs calibration images: {why}",
            where=method,
            expected=f"{FEWEST} or more",
            got=count,
            fix="give --calib SPEC, e.g. digits:train[:128]",
        )
    return calibration


def neurons_of(graph: Graph, choose: Callable[[Array, QCFS, bool], Neuron]) -> Mapping[str, Neuron]:
    """One neuron per activation: ``choose(lam, op, first)``; first: it reads the analog image."""
    analog, neurons = {INPUT}, {}
    for node in graph.nodes:
        if isinstance(node.op, QCFS):
            lam = per_channel(graph.of(node.name)["lambda"], len(graph.shapes[node.name]))
            neurons[node.name] = choose(lam, node.op, node.inputs[0] in analog)
        elif analog.issuperset(node.inputs):
            analog.add(node.name)
    return neurons


def with_settings(method: type[Method], settings: Mapping[str, Any]) -> Method:
    """A method from settings by name; unknown names and values of another type are errors."""
    known = get_type_hints(method)
    names = {f.name for f in fields(method)}
    for name, value in settings.items():
        if name not in names:
            hint = nearest(name, sorted(names))
            raise InputError(f"unknown setting {name!r}", where=method.name, fix=hint)
        if not _is_a(value, known[name]):
            raise InputError(
                "setting of another type",
                where=f"{method.name}.{name}",
                expected=_spoken(known[name]),
                got=repr(value),
            )
    return method(**settings)


def _spoken(wanted: Any) -> Any:
    """A type in words: the values of a choice, the name of a class."""
    if get_origin(wanted) is Literal:
        return " or ".join(map(str, get_args(wanted)))
    return getattr(wanted, "__name__", wanted)


def _is_a(value: Any, wanted: Any) -> bool:
    """Whether a value has the annotated type; True is no number, and 1 is a float."""
    choices = get_args(wanted) or (wanted,)
    if float in choices and isinstance(value, int) and not isinstance(value, bool):
        return True
    return type(value) in choices or value in choices
