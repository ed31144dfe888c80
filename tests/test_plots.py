"""Pictures show what they say, are labelled, and their bytes depend on the data only."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from refsnn import plots
from refsnn.engines import Recorder
from refsnn.errors import InputError
from refsnn.neurons import Pascal, respond

sys.path.insert(0, str(Path(__file__).parent / "tutorials"))
from figure_faults import faults


@pytest.fixture
def trace():
    recorder = Recorder()
    currents = np.array([7, -5, 6, -9], np.int64)[:, None, None]
    neuron = Pascal(theta=8, t_out=4)
    respond(neuron, currents, probe=lambda *step: recorder("a", *step))
    return recorder.traces()["a"]


@pytest.fixture
def axis():
    canvas, axes = plots.figure(1, 1, (6, 4))
    yield axes[0, 0]
    assert faults(canvas) == []


@pytest.fixture
def drawn(monkeypatch):
    """The canvases that are written; each is held to the house's rules."""
    from matplotlib.figure import Figure

    canvases = []
    monkeypatch.setattr(Figure, "savefig", lambda canvas, *_, **__: canvases.append(canvas))
    yield canvases
    assert canvases
    assert [faults(canvas) for canvas in canvases] == [[]] * len(canvases)


def labels(axis):
    return axis.get_xlabel(), axis.get_ylabel()


def lines(axis):
    """Label to (x, y) of every line."""
    return {line.get_label(): line.get_data() for line in axis.get_lines()}


def texts(axis):
    return [text.get_text() for text in axis.texts]


# ---- the canvas


def test_no_two_series_share_a_colour_or_a_mark():
    colours, marks = zip(*plots.LOOKS, strict=True)
    assert len(set(colours)) == len(set(marks)) == 8
    assert len(set(plots.CAUSES.values())) == 4


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return np.dot([0.2126, 0.7152, 0.0722], np.power(parts, 2.2))


def test_the_four_causes_differ_in_grey_or_in_hatching():
    from refsnn.plots.bars import HATCHES

    grey = sorted((luminance(colour), HATCHES[cause]) for cause, colour in plots.CAUSES.items())
    assert all(b - a > 0.1 or one != two for (a, one), (b, two) in pairwise(grey))


def test_small_letters_and_missing_labels_are_found():
    canvas, axes = plots.figure(1, 2, (6, 3))
    axes[0, 0].set(xlabel="x", ylabel="y")
    axes[0, 0].text(0, 0, "tiny", fontsize=plots.LEAST - 0.5)
    axes[0, 1].set_title("bare")
    small, *missing = faults(canvas)
    assert "tiny" in small
    assert missing == [f"numbers but no label: {side} of 'bare'" for side in "xy"]


def test_letters_on_letters_are_found():
    canvas, axes = plots.figure(1, 1, (6, 3))
    axes[0, 0].set(xlabel="x", ylabel="y", xlim=(0.1, 0.9), yticks=[0, 0.001, 1])
    axes[0, 0].text(0.5, 0.5, "one")
    axes[0, 0].text(0.5, 0.9, "two")
    assert faults(canvas) == ["'0.000' stands on '0.001'"]
    axes[0, 0].set_yticks([0, 1])
    assert faults(canvas) == []
    axes[0, 0].text(0.51, 0.5, "three")
    assert faults(canvas) == ["'one' stands on 'three'"]


def test_the_caption_is_under_the_figure():
    canvas, axes = plots.figure(1, 1, (6, 4))
    plots.caption(canvas, "what would show it false")
    axes[0, 0].set(xlabel="x", ylabel="y")
    canvas.draw_without_rendering()
    (text,) = canvas.texts
    assert text.get_text() == "what would show it false"
    assert text.get_window_extent().y1 <= axes[0, 0].get_tightbbox().y0


def test_squared_paper(axis):
    axis.set(xlim=(0.4, 2.1), ylim=(-1, 3), xlabel="x", ylabel="y")
    plots.squared_paper(axis, 0.5, 2)
    ruled = [{*a.get_minorticklocs(), *a.get_majorticklocs()} for a in (axis.xaxis, axis.yaxis)]
    assert ruled[0] >= {0.5, 1, 1.5, 2}
    assert ruled[1] >= {0, 2}
    assert axis.xaxis.get_gridlines()[0].get_visible()


def test_without_matplotlib_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(InputError, match=r"pip install 'refsnn\[plot\]'"):
        plots.raster({"m": {"a": np.zeros((1, 1))}}, tmp_path / "r.png", "title")


def test_same_picture_same_bytes(trace, tmp_path):
    for name in ("one.png", "two.png"):
        plots.membranes({"pascal": trace}, {"pascal": 8.0}, (0, 0), tmp_path / name, "title")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


# ---- raster


def test_raster_has_a_cell_for_every_spike(tmp_path, drawn):
    spikes = np.array([[1, 0, 1], [0, 0, 1]])
    plots.raster({"pascal": {"act1": spikes}}, tmp_path / "r.png", "title")
    (axis,) = drawn[0].axes
    (image,) = axis.get_images()
    np.testing.assert_array_equal(image.get_array(), spikes.T)
    assert image.origin == "lower"
    assert image.get_extent() == [0.5, 2.5, -0.5, 2.5]
    assert axis.get_title() == "pascal, act1: 3 spikes"
    assert labels(axis) == ("frame t of the layer's own train", "neuron")


def test_rasters_are_labelled_at_the_edge_only(tmp_path, drawn):
    train = np.ones((2, 2))
    layers = {"act1": train, "act2": train}
    plots.raster({"qcfs": layers, "pascal": layers}, tmp_path / "r.png", "title")
    bare, named = ["", "neuron"], ["frame t of the layer's own train", "neuron"]
    assert [labels(axis) for axis in drawn[0].axes] == [
        tuple(bare), ("", ""), tuple(named), (named[0], ""),
    ]  # fmt: skip


def test_an_inhibitory_spike_is_counted_and_has_a_colour_of_its_own(tmp_path, drawn):
    plots.raster({"dual": {"a": np.array([[1, 0], [-1, 0]])}}, tmp_path / "r.png", "title")
    (image,) = drawn[0].axes[0].get_images()
    colours = {value: tuple(image.cmap(image.norm(value))) for value in (-1, 0, 1)}
    assert len(set(colours.values())) == 3
    assert colours[1][2] > 2 * colours[1][0]  # blue
    assert colours[-1][0] > 2 * colours[-1][2]  # red
    assert drawn[0].axes[0].get_title() == "dual, a: 2 spikes"


# ---- membrane


def test_membranes_show_the_inhibitory_spike(trace, tmp_path, drawn):
    plots.membranes({"pascal": trace}, {"pascal": 8.0}, (0, 0), tmp_path / "m.png", "title")
    (axis,) = drawn[0].axes
    marks = lines(axis)
    assert list(marks["inhibitory spike"][0]) == [5]
    assert list(marks["spike"][0]) == [1]
    assert {"integrate", "relax", "emit", "theta"} <= set(texts(axis))
    assert labels(axis) == ("step", "membrane (charge)")


def test_membrane_and_threshold_are_at_their_heights(trace, axis):
    plots.membrane(axis, trace, 8.0, (0, 0))
    marks = lines(axis)
    alive = trace.phase != "emit"
    np.testing.assert_array_equal(marks["before the reset"][1], trace.u[alive, 0, 0])
    np.testing.assert_array_equal(marks["after the reset"][1], trace.v[alive, 0, 0])
    assert [8.0, 8.0] in [list(y) for _, y in marks.values()]
    assert marks["spike"][1][0] < min(0, trace.v.min())


def test_stairs_show_u_then_v(axis):
    plots.stairs(axis, u=[11, -2], fired=[1, -1], v=[3, 6], theta=8, start=4)
    ((times, heights),) = lines(axis).values()
    assert list(heights) == [4, 11, 3, -2, 6, 6]
    np.testing.assert_allclose(times, [0.4, 1, 1.45, 2, 2.45, 3])
    colours = {text.get_text(): text.get_color() for text in axis.texts}
    assert colours == {"3": plots.BLUE, "11": plots.ORANGE, "6": plots.BLUE, "-2": plots.RED}
    assert labels(axis) == ("step", "membrane (charge)")


# ---- staircase


def test_staircases_stand_on_the_clipped_relu(axis):
    drive, sent = np.array([-1.0, 0, 2, 3]), {"T = 1": np.array([0.0, 0, 2, 2])}
    plots.staircases(axis, drive, sent, theta=2)
    shown = lines(axis)
    np.testing.assert_array_equal(shown["clipped ReLU"][1], [0, 0, 2, 2])
    np.testing.assert_array_equal(shown["T = 1"], (drive, sent["T = 1"]))
    stairs = next(line for line in axis.get_lines() if line.get_label() == "T = 1")
    assert stairs.get_drawstyle() == "steps-post"
    assert labels(axis) == ("input x of every step (charge)", "sent: theta N / T (charge)")
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["clipped ReLU", "T = 1"]


# ---- error by cause

PARTS = {
    "act0": {"inherited": 0.0, "clipping": 1.0, "quantisation": 2.0, "unevenness": 0.0},
    "act1": {"inherited": 4.0, "clipping": 1.0, "quantisation": 2.0, "unevenness": 3.0},
}


def bars(axis):
    """(cause, layer) to (bottom, height)."""
    return {
        (group.get_label(), i): (bar.get_y(), bar.get_height())
        for group in axis.containers
        for i, bar in enumerate(group)
    }


def test_error_bars_are_stacked_by_cause(axis):
    plots.error_bars(axis, PARTS, totals=[2.5, 6.0])
    shown = bars(axis)
    assert shown["quantisation", 0] == (1, 2)
    assert shown["unevenness", 1] == (7, 3)
    assert [text.get_text() for text in axis.get_xticklabels()] == ["act0", "act1"]
    (dashes,) = axis.collections
    assert [segment[0][1] for segment in dashes.get_segments()] == [2.5, 6.0]
    axis.set_ylabel("mean error (charge)")


def test_error_bars_of_some_causes(axis):
    plots.error_bars(axis, PARTS, causes=["clipping", "unevenness"])
    assert bars(axis)["unevenness", 1] == (1, 3)
    colours = {group.get_label(): group[0].get_facecolor() for group in axis.containers}
    from matplotlib.colors import to_rgba

    assert colours == {c: to_rgba(plots.CAUSES[c]) for c in ("clipping", "unevenness")}
    axis.set_ylabel("mean error (charge)")


def test_an_unknown_cause_is_an_error(axis):
    with pytest.raises(InputError, match=r"unknown cause of error 'cliping'.*clipping"):
        plots.error_bars(axis, PARTS, causes=["cliping"])
    axis.set(xlabel="x", ylabel="y")


# ---- accuracy against T

CURVES = {"qcfs": [(2, 0.5), (4, 0.75)], "pascal": [(4, 1.0)]}


def test_accuracy_over_steps(axis):
    plots.accuracy_over_steps(axis, CURVES, {"ANN": 0.9})
    shown = lines(axis)
    assert [list(v) for v in shown["qcfs"]] == [[2, 4], [50, 75]]
    assert [list(v) for v in shown["pascal"]] == [[4], [100]]
    assert list(shown["ANN"][1]) == [90, 90]
    assert axis.get_xscale() == "log"
    assert [text.get_text() for text in axis.get_xticklabels()] == ["2", "4"]
    assert labels(axis) == ("steps T", "accuracy (%)")
    looks = {(line.get_color(), line.get_marker()) for line in axis.get_lines()}
    assert len(looks) == 3


def test_curves_against_another_cost(axis):
    plots.curves(axis, {name: line[::-1] for name, line in CURVES.items()})
    assert [list(v) for v in lines(axis)["qcfs"]] == [[4, 2], [75, 50]]
    axis.set_xlabel("spikes per image")


# ---- maps


def test_bit_planes_are_worth_powers_of_two():
    canvas, axes = plots.figure(1, 3, (6, 3))
    planes = np.array([[[1, 0]], [[0, 1]], [[1, 1]]])
    plots.bit_planes(axes[0], planes)
    for axis, plane, worth in zip(axes[0], planes, (4, 2, 1), strict=True):
        np.testing.assert_array_equal(axis.get_images()[0].get_array(), plane)
        assert axis.get_title().endswith(f"is worth {worth}")
    black = axes[0, 0].get_images()[0]
    assert black.cmap(black.norm(1))[:3] == (0, 0, 0)
    assert faults(canvas) == []


def test_bit_planes_need_an_axis_each():
    _, axes = plots.figure(1, 2, (6, 3))
    with pytest.raises(InputError, match="not an axis per frame.*2 axes, 3 frames"):
        plots.bit_planes(axes[0], np.zeros((3, 1, 1)))


def test_a_number_in_a_heat_map_can_be_read(axis):
    plots.heat(axis, np.array([[0.0, 1.0]]), "Greys", (0, 1), ".1f")
    assert {text.get_text(): text.get_color() for text in axis.texts} == {
        "0.0": "black",
        "1.0": "white",
    }


def test_divergence_is_a_map_of_layer_by_step(tmp_path, drawn):
    counts = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 7]])
    plots.divergence(counts, 8, tmp_path / "d.png", "caption", fault=(1, 1))
    axis, bar = drawn[0].axes
    np.testing.assert_array_equal(axis.get_images()[0].get_array(), counts)
    found = [(t.get_position(), t.get_text(), t.get_color()) for t in axis.texts if t.get_text()]
    assert found == [((2, 2), "1", "black"), ((4, 3), "7", "white")]
    ((x, y),) = lines(axis).values()
    assert ({*x}, {*y}) == ({1.5, 2.5}, {1.5, 2.5})
    assert labels(axis) == ("step t", "layer")
    assert bar.get_ylabel() == "neurons that differ,\nof 8"
    assert axis.get_ylim() == (3.5, 0.5)


def test_divergence_names_layers_and_needs_no_suspect(tmp_path, drawn):
    plots.divergence(np.zeros((2, 1), int), 3, tmp_path / "d.png", "c", layers=["act0", "act1"])
    axis = drawn[0].axes[0]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["act0", "act1"]
    assert not axis.get_lines()


# ---- waveform

WIRES = {"valid": [0, 1, 1], "": [], "v": [3, 3, -2]}


def test_wires_over_clocks(tmp_path, drawn):
    plots.clocked(WIRES, tmp_path / "w.png", "caption", buses=["v"])
    (axis,) = drawn[0].axes
    ((times, heights),) = lines(axis).values()
    assert list(times) == [0, 1, 2, 3]
    np.testing.assert_allclose(np.array(heights) - 3, [-0.33, 0.33, 0.33, 0.33])
    boxes = {text.get_text(): text.get_position() for text in axis.texts}
    assert boxes == {"3": (1, 1), "-2": (2.5, 1)}
    assert [text.get_text() for text in axis.get_yticklabels()] == list(WIRES)
    assert axis.get_xlabel() == "clock (values after its edge)"


def test_unknown_values_are_half_way_or_x(axis):
    plots.wire(axis, 1, [0, 5, 9], [None, 1])
    plots.bus(axis, 2, [0, 5, 9], [None, 4], least=5)
    ((_, heights),) = lines(axis).values()
    np.testing.assert_allclose(heights, [1, 1.33, 1.33])
    assert texts(axis) == ["x", ""]
    axis.set(xlabel="time (ns)", ylabel="wire")


# ---- what the commands draw


def test_the_ladder(tmp_path, drawn):
    from refsnn.jobs.ladder_page import picture_of

    rungs = [("ANN", "relu", None, 0.9), ("qcfs", "L = 4", 4, 0.75), ("qcfs", "L = 4", 2, 0.5)]
    keys = ("name", "source", "steps", "accuracy")
    report = {"rungs": [dict(zip(keys, rung, strict=True)) for rung in rungs]}
    picture_of({**report, "job": {"data": "digits"}}, tmp_path / "l.png")
    shown = lines(drawn[0].axes[0])
    assert list(shown["ANN (relu)"][1]) == [90, 90]
    assert [list(v) for v in shown["qcfs (L = 4)"]] == [[2, 4], [50, 75]]


VCD = """$timescale 1 ns $end
$scope module m $end
$var wire 1 ! spike $end
$var wire 4 # v_post $end
$upscope $end
$enddefinitions $end
#0
0!
bx #
#10
1!
b1110 #
"""


def test_waves_of_a_simulation(tmp_path, drawn):
    from refsnn.jobs.waves import draw

    pytest.importorskip("vcd")
    for name in ("a.vcd", "b.vcd"):
        (tmp_path / name).write_text(VCD)
    files = [tmp_path / "a.vcd", tmp_path / "b.vcd"]
    assert draw(files, tmp_path / "w.png", first=0, last=30, wires=("spike", "v_post")) == []
    first, second = drawn[0].axes
    assert texts(first) == ["x", "-2"]
    ((times, heights),) = lines(first).values()
    assert list(times) == [0, 10, 30]
    np.testing.assert_allclose(heights, [1.67, 2.33, 2.33])
    assert (first.get_title(loc="left"), second.get_xlabel()) == ("a.vcd", "time (ns)")
