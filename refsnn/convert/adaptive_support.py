"""What Adaptive Calibration makes of every operation."""

from __future__ import annotations

from refsnn.convert.claims import Support, SupportTable

LINEAR = "linear, so it commutes with the mean over frames; the neuron after it is not exact"
WIRING = "moves values only"

SUPPORT: SupportTable = {
    "Linear": Support("approximate", LINEAR),
    "Conv2d": Support("approximate", LINEAR),
    "ConvTranspose2d": Support("approximate", LINEAR),
    "BatchNorm": Support("approximate", "folded into the layer before it"),
    "AvgPool2d": Support("approximate", LINEAR),
    "GlobalAvgPool": Support("approximate", LINEAR),
    "Flatten": Support("exact", WIRING),
    "Add": Support("approximate", "frames of equal T are added; " + LINEAR),
    "Concat": Support("exact", WIRING),
    "Pad": Support("exact", WIRING),
    "Slice": Support("exact", WIRING),
    "Upsample": Support("exact", WIRING),
    "Scale": Support("approximate", LINEAR),
    "Dropout": Support("exact", "identity in evaluation: removed"),
    "MaxPool2d": Support(
        "approximate",
        "unpadded: rewritten as ReLUs, max(a, b) = b + relu(a - b), which become neurons",
    ),
    "QCFS": Support("refused", "has levels of its own: convert with qcfs or pascal"),
    "ReLU": Support("approximate", "burst neuron: rounds, clips at phi theta, feels the order"),
    "RateNorm": Support("refused", "has a rate of its own: convert with its own method"),
    "ThresholdReLU": Support("refused", "has a threshold of its own: convert with its own method"),
    "LeakyReLU": Support("approximate", "stays analog, evaluated frame by frame: not spiking"),
    "Clip": Support("approximate", "burst neuron; its clip is only that of phi theta"),
}
