"""The narrowest weights: what is kept is kept, and one bit less would not do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from laws.dyadic_networks import Shape, graph_of, images

from fixedpoint.accumulate import Accumulate
from fixedpoint.memory import layer_shapes, memory
from fixedpoint.register import Register
from refsnn.convert import PascalConversion
from refsnn.engines import run
from refsnn.errors import InputError
from refsnn.io import load_program, save_program
from refsnn.lower import lower, narrowest


def network(shape, seed):
    return PascalConversion().convert(graph_of(shape, seed))[0]


@pytest.mark.parametrize("seed", range(3))
def test_all_counts_are_kept_and_one_bit_less_loses_one(seed):
    """Dyadic weights, thresholds a power of two: 16 bits hold them, so counts can be kept."""
    graph = graph_of(Shape((4,), residual=seed > 0, concat=seed > 1), seed)
    halves = {k: np.full_like(v, 2.0) for k, v in graph.params.items() if k.endswith("lambda")}
    snn, x = PascalConversion().convert(graph.with_params(halves))[0], images(seed)
    found = narrowest(snn, x, keep="counts", widest=16)
    assert found.value == 0
    assert lower(snn, x, bits=found.bits).report.counts_differ_from_float == 0
    for name, bits in found.bits.items():
        tried = [t for t in found.trials if t.layer == name and t.bits == bits - 1]
        assert bits == 2 or (len(tried) == 1 and not tried[0].value <= 0 and not tried[0].kept)
    assert found.weight_memory[1] <= found.weight_memory[0]


@pytest.mark.parametrize(("seed", "drop"), [(0, 0.0), (1, 0.25), (2, 0.0)])
def test_accuracy_is_kept(seed, drop):
    snn, x = network(Shape((4,)), seed), images(seed)
    y = np.argmax(run(snn, x).logits, axis=1)
    found = narrowest(snn, x, y, drop=drop)
    at_start = lower(snn, x, y).report.accuracy["integer"]
    assert found.least == at_start - drop
    reached = lower(snn, x, y, bits=found.bits).report.accuracy["integer"]
    assert reached >= found.least
    assert reached == found.value
    assert all(t.kept == bool(t.value >= found.least) for t in found.trials)


def test_membranes_are_narrowed_and_saturate():
    """As far as the accuracy lasts; the program holds them, and a file of it too."""
    snn, x = network(Shape((4,)), 1), images(1)
    y = np.argmax(run(snn, x).logits, axis=1)
    found = narrowest(snn, x, y, drop=0.25, membranes=True)
    proven = lower(snn, x, y, bits=found.bits)
    low = lower(snn, x, y, bits=found.bits, membranes=found.membranes)
    assert low.report.accuracy["integer"] == found.value >= found.least
    assert found.membranes
    for layer, wide in zip(low.report.layers, proven.report.layers, strict=True):
        width = found.membranes.get(layer.name)
        neuron = low.program.layer(layer.name).neuron
        if width is None:
            assert neuron is None or neuron.membrane is None
            continue
        assert neuron.membrane == Register(width)
        assert layer.bits["membrane"] <= width < wide.bits["membrane"]
        low_end, high_end = layer.observed_membrane
        assert -(2 ** (width - 1)) <= low_end <= high_end < 2 ** (width - 1)
    assert not low.report.held  # the float engine does not saturate


def test_a_program_with_registers_is_stored(tmp_path):
    snn, x = network(Shape((4,)), 1), images(1)
    program = lower(snn, x, membranes={"act0": 12}).program
    spec = Accumulate(Register(20, "wrap"), "each_step", False)
    program = replace(program, layers=tuple(replace(x, accumulate=spec) for x in program.layers))
    save_program(tmp_path / "p.npz", program)
    again = load_program(tmp_path / "p.npz")
    assert again.layer("act0").neuron == program.layer("act0").neuron
    assert again.layer("act0").neuron.membrane == Register(12)
    assert {layer.accumulate for layer in again.layers} == {spec}
    with pytest.raises(InputError, match="no layer 'nope'"):
        lower(snn, x, membranes={"nope": 12})


def test_counts_that_cannot_be_kept_are_an_error():
    graph = graph_of(Shape((4,)), 0)
    odd = graph.with_params({k: v * np.pi for k, v in graph.params.items()})
    snn = PascalConversion().convert(odd)[0]
    with pytest.raises(InputError, match="weights of 7 bits change counts already"):
        narrowest(snn, images(0), keep="counts", widest=7)


def test_what_a_search_cannot_do():
    snn = network(Shape((4,)), 0)
    with pytest.raises(InputError, match="keep: unknown aim"):
        narrowest(snn, images(0), keep="spikes")
    with pytest.raises(InputError, match="y: no labels"):
        narrowest(snn, images(0))


def test_memory_by_hand():
    """Two channels of 4 x 4 in, three out, 3 x 3 kernels."""
    snn = network(Shape((4,), residual=False, pool="none"), 0)
    program = lower(snn, images(0)).program
    first, shape = memory(program)["act0"], layer_shapes(program)["act0"]
    size = int(np.prod(shape))
    assert shape == (3, *snn.graph.input_shape[1:])
    assert first.neurons == size
    weight = program.layers[0].taps[0].path[0].weight
    low, high = int(weight.min()), int(weight.max())
    bits = next(b for b in range(1, 20) if -(2 ** (b - 1)) <= low and high < 2 ** (b - 1))
    assert first.weights == weight.size * bits == 3 * 2 * 9 * bits
    assert first.train == size * 4  # one bit a frame, L = 4 frames
    kinds = (first.weights, first.biases, first.membranes, first.counters, first.train)
    assert first.total == sum(kinds)
    assert first.blocks == sum(int(np.ceil(k / 4096)) for k in kinds)
