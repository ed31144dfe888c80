"""Pictures show what they say, and their bytes depend on the data only."""

import sys

import numpy as np
import pytest

from refsnn import plots
from refsnn.engines import Recorder
from refsnn.errors import InputError
from refsnn.neurons import Pascal, respond


@pytest.fixture
def trace():
    recorder = Recorder()
    currents = np.array([7, -5, 6, -9], np.int64)[:, None, None]
    neuron = Pascal(theta=8, t_out=4)
    respond(neuron, currents, probe=lambda *step: recorder("a", *step))
    return recorder.traces()["a"]


def test_membranes_show_the_inhibitory_spike(trace, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "save", lambda canvas, path: drawn.append(canvas))
    plots.membranes({"pascal": trace}, {"pascal": 8.0}, (0, 0), tmp_path / "m.png", "title")
    (axis,) = drawn[0].axes
    marks = {line.get_label(): line.get_xdata() for line in axis.get_lines()}
    assert list(marks["inhibitory spike"]) == [5]
    assert list(marks["spike"]) == [1]
    texts = {text.get_text() for text in axis.texts}
    assert {"integrate", "relax", "emit", "theta"} <= texts


def test_raster_has_a_cell_for_every_spike(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "save", lambda canvas, path: drawn.append(canvas))
    spikes = np.array([[1, 0, 1], [0, 0, 1]])
    plots.raster({"pascal": {"act1": spikes}}, tmp_path / "r.png", "title")
    (axis,) = drawn[0].axes
    np.testing.assert_array_equal(axis.get_images()[0].get_array(), spikes.T)
    assert axis.get_title() == "pascal, act1: 3 spikes"


def test_same_picture_same_bytes(trace, tmp_path):
    for name in ("one.png", "two.png"):
        plots.membranes({"pascal": trace}, {"pascal": 8.0}, (0, 0), tmp_path / name, "title")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_without_matplotlib_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(InputError, match=r"pip install 'refsnn\[plot\]'"):
        plots.raster({"m": {"a": np.zeros((1, 1))}}, tmp_path / "r.png", "title")


def test_an_inhibitory_spike_is_counted_and_has_a_colour_of_its_own(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "save", lambda canvas, path: drawn.append(canvas))
    plots.raster({"dual": {"a": np.array([[1, 0], [-1, 0]])}}, tmp_path / "r.png", "title")
    (image,) = drawn[0].axes[0].get_images()
    colours = {value: tuple(image.cmap(image.norm(value))) for value in (-1, 0, 1)}
    assert len(set(colours.values())) == 3
    assert drawn[0].axes[0].get_title() == "dual, a: 2 spikes"


def test_heat_writes_every_number_where_it_belongs():
    _, axes = plots.figure(1, 1, (2, 2))
    values = np.array([[0.0, 0.25], [0.5, 1.0]])
    image = plots.heat(axes[0, 0], values, "viridis", (0, 1), ".2f")
    assert image.get_clim() == (0, 1)
    written = {text.get_position(): text.get_text() for text in axes[0, 0].texts}
    assert written == {(0, 0): "0.00", (1, 0): "0.25", (0, 1): "0.50", (1, 1): "1.00"}
    colours = {text.get_text(): text.get_color() for text in axes[0, 0].texts}
    assert (colours["0.00"], colours["1.00"]) == ("white", "black")
    plots.heat(axes[0, 0], values, "viridis", (0, 1))
    assert len(axes[0, 0].texts) == 4
