"""From chosen integers to the two networks that use them: a `Program`, and the requantised ANN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from fixedpoint.formats import Format
from fixedpoint.program import Layer, Program, Tap
from fixedpoint.register import Register
from fixedpoint.synapses import (
    Conv,
    Dense,
    Flatten,
    GlobalSumPool,
    Pad,
    Scale,
    Slice,
    SumPool,
    Synapse,
)
from refsnn import ops
from refsnn.errors import UnsupportedError
from refsnn.graph import Graph, Node
from refsnn.lower.grid import InputGrid
from refsnn.lower.quantise import QuantisedLayer, QuantisedPath
from refsnn.lower.twins import rescaled, twin
from refsnn.lower.weights import columns_times, per_channel_or_one
from refsnn.neurons import Neuron
from refsnn.snn import SNN
from refsnn.typing import Array, IntArray


def build_program(snn: SNN, layers: list[QuantisedLayer], grid: InputGrid) -> Program:
    """The integer network."""
    return Program(
        input_format=Format(grid.signed, grid.width, grid.frac),
        input_shape=snn.graph.input_shape,
        input_frames=snn.input_frames,
        layers=tuple(_layer(snn, layer) for layer in layers),
        extra_frames=snn.extra_frames,
        notes={"method": snn.method},
    )


def with_registers(program: Program, membranes: Mapping[str, int]) -> Program:
    """The same program with saturating membranes of some widths."""
    layers = [
        replace(layer, neuron=replace(layer.neuron, membrane=Register(membranes[layer.name])))
        if layer.neuron is not None and layer.name in membranes
        else layer
        for layer in program.layers
    ]
    return replace(program, layers=tuple(layers))


def _layer(snn: SNN, layer: QuantisedLayer) -> Layer:
    taps = tuple(Tap(q.path.source, _synapses(q)) for q in layer.paths)
    neuron = snn.neurons.get(layer.name)
    plan = (neuron or snn.readout).semantics.bias_plan
    if plan == "spread":
        raise UnsupportedError("a bias that is spread over frames is no integer", where=layer.name)
    integer = None
    if neuron is not None and layer.theta is not None:
        integer = twin(layer.name, rescaled(layer.name, neuron, layer.theta, layer.delta))
    return Layer(layer.name, taps, layer.bias, integer, plan == "once")


def _synapses(quantised: QuantisedPath) -> tuple[Synapse, ...]:
    maps = [_synapse(node.op, quantised.weight) for node in quantised.path.nodes]
    return tuple(maps) if quantised.path.weighted else (*maps, Scale(quantised.weight))


def _synapse(op: ops.Op, weight: IntArray) -> Synapse:
    if isinstance(op, ops.Linear):
        return Dense(weight)
    if isinstance(op, ops.Conv2d):
        w = op.window
        return Conv(weight, w.stride, w.padding, w.dilation, op.groups)
    if isinstance(op, ops.Scale):
        return Scale(weight)
    if isinstance(op, ops.AvgPool2d):
        return SumPool(op.window.kernel, op.window.stride, op.window.padding)
    if isinstance(op, ops.GlobalAvgPool):
        return GlobalSumPool()
    if isinstance(op, ops.Pad):
        return Pad(op.pads)
    if isinstance(op, ops.Slice):
        return Slice(tuple((s.start, s.stop, s.step) for s in op.index))
    assert isinstance(op, ops.Flatten)
    return Flatten()


def requantised(snn: SNN, layers: list[QuantisedLayer]) -> SNN:
    """The float network with exactly the integers' weights: every parameter is dyadic.

    The ANN it is held to is the reference of the integer program. Pools become sums (their
    division is in the weights that follow); an identity shortcut gets a `Scale`.
    """
    nodes = {node.name: node for node in snn.graph.nodes}
    params = {name: np.array(value) for name, value in snn.graph.params.items()}
    held_to: dict[str, Array] = {}
    neurons: dict[str, Neuron] = {}
    for layer in layers:
        _set_weights(layer, nodes, params, held_to)
        for quantised in layer.paths:
            _sum_pools(quantised, nodes)
            if quantised.path.weighted is None:
                _insert_scale(layer, quantised, nodes, params)
        if layer.theta is not None:
            _set_theta(snn, layer, params, neurons)
    graph = Graph(snn.graph.input_shape, tuple(nodes.values()), params)
    reference = None if snn.reference is None else graph.with_params(held_to)
    return replace(snn, graph=graph, neurons=neurons, reference=reference)


def _set_theta(
    snn: SNN, layer: QuantisedLayer, params: dict[str, Array], neurons: dict[str, Neuron]
) -> None:
    """The power-of-two threshold, and the activation's lambda with it."""
    old, key = snn.neurons[layer.name], f"{layer.name}.lambda"
    theta = layer.theta
    assert theta is not None
    neurons[layer.name] = rescaled(layer.name, old, theta, layer.delta)
    if key in params:
        ratio = np.round(np.ravel(params[key])[0] / np.ravel(old.theta)[0])
        values = ratio * np.ravel(theta)
        params[key] = values if values.size > 1 else np.full(np.shape(params[key]), values[0])


def _set_weights(
    layer: QuantisedLayer,
    nodes: dict[str, Node],
    params: dict[str, Array],
    held_to: dict[str, Array],
) -> None:
    bias, reference = layer.bias, layer.reference_bias
    for quantised in layer.paths:
        node = quantised.path.weighted
        if node is None:
            continue
        weight = params[f"{node.name}.weight"] = np.array(params[f"{node.name}.weight"], np.float64)
        _set_columns(quantised, node, weight)
        key = f"{node.name}.bias"
        if key in params and quantised.path.first:
            # biases of joined branches were rounded together: the first branch carries the sum
            params[key] = _one_per_channel(node.name, bias)
            held_to[key] = _one_per_channel(node.name, reference)
            bias, reference = np.zeros_like(bias), np.zeros_like(reference)
    if np.any(bias) or np.any(reference):
        raise UnsupportedError("bias of no weighted layer", where=layer.name)


def _set_columns(quantised: QuantisedPath, node: Node, weight: Array) -> None:
    """Write the float weights of one path, in place: integers over the value of a unit."""
    own = columns_times(node, quantised.weight.astype(np.float64), _inverse(quantised.amplitude))
    if quantised.path.channels is None:
        weight[...] = own
    else:
        weight[:, quantised.path.columns(weight.shape[1])] = own


def _inverse(amplitude: Array) -> Array:
    """Units of a value; none in a channel of padding alone, where a unit is worth nothing."""
    return np.divide(1, amplitude, out=np.zeros_like(amplitude), where=amplitude != 0)


def _one_per_channel(name: str, bias: IntArray) -> Array:
    if bias.ndim == 3 and bias.shape[1:] != (1, 1):
        raise UnsupportedError("bias differs from pixel to pixel", where=name)
    return bias.reshape(-1).astype(np.float64)


def _sum_pools(quantised: QuantisedPath, nodes: dict[str, Node]) -> None:
    for node in quantised.path.nodes:
        if isinstance(node.op, ops.AvgPool2d | ops.GlobalAvgPool):
            nodes[node.name] = replace(node, op=replace(node.op, divisor=1))


def _insert_scale(
    layer: QuantisedLayer,
    quantised: QuantisedPath,
    nodes: dict[str, Node],
    params: dict[str, Array],
) -> None:
    """Put a `Scale` on an identity shortcut, just before it joins the other branch."""
    last = quantised.path.nodes[-1].name if quantised.path.nodes else quantised.path.source
    name = f"{layer.name}.shortcut_{last}".replace(".", "_")
    joint = nodes[quantised.path.add or layer.name]
    inputs = tuple(name if edge == last else edge for edge in joint.inputs)
    nodes[joint.name] = replace(joint, inputs=inputs)
    weight = np.asarray(quantised.weight * _inverse(per_channel_or_one(quantised.amplitude)))
    nodes[name] = Node(name, ops.Scale(per_channel=weight.ndim > 0), (last,))
    params[f"{name}.weight"] = weight.reshape(-1) if weight.ndim else np.asarray(weight)
