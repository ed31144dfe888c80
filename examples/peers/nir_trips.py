"""A linear layer and a neuron through a NIR file: back into its own package, and into ours."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from peers.record import Array
from refsnn.engines import run_frames
from refsnn.errors import InputError, UnsupportedError
from refsnn.io.nir import load_nir

STEPS, SAMPLES = 16, 64


class Trip(NamedTuple):
    """One neuron, and what its file is read as by us."""

    package: str
    code: str
    semantics: str
    dt: float | None = None
    """Given with ``--dt``; None: the convention's own."""
    note: str = ""


class Arrival(NamedTuple):
    """What became of it."""

    trip: Trip
    node: str
    """What stands in the file."""
    fired: int
    own: str
    """Spikes that differ after the way back into its own package, or why there is none."""
    ours: str


def weights() -> tuple[Array, Array]:
    """Weight (4, 3) and bias (4,), in quarters."""
    rng = np.random.default_rng(2026)
    weight, bias = rng.integers(-4, 5, (4, 3)) / 4, rng.integers(0, 3, 4) / 4
    return weight.astype(np.float32), bias.astype(np.float32)


def inputs() -> Array:
    """Frames (T, B, 3), in quarters."""
    rng = np.random.default_rng(2027)
    return (rng.integers(0, 7, (STEPS, SAMPLES, 3)) / 4).astype(np.float32)


def travel(trip: Trip, shop: Any) -> Arrival:
    """Build, run, export, import twice, run twice; ``shop`` is the package's `nir_shops` class."""
    with contextlib.redirect_stdout(io.StringIO()):  # some importers print
        net = shop.build(trip.code)
        spikes = shop.play(net, inputs())
        try:
            graph = shop.export(shop.build(trip.code))
        except (NotImplementedError, ValueError) as refusal:
            reason = str(refusal).rstrip(".")
            return Arrival(trip, f"refused: {reason}", int(spikes.sum()), "", "")
        own = differing(shop.play(shop.back(graph), inputs()), spikes)
    return Arrival(trip, told(graph), int(spikes.sum()), own, into_ours(graph, trip, spikes))


def into_ours(graph: Any, trip: Trip, spikes: Array) -> str:
    """Write the file, read it with the named semantics, run it."""
    import nir

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.nir"
        nir.write(path, graph)
        try:
            snn = load_nir(path, semantics=trip.semantics, steps=STEPS, dt=trip.dt)
        except (InputError, UnsupportedError) as refusal:
            return f"refused: {str(refusal).removeprefix(str(path)).strip(', 1:')}"
    (name,) = snn.neurons
    return differing(run_frames(snn, inputs(), record=[name]).traces[name].fired, spikes)


def differing(found: Array, expected: Array) -> str:
    """How many spikes differ."""
    assert found.shape == expected.shape
    return str(int(np.sum(found != expected)))


def told(graph: Any) -> str:
    """The neuron's node and what it says."""
    kinds = ("IF", "LIF", "CubaLIF")
    (node,) = (n for n in graph.nodes.values() if type(n).__name__ in kinds)
    names = [name for name in ("tau", "r", "v_reset") if hasattr(node, name)]
    values = ", ".join(f"{name} {float(np.unique(getattr(node, name))[0]):g}" for name in names)
    return f"{type(node).__name__}: {values}"


LIFS = "v_th=torch.ones(4), v_leak=torch.zeros(4), tau_mem_inv=torch.full((4,), 500.0)"
LEAKY = "snn.Leaky(beta=torch.full((4,), 0.5), threshold=torch.ones(4), init_hidden=True{})"
IAF = "sl.IAFSqueeze(batch_size=64, spike_threshold=torch.ones(4){})"
LIF = (
    "sl.LIFSqueeze(tau_mem=torch.full((4,), HALF), spike_threshold=torch.ones(4), batch_size=64{})"
)
SQUARED = "The file holds `dt / tau_mem_inv` where its own reader takes `1 / tau_mem_inv`."
HARD = "Its reader makes every LIF a reset to zero in the same step."
RESET = "The file has no place for it."
TRIPS = (
    Trip("spikingjelly", "neuron.IFNode()", "spikingjelly-hard"),
    Trip("spikingjelly", "neuron.IFNode(v_reset=-0.5)", "spikingjelly-hard"),
    Trip("spikingjelly", "neuron.IFNode(v_reset=None)", "spikingjelly-soft"),
    Trip("spikingjelly", "neuron.LIFNode(tau=2.0)", "spikingjelly-hard"),
    Trip("spikingjelly", "neuron.LIFNode(tau=2.0, decay_input=False)", "spikingjelly-hard"),
    Trip("spikingjelly", "neuron.LIFNode(tau=2.0, v_reset=-0.5)", "spikingjelly-hard"),
    Trip("snntorch", LEAKY.format(""), "snntorch", note=HARD),
    Trip("snntorch", LEAKY.format(", reset_mechanism='zero'"), "snntorch", note=RESET),
    Trip("snntorch", LEAKY.format(", reset_mechanism='zero'"), "spinnaker2", 1e-4),
    Trip("snntorch", LEAKY.format("").replace("0.5", "1.0"), "snntorch", note="No leak: infinite."),
    Trip("norse", "norse.IAFCell(p=IAFParameters(v_th=torch.ones(4)))", "norse"),
    Trip(
        "norse",
        "norse.IAFCell(p=IAFParameters(v_th=torch.ones(4), v_reset=torch.full((4,), -0.5)))",
        "norse", note="Its writer leaves `v_reset` out.",
    ),
    Trip("norse", f"norse.LIFBoxCell(p=LIFBoxParameters({LIFS}))", "norse", note=SQUARED),
    Trip("norse", f"norse.LIFBoxCell(p=LIFBoxParameters({LIFS}))", "norse", 1e-6, SQUARED),
    Trip("sinabs", IAF.format(""), "sinabs", 1.0, "Its reader adds a floor of -theta."),
    Trip("sinabs", IAF.format(", min_v_mem=-torch.ones(4)"), "sinabs", 1.0, RESET),
    Trip("sinabs", IAF.format(", spike_fn=sa.SingleSpike"), "sinabs", 1.0, RESET),
    Trip("sinabs", LIF.format(""), "sinabs", 1.0, "Its reader sets `norm_input=False`."),
    Trip("sinabs", LIF.format(", norm_input=False"), "sinabs-whole", 1.0),
)  # fmt: skip
