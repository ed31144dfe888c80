"""Every mistake of the catalogue is found in another implementation, and nothing is found where none is."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from verify.diagnosing import KINDS, all_outcomes, case_of, made_in, recording, remembered, right
from verify.diagnosis_page import page

from refsnn.engines import Case, run
from refsnn.engines.observed import signals_of
from refsnn.jobs.golden_set import RECIPES
from refsnn.neurons import IF
from refsnn.verify import NameMap, hold, read_dump
from refsnn.verify.blind import blind_spots
from refsnn.verify.diagnosis import EVERYWHERE, ON_ITS_OWN, diagnose, suspect_of
from refsnn.verify.dump import golden_part
from refsnn.verify.mistakes import CATALOGUE, NeuronMistake
from refsnn.verify.naming import Target
from refsnn.verify.replayed import Replayed
from refsnn.verify.rule import rule_of
from refsnn.verify.separate import random_input
from refsnn.verify.ties import BELOW, reachable


def test_the_page_and_the_catalogue(pytestconfig):
    """Everything is run once: the tables are what it said, and what it said is right."""
    text = (pytestconfig.rootpath / "docs" / "verify.md").read_text()
    assert page(text) == text, "python tests/verify/diagnosis_page.py docs/verify.md"
    for kind in KINDS:
        kinds = {m: [o.kind for o in found.values()] for m, found in all_outcomes(kind).items()}
        assert [m for m, found in kinds.items() if "missed" in found] == []
    for mistake, found in all_outcomes("everything").items():
        named = sum(o.kind in ("diagnosed", "indistinguishable") for o in found.values())
        never = all(o.kind == "equivalent" for o in found.values())
        assert never or named >= 2, mistake


def told(name, arrays, **options):
    """Verdict and diagnosis of a dump."""
    dump = read_dump(case_of(name), arrays, NameMap(), **options)
    verdict = hold(case_of(name), dump)
    return verdict, diagnose(case_of(name), dump, verdict, remembered)


def causes(diagnosis):
    return [cause.mistake for cause in diagnosis.explanations]


def only(arrays, *ends):
    return {key: value for key, value in arrays.items() if key.endswith(ends)}


NAMES = ("qcfs-mlp", "pascal-mlp", "snn-meets-ann-conv", "several-spikes-conv")


@pytest.mark.parametrize("name", NAMES)
def test_one_number_more_that_is_wrong_and_nothing_explains(name):
    """An explanation explains every number."""
    arrays = dict(recording(name, "starts-at-theta"))
    assert "starts-at-theta" in causes(told(name, arrays)[1])
    for key in ("act0/v", "act1/counts", "logits"):
        bent = np.array(arrays[key])
        bent[(-1,) * bent.ndim] += 1
        verdict, found = told(name, {**arrays, key: bent})
        assert not verdict.equal
        assert causes(found) == []
        assert "starts-at-theta (everywhere)" in found.closest


@pytest.mark.parametrize("name", NAMES)
def test_what_is_in_no_catalogue_is_not_explained(name):
    case = case_of(name)
    neurons = {k: replace(n, theta=np.asarray(n.theta) * 1.25) for k, n in case.snn.neurons.items()}
    snn = replace(case.snn, neurons=neurons, reference=None)
    other = Case(name, snn, case.x, run(snn, case.x, record=None))
    arrays = {
        f"{layer}/{key}": signal.data
        for layer, (_, signals) in signals_of(snn, other.run).items()
        for key, signal in signals.items()
        if key in ("spikes", "v", "counts")
    }
    verdict, found = told(name, arrays)
    assert not verdict.equal
    assert causes(found) == []


def test_whole_numbers_are_not_rounded_to_fit():
    """Membranes that were cut to integers are no membranes."""
    arrays = {"act0/v": recording("qcfs-mlp", "starts-at-theta")["act0/v"].astype(int)}
    assert causes(told("qcfs-mlp", arrays)[1]) == []


def test_two_mistakes_at_once_are_none():
    one = recording("qcfs-conv", "strict")
    two = recording("qcfs-conv", "no-bias")
    _, found = told("qcfs-conv", {**only(one, "0/spikes"), **only(two, "1/spikes")})
    assert causes(found) == []


PARTS = ("0/spikes", "1/spikes", "1/counts", "logits", "1/v")
SHOWN = [
    *product(
        ("qcfs-mlp", "pascal-conv"), ("strict", "starts-at-0", "starts-at-theta", "no-bias"), PARTS
    ),
    ("qcfs-conv", "sums-pool", "logits"),  # its pool stands behind the last neurons
]


@pytest.mark.parametrize(("name", "mistake", "part"), SHOWN)
def test_a_part_is_enough_where_it_shows(name, mistake, part):
    """The cause is among the explanations of any part that shows it."""
    verdict, found = told(name, only(recording(name, mistake), part))
    assert not verdict.equal
    assert mistake in causes(found)


@pytest.mark.parametrize("layer", ["act0", "act1"])
@pytest.mark.parametrize("name", ["qcfs-mlp", "pascal-mlp", "error-compensation-conv"])
def test_a_mistake_in_one_layer_is_found_there(name, layer):
    case, mistake = case_of(name), CATALOGUE["starts-at-theta"]
    made = suspect_of(case, mistake, (layer,), layer)
    arrays = {
        f"{key}/spikes": part.signals["spikes"].data
        for key, part in made.observed.items()
        if "spikes" in part.signals
    }
    verdict, found = told(name, arrays)
    assert verdict.first.layer == layer
    where = {cause.mistake: cause.where for cause in found.explanations}
    assert where["starts-at-theta"] == layer


@pytest.mark.parametrize("name", ["qcfs-conv", "snn-meets-ann-mlp"])
def test_layers_that_were_tested_one_by_one(name):
    """Each driven by the golden input: what is wrong in the first does not reach the second."""
    case, mistake = case_of(name), CATALOGUE["starts-at-theta"]
    parts = {key: suspect_of(case, mistake, (key,), key) for key in case.snn.neurons}
    arrays = {
        f"{key}/spikes": made.observed[key].signals["spikes"].data for key, made in parts.items()
    }
    _, found = told(name, arrays)
    assert ("starts-at-theta", ON_ITS_OWN) in [(c.mistake, c.where) for c in found.explanations]


def test_the_input_that_is_named_separates():
    """Where data fit two entries, running the network on the named input leaves one."""
    name = "pascal-mlp"
    _, found = told(name, recording(name, "tolerance-8e-5"))
    (pair,) = found.differences
    assert (pair.a, pair.b, pair.kind) == ("tolerance-8e-5", "tolerance-1e-3", "input")
    x = np.asarray([pair.sample])
    case = case_of(name)
    outcomes = []
    for mistake in (pair.a, pair.b):
        made = CATALOGUE[mistake].made(case, CATALOGUE[mistake].sites(case))
        outcomes.append(made.run(made.snn, x).counts["act0"])
    assert not np.array_equal(*outcomes)


def test_the_signal_that_is_named_separates():
    name = "snn-meets-ann-mlp"
    trains = only(recording(name, "lsb-first"), "/spikes")
    _, found = told(name, trains)
    (pair,) = found.differences
    assert (pair.kind, pair.says.split(":")[0]) == ("trace", "record act0/values")
    more = {**trains, **only(recording(name, "lsb-first"), "act0/values")}
    assert causes(told(name, more)[1]) == ["lsb-first"]


# the replay


@pytest.mark.parametrize("name", RECIPES)
def test_the_rule_unchanged_is_the_neuron(name):
    """On the golden input and on random ones, every signal."""
    case = case_of(name)
    neurons = {
        key: Replayed(theta=neuron.theta, base=neuron, rule=rule_of(neuron))
        for key, neuron in case.snn.neurons.items()
    }
    snn = replace(case.snn, neurons=neurons)
    for x in (case.x, random_input(case.x, 1)):
        ours = signals_of(case.snn, run(case.snn, x, record=None))
        theirs = signals_of(snn, run(snn, x, record=None))
        for layer, (labels, signals) in ours.items():
            assert labels == theirs[layer].labels
            for key, signal in signals.items():
                assert np.array_equal(signal.data, theirs[layer].signals[key].data), (layer, key)


@pytest.mark.parametrize("name", RECIPES)
def test_what_cannot_show_does_not(name):
    """Every reason that is given is true of the golden input and of random ones."""
    case = case_of(name)
    for key in (key for key in made_in(name) if CATALOGUE[key].reasons):
        mistake = CATALOGUE[key]
        sites = mistake.sites(case)
        for x in (case.x, random_input(case.x, 0)):
            made = mistake.made(case, sites)
            seen = Case(name, case.snn, x, made.run(made.snn, x))
            ours = Case(name, case.snn, x, run(case.snn, x, record=None))
            for target in targets(ours):
                if not mistake.equivalent(case, sites, [target]):
                    continue
                parts = [
                    golden_part(signals_of(snn, at.run), at, target)[1]
                    for snn, at in ((made.snn, seen), (case.snn, ours))
                ]
                assert parts[0].shape == parts[1].shape, (key, target)
                assert np.array_equal(*parts), (key, target)


def targets(case):
    observed = signals_of(case.snn, case.run)
    found = [Target(layer, key) for layer, (_, signals) in observed.items() for key in signals]
    return [*found, Target(None, "logits")]


def test_a_reason_is_only_given_where_it_holds():
    """A membrane that stops at a floor, or leaks: subtracting and adding do not commute."""
    late = CATALOGUE["late-reset"]
    asked = [Target("act0", "spikes")]
    for name, holds in (
        ("qcfs-mlp", True),
        ("hard-reset-mlp", False),
        ("several-spikes-mlp", False),
    ):
        case = case_of(name)
        assert bool(late.equivalent(case, late.sites(case), asked)) == holds
        assert not late.equivalent(case, late.sites(case), [Target("act0", "v")])


@pytest.mark.parametrize(
    ("name", "key"),
    [("qcfs-mlp", "late-reset"), ("pascal-l2-mlp", "bias-spread"), ("pascal-mlp", "relax-long")],
)
def test_no_reason_is_given_where_sums_are_rounded(name, key):
    """A third is no dyadic number: what commutes on paper need not in floats."""
    case, mistake = case_of(name), CATALOGUE[key]
    params = {k: v / 3 if "weight" in k else v for k, v in case.snn.graph.params.items()}
    graph = replace(case.snn.graph, params=params)
    rounded = replace(case, snn=replace(case.snn, graph=graph, reference=None))
    for asked, answered in ((case, True), (rounded, False)):
        why = mistake.equivalent(asked, mistake.sites(asked), [Target("act1", "spikes")])
        assert bool(why) == answered


# ties


def off_grid(start, theta=0.75):
    """A network of one neuron; charges are multiples of 1/8."""
    case = case_of("qcfs-mlp")
    neurons = {k: IF(theta=np.asarray(theta), v_init=start) for k in case.snn.neurons}
    params = {
        k: np.round(v * 8) / 8 if "bias" in k else v for k, v in case.snn.graph.params.items()
    }
    graph = replace(case.snn.graph, params=params)
    snn = replace(case.snn, graph=graph, neurons=neurons, reference=None, method="by hand")
    return Case("off grid", snn, case.x, run(snn, case.x, record=None))


@pytest.mark.parametrize(("start", "tie"), [(0.5, True), (1 / 64, False)])
def test_no_tie_can_occur_off_the_grid(start, tie):
    """theta/2 = 3/8 is on the grid of the charges; theta/64 is not, and > is >= there."""
    case = off_grid(start)
    dump = read_dump(case, {"logits": case.run.logits}, NameMap())
    spots = {spot.mistake: spot for spot in blind_spots(case, dump)}
    strict = CATALOGUE["strict"].equivalent(case, ("act0", "act1"), [Target(None, "logits")])
    assert bool(strict) != tie
    if not tie:
        assert "no tie can occur" in str(spots["strict"])
        assert spots["strict"].shows == ""


@given(theta=st.integers(1, 24), start=st.integers(-8, 24), slack=st.integers(0, 6), data=st.data())
def test_what_is_out_of_reach_is_never_reached(theta, start, slack, data):
    """Charges are multiples of 1/4, all else of 1/16: every membrane of a long random run."""
    unit = 1 / 16
    case = tiny(theta * unit, start / theta)
    if reachable(case, "act", 0.0, slack * unit) and reachable(case, "act", BELOW, 0.0):
        return
    charges = np.array(data.draw(st.lists(st.integers(-8, 8), min_size=1, max_size=12))) / 4
    v = start * unit
    for charge in charges:
        u = v + charge
        lacks = theta * unit - u
        if not reachable(case, "act", BELOW, 0.0):
            assert lacks != 0
        if not reachable(case, "act", 0.0, slack * unit):
            assert not 0 < lacks <= slack * unit
        v = u - theta * unit * (u >= theta * unit)


def tiny(theta, v_init):
    """One linear unit, one neuron, input on quarters."""
    from refsnn.activations import Clip
    from refsnn.graph import INPUT, Graph, Node
    from refsnn.neurons import Readout
    from refsnn.ops import Linear
    from refsnn.snn import SNN

    nodes = (
        Node("fc", Linear(1, bias=False), (INPUT,)),
        Node("act", Clip(), ("fc",)),
        Node("out", Linear(1, bias=False), ("act",)),
    )
    one = np.ones((1, 1))
    graph = Graph(
        (1,), nodes, {"fc.weight": one, "act.lambda": np.asarray(theta), "out.weight": one}
    )
    neuron = IF(theta=np.asarray(theta), v_init=v_init)
    snn = SNN(graph, {"act": neuron}, Readout(), 4, "by hand")
    x = np.array([[0.25]])
    return Case("tiny", snn, x, run(snn, x, record=None))


def test_names_are_unlike_and_every_entry_says_what_it_does():
    assert all(key == mistake.name and mistake.says for key, mistake in CATALOGUE.items())
    assert len({mistake.says for mistake in CATALOGUE.values()}) == len(CATALOGUE)
    assert sum(isinstance(mistake, NeuronMistake) for mistake in CATALOGUE.values()) > 30


def test_blind_spots_are_those_that_do_not_show():
    name = "qcfs-mlp"
    dump = read_dump(case_of(name), only(right(name), "act0/counts"), NameMap())
    spots = {spot.mistake for spot in blind_spots(case_of(name), dump)}
    for mistake in made_in(name):
        ours = case_of(name).run.counts["act0"]
        made = remembered(
            case_of(name), CATALOGUE[mistake], CATALOGUE[mistake].sites(case_of(name)), EVERYWHERE
        )
        same = (
            made is not None
            and CATALOGUE[mistake].alters
            and np.array_equal(made.case.run.counts["act0"], ours)
        )
        assert (mistake in spots) == same
