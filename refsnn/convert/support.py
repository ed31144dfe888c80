"""How methods treat operations: the rows that tables share."""

from __future__ import annotations

from refsnn.convert.claims import Support, SupportTable

MEAN = "linear, so it commutes with the mean over frames; the neuron after it is not exact"
SUM = "linear, so it commutes with the sum over frames"
SETTLED = SUM + ", extra ones included"

LINEAR_OPS = ("Linear", "Conv2d", "ConvTranspose2d", "AvgPool2d", "GlobalAvgPool", "Scale")
MOVING_OPS = ("Flatten", "Concat", "Pad", "Slice", "Upsample", "Reshape", "Transpose")
NO_LEVELS = Support("refused", "no levels: train with QCFS")
NEEDS_QCFS: SupportTable = {
    "ReLU": Support("refused", "no levels and no clipping threshold: train with QCFS"),
    **dict.fromkeys(("LeakyReLU", "Clip", "RateNorm", "ThresholdReLU"), NO_LEVELS),
}
"""Rows of a method that converts QCFS networks only."""


def support_table(linear: Support, **own: Support) -> SupportTable:
    """A whole table.

    Parameters
    ----------
    linear : Support
        How linear operations fare; batch norm, folded into them, fares alike.
    own : Support
        Rows of the method's own, by operation; they replace the shared ones.
    """
    return {
        **dict.fromkeys(LINEAR_OPS, linear),
        "BatchNorm": Support(linear.outcome, "folded into the layer before it"),
        "Add": Support(linear.outcome, "frames of equal T are added; " + linear.why),
        **dict.fromkeys(MOVING_OPS, Support("exact", "moves values only")),
        "Dropout": Support("exact", "identity in evaluation: removed"),
        "MaxPool2d": Support("refused", "the maximum of rates is not the rate of any OR of spikes"),
        **own,
    }
