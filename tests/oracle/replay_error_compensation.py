"""Replay of ``error_compensation.npz``: neurons and activations that other papers' code released.

Layout: data/error_compensation.md. It is no oracle for the error-compensation paper itself.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from oracle.ledger import Group, Kind

from fixedpoint.models import IntIF
from fixedpoint.models_dual import IntDual
from fixedpoint.neurons import run_neuron
from refsnn.activations import QCFS
from refsnn.activations.rates import RateNorm, ThresholdReLU
from refsnn.analysis import dyadic_bits
from refsnn.ann import evaluate
from refsnn.engines import run
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import IF, DualThreshold, Neuron, Readout, ShiftedIF, respond, variant
from refsnn.ops import AvgPool2d, BatchNorm, Conv2d, Flatten, Linear
from refsnn.passes import fold_batch_norm
from refsnn.snn import SNN

EXCEPTIONS = {"meta_seed": "the seed of the producer's random numbers: nothing to compute"}
"""Fields that are neither inputs nor compared, by pattern, with the reason."""

SUMMED = 1e-5
"""Gradients of theta: float32 sums of 256 terms in another order."""
RATES = 1e-6
"""The rate norm divides: the description of the file states this deviation."""
FOLDED = 1e-5
"""Batch norm, folded and not: the description of the file states this deviation."""


class Driven(NamedTuple):
    """What a neuron did, time second, as the file has it."""

    s: np.ndarray
    u: np.ndarray
    v: np.ndarray


def driven(neuron: Neuron, currents: np.ndarray) -> Driven:
    """Run over (B, T, N)."""
    steps = []
    frames = np.moveaxis(currents, 1, 0)
    spikes = respond(neuron, frames, probe=lambda _p, _c, step: steps.append(step)).spikes
    columns = (spikes, [step.u for step in steps], [step.state.v for step in steps])
    return Driven(*(np.moveaxis(np.asarray(column), 0, 1) for column in columns))


def neurons(group: Group) -> None:
    """n: every neuron of the file on the same currents."""
    theta, currents = group.use("theta"), group.use("I")
    steps = currents.shape[1]
    plain = driven(variant("plain", theta), currents)
    group.compare("qcfsIF_s", plain.s)
    group.compare("qcfsIF_m", plain.u)  # eq: error_compensation.9
    group.compare("fastsnn_unsigned_s", driven(IF(theta=theta), currents).s)
    group.compare("cosIF_s", driven(IF(theta=theta, as_released=True), currents).s)
    signed = driven(variant("fast-snn", theta), currents)
    group.compare("fastsnn_s", signed.s)  # eq: error_compensation.10
    group.compare("fastsnn_v_derived", signed.v)  # eq: error_compensation.11
    boundary = driven(variant("snm", theta), currents)
    group.compare("snm_s", boundary.s)
    group.compare("snm_v", boundary.v)
    group.compare("snm_transmitted", theta * boundary.s.cumsum(1))
    shifted = driven(ShiftedIF(theta=theta, t_ref=steps), currents)
    group.compare("denggu_shiftT_s", shifted.s)  # eq: threshold_balancing.3
    group.compare("denggu_shiftT_v", shifted.v)
    for levels in sorted({int(m[1]) for m in group.names(r"stbif_L(\d+)_\w+")}):
        capped(group, levels, driven(variant("st-bif", theta, cap=levels - 1), currents), theta)


def capped(group: Group, levels: int, found: Driven, theta: np.ndarray) -> None:
    """The count cap of a code that divides the membrane by theta."""
    group.compare(f"stbif_L{levels}_s", found.s)
    group.compare(f"stbif_L{levels}_q", found.v / theta)
    group.compare(f"stbif_L{levels}_tracer", found.s.cumsum(1))  # eq: error_compensation.12


def integers(group: Group) -> None:
    """The same spikes from integers alone, where the data are dyadic."""
    theta, currents = group.peek("theta").astype(np.float64), group.peek("I")
    steps = currents.shape[1]
    bits = [dyadic_bits(theta / 2), dyadic_bits(theta / (2 * steps)), dyadic_bits(currents)]
    if None in bits:
        return
    scale = 2.0 ** max(bits)
    frames = np.moveaxis(currents * scale, 1, 0).astype(np.int64)
    th = int(theta * scale)
    made = {
        "qcfsIF_s": IntIF(theta=th, v_init=th // 2),
        "fastsnn_s": IntDual(theta=th, v_init=th // 2),
        "snm_s": IntDual(theta=th, v_init=0, negative=th, strict_negative=False),
    }
    for name in group.names(r"stbif_L(\d+)_s"):
        made[name[0]] = IntDual(theta=th, v_init=th // 2, cap=int(name[1]) - 1)
    for name, neuron in made.items():
        same(group, name, run_neuron(neuron, frames).spikes)
    moved = run_neuron(IntIF(theta=th, v_init=0), frames + th // (2 * steps))
    same(group, "denggu_shiftT_s", moved.spikes)


def same(group: Group, name: str, spikes: np.ndarray) -> None:
    if group.has(name):
        np.testing.assert_array_equal(np.moveaxis(spikes, 0, 1), group.peek(name))


def activations(group: Group) -> None:
    """act: quantised clips of two codes, the shifted clip, the rate norm."""
    x, theta = group.use("x")[None], group.use("theta")
    incoming = None
    for name in group.names(r"qcfs_L(\d+)_gin"):
        levels, incoming = int(name[1]), group.use(name[0])
        for prefix, kind in (("qcfs", "clip_first"), ("cosqcfs", "floor_first")):
            op = QCFS(levels, gradient=kind, as_released=True)
            y, (dx,), own = both_ways(op, {"lambda": theta}, x, incoming)
            group.compare(f"{prefix}_L{levels}_y", y)  # eq: error_compensation.4
            band = op.slopes({"lambda": theta}, x)[0][0]
            masked = np.where(band != 0, dx, x.dtype.type(0))  # a product with 0 may be -0
            group.compare(f"{prefix}_L{levels}_gx", masked)  # eq: error_compensation.5
            group.compare(f"{prefix}_L{levels}_gtheta", own["lambda"].reshape(1), SUMMED)
    assert incoming is not None
    shifted(group, x, incoming)
    if group.has("rnl_runmax"):
        rate_norm(group, x, incoming)


def both_ways(op, params, x, incoming):
    """(output, gradient of the input, of the parameters), without the axis of the batch."""
    y, saved = op.forward(params, x)
    (dx,), own = op.backward(params, saved, incoming[None])
    return y[0], (dx[0],), own


def shifted(group: Group, x: np.ndarray, incoming: np.ndarray) -> None:
    kinds = {(int(m[1]), int(m[2])) for m in group.names(r"denggu_thr(\d+)_shift(\d+)_\w+")}
    for theta, t_ref in sorted(kinds):
        y, (dx,), _ = both_ways(ThresholdReLU(theta=float(theta), t_ref=t_ref), {}, x, incoming)
        group.compare(f"denggu_thr{theta}_shift{t_ref}_y", y)  # eq: threshold_balancing.1
        group.compare(f"denggu_thr{theta}_shift{t_ref}_gx", dx)  # eq: threshold_balancing.2


def rate_norm(group: Group, x: np.ndarray, incoming: np.ndarray) -> None:
    params = {"scale": group.use("rnl_scaleparam"), "running_max": group.use("rnl_runmax")}
    op = RateNorm()
    y, (dx,), own = both_ways(op, params, x, incoming)
    vth = op.threshold(params, x.dtype)
    group.compare("rnl_vth", vth.reshape(1), RATES)  # eq: rate_norm.2 rate_norm.3
    group.compare("rnl_y", y, RATES)  # eq: rate_norm.4
    group.compare("rnl_gx", dx, RATES)  # eq: rate_norm.5
    group.compare("rnl_gscaleparam", own["scale"].reshape(1), SUMMED)
    for name in group.names(r"rnl_runmax_after_one_train_batch_max(\d+)"):
        first = {**params, "running_max": np.ones((), x.dtype)}
        _, saved = op.forward(first, np.full((1, 1), float(name[1]), x.dtype), training=True)
        moved = op.updates(first, saved)["running_max"]
        group.compare(name[0], moved.reshape(1), RATES)  # eq: rate_norm.1


def folding(group: Group) -> None:
    """bn: a convolution, its batch norm, and the two as one."""
    x, weight = group.use("x"), group.use("w")
    names = {"weight": "gamma", "bias": "beta", "running_mean": "mean", "running_var": "var"}
    params = {f"bn.{ours}": group.use(theirs) for ours, theirs in names.items()}
    params |= {"conv.weight": weight, "conv.bias": group.use("b")}
    nodes = (
        Node("conv", same_size(weight), (INPUT,)),
        Node("bn", BatchNorm(eps=float(group.use("eps"))), ("conv",)),
    )
    graph = Graph(x.shape[1:], nodes, params)
    folded = fold_batch_norm(graph)
    group.compare("y_unfolded", evaluate(graph, x)["bn"], FOLDED)
    group.compare("w_folded", folded.params["conv.weight"], FOLDED)
    group.compare("b_folded", folded.params["conv.bias"], FOLDED)
    group.compare("y_folded", evaluate(folded.astype(np.float32), x)["conv"], FOLDED)


def same_size(weight: np.ndarray) -> Conv2d:
    return Conv2d(len(weight), weight.shape[-1], padding=weight.shape[-1] // 2)


SIGNS: dict[str, Callable[[np.ndarray], Neuron]] = {
    "signed": lambda theta: variant("fast-snn", theta),
    "unsigned": lambda theta: variant("plain", theta),
}
"""The neuron of each kind of run."""


def network(group: Group) -> None:
    """net: two convolutions with neurons, a pool, a linear layer; and the ANN with L = T."""
    x = group.use("X")
    thetas = [group.use("theta1"), group.use("theta2")]
    for steps, sign in runs(group):
        snn = spiking(group, SIGNS[sign], steps)
        outcome = run(snn, x, record=None)
        for i in (1, 2):
            fired = np.moveaxis(outcome.traces[f"act{i}"].fired, 0, 1)
            group.compare(f"T{steps}_{sign}_s{i}", fired)
        group.compare(f"T{steps}_{sign}_logit_sum", outcome.logits * np.float32(steps))
    for levels in sorted({int(m[1]) for m in group.names(r"L(\d+)_qann_\w+")}):
        values = evaluate(ann(group, levels), x)
        for i in (1, 2):
            group.compare(f"L{levels}_qann_a{i}", values[f"act{i}"])
        group.compare(f"L{levels}_qann_logits", values["fc"])
    assert all(theta > 0 for theta in thetas)


def runs(group: Group) -> list[tuple[int, str]]:
    found = {(int(m[1]), m[2]) for m in group.names(r"T(\d+)_(signed|unsigned)_\w+")}
    return sorted(found)


def ann(group: Group, levels: int) -> Graph:
    """The source network, with the order of float operations of the code."""
    acts = QCFS(levels, as_released=True)
    params = {"act1.lambda": group.use("theta1"), "act2.lambda": group.use("theta2")}
    for name, key in (("conv1", "1"), ("conv2", "2"), ("fc", "3")):
        params |= {f"{name}.weight": group.use("W" + key), f"{name}.bias": group.use("b" + key)}
    shape, pooled = group.peek("X").shape[1:], params["fc.weight"].shape[1]
    side = round(shape[-1] / (pooled / len(params["conv2.weight"])) ** 0.5)
    nodes = (
        Node("conv1", same_size(params["conv1.weight"]), (INPUT,)),
        Node("act1", acts, ("conv1",)),
        Node("conv2", same_size(params["conv2.weight"]), ("act1",)),
        Node("act2", acts, ("conv2",)),
        Node("pool", AvgPool2d(side), ("act2",)),
        Node("flatten", Flatten(), ("pool",)),
        Node("fc", Linear(len(params["fc.weight"])), ("flatten",)),
    )
    return Graph(shape, nodes, params)


def spiking(group: Group, neuron: Callable[[np.ndarray], Neuron], steps: int) -> SNN:
    graph = ann(group, steps)
    made = {f"act{i}": neuron(group.use(f"theta{i}")) for i in (1, 2)}
    return SNN(graph, made, Readout(), steps)


def settled_network(group: Group) -> None:
    """float64, no slack, a cap and frames of silence: exactly the counts of the ANN of the file."""
    x = group.peek("X").astype(np.float64)
    for levels in sorted({int(m[1]) for m in group.names(r"L(\d+)_qann_a1")}):

        def settling(theta: np.ndarray, cap: int = levels) -> Neuron:
            return DualThreshold(theta=theta, cap=cap)

        snn = replace(spiking(group, settling, levels), extra_frames=levels)
        outcome = run(snn, x)
        for i in (1, 2):
            value = group.peek(f"L{levels}_qann_a{i}").astype(np.float64)
            level = np.rint(value * levels / float(group.peek(f"theta{i}")))
            np.testing.assert_array_equal(outcome.counts[f"act{i}"], level)


KINDS = (
    Kind("n", r"n\d+", "I", neurons, integers),
    Kind("a", r"act", "x", activations),
    Kind("b", r"bn", "x", folding),
    Kind("N", r"net", "X", network, settled_network),
)
