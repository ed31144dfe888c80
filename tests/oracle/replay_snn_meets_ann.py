"""Replay of ``snn_meets_ann.npz``: activation, bits, integer neuron. Layout: data/snn_meets_ann.md."""

from fractions import Fraction
from math import floor

import numpy as np
from oracle import replay_snn_meets_ann_nets as nets
from oracle.ledger import Group, Kind
from oracle.ties import NEAR, clear

from fixedpoint import run_neuron
from fixedpoint.models_bit_serial import IntBitSerial, bit_serial_level, wired_level
from refsnn.activations import QCFS
from refsnn.codings.bits import encode, horner
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import BitSerial, respond
from refsnn.train.bit_penalty import bit_penalty, set_bits

EXCEPTIONS = {
    r"conv_T\d+_draft_logits": "a draft that the authors disabled: asserted to differ, test_oracle_draft"
}
"""Fields that are neither inputs nor compared, by pattern, with the reason."""

GRADIENT = 3e-7
"""Slopes in units of the largest term: automatic differentiation rounds in another order."""


def activation(group: Group) -> None:
    """A layer's threshold or one a channel: value, bits, gradients, penalty."""
    bits, z, up = group.number("T"), group.use("z"), group.use("up")
    levels, params = 2**bits - 1, {"lambda": up.reshape(()) if up.ndim == 1 else up.ravel()}
    op = QCFS(levels, gradient="floor_first", as_released=True)
    a, saved = op.forward(params, z)
    group.compare("a", a)  # eq: snn_meets_ann.1
    group.compare("code", op.level(params, z))  # eq: snn_meets_ann.2
    group.compare("code_exact", exact_level(z, up, levels))
    spoken_bits(group, nets.truncated(a, up, levels), bits)
    if group.has("w"):
        (dz,), own = op.backward(params, saved, group.use("w"))
        most = float(np.abs(group.use("w")).max())
        slope(group, "grad_z", dz, most)  # eq: snn_meets_ann.4
        slope(group, "grad_up", own["lambda"].reshape(up.shape), most)  # eq: snn_meets_ann.5
    penalised(group, op, params, z)


def exact_level(z: np.ndarray, up: np.ndarray, levels: int) -> np.ndarray:
    """The library's level in float64; on a tie, where lambda / Q is rounded, fractions decide."""
    z, up = np.broadcast_arrays(z.astype(np.float64), up.astype(np.float64).reshape(-1, 1, 1))
    found = QCFS(levels).level({"lambda": np.ones(())}, z / up)
    for at in np.argwhere(~clear(z / up, 1 / levels, 1e-12)):
        place = tuple(at)
        position = Fraction(z[place]) * levels / Fraction(up[place]) + Fraction(1, 2)
        found[place] = min(max(floor(position), 0), levels)
    return found


def spoken_bits(group: Group, code: np.ndarray, bits: int) -> None:
    """As the authors split them: off a code that truncation can make one too small."""
    group.compare("code_trunc", code)
    for order in ("lsb", "msb"):
        train = encode(code, bits, order).spikes
        group.compare(f"bits_{order}", np.moveaxis(train, 0, -1))
    group.compare("reg", np.float32(set_bits(code).sum()))  # eq: snn_meets_ann.6


def penalised(group: Group, op: QCFS, params: dict[str, np.ndarray], z: np.ndarray) -> None:
    """The gradient of the penalty alone: through the output, and past it."""
    graph = Graph(z.shape[1:], (Node("act", op, (INPUT,)),), {"act.lambda": params["lambda"]})
    penalty = bit_penalty(graph, {INPUT: z}, 1.0)
    (dz,), own = op.backward(params, z, penalty.outputs["act"])
    most = float(op.levels / params["lambda"].min())
    slope(group, "reg_grad_z", dz, most)  # eq: snn_meets_ann.7
    total = own["lambda"] + penalty.thresholds["act.lambda"]
    slope(group, "reg_grad_up", total.reshape(group.use("up").shape), most)  # eq: snn_meets_ann.8


def slope(group: Group, name: str, computed: np.ndarray, most: float) -> None:
    """Within `GRADIENT` of the largest term ``most``; a sum of n terms wanders by their root."""
    terms = group.use("z").size if name.endswith("up") else 1
    group.compare(name, computed, GRADIENT * max(1.0, most) * terms**0.5)


def exact_activation(group: Group) -> None:
    """The neuron sends the word of the exact level, away from ties that are not dyadic."""
    bits, z, up = (group.number("T"), group.use("z").astype(np.float64), group.use("up"))
    theta = up.astype(np.float64).reshape(up.shape[1:] if up.ndim > 1 else ()) / (2**bits - 1)
    neuron = BitSerial(theta=theta, t_out=bits)
    counts = neuron.decode(respond(neuron, z[None]).spikes)
    chosen = clear(z, theta, NEAR * np.max(theta))
    assert chosen.any()
    if group.has("code_exact"):
        assert np.array_equal(counts[chosen], group.peek("code_exact")[chosen])


def integers(group: Group) -> None:
    """The activation on a grid of integers, and the neuron step by step."""
    bits, z, unit = group.number("T"), group.use("z").astype(np.int64), int(group.use("D"))
    up = group.use("up").reshape(())
    op = QCFS(2**bits - 1, as_released=True)
    group.compare("code", op.level({"lambda": up}, z.astype(np.float32)[None])[0])
    neuron = IntBitSerial(theta=unit, v_init=unit >> 1, t_out=bits)
    emitted(group, "ref_spk", "ref_vmem", neuron, z)


def emitted(
    group: Group, spikes: str, membranes: str, neuron: IntBitSerial, charge: np.ndarray
) -> np.ndarray:
    """Bits and membranes of the emission, after an integer charge; returns the levels."""
    done = run_neuron(neuron, charge[None], trace=True)
    group.compare(spikes, done.spikes)  # eq: snn_meets_ann.13
    group.compare(membranes, done.trace.v[1:])  # eq: snn_meets_ann.12
    return done.trace.count[-1]


def exact_integers(group: Group) -> None:
    """Closed forms, and the float neuron."""
    bits, z, unit = group.number("T"), group.use("z").astype(np.int64), int(group.use("D"))
    level = bit_serial_level(z, unit, bits)
    neuron = BitSerial(theta=unit, t_out=bits)
    for dtype in (np.int64, np.float32, np.float64):
        train = respond(neuron, z.astype(dtype)[None, None]).spikes
        assert np.array_equal(neuron.decode(train)[0], level)
    if unit & (unit - 1) == 0:
        wires = wired_level(z + (unit >> 1), unit.bit_length() - 1, bits)
        assert np.array_equal(wires, level)
    if group.has("code"):
        assert np.array_equal(level, group.peek("code"))


def fixed(group: Group) -> None:
    """A network of integers: the float32 ANN bit for bit, neurons and accumulators step by step."""
    bits, layers = group.number("T"), nets.layers_of(group)
    shifts = [int(group.use(f"f{i}")) for i in layers[:-1]]
    x = group.use("x").astype(np.int64)
    values = nets.fixed_ann(group, layers, shifts, x)
    for i in layers[:-1]:
        group.compare(f"ann_z{i}", values[f"fc{i}"])
        level = values[f"act{i}"] / np.float32(2 ** shifts[i - 1])
        group.compare(f"ann_code{i}", level)
    group.compare("ann_logits", values[f"fc{layers[-1]}"])
    weights = {i: group.use(f"W{i}").astype(np.int64) for i in layers}
    biases = {i: group.use(f"b{i}").astype(np.int64) for i in layers}
    z = x @ weights[1].T + biases[1]
    for i, f in zip(layers[:-1], shifts, strict=True):
        neuron = IntBitSerial(theta=1 << f, v_init=(1 << f) >> 1, t_out=bits)
        level = emitted(group, f"int_spk{i}", f"int_vmem{i}", neuron, z)
        sums = horner(encode(level, bits), lambda s, w=weights[i + 1]: s.astype(np.int64) @ w.T)
        group.compare(f"int_acc{i + 1}", sums)  # eq: snn_meets_ann.14
        z = sums[-1] + biases[i + 1]
    group.compare("int_logits", z)


ACT = r"act_(?P<per>lw|cw)_T(?P<T>\d+)"
KINDS = (
    Kind("A", ACT, "z", activation, exact_activation),
    Kind("I", r"int_T(?P<T>\d+)", "z", integers, exact_integers),
    Kind("M", r"mlp_T(?P<T>\d+)", "x", nets.perceptron),
    Kind("C", r"conv_T(?P<T>\d+)", "x", nets.convolutional),
    Kind("R", r"res_(?P<per>down|id)_T(?P<T>\d+)", "xcode", nets.block, nets.exact_block),
    Kind("F", r"fx_T(?P<T>\d+)", "x", fixed, nets.exact_fixed),
)
