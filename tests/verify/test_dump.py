"""Foreign arrays: axes recognised or asked about, names mapped, nothing guessed."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from verify.diagnosing import case_of, right

from refsnn.errors import InputError
from refsnn.jobs.golden_set import RECIPES
from refsnn.verify import NameMap, hold, parse_map, read_dump
from refsnn.verify.axes import arrange, letters_of, parse_layout

CASE = case_of("qcfs-conv")
TRAIN = CASE.run.traces["act0"].fired  # (T, B, C, H, W)
MEMBRANE = CASE.run.traces["act0"].v


def read(arrays, names=None, axes=None):
    layout = None if axes is None else parse_layout(axes, "test")
    return read_dump(CASE, arrays, parse_map(names or {}), layout)


def equal(arrays, names=None, axes=None):
    return hold(CASE, read(arrays, names, axes)).equal


def refused(message, arrays, names=None, axes=None):
    with pytest.raises(InputError) as caught:
        read(arrays, names, axes)
    assert message in str(caught.value), caught.value


# axes


@pytest.mark.parametrize("name", RECIPES)
def test_every_array_as_stored_is_recognised(name):
    """The extents of the golden cases are unlike one another where it matters."""
    assert hold(case_of(name), read_dump(case_of(name), right(name), NameMap())).equal


@pytest.mark.parametrize(
    "order", ["TBCHW", "BTCHW", "BCTHW", "BCHWT", "TBHWC", "BTHWC", "BHWCT", "CHWTB"]
)
def test_time_and_samples_anywhere_channels_first_or_last(order):
    moved = MEMBRANE.transpose(["TBCHW".index(letter) for letter in order])
    assert equal({"act0/v": moved})
    assert equal({"act0/v": moved}, axes=order)


@given(order=st.permutations("TBCHW"))
def test_any_order_that_is_said(order):
    """Said, any of the 120 is understood; unsaid, it is recognised as itself, refused, or asked."""
    moved = MEMBRANE.transpose(["TBCHW".index(letter) for letter in order])
    assert equal({"act0/v": moved}, axes="".join(order))
    try:
        assert equal({"act0/v": moved})
    except InputError as error:
        assert "axes" in str(error)  # noqa: PT017


def test_every_order_of_equal_extents_is_asked_about():
    """4 samples and 4 steps: only numbers that are symmetric are told without asking."""
    array = np.arange(4 * 4 * 9).reshape(4, 4, 9)
    with pytest.raises(InputError, match="several orders of the axes fit: expected TBC or BTC"):
        arrange("array", array, "TBC", (4, 4, 9), None)
    assert np.array_equal(arrange("array", 0 * array, "TBC", (4, 4, 9), None), 0 * array)
    assert np.array_equal(
        arrange("array", array, "TBC", (4, 4, 9), parse_layout("BTC", "")), array.swapaxes(0, 1)
    )


def test_flattened_axes_are_asked_about_or_said():
    flat = MEMBRANE.reshape(4, 7, -1)
    refused("several orders of the axes fit: expected TB(CHW) or TB(HWC)", {"act0/v": flat})
    assert equal({"act0/v": flat}, axes="TB(CHW)")
    assert equal(
        {"act0/v": MEMBRANE.transpose(0, 1, 3, 4, 2).reshape(4, 7, -1)}, axes="T B (H W C)"
    )
    assert not equal({"act0/v": flat}, axes="TB(HWC)")


def test_axes_of_extent_one_may_be_missing():
    array = np.arange(21).reshape(3, 7)
    assert np.array_equal(arrange("a", array, "TBC", (3, 7, 1), None), array[..., None])
    assert np.array_equal(arrange("a", array.T, "TBC", (3, 7, 1), None), array[..., None])


def test_axes_that_do_not_fit():
    refused(
        "shape fits no order of the axes: expected TBCHW = (4, 7, 3, 2, 6)",
        {"act0/v": MEMBRANE[:3, :6]},
    )
    refused("axes do not fit: expected TBWHC = (4, 7, 6, 2, 3)", {"act0/v": MEMBRANE}, axes="TBWHC")
    refused("another number of samples: expected 7 samples", {"act0/v": MEMBRANE[:, :5]})
    refused("another number of steps: expected 4 steps", {"act0/v": MEMBRANE[:3]})
    refused("shape fits no order", {"act0/counts": MEMBRANE})


@pytest.mark.parametrize(
    "text", ["", "TBB", "TBX", "TB(CH", "TB)C(", "tbc", "TB()", None, 7, ["T", "B"]]
)
def test_axes_that_cannot_be_read(text):
    with pytest.raises(InputError, match="axes cannot be read"):
        parse_layout(text, "--axes")


@given(
    shape=st.lists(st.integers(1, 4), min_size=3, max_size=5), time=st.booleans(), data=st.data()
)
def test_what_is_recognised_is_right(shape, time, data):
    """Whatever the extents: a moved array comes back as it was, or the answer is a question."""
    letters = letters_of(time, len(shape) - 1 - time)
    array = np.arange(np.prod(shape)).reshape(shape)
    order = data.draw(st.sampled_from(sorted(permutations(range(len(shape))))))
    moved = array.transpose(order)
    said = parse_layout("".join(letters[i] for i in order), "")
    assert np.array_equal(arrange("a", moved, letters, tuple(shape), said), array)
    try:
        found = arrange("a", moved, letters, tuple(shape), None)
    except InputError:
        return
    own = "".join(letters[i] for i in order if letters[i] not in "TB")
    canonical = letters.strip("T").strip("B")
    if own in (canonical, canonical[1:] + canonical[:1]):
        assert np.array_equal(found, array)


# names


def test_names_of_the_map():
    names = {"m": {"signal": "act0/v", "axes": "BTCHW"}, "s": "act1/spikes", "x": None}
    arrays = {
        "m": MEMBRANE.swapaxes(0, 1), "s": CASE.run.traces["act1"].fired, "x": np.zeros(3), "y": np.zeros(3),
    }  # fmt: skip
    dump = read(arrays, {"names": names})
    assert [str(entry.target) for entry in dump.given] == ["act0/v", "act1/spikes"]
    assert (dump.unknown, dump.left_out) == (("y",), ("x",))
    assert hold(CASE, dump).equal


def test_a_phase_of_a_layer():
    case = case_of("pascal-mlp")
    arrays = {
        "act1/emit/fired": right("pascal-mlp")["act1/spikes"],
        "act1/relax/v": right("pascal-mlp")["act1/v"][3:5],
    }
    dump = read_dump(case, arrays, NameMap())
    assert [entry.rows for entry in dump.given] == [(5, 6, 7), (3, 4)]
    assert hold(case, dump).equal
    arrays["act1/relax/v"] = arrays["act1/relax/v"] + np.eye(2)[1][:, None, None]
    assert hold(case, read_dump(case, arrays, NameMap())).first.step == 5
    with pytest.raises(InputError, match="unknown phase 'rest': expected integrate, relax, emit"):
        read_dump(case, {"x": np.zeros(3)}, parse_map({"names": {"x": "act1/rest/v"}}))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "not an object"),
        ({"name": {}}, "unknown field 'name'; did you mean 'names'"),
        ({"names": []}, "map file, names: not an object"),
        ({"case": 3}, "map file, case: not a name"),
        ({"axes": "QQ"}, "map file, axes: axes cannot be read"),
        ({"names": {"a": 3}}, "entry cannot be read"),
        ({"names": {"a": {"signal": "act0/v", "order": "TB"}}}, "entry cannot be read"),
        ({"names": {"a": {"signal": None}}}, "not a name"),
    ],
)
def test_maps_that_cannot_be_read(names, message):
    with pytest.raises(InputError) as caught:
        parse_map(names)
    assert message in str(caught.value)


def test_names_that_mean_nothing():
    refused("nothing to compare", {"spikes": TRAIN})
    refused("nothing to compare", {})
    refused("no array 'q' in the dump", {"act0/v": MEMBRANE}, {"names": {"q": "act0/v"}})
    refused("unknown layer 'act9'", {"q": MEMBRANE}, {"names": {"q": "act9/v"}})
    refused("unknown signal 'spike'", {"q": MEMBRANE}, {"names": {"q": "act0/spike"}})
    refused(
        "two arrays for one signal", {"q": MEMBRANE, "act0/v": MEMBRANE}, {"names": {"q": "act0/v"}}
    )


# values


def test_types_of_numbers():
    assert equal({"act0/spikes": TRAIN.astype(bool)})
    assert equal({"act0/spikes": TRAIN.astype(np.float16)})
    assert equal({"act0/v": MEMBRANE.astype(np.float32)})
    refused("not numbers", {"act0/spikes": TRAIN.astype(complex)})
    refused("not numbers", {"act0/spikes": TRAIN.astype(str)})


def test_nan_differs_and_a_negative_zero_does_not():
    broken = np.array(MEMBRANE)
    broken[2, 3, 1, 0, 5] = np.nan
    verdict = hold(CASE, read({"act0/v": broken}))
    assert (verdict.equal, verdict.first.step, verdict.first.neuron) == (False, 3, (3, 1, 0, 5))
    assert verdict.differing == {"act0/v": (1, MEMBRANE.size)}
    assert equal({"act0/v": np.where(MEMBRANE == 0, -0.0, MEMBRANE)})


def test_spikes_that_are_worth_theta_are_asked_about():
    refused(
        "spikes are worth their amplitude here", {"act0/spikes": right("qcfs-conv")["act0/values"]}
    )
    assert equal({"act0/values": right("qcfs-conv")["act0/values"]})


@given(data=st.data())
def test_one_number_that_differs_is_found(data):
    """Wherever it is, whatever the order of the axes, the first divergence is its place."""
    name = data.draw(st.sampled_from(sorted(right("qcfs-conv"))))
    array = np.array(right("qcfs-conv")[name])
    place = tuple(data.draw(st.integers(0, extent - 1)) for extent in array.shape)
    array[place] += 1
    first = hold(CASE, read({name: array})).first
    totals = name == "logits" or name.endswith(("counts", "sums"))
    assert first.neuron == (place if totals else place[1:])
    assert first.step == (None if totals else place[0] + 1)
    assert first.b == first.a + 1


def test_what_comes_first_is_named_first():
    """By layer, then by step, then current, u, fired, v: a cause comes before what follows of it."""
    arrays = {
        name: np.array(right("qcfs-conv")[name]) for name in ("act1/current", "act0/v", "act0/u")
    }
    for name, step in (("act1/current", 0), ("act0/v", 2), ("act0/u", 2)):
        arrays[name][step] += 1
    first = hold(CASE, read(arrays)).first
    assert (first.layer, first.signal, first.step) == ("act0", "u", 3)
