"""Pictures of what neurons do and what networks cost. Needs matplotlib (extra: plot).

A kind of picture is a function here, the same for the lessons and the command line. Those that
take an axis draw one panel; those that take a path write a whole figure. Colours are told apart by
colour-blind readers, marks and hatches differ too, axes are labelled, and letters are large enough
to be read at half size.
"""

from refsnn.plots.accuracy import accuracy_over_steps, curves
from refsnn.plots.bars import CAUSES, error_bars
from refsnn.plots.canvas import (
    BLUE,
    COLOURS,
    GREY,
    LEAST,
    LOOKS,
    ORANGE,
    RED,
    caption,
    figure,
    save,
    squared_paper,
)
from refsnn.plots.maps import bit_planes, divergence, heat
from refsnn.plots.staircase import staircases
from refsnn.plots.traces import membrane, membranes, stairs
from refsnn.plots.trains import raster, spikes
from refsnn.plots.waveform import bus, clocked, wire

__all__ = [
    "BLUE",
    "CAUSES",
    "COLOURS",
    "GREY",
    "LEAST",
    "LOOKS",
    "ORANGE",
    "RED",
    "accuracy_over_steps",
    "bit_planes",
    "bus",
    "caption",
    "clocked",
    "curves",
    "divergence",
    "error_bars",
    "figure",
    "heat",
    "membrane",
    "membranes",
    "raster",
    "save",
    "spikes",
    "squared_paper",
    "staircases",
    "stairs",
    "wire",
]
