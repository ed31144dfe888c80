"""Replay of ``snn_meets_ann.npz``, the networks. Layout: data/snn_meets_ann.md."""

from dataclasses import replace
from math import isqrt

import numpy as np
from oracle import ties
from oracle.ledger import Group
from oracle.networks import Built, Sketch

from refsnn.activations import QCFS
from refsnn.ann import evaluate
from refsnn.convert import QCFSConversion, SNNMeetsANN
from refsnn.convert.per_step import per_step, shifted_beta
from refsnn.engines import Run, run
from refsnn.graph import INPUT, Graph, Node
from refsnn.neurons import Readout
from refsnn.ops import Add, AvgPool2d, BatchNorm, Conv2d, Flatten, Linear
from refsnn.passes import fold_batch_norm
from refsnn.snn import SNN
from refsnn.train.bit_penalty import set_bits

SUM = 3e-6
"""Float32 sums of another library, in its order; values are of order one."""
DOUBLE = 1e-12
"""Float64 sums in another order."""
NORM = ("weight", "bias", "running_mean", "running_var")


def truncated(a: np.ndarray, up: np.ndarray, levels: int) -> np.ndarray:
    """The code that the authors' bit splitter reads off an activation: cut, not rounded."""
    return (a / up * np.float32(levels)).astype(np.int64)


def layers_of(group: Group) -> list[int]:
    """1 .. number of weights ``W{i}``."""
    return sorted(int(m[1]) for m in group.names(r"W(\d+)"))


def perceptron(group: Group) -> None:
    """Linear layers: the ANN, its rate coded network, and the bit-serial one."""
    layers = layers_of(group)
    levels = 2 ** group.number("T") - 1
    ups = [group.use(f"up{i}") for i in layers[:-1]]
    sketch, edge = Sketch([levels] * len(ups), np.array(ups)), INPUT
    for i in layers:
        edge = sketch.linear(f"fc{i}", edge, group.use(f"W{i}"), group.use(f"b{i}"))
        edge = sketch.act(f"act{i}", edge) if i < len(layers) else edge
    built = Built(sketch.graph(group.use("x").shape[1:]), sketch.acts)
    analog(group, built)
    rate(group, built, levels)
    doubles = built.exact().astype(np.float64)
    snn = SNNMeetsANN(steps=group.number("T")).build(doubles)
    serial(group, built, snn)


def analog(group: Group, built: Built) -> dict[str, np.ndarray]:
    """The source network, float32."""
    values = evaluate(built.graph, group.use("x"))
    for i, name in enumerate(built.acts, 1):
        node = built.graph.node(name)
        z = values[node.inputs[0]]
        group.compare(f"ann_z{i}", z, SUM)
        group.compare(f"ann_a{i}", values[name])
        group.compare(f"ann_code{i}", node.op.level(built.graph.of(name), z))
    group.compare("ann_logits", values[built.graph.output], SUM)
    return values


def rate(group: Group, built: Built, steps: int) -> Run:
    """What the authors' release runs as a spiking network: rate coding, T = Q steps."""
    plain = QCFSConversion(steps=steps).build(built.graph)
    neurons = {name: replace(neuron, as_released=True) for name, neuron in plain.neurons.items()}
    outcome = run(replace(plain, neurons=neurons), group.use("x"), record=None)
    for i, name in enumerate(built.acts, 1):
        group.compare(f"rate_spk{i}", outcome.traces[name].fired)
        group.compare(f"rate_vmem{i}", outcome.traces[name].v, steps * SUM)
    group.compare("rate_logits", outcome.traces[built.graph.output].current, SUM)
    return outcome


def serial(group: Group, built: Built, snn: SNN) -> Run:
    """The bit-serial network in float64: every bit, membrane and charge."""
    outcome = run(snn, group.use("x").astype(np.float64), record=None)
    for i, name in enumerate(built.acts, 1):
        trace = outcome.traces[name]
        emit = trace.phase == "emit"
        group.compare(f"ref_z{i}", outcome.charges[name], DOUBLE)
        group.compare(f"ref_spk{i}", trace.fired[emit])
        group.compare(f"ref_vmem{i}", trace.v[emit], DOUBLE)
    group.compare("ref_logits", outcome.logits, DOUBLE)
    return outcome


def convolutional(group: Group) -> None:
    """Convolution, norm, activation, pool, twice; then linear. Norms shifted and folded."""
    bits = group.number("T")
    built = conv_graph(group, 2**bits - 1)
    values = analog(group, built)
    counted(group, built, values, 2**bits - 1)
    folded = fold_batch_norm(built.graph)
    for i in (1, 2):
        group.compare(f"foldW{i}", folded.params[f"conv{i}.weight"], SUM)
        group.compare(f"foldb{i}", folded.params[f"conv{i}.bias"], SUM)
    outcome = rate(group, built, 2**bits - 1)
    fired = [outcome.traces[name].fired for name in built.acts]
    each = sum(f.reshape(len(f), -1).sum(1, dtype=np.int64) for f in fired)
    group.compare("rate_spikes_per_step", each)
    doubles = built.exact().astype(np.float64)
    norm = doubles.of("bn2")
    beta = shifted_beta(norm, eps(group), doubles.params["conv2.bias"], bits)
    group.compare("ref_beta_c2", beta, DOUBLE)  # eq: snn_meets_ann.10
    # the folded network in bit-serial form, then the norms of every step in its place
    once = SNNMeetsANN(steps=bits).convert(doubles)[0]
    each_step = shifted(once, doubles, bits)
    traces = serial(group, built, each_step).traces["act2"]
    current = traces.current[traces.phase == "accumulate"]
    group.compare("ref_step_current2", current, DOUBLE)  # eq: snn_meets_ann.9
    one, two = (run(snn, group.use("x").astype(np.float64)) for snn in (once, each_step))
    assert all(np.array_equal(one.counts[name], two.counts[name]) for name in built.acts)
    assert np.abs(one.logits - two.logits).max() <= DOUBLE


def shifted(snn: SNN, graph: Graph, steps: int) -> SNN:
    """The same neurons on a graph whose norms are applied in every step."""
    neurons = {k: replace(n, bias_plan="every_frame") for k, n in snn.neurons.items()}
    readout = Readout(bias_plan="every_frame", kind="sum")
    return SNN(per_step(graph, steps), neurons, readout, 1, reference=graph)


def counted(group: Group, built: Built, values: dict[str, np.ndarray], levels: int) -> None:
    """Bits of the codes as the authors truncate them, and neurons, of the whole batch."""
    acts = [(values[n], built.graph.params[f"{n}.lambda"]) for n in built.acts]
    bits = sum(int(set_bits(truncated(a, up, levels)).sum()) for a, up in acts)
    group.compare("ann_spikes", np.float32(bits))
    group.compare("ann_neurons", np.int64(sum(a.size for a, _ in acts)))


def eps(group: Group) -> float:
    return float(group.use("bn_eps"))


def conv_graph(group: Group, levels: int) -> Built:
    x, head = group.use("x"), group.use("Wfc")
    sketch = Sketch([levels] * 2, np.array([group.use("up1"), group.use("up2")]))
    last = isqrt(head.shape[1] // len(group.use("W2")))
    edge = normed(sketch, group, 1, INPUT)
    side = x.shape[-1]
    if side != last:
        edge = sketch.add("pool", AvgPool2d(side // last), edge)
    edge = sketch.add("flatten", Flatten(), normed(sketch, group, 2, edge))
    sketch.linear("fc", edge, head, group.use("bfc"))
    return Built(sketch.graph(x.shape[1:]), sketch.acts)


def normed(sketch: Sketch, group: Group, i: int, source: str) -> str:
    edge = sketch.conv(f"conv{i}", source, group.use(f"W{i}"), bias=group.use(f"b{i}"))
    names = ("gamma", "beta", "mean", "var")
    params = {k: group.use(f"bn{i}_{name}") for k, name in zip(NORM, names, strict=True)}
    edge = sketch.add(f"bn{i}", BatchNorm(eps=eps(group)), edge, **params)
    return sketch.act(f"act{i}", edge)


BLOCK_EPS = 1e-5


def block(group: Group) -> None:
    """A residual block on its own: float32, as an ANN."""
    levels = 2 ** group.number("T") - 1
    graph = block_graph(group, levels)
    x = block_input(group, levels)
    group.compare("x", x)
    values = evaluate(graph, x)
    for z, act, part in (("bn2", "mid", "mid"), ("add", "out", "out")):
        z = "bn1" if part == "mid" else z
        group.compare(f"ann_z{part}", values[z], SUM)
        level = graph.node(act).op.level(graph.of(act), values[z])
        group.compare(f"ann_code{part}", level)
        group.compare(f"ann_a{part}", values[act])
    counted(group, Built(graph, ["mid", "out"]), values, levels)
    folded = fold_batch_norm(graph)
    for i in (1, 2, 3):
        if group.has(f"W{i}"):
            group.compare(f"foldW{i}", folded.params[f"conv{i}.weight"], SUM)
            group.compare(f"foldb{i}", folded.params[f"conv{i}.bias"], SUM)


def block_input(group: Group, levels: int) -> np.ndarray:
    code = group.use("xcode").astype(np.float32)
    return code / np.float32(levels) * group.use("up_in")


def block_graph(group: Group, levels: int) -> Graph:
    """Two convolutions and a shortcut, which has a convolution of its own or none."""
    stride = block_stride(group)
    nodes, params = [], {}

    def branch(i: int, source: str, stride: int) -> str:
        weight = group.use(f"W{i}")
        size = weight.shape[-1]
        op = Conv2d(len(weight), size, stride=stride, padding=(size - 1) // 2, bias=False)
        nodes.append(Node(f"conv{i}", op, (source,)))
        nodes.append(Node(f"bn{i}", BatchNorm(eps=BLOCK_EPS), (f"conv{i}",)))
        params[f"conv{i}.weight"] = weight
        rows = zip(NORM, group.use(f"bn{i}"), strict=True)
        params.update({f"bn{i}.{key}": row for key, row in rows})
        return f"bn{i}"

    def act(name: str, source: str) -> str:
        nodes.append(Node(name, QCFS(levels, as_released=True), (source,)))
        params[f"{name}.lambda"] = group.use(f"up_{name}").reshape(())
        return name

    inner = branch(2, act("mid", branch(1, INPUT, stride)), 1)
    shortcut = branch(3, INPUT, stride) if group.has("W3") else INPUT
    nodes.append(Node("add", Add(), (inner, shortcut)))
    act("out", "add")
    return Graph(group.use("xcode").shape[1:], tuple(nodes), params)


def block_stride(group: Group) -> int:
    """From whichever field shows the size behind the first convolution."""
    found = [m[0] for m in group.names(r"ann_(?:z|a|code)(?:mid|out)")]
    return int(group.use("xcode").shape[-1] // group.peek(found[0]).shape[-1])


def exact_block(group: Group) -> None:
    """The block in a bit-serial network, its input a train of bits: the same levels.

    A sample with a charge on a tie, up to float32, is left out.
    """
    bits = group.number("T")
    levels = 2**bits - 1
    graph = block_graph(group, levels)
    moved = {INPUT: "in"}
    nodes = [Node("in", QCFS(levels), (INPUT,)), Node("end", Flatten(), ("out",))]
    nodes += [replace(n, inputs=tuple(moved.get(k, k) for k in n.inputs)) for n in graph.nodes]
    params = {**graph.params, "in.lambda": group.use("up_in").reshape(())}
    whole = Built(Graph(graph.input_shape, tuple(nodes), params), []).exact()
    snn, _ = SNNMeetsANN(steps=bits).convert(whole)
    outcome = run(snn, block_input(group, levels).astype(np.float64))
    assert np.array_equal(outcome.counts["in"], group.use("xcode"))
    samples = np.ones(len(group.use("xcode")), bool)
    for name in ("mid", "out"):
        theta = snn.neurons[name].theta
        sure = ties.clear(outcome.charges[name], theta, ties.NEAR * theta)
        samples &= sure.reshape(len(samples), -1).all(1)
    assert samples.any()
    for name in ("mid", "out"):
        if group.has(f"ann_code{name}"):
            given = group.peek(f"ann_code{name}")
            assert np.array_equal(outcome.counts[name][samples], given[samples])


def fixed_graph(group: Group, layers: list[int], shifts: list[int]) -> Graph:
    """Weights divided by the step of their input, lambda = Q 2**f: float32 is exact."""
    levels, edge, nodes, params = 2 ** group.number("T") - 1, INPUT, [], {}
    for i, scale in zip(layers, [0, *shifts], strict=True):
        weight, bias = group.use(f"W{i}"), group.use(f"b{i}")
        nodes.append(Node(f"fc{i}", Linear(len(weight)), (edge,)))
        params[f"fc{i}.weight"] = np.ldexp(weight.astype(np.float32), -scale)
        params[f"fc{i}.bias"] = bias.astype(np.float32)
        if i < layers[-1]:
            edge = f"act{i}"
            nodes.append(Node(edge, QCFS(levels, as_released=True), (f"fc{i}",)))
            params[f"{edge}.lambda"] = np.float32(levels * 2.0 ** shifts[i - 1])
    return Graph(group.use("x").shape[1:], tuple(nodes), params)


def fixed_ann(
    group: Group, layers: list[int], shifts: list[int], x: np.ndarray
) -> dict[str, np.ndarray]:
    return evaluate(fixed_graph(group, layers, shifts), x.astype(np.float32))


def exact_fixed(group: Group) -> None:
    """The float network, float32 and float64: the same bits and logits as the integers."""
    layers = layers_of(group)
    shifts = [int(group.use(f"f{i}")) for i in layers[:-1]]
    graph = Built(fixed_graph(group, layers, shifts), []).exact()
    snn = SNNMeetsANN(steps=group.number("T")).build(graph.astype(np.float64))
    for dtype in (np.float32, np.float64):
        outcome = run(snn, group.use("x").astype(dtype), record=None)
        for i in layers[:-1]:
            trace = outcome.traces[f"act{i}"]
            emit = trace.phase == "emit"
            if group.has(f"int_spk{i}"):
                assert np.array_equal(trace.fired[emit], group.peek(f"int_spk{i}"))
            if group.has(f"int_vmem{i}"):
                # a step of 1 has no whole half: integers start at its floor
                assert np.array_equal(np.floor(trace.v[emit]), group.peek(f"int_vmem{i}"))
        if group.has("int_logits"):
            assert np.array_equal(outcome.logits, group.peek("int_logits"))
