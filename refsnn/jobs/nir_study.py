"""NIR's one-neuron study: one file, eleven recordings, and the semantics behind each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from refsnn.engines import Trace, run_frames
from refsnn.errors import InputError
from refsnn.io.nir import CONVENTIONS
from refsnn.io.nir.read import network_of
from refsnn.io.nir.tree import NirFile, read_tree
from refsnn.neurons import LIF, respond
from refsnn.neurons.protocol import Phase, Step
from refsnn.typing import Array, IntArray

NETWORK, DT = "lif_norse.nir", 1e-4
"""One neuron with tau 2.5 ms, theta 0.1, r 1; steps of 0.1 ms."""


@dataclass(frozen=True)
class Recording:
    """A recording and how to read it.

    Parameters
    ----------
    semantics : str
        The convention that explains it.
    theta : float
        The threshold in the recording's own unit.
    charge : float
        What an input spike adds, relative to the file's.
    late : bool
        The membrane is read a step late, as the spikes are.
    bits : int or None
        The recorded neuron is an integer one with this many bits of decay.
    """

    semantics: str
    theta: float = 0.1
    charge: float = 1.0
    late: bool = False
    bits: int | None = None


RECORDINGS = {
    "exact": Recording("nir"),
    "lava_cpu_fixed": Recording("lava", theta=1600, late=True, bits=12),
    "lava_cpu_float": Recording("lava", late=True),
    "lava_loihi_fixed": Recording("lava", theta=1600, late=True, bits=12),
    "nengo": Recording("nengo", theta=1.0),
    "norse": Recording("norse"),
    "rockpool": Recording("rockpool"),
    "sinabs": Recording("rockpool"),
    "snntorch": Recording("spinnaker2", theta=2.5),
    "spinnaker2": Recording("spinnaker2", theta=2.5, charge=1 - 1 / 5100),
    "spyx": Recording("spyx"),
}
"""snnTorch was run with a reset to zero in the same step, which is not `Leaky`'s default; Sinabs
was given its input times ``dt / tau``, which makes it Rockpool's neuron; what SpiNNaker2 adds is
the weight its hardware rounded (measured)."""


class Finding(NamedTuple):
    """What became of one recording."""

    name: str
    spikes: IntArray
    """Steps of the recorded spikes, from 0."""
    match: dict[str, str]
    """By convention: "==" spikes and membrane, "=" spikes only, "x" other spikes."""
    semantics: str
    deviation: float
    """Largest difference of membranes under ``semantics``, in units of theta."""
    steps: int
    """Steps in which membranes differ by more than a millionth of theta."""


CLOSE = 1e-6
"""Membranes as near as this, in units of theta, are the same but for rounding."""


def study(folder: str | Path) -> Iterator[Finding]:
    """Hold every recording in ``folder`` against every convention."""
    recorded = {name: read_recording(Path(folder) / f"lif_{name}.csv") for name in RECORDINGS}
    network = read_tree(Path(folder) / NETWORK)
    for name, recording in RECORDINGS.items():
        drive, membrane, spikes = recorded[name]
        match, far = {}, {}
        for key in CONVENTIONS:
            if key == recording.semantics and recording.bits:
                own = in_integers(drive, recording)
            else:
                own = played(network, key, drive * recording.charge)
            far[key] = distances(own, membrane, recording)
            same = np.array_equal(own.fired.ravel(), spikes)
            match[key] = "x" if not same else "==" if far[key].max() < CLOSE else "="
        off = far[recording.semantics]
        yield Finding(
            name, np.flatnonzero(spikes), match, recording.semantics, float(off.max()),
            int(np.sum(off > CLOSE)),
        )  # fmt: skip


def read_recording(path: Path) -> tuple[Array, Array, IntArray]:
    """Input spikes (0 or 1), membrane, output spikes of every step."""
    if not path.is_file():
        fix = "point to the folder nir_lif with the recordings lif_*.csv"
        raise InputError("recording does not exist", where=str(path), fix=fix)
    try:
        columns = np.loadtxt(path, delimiter=",", ndmin=2)
    except ValueError as error:
        raise InputError("recording cannot be read", where=str(path), got=error) from error
    if columns.shape[1] != 3 or not np.all(np.isfinite(columns)):
        raise InputError("recording", where=str(path), expected="3 columns", got=columns.shape)
    return (columns[:, 0] > 0) * 1.0, columns[:, 1], (columns[:, 2] > 0).astype(np.int64)


def played(network: NirFile, semantics: str, drive: Array) -> Trace:
    """The neuron of the file under a convention, on the recorded input."""
    snn = network_of(network, semantics, len(drive), DT)
    (name,) = snn.neurons
    return run_frames(snn, drive[:, None, None], record=[name]).traces[name]


def in_integers(drive: Array, recording: Recording) -> Trace:
    """The same neuron on 12-bit decay and whole numbers, as Loihi has it."""
    chosen = CONVENTIONS[recording.semantics]
    neuron = LIF(
        theta=np.asarray(int(recording.theta)), tau=np.asarray(25.0), r=25.0,
        integration=chosen.integration, compare=chosen.compare, reset=chosen.reset, v_reset=0,
        delay=chosen.delay, fraction=recording.bits,
    )  # fmt: skip
    kept: list[Step] = []

    def probe(phase: Phase, current: Array | None, step: Step) -> None:
        kept.append(step)

    charge = int(recording.theta) * 2 // 5  # theta is 0.1 and an input adds 0.04
    respond(neuron, (drive * charge).astype(np.int64)[:, None], probe=probe)
    u, fired = (np.stack([getattr(step, key) for step in kept]) for key in ("u", "fired"))
    v = np.stack([step.state.v for step in kept])
    clock = np.arange(1, len(v) + 1)
    return Trace(np.full(len(v), "fire"), clock, drive[:, None], u, fired, v)


def distances(own: Trace, recorded: Array, recording: Recording) -> Array:
    """Difference of the membranes in every step, in units of theta."""
    theta = recording.theta if own.v.dtype.kind in "iu" else 0.1
    ours = own.v.ravel() / theta
    late = np.concatenate([[0.0], ours[:-1]]) if recording.late else ours
    return np.abs(late - recorded / recording.theta)


def page(findings: list[Finding]) -> str:
    """The findings as a Markdown table: recording by semantics."""
    names = list(CONVENTIONS)
    head = ["recording", "spikes in step", *names, "explained by", "membrane off by (theta)"]
    rows = [head, ["---"] * len(head)]
    for found in findings:
        off = f"{found.deviation:.1e}" + (f" in {found.steps} steps" if found.steps else "")
        spikes = " ".join(map(str, found.spikes))
        marks = [found.match[key] for key in names]
        rows.append([found.name, spikes, *marks, found.semantics, off])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
