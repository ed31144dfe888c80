"""Operations of a network: forward and backward in NumPy, one idea a file."""

from refsnn.ops.base import Op, Saved
from refsnn.ops.conv import Conv2d
from refsnn.ops.conv_transpose import ConvTranspose2d
from refsnn.ops.dropout import Dropout
from refsnn.ops.linear import Linear
from refsnn.ops.loss import softmax_cross_entropy
from refsnn.ops.merge import Add, Concat
from refsnn.ops.norm import BatchNorm
from refsnn.ops.pool import AvgPool2d, GlobalAvgPool, MaxPool2d
from refsnn.ops.rearrange import Reshape, Transpose
from refsnn.ops.registry import OPS, from_dict, register, to_dict
from refsnn.ops.scale import Scale
from refsnn.ops.shape import Flatten, Pad, Slice
from refsnn.ops.upsample import Upsample

__all__ = [
    "OPS",
    "Add",
    "AvgPool2d",
    "BatchNorm",
    "Concat",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Flatten",
    "GlobalAvgPool",
    "Linear",
    "MaxPool2d",
    "Op",
    "Pad",
    "Reshape",
    "Saved",
    "Scale",
    "Slice",
    "Transpose",
    "Upsample",
    "from_dict",
    "register",
    "softmax_cross_entropy",
    "to_dict",
]
