"""The search for a setting accepts what agrees on every train, and nothing else.

The foreign neurons here are written out in this file: no other framework is needed.
"""

from dataclasses import replace

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("peers")


def foreign(*, fires=np.greater_equal, after=None, start=0.0, report="after", leak=1.0):
    """Play a neuron that shares no code with the library; ``after(u, spikes)`` is its reset."""
    from peers.record import Record

    after = after or (lambda u, spikes: u - spikes)

    def play(_, currents):
        v = np.full(currents.shape[1], start, np.float32)
        spikes, membranes = [], []
        for current in currents:
            u = np.float32(leak) * v + current
            spikes.append(fires(u, 1).astype(np.float32))
            v = after(u, spikes[-1]).astype(np.float32)
            membranes.append(v if report == "after" else u)
        return Record(np.stack(spikes), np.stack(membranes))

    return play


def peer_of(play, grid="plain", **numbers):
    from peers.record import Peer

    numbers = {name: (value,) for name, value in numbers.items()}
    return Peer(package="ours", code="foreign()", play=play, grid=grid, numbers=numbers)


def to_zero(u, spikes):
    return np.where(spikes > 0, 0, u)


def several(u, *_):
    return np.maximum(np.floor(u), 0)


IF = "IF(theta=1.0, compare={!r}, reset={!r}, v_init={!r})".format
CONVENTIONS = {
    "as it should be": ({}, IF("ge", "subtract", 0.0), "v"),
    "above only": ({"fires": np.greater}, IF("gt", "subtract", 0.0), "v"),
    "hard reset": ({"after": to_zero}, IF("ge", "zero", 0.0), "v"),
    "half a threshold": ({"start": 0.5}, IF("ge", "subtract", 0.5), "v"),
    "a whole one": ({"start": 1.0}, IF("ge", "subtract", 1.0), "v"),
    "membrane before": (
        {"report": "before", "after": to_zero, "fires": np.greater}, IF("gt", "zero", 0.0), "u",
    ),
    "floor": (
        {"after": lambda u, s: np.maximum(u - s, -1)},
        "LIF(theta=1.0, compare='ge', v_min=-1.0, v_init=0.0)", "v",
    ),
    "several spikes": (
        {"fires": several, "after": lambda u, s: u - s}, "LIF(theta=1.0, most=127, v_init=0.0)", "v",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONVENTIONS)
def test_each_convention_is_found_and_no_other(name):
    from peers.match import find
    from peers.settings import candidates, neuron_of

    settings, right, reading = CONVENTIONS[name]
    peer = peer_of(foreign(**settings))
    found = find(peer)
    assert found.matches[0] == (right, reading)
    assert found.parting is None
    assert not found.mild
    means = neuron_of(right).semantics
    fields = ("compare", "spikes_per_step", "v_init", "v_min", "delay")
    for match in found.matches:  # what is accepted beside it says the same in other words
        other = neuron_of(match.setting).semantics
        assert [getattr(other, f) for f in fields] == [getattr(means, f) for f in fields]
    others = {right for _, right, _ in CONVENTIONS.values()} - {right}
    assert len(others & set(candidates("plain", {}))) >= 5
    assert others.isdisjoint(match.setting for match in found.matches)


def test_a_leak_is_told_from_the_other_discretisations():
    from peers.match import find

    found = find(peer_of(foreign(leak=0.5), "leaky", tau=2.0))
    assert [match.setting for match in found.matches] == [
        "LIF(theta=1.0, tau=2.0, integration='euler', r=2.0, compare='ge', reset='subtract', "
        "v_init=0.0)"
    ]


@pytest.mark.parametrize("drive", [0, 1, 2])
def test_one_wrong_spike_in_all_trains_is_not_accepted(drive):
    """Planted fault: the foreign neuron errs once, on one set of trains."""
    from peers.match import matching
    from peers.stimuli import all_drives

    drives, right = all_drives(), foreign()
    shape = drives[drive].currents.shape

    def wrong(code, currents):
        record = right(code, currents)
        if currents.shape == shape:
            record.spikes[-1, -1] = 1 - record.spikes[-1, -1]
        return record

    assert matching(peer_of(right), drives)
    assert not matching(peer_of(wrong), drives)


def test_one_wrong_bit_of_a_membrane_is_seen():
    """Planted fault: the spikes agree, one membrane is off by its last bit."""
    from peers.match import find

    def off(code, currents):
        record = foreign()(code, currents)
        record.membrane[0, 0] = np.nextafter(record.membrane[0, 0], np.float32(9))
        return record

    assert [match.reading for match in find(peer_of(off)).matches] == ["", "", ""]


def test_where_none_agrees_the_first_divergence_is_shown():
    from peers.match import find, own

    def half(u, spikes):
        return u - 0.5 * spikes

    found = find(peer_of(foreign(after=half)))
    assert found.matches == ()
    at = found.parting
    v = np.float32(0)  # theirs, replayed by hand up to the step in which the two part
    for current in at.currents:
        u = v + current
        v = half(u, np.float32(u >= 1))
    assert at.theirs == (float(u >= 1), float(v))
    ours = own(at.setting, np.array(at.currents, np.float32)[:, None])
    assert at.ours == (float(ours.spikes[-1, 0]), float(ours.v[-1, 0]))
    assert at.ours[0] != at.theirs[0]


def test_mild_currents_are_told_from_all():
    """A hard reset of several spikes is one of one spike while none exceeds the threshold."""
    from peers.match import find

    found = find(peer_of(foreign(fires=several, after=to_zero)))
    assert found.mild
    assert found.matches[0] == (IF("ge", "zero", 0.0), "v")
    assert found.parting.theirs[0] == 2


def test_trains_are_exact_and_full_of_ties():
    from peers.match import own, ties
    from peers.stimuli import all_drives, mild_drives

    setting = IF("ge", "subtract", 0.0)
    for drive in [*all_drives(), *mild_drives()]:
        assert np.array_equal(drive.currents * 4, np.rint(drive.currents * 4))
        wide = own(setting, drive.currents.astype(np.float64))
        for a, b in zip(wide, own(setting, drive.currents), strict=True):
            assert np.array_equal(a, b)
    assert all((drive.currents <= 1).all() for drive in mild_drives())
    assert ties(setting, all_drives()) > 30000


def test_the_small_network_is_exact_and_its_thresholds_are_powers_of_two():
    from peers.small_net import dyadic_params, frames, graph_of, with_neurons

    from refsnn.calibration.maxima import largest_inputs

    graph = graph_of(dyadic_params())
    tops = largest_inputs(
        graph.astype(np.float64), frames()[0].astype(np.float64), ("act1", "act2")
    )
    assert {name: float(top) for name, top in tops.items()} == {"act1": 8.0, "act2": 8.0}
    done = with_neurons("IF(theta=2.0, compare='ge', reset='subtract', v_init=0.5)")
    for name in ("act1", "act2"):
        grid = done.membranes[name] * 256
        assert np.array_equal(grid, np.rint(grid))
        assert 0.1 < done.spikes[name].mean() < 0.9


def test_a_wrong_setting_is_seen_in_a_network():
    """Planted fault: `>` for `>=`, and spikes worth theta for spikes worth one."""
    from peers.networks import outcome
    from peers.small_net import with_neurons

    setting = "LIF(theta=2.0, compare={!r}, v_init=0.0, worth={})".format
    right = with_neurons(setting("ge", 1.0))
    assert outcome(("", "", ""), right, right).equal
    for wrong in (setting("gt", 1.0), setting("ge", 2.0)):
        found = outcome(("", "", ""), right, with_neurons(wrong))
        assert not found.equal
        assert min(found.spikes, found.membranes, found.logits) > 0
        assert found.fired == sum(int(s.sum()) for s in right.spikes.values())


def test_rows_say_what_was_found():
    from peers.match import find
    from peers.tables import SEMANTICS, semantics_row, setting_row

    found = find(peer_of(foreign(fires=np.greater)))
    row = dict(zip(SEMANTICS, semantics_row(found), strict=True))
    assert row["fires"] == "v > theta"
    assert row["reset"] == "theta subtracted"
    assert row["its membrane is ours"] == "after the reset"
    assert f"`{IF('gt', 'subtract', 0.0)}`" in setting_row(found)
    none = semantics_row(replace(found, matches=()))
    assert none[1] == "**none of ours**"
    assert len(none) == len(SEMANTICS)


def test_an_expression_sees_its_own_names_only():
    from peers.record import made

    assert made("twice(3)", {"twice": lambda x: 2 * x}) == 6
    with pytest.raises(NameError, match="open"):
        made("open('page.md')", {"twice": None})
