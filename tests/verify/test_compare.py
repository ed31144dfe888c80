"""Two runs held against each other: a flipped bit is found where it was flipped."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.dyadic_networks import Shape, graph_of, images

from refsnn.convert import PascalConversion, QCFSConversion
from refsnn.engines import Run, run, run_stepped
from refsnn.errors import InputError
from refsnn.neurons import IF
from refsnn.verify.compare import compare, semantic_differences

SIGNALS = ("current", "u", "fired", "v")
"""In the order a step computes them."""
NETWORK = graph_of(Shape((4, 2, 3)), 1)
X = images(1)
RATE = QCFSConversion(steps=5).convert(graph_of(Shape((4,)), 1))[0]
PASCAL = PascalConversion().convert(NETWORK)[0]


def traced(snn=PASCAL):
    return run(snn, X, record=None)


DONE = traced()


def changed(done: Run, layer, signal, place, value):
    """The run with one number of one trace replaced."""
    trace = done.traces[layer]
    array = np.array(getattr(trace, signal))
    array[place] = value
    return replace(done, traces={**done.traces, layer: trace._replace(**{signal: array})})


@given(
    data=st.data(), layer=st.sampled_from(sorted(PASCAL.neurons)), signal=st.sampled_from(SIGNALS)
)
def test_one_changed_number_is_found(data, layer, signal):
    trace = DONE.traces[layer]
    shape = getattr(trace, signal).shape
    place = tuple(data.draw(st.integers(0, n - 1)) for n in shape)
    old = getattr(trace, signal)[place]
    result = compare(DONE, changed(DONE, layer, signal, place, old + 1))
    step, *neuron = place
    found = result.first
    assert not result.equal
    assert (found.layer, found.step, found.signal) == (layer, step + 1, signal)
    assert found.phase == trace.phase[step]
    assert found.neuron == tuple(neuron)
    assert (found.a, found.b) == (old, old + 1)


def test_the_earliest_of_several_is_named():
    """Layer before step, step before signal, signal in the order of computation."""
    one = changed(DONE, "act1", "v", (3, 0, 0, 0, 0), 99.0)
    two = changed(one, "act1", "fired", (3, 1, 2, 3, 3), 5)
    three = changed(two, "act3", "u", (0, 0, 0, 0, 0), 99.0)
    first = compare(DONE, three).first
    assert (first.layer, first.step, first.signal, first.neuron) == (
        "act1",
        4,
        "fired",
        (1, 2, 3, 3),
    )
    four = changed(three, "act1", "current", (2, 2, 0, 0, 0), 99.0)
    assert compare(DONE, four).first.step == 3
    five = changed(four, "act0", "u", (4, 2, 2, 2, 2), 99.0)
    assert compare(DONE, five).first.layer == "act0"


@pytest.mark.parametrize("first", range(4))
def test_within_a_step_the_first_signal_computed_is_named(first):
    """All later ones differ too, in an earlier neuron."""
    other = DONE
    for i, signal in enumerate(SIGNALS[first:]):
        other = changed(other, "act1", signal, (1, 2, 2, 3, 3 - i), 77)
    found = compare(DONE, other).first
    assert (found.signal, found.step, found.neuron) == (SIGNALS[first], 2, (2, 2, 3, 3))


def test_the_message_reads_like_a_sentence():
    other = changed(DONE, "act1", "fired", (2, 0, 1, 2, 3), 7)
    old = DONE.traces["act1"].fired[2, 0, 1, 2, 3].item()
    text = f"layer act1, step 3 (integrate), sample 0, neuron (1, 2, 3): fired {old} against 7"
    assert str(compare(DONE, other).first) == text


@pytest.mark.parametrize("snn", [RATE, PASCAL])
def test_equal_runs(snn):
    result = compare(traced(snn), traced(snn))
    assert result.equal
    assert result.first is None
    assert result.logit_difference == 0
    assert set(result.differing.values()) == {0}
    assert result.compared == tuple(f"{name}: every step" for name in snn.neurons)


def test_engines_compare_step_by_step():
    assert compare(traced(RATE), run_stepped(RATE, X, record=None)).equal


def test_without_traces_counts_are_compared():
    plain = run(PASCAL, X)
    counts = {**plain.counts, "act1": np.array(plain.counts["act1"])}
    counts["act1"][2, 1, 0, 3] += 1
    result = compare(plain, replace(plain, counts=counts))
    assert result.compared == tuple(f"{name}: counts" for name in PASCAL.neurons)
    first = result.first
    assert (first.layer, first.step, first.signal, first.neuron) == (
        "act1",
        None,
        "count",
        (2, 1, 0, 3),
    )
    assert result.differing == {"act0": 0, "act1": 1, "act2": 0, "act3": 0}
    assert str(first).startswith("layer act1, sample 2, neuron (1, 0, 3): count")


def test_logits_come_last():
    logits = DONE.logits.copy()
    logits[1, 2] = np.nextafter(logits[1, 2], np.inf)
    result = compare(DONE, replace(DONE, logits=logits))
    assert (result.first.layer, result.first.signal, result.first.neuron) == (
        "output",
        "logit",
        (1, 2),
    )
    assert result.logit_difference == logits[1, 2] - DONE.logits[1, 2] > 0


def test_a_wrong_neuron_is_found_in_its_own_layer():
    """`gt` for `ge` in one layer: every layer before it agrees."""
    theta = RATE.neurons["act2"].theta
    other = replace(RATE, neurons={**RATE.neurons, "act2": IF(theta=theta, v_init=0.0)})
    result = compare(traced(RATE), traced(other))
    assert result.first.layer == "act2"
    assert result.first.signal == "u"
    assert result.differing["act0"] == result.differing["act1"] == 0


def test_result_is_json():
    json.dumps(compare(DONE, changed(DONE, "act0", "u", (0, 0, 0, 0, 0), 9.0)).to_dict())


def without(mapping, name):
    return {k: v for k, v in mapping.items() if k != name}


def resized(mapping, name):
    return {**mapping, name: mapping[name][..., :-1]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: replace(r, counts=without(r.counts, "act3")), "compare: other layers"),
        (lambda r: run(PASCAL, X[:2], record=None), "compare: other number of samples"),
        (lambda r: replace(r, counts=resized(r.counts, "act1"), traces={}), "act1.*shape"),
        (lambda r: replace(r, logits=r.logits[:, :1]), "output.*shape"),
    ],
)
def test_runs_that_do_not_fit(change, message):
    with pytest.raises(InputError, match=message):
        compare(DONE, change(DONE))


def test_shapes_are_checked_behind_a_divergence_too():
    """act0 differs, and act3 has another shape: still a sentence, no broadcasting."""
    counts = {**resized(DONE.counts, "act3"), "act0": DONE.counts["act0"] + 1}
    plain = replace(DONE, traces={})
    with pytest.raises(InputError, match="act3.*shape"):
        compare(plain, replace(plain, counts=counts))
    with pytest.raises(InputError, match="output.*shape"):
        compare(
            plain,
            replace(
                plain, counts={**DONE.counts, "act0": counts["act0"]}, logits=DONE.logits[:, :1]
            ),
        )


def test_semantic_differences():
    one = {name: value.to_dict() for name, value in RATE.semantics.items()}
    two = {name: value.to_dict() for name, value in PASCAL.semantics.items()}
    assert semantic_differences(one, one) == []
    found = semantic_differences(one, two)
    assert "act1: negative is 'never' against 'free'" in found
    assert "act0: readout is 'mean' against 'sum'" in found
    assert "fc: bias_plan is 'every_frame' against 'once'" in found


def test_a_layer_of_one_network_only_is_a_semantic_difference():
    one = {name: value.to_dict() for name, value in RATE.semantics.items()}
    assert any("act3" in line for line in semantic_differences(one, without(one, "act3")))
    assert any("act3" in line for line in semantic_differences(without(one, "act3"), one))
