"""Engines on random dyadic networks: equal bits, whatever the order of the work."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import RATE_POOLS, SEEDS, graph_of, images, shapes
from numpy.testing import assert_array_equal

from refsnn.analysis.exactness import exactness
from refsnn.ann import evaluate, references
from refsnn.codings import constant
from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import ENGINES, engine, run, run_frames, run_stepped
from refsnn.engines.propagate import constant_part, propagate
from refsnn.errors import InputError
from refsnn.neurons import respond

GROUPS = ("counts", "sent", "sums", "charges")


def same_runs(a, b, traces=True):
    """Bit for bit."""
    assert_array_equal(a.logits, b.logits)
    for group in GROUPS:
        one, two = getattr(a, group), getattr(b, group)
        assert list(one) == list(two)
        for name in one:
            assert_array_equal(one[name], two[name], err_msg=f"{group} of {name}")
    if traces:
        assert list(a.traces) == list(b.traces)
        for name in a.traces:
            for field, one, two in zip(
                a.traces[name]._fields, a.traces[name], b.traces[name], strict=True
            ):
                assert_array_equal(one, two, err_msg=f"{field} of {name}")


@given(shape=shapes(RATE_POOLS), seed=SEEDS, steps=st.integers(1, 7))
def test_layered_equals_stepped(shape, seed, steps):
    """T need not be a power of two: both divide the same sum once."""
    snn = QCFSConversion(steps=steps).convert(graph_of(shape, seed))[0]
    x = images(seed)
    same_runs(run(snn, x, record=None), run_stepped(snn, x, record=None))


@given(shape=shapes(RATE_POOLS), seed=SEEDS, cut=st.integers(1, 5))
def test_network_time_can_be_split(shape, seed, cut):
    """Six frames are ``cut`` frames and then the rest, with every state carried over."""
    snn = QCFSConversion(steps=6).convert(graph_of(shape, seed))[0]
    x = images(seed)
    offsets, states, counts = constant_part(snn, x.dtype), {}, {}
    for frames in (cut, 6 - cut):
        chunk = propagate(snn, constant(x, frames), states, offsets)
        states = chunk.states
        counts = {k: v + counts.get(k, 0) for k, v in chunk.counts.items()}
    whole = run(snn, x)
    for name in whole.counts:
        assert_array_equal(counts[name], whole.counts[name])
    assert_array_equal(states["fc"].v / 6, whole.logits)


@given(shape=shapes(), seed=SEEDS, batch=st.integers(1, 5), rate=st.booleans())
def test_batch_size_does_not_matter(shape, seed, batch, rate):
    if rate and shape.pool == "max":
        shape = shape._replace(pool="avg")
    graph, x = graph_of(shape, seed), images(seed, 5)
    snn = (QCFSConversion(steps=4) if rate else PascalConversion()).convert(graph)[0]
    assert exactness(snn, x).level == "E"
    whole = run(snn, x, record=None)
    same_runs(whole, run(snn, x, record=None, batch=batch))
    alone = run(snn, x[2:3], record=None)
    assert_array_equal(whole.logits[2:3], alone.logits)


@given(shape=shapes(), seed=SEEDS)
def test_pascal_network_is_its_ann(shape, seed):
    """Mixed levels, residual adds of unequal T, concatenation, maximum pooling: zero tolerance."""
    graph, x = graph_of(shape, seed), images(seed)
    snn = PascalConversion().convert(graph)[0]
    assert exactness(snn, x).level == "E"
    values, outcome = evaluate(graph, x), run(snn, x)
    for name, reference in references(graph, values).items():
        assert_array_equal(outcome.counts[name], reference.level)
        assert_array_equal(outcome.sums[name], reference.a)
        assert_array_equal(outcome.charges[name], reference.z)
    assert_array_equal(outcome.logits, values["fc"])


def test_the_network_law_is_not_vacuous():
    """Random networks fire at all levels, retract, and meet at an add with unequal T."""
    retracted, levels = 0, set()
    for seed in range(10):
        graph = graph_of(next_shape(), seed)
        snn = PascalConversion().convert(graph)[0]
        assert snn.frames["conv2"] != snn.frames["act0"]
        outcome = run(snn, images(seed), record=None)
        retracted += sum(int((trace.fired < 0).sum()) for trace in outcome.traces.values())
        levels |= set(np.unique(outcome.counts["act2"]).tolist())
    assert retracted > 0
    assert levels == {0, 1, 2, 3}


def next_shape():
    from laws.dyadic_networks import Shape

    return Shape(levels=(4, 2, 3, 5))


def test_rate_coding_is_not_its_ann():
    """The same networks under QCFS have wrong counts: the law above is PASCAL's doing."""
    wrong = 0
    for seed in range(5):
        graph, x = graph_of(next_shape()._replace(levels=(4,)), seed), images(seed)
        outcome = run(QCFSConversion(steps=4).convert(graph)[0], x)
        refs = references(graph, evaluate(graph, x))
        wrong += sum(int((outcome.counts[n] != r.level).sum()) for n, r in refs.items())
    assert wrong > 0


@given(shape=shapes(RATE_POOLS), seed=SEEDS, steps=st.integers(1, 4), extra=st.integers(0, 4))
def test_extra_frames_are_frames_of_silence(shape, seed, steps, extra):
    """Both engines agree; the neurons get the charge of ``steps`` frames and no more bias."""
    plain = QCFSConversion(steps=steps).convert(graph_of(shape, seed))[0]
    x = images(seed)
    longer = run(replace(plain, extra_frames=extra), x, record=None)
    same_runs(longer, run_stepped(replace(plain, extra_frames=extra), x, record=None))
    assert len(longer.traces["act0"].t) == steps + extra
    assert_array_equal(longer.charges["act0"], run(plain, x).charges["act0"])
    silent = longer.traces["act0"].current[steps:]
    assert not silent.any()


@given(shape=shapes(RATE_POOLS), seed=SEEDS, steps=st.integers(1, 5))
def test_frames_of_one_image_are_that_image(shape, seed, steps):
    snn = QCFSConversion(steps=steps).convert(graph_of(shape, seed))[0]
    x = images(seed)
    frames = np.array(constant(x, steps))  # a copy, so that nothing knows they are equal
    same_runs(run(snn, x, record=None), run_frames(snn, frames, record=None))


@given(seed=SEEDS, steps=st.integers(2, 5))
def test_frames_may_differ(seed, steps):
    """Against the first layer's neuron driven by hand."""
    snn = QCFSConversion(steps=steps).convert(graph_of(next_shape(), seed))[0]
    frames = np.stack([images(seed + t) for t in range(steps)])
    node, graph = snn.graph.node("conv0"), snn.graph
    currents = np.stack([node.op.apply(graph.of("conv0"), frame) for frame in frames])
    wanted = respond(snn.neurons["act0"], currents).spikes.sum(axis=0)
    assert_array_equal(run_frames(snn, frames).counts["act0"], wanted)
    with pytest.raises(InputError, match="other number of frames"):
        run_frames(snn, frames[1:])


@given(shape=shapes(), seed=SEEDS)
def test_data_are_only_read(shape, seed):
    snn, x = PascalConversion().convert(graph_of(shape, seed))[0], images(seed)
    x.flags.writeable = False
    run(snn, x, record=None)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_of_the_data_is_that_of_the_run(dtype):
    snn = QCFSConversion(steps=2).convert(graph_of(next_shape(), 0))[0]
    outcome = run(snn, images(0).astype(dtype), record=None)
    assert outcome.logits.dtype == dtype
    assert all(trace.v.dtype == dtype for trace in outcome.traces.values())


def test_engines_have_names():
    assert set(ENGINES) >= {"numpy", "stepped"}
    assert engine("numpy") is run
    with pytest.raises(InputError, match="unknown engine 'nunpy'; did you mean 'numpy'"):
        engine("nunpy")
