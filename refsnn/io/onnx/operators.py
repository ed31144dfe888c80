"""All operators that are read, and what the others would need."""

from __future__ import annotations

from refsnn.io.onnx import layout, parts, pointwise, pooling, resize, spreading, weighted  # noqa: F401  (they register)
from refsnn.io.onnx.registry import OPERATORS, Entry

__all__ = ["NEEDED", "OPERATORS", "Entry", "needed"]

NO_RATE = "an activation that a rate of spikes can be; train with Relu, or Clip from 0"
RECURRENT = "a state from step to step: graphs here are feed-forward"
PRODUCT = "products of two things that depend on the image"
LOGITS = "nothing: leave it out of the export, the largest logit stays the largest"
LEVELS = (
    "the integer levels of the activation as a QCFS activation, trained so; "
    "quantised weights are read"
)
NEEDED = {
    **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax", "ArgMax"), LOGITS),
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"), LEVELS),
    **dict.fromkeys(
        ("QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger"),
        "an export with QuantizeLinear and DequantizeLinear around weights",
    ),
    **dict.fromkeys(
        ("Sigmoid", "Tanh", "Gelu", "Erf", "Elu", "Selu", "Celu", "Softplus", "Softsign", "Mish",
         "HardSigmoid", "HardSwish", "Swish", "PRelu", "ThresholdedRelu", "Exp", "Sqrt", "Abs"),
        NO_RATE,
    ),
    **dict.fromkeys(("RNN", "GRU", "LSTM", "Loop", "Scan"), RECURRENT),
    **dict.fromkeys(("Attention", "Einsum", "Pow"), PRODUCT),
    **dict.fromkeys(
        ("LayerNormalization", "InstanceNormalization", "GroupNormalization", "LRN",
         "RMSNormalization", "LpNormalization", "MeanVarianceNormalization"),
        "statistics of the image itself; BatchNormalization has constant ones",
    ),
    "If": "one way through the network: export it for one shape of image",
    "Upsample": "Resize, which replaced it in operator set 10",
    **dict.fromkeys(("Max", "Min"), "Relu or Clip"),
}  # fmt: skip
"""What would be needed, for operators that are met in practice."""


def needed(kind: str) -> str:
    """What would be needed to read an operator that is not."""
    return NEEDED.get(kind, f"one of the operators that are read: {', '.join(sorted(OPERATORS))}")
