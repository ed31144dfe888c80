"""Drawn networks: layers one after the other, each of a size that fits, in a drawn operator set."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from onnx import helper
from onnx_models import NEWEST, model, node, reduced


class Sketch:
    """A network that grows: nodes, constants, the last tensor and its sample shape."""

    def __init__(self, draw, shape):
        self.draw, self.start, self.shape = draw, shape, shape
        self.opset = draw(st.integers(11, NEWEST))
        self.rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        self.nodes, self.constants, self.last, self.count = [], {}, "x", 0

    def whole(self, least, most):
        return self.draw(st.integers(least, most))

    def flip(self):
        return self.draw(st.booleans())

    def new(self):
        self.count += 1
        return f"t{self.count}"

    def constant(self, value):
        name = self.new()
        self.constants[name] = np.asarray(value)
        return name

    def weights(self, *shape):
        return self.constant((self.rng.standard_normal(shape) / 2).astype(np.float32))

    def step(self, kind, *inputs, shape=None, **attributes):
        out = self.new()
        self.nodes.append(node(kind, *inputs, out=out, **attributes))
        self.last, self.shape = out, self.shape if shape is None else tuple(shape)
        return out

    def axes(self, kind, since, places, shape, **attributes):
        out = self.new()
        nodes, constants = reduced(kind, self.opset, self.last, places, out, since, **attributes)
        self.nodes += nodes
        self.constants |= constants
        self.last, self.shape = out, tuple(shape)

    def model(self):
        return model(self.nodes, self.constants, self.start, self.opset, out=self.last)


def convolution(s):
    c, h, w = s.shape
    groups = s.draw(st.sampled_from([1, c]))
    kernel = [s.whole(1, min(3, h)), s.whole(1, min(3, w))]
    pads, strides = [s.whole(0, 1) for _ in range(4)], [s.whole(1, 2), s.whole(1, 2)]
    out = groups * s.whole(1, 2)
    inputs = [s.last, s.weights(out, c // groups, *kernel)]
    inputs += [s.weights(out)] if s.flip() else []
    size = [(n + pads[i] + pads[i + 2] - kernel[i]) // strides[i] + 1 for i, n in enumerate((h, w))]
    s.step("Conv", *inputs, shape=(out, *size), pads=pads, strides=strides, group=groups)


def spreading(s):
    c, h, w = s.shape
    kernel, strides = [s.whole(2, 3), s.whole(2, 3)], [s.whole(1, 2), s.whole(1, 2)]
    pads, extra = [s.whole(0, 1) for _ in range(4)], [s.whole(0, n - 1) for n in strides]
    size = [
        strides[i] * (n - 1) + extra[i] + kernel[i] - pads[i] - pads[i + 2]
        for i, n in enumerate((h, w))
    ]
    if min(size) < 1:
        return
    out = s.whole(1, 3)
    s.step("ConvTranspose", s.last, s.weights(c, out, *kernel), shape=(out, *size), pads=pads,
           strides=strides, output_padding=extra)  # fmt: skip


def activation(s):
    kind = s.draw(st.sampled_from(["Relu", "LeakyRelu", "Clip", "Identity", "Dropout"]))
    bounds = [s.constant(np.float32(0)), s.constant(np.float32(s.whole(1, 6)))]
    s.step(kind, s.last, *(bounds if kind == "Clip" else []))


def norm(s):
    c = s.shape[0]
    spread = [s.constant(s.rng.uniform(0.5, 2, c).astype(np.float32)) for _ in range(2)]
    shift = [s.weights(c), s.weights(c)]
    s.step("BatchNormalization", s.last, spread[0], *shift, spread[1])


def pool(s):
    c, h, w = s.shape
    kernel, strides = [s.whole(1, min(3, h)), s.whole(1, min(3, w))], [s.whole(1, 2), s.whole(1, 2)]
    size = [(n - k) // t + 1 for n, k, t in zip((h, w), kernel, strides, strict=True)]
    kind = s.draw(st.sampled_from(["AveragePool", "MaxPool"]))
    s.step(kind, s.last, shape=(c, *size), kernel_shape=kernel, strides=strides)


def arithmetic(s):
    kind = s.draw(st.sampled_from(["Add", "Sub", "Mul", "Div"]))
    shape = s.draw(st.sampled_from([(), (s.shape[0], *[1] * (len(s.shape) - 1)), s.shape[-1:]]))
    value = s.constant(s.rng.uniform(0.5, 2, shape).astype(np.float32))
    swapped = kind != "Div" and s.flip()
    s.step(kind, *((value, s.last) if swapped else (s.last, value)))


def residual(s):
    before = s.last
    activation(s)
    if s.flip() and len(s.shape) == 3:
        s.step("Concat", before, s.last, axis=1, shape=(2 * s.shape[0], *s.shape[1:]))
    else:
        s.step(s.draw(st.sampled_from(["Add", "Sub", "Sum"])), before, s.last)


def moved(s):
    order = s.draw(st.permutations(range(3)))
    shape = tuple(s.shape[axis] for axis in order)
    s.step("Transpose", s.last, shape=shape, perm=[0, *(axis + 1 for axis in order)])


def folded(s):
    c, h, w = s.shape
    shape = s.draw(st.sampled_from([(w, h, c), (c * h, w, 1), (c, 1, h * w)]))
    target = s.constant(np.array([s.draw(st.sampled_from([0, -1])), *shape]))
    s.step("Reshape", s.last, target, shape=shape)


def resized(s):
    c, h, w = s.shape
    factors = [s.whole(1, 2), s.whole(1, 3)]
    inputs = [
        s.constant(np.zeros(0, np.float32)),
        s.constant(np.array([1, 1, *factors], np.float32)),
    ]
    s.step("Resize", s.last, *inputs, shape=(c, h * factors[0], w * factors[1]), mode="nearest")


def padded(s):
    pads = [0, *(s.whole(0, 1) for _ in range(3)), 0, *(s.whole(0, 1) for _ in range(3))]
    shape = [n + pads[i + 1] + pads[i + 5] for i, n in enumerate(s.shape)]
    s.step("Pad", s.last, s.constant(np.array(pads)), shape=shape)


def cut(s):
    axis, step = s.whole(0, 2), s.whole(1, 2)
    size = s.shape[axis]
    start = s.whole(0, size - 1)
    end = s.whole(start + 1, size + 3)
    kept = len(range(start, min(end, size), step))
    values = [[start - size if s.flip() else start], [end], [axis + 1], [step]]
    inputs = [s.constant(np.array(value)) for value in values]
    shape = [kept if i == axis else n for i, n in enumerate(s.shape)]
    s.step("Slice", s.last, *inputs, shape=shape)


def exchanged(s):
    """Cut in two along an axis, the parts joined the other way round."""
    axis = s.whole(0, 2)
    if s.shape[axis] < 2:
        return
    first = s.whole(1, s.shape[axis] - 1)
    sizes, outs = [first, s.shape[axis] - first], [s.new(), s.new()]
    given = [s.constant(np.array(sizes))] if s.opset >= 13 else []
    attributes = {} if given else {"split": sizes}
    inputs = [s.last, *given]
    s.nodes.append(
        helper.make_node("Split", inputs, outs, name=outs[0], axis=axis + 1, **attributes)
    )
    s.step("Concat", outs[1], outs[0], axis=axis + 1)


def as_signal(s):
    """Along one axis only: a convolution and a pool of signals, then an image again."""
    c, h, w = s.shape
    s.step("Reshape", s.last, s.constant(np.array([0, c, h * w])), shape=(c, h * w))
    out, kernel = s.whole(1, 2), s.whole(1, min(3, h * w))
    size = h * w - kernel + 1
    s.step("Conv", s.last, s.weights(out, c, kernel), shape=(out, size))
    width = s.whole(1, min(2, size))
    s.step("MaxPool", s.last, shape=(out, size - width + 1), kernel_shape=[width])
    s.axes("Unsqueeze", 13, [s.draw(st.sampled_from([2, 3]))], (out, s.shape[1], 1))
    added = s.constants.get(f"{s.last}_axes")
    place = int(added[0]) if added is not None else s.nodes[-1].attribute[0].ints[0]
    s.shape = (out, 1, s.shape[1]) if place == 2 else s.shape


def rows_mixed(s):
    out = s.whole(1, 3)
    s.step("MatMul", s.last, s.weights(s.shape[-1], out), shape=(*s.shape[:-1], out))


ON_IMAGES = [
    convolution, convolution, spreading, activation, activation, norm, pool, arithmetic, residual,
    moved, folded, resized, padded, cut, rows_mixed, exchanged, as_signal,
]  # fmt: skip
MOVING = ("Identity", "Dropout", "Transpose", "Reshape", "Resize", "Pad", "Slice")
ON_VECTORS = [activation, norm, arithmetic, residual, rows_mixed]


def to_vector(s):
    kind = s.draw(st.sampled_from(["Flatten", "ReduceMean", "ReduceMax", "ReduceSum", "Global"]))
    if kind == "Flatten":
        s.step("Flatten", s.last, shape=(int(np.prod(s.shape)),))
    elif kind == "Global":
        s.step("GlobalAveragePool", s.last, shape=(s.shape[0], 1, 1))
        s.axes("Squeeze", 13, [2, 3], s.shape[:1])
    else:
        since = {"ReduceMean": 18, "ReduceMax": 18, "ReduceSum": 13}[kind]
        kept = s.whole(0, 2)
        gone = [axis + 1 for axis in range(3) if axis != kept]
        s.axes(kind, since, gone, s.shape[kept : kept + 1], keepdims=0)


def head(s):
    out = s.whole(1, 4)
    if s.flip():
        inputs = [s.weights(out, s.shape[0]), s.weights(out)]
        s.step("Gemm", s.last, *inputs, shape=(out,), transB=1)
    else:
        rows_mixed(s)
        s.step("Add", s.last, s.weights(*s.shape))


@st.composite
def networks(draw):
    """A file and the shape of its images."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(2, 5)), draw(st.integers(2, 5)))
    s = Sketch(draw, shape)
    for layer in draw(st.lists(st.sampled_from(ON_IMAGES), max_size=5)):
        layer(s)
    if draw(st.booleans()):
        to_vector(s)
        for layer in draw(st.lists(st.sampled_from(ON_VECTORS), max_size=2)):
            layer(s)
    if len(s.shape) == 1:
        head(s)
    if all(n.op_type in MOVING for n in s.nodes):
        s.step("Relu", s.last)
    return s.model(), shape
