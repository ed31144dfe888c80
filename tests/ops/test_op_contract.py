"""What every registered operation promises: attributes, dtype, read-only arguments, plain data."""

import json
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest
from gradcheck import frozen, params_of

from refsnn.activations import ACTIVATIONS, QCFS, Clip, ReLU
from refsnn.activations.leaky import LeakyReLU
from refsnn.activations.rates import RateNorm, ThresholdReLU
from refsnn.errors import InputError
from refsnn.ops import (
    OPS,
    Add,
    AvgPool2d,
    BatchNorm,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Linear,
    MaxPool2d,
    Op,
    Pad,
    Reshape,
    Scale,
    Slice,
    Transpose,
    Upsample,
    from_dict,
    to_dict,
)

EXAMPLES = [
    (Linear(3), [(4,)]),
    (Linear(3, bias=False), [(4,)]),
    (Conv2d(4, (3, 2), stride=2, padding=(1, 0), groups=2), [(2, 5, 6)]),
    (Conv2d(3, 1, bias=False), [(2, 5, 6)]),
    (AvgPool2d(2), [(2, 4, 4)]),
    (AvgPool2d((2, 3), stride=1, padding=(1, 0), divisor=5), [(2, 4, 4)]),
    (GlobalAvgPool(), [(2, 4, 4)]),
    (MaxPool2d(3, stride=2, padding=1), [(2, 4, 4)]),
    (BatchNorm(), [(2, 4, 4)]),
    (BatchNorm(), [(5,)]),
    (Flatten(), [(2, 4, 4)]),
    (Add(), [(2, 4, 4)] * 3),
    (Concat(), [(2, 4, 4), (3, 4, 4)]),
    (Pad(((0, 1), (2, 0), (1, 1))), [(2, 4, 4)]),
    (Slice((0, None, 1), (None, 3, None), (1, 2, 2)), [(2, 4, 4)]),
    (Scale(), [(2, 4, 4)]),
    (Scale(per_channel=True), [(2, 4, 4)]),
    (Dropout(0.5), [(2, 4, 4)]),
    (ReLU(), [(2, 4, 4)]),
    (Clip(lambda_init=2.0), [(2, 4, 4)]),
    (QCFS(4, "floor_first"), [(5,)]),
    (LeakyReLU(0.25), [(2, 4, 4)]),
    (Upsample((2, 3)), [(2, 4, 4)]),
    (ConvTranspose2d(3, (3, 2), stride=2, padding=(1, 0), extra=(1, 0)), [(2, 4, 3)]),
    (ConvTranspose2d(2, 2, bias=False), [(3, 2, 2)]),
    (Reshape((4, 2, 1)), [(2, 4)]),
    (Transpose((2, 0, 1)), [(2, 4, 3)]),
    (BatchNorm(), [(3, 6)]),
    (RateNorm(scale_init=1.0), [(2, 4, 4)]),
    (ThresholdReLU(theta=2.0, t_ref=4), [(2, 4, 4)]),
]
each_op = pytest.mark.parametrize(("op", "shapes"), EXAMPLES, ids=lambda v: type(v).__name__)
# name: (n_inputs, trainable, offsets, affine, weighted)
ATTRIBUTES = {
    "Linear": (1, ("weight", "bias"), ("bias",), True, True),
    "Conv2d": (1, ("weight", "bias"), ("bias",), True, True),
    "AvgPool2d": (1, (), (), True, False),
    "GlobalAvgPool": (1, (), (), True, False),
    "MaxPool2d": (1, (), (), False, False),
    "BatchNorm": (1, ("weight", "bias"), ("bias", "running_mean"), True, False),
    "Flatten": (1, (), (), True, False),
    "Add": (None, (), (), True, False),
    "Concat": (None, (), (), True, False),
    "Pad": (1, (), (), True, False),
    "Slice": (1, (), (), True, False),
    "Scale": (1, (), (), True, True),
    "Dropout": (1, (), (), True, False),
    "ReLU": (1, (), (), False, False),
    "Clip": (1, ("lambda",), (), False, False),
    "QCFS": (1, ("lambda",), (), False, False),
    "LeakyReLU": (1, (), (), False, False),
    "Reshape": (1, (), (), True, False),
    "Transpose": (1, (), (), True, False),
    "Upsample": (1, (), (), True, False),
    "ConvTranspose2d": (1, ("weight", "bias"), ("bias",), True, True),
    "RateNorm": (1, ("scale",), (), False, False),
    "ThresholdReLU": (1, (), (), False, False),
}


def test_every_operation_has_an_example_and_known_attributes():
    assert {type(op).__name__ for op, _ in EXAMPLES} == set(OPS) == set(ATTRIBUTES)
    for name, (n_inputs, trainable, offsets, affine, weighted) in ATTRIBUTES.items():
        op = OPS[name]
        got = (op.n_inputs, op.trainable, op.offsets, op.affine, op.weighted)
        assert got == (n_inputs, trainable, offsets, affine, weighted), name
    assert {"ReLU", "Clip", "QCFS", "RateNorm", "ThresholdReLU", "LeakyReLU"} == set(ACTIVATIONS)
    assert all(OPS[name] is op for name, op in ACTIVATIONS.items())


@each_op
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("param_dtype", [np.float32, np.float64])
def test_dtype_and_shape_of_results(op, shapes, training, dtype, param_dtype):
    """Read-only arguments; the dtype is the input's, whatever that of the parameters."""
    rng = np.random.default_rng(0)
    params = params_of(op, rng, *shapes, dtype=param_dtype)
    xs = [frozen(rng.standard_normal((3, *shape)).astype(dtype)) for shape in shapes]
    y, saved = op.forward(params, *xs, training=training, rng=rng)
    dxs, dparams = op.backward(params, saved, frozen(y))
    assert y.dtype == dtype
    assert y.shape == (3, *op.out_shape(*shapes))
    assert [(dx.dtype, dx.shape) for dx in dxs] == [(x.dtype, x.shape) for x in xs]
    assert {k: (v.dtype, v.shape) for k, v in dparams.items()} == {
        k: (dtype, params[k].shape) for k in op.trainable if k in params
    }


@each_op
def test_apply_is_forward(op, shapes):
    rng = np.random.default_rng(1)
    params = params_of(op, rng, *shapes, dtype=np.float32)
    xs = [frozen(rng.standard_normal((3, *shape)).astype(np.float32)) for shape in shapes]
    np.testing.assert_array_equal(op.apply(params, *xs), op.forward(params, *xs)[0])


@each_op
def test_affine_without_offsets_is_linear_and_only_then(op, shapes):
    """apply(2a - b) = 2 apply(a) - apply(b) up to rounding: what a sum over time relies on."""
    rng = np.random.default_rng(2)
    params = params_of(op, rng, *shapes)
    params = {k: np.zeros_like(v) if k in op.offsets else v for k, v in params.items()}
    a, b = ([rng.standard_normal((3, *shape)) for shape in shapes] for _ in range(2))
    together = op.apply(params, *(2 * x - y for x, y in zip(a, b, strict=True)))
    apart = 2 * op.apply(params, *a) - op.apply(params, *b)
    assert np.allclose(together, apart, rtol=0, atol=1e-13) == op.affine


@each_op
def test_initial_parameters_fit(op, shapes):
    params = op.init_params(np.random.default_rng(0), *shapes)
    op.check_params(params, *shapes)
    assert all(value.dtype == np.float32 for value in params.values())
    with pytest.raises(InputError, match="parameters do not fit"):
        op.check_params({**params, "surplus": np.zeros(1)}, *shapes)


@each_op
def test_plain_data_round_trip(op, shapes):
    assert from_dict(json.loads(json.dumps(to_dict(op)))) == op


@each_op
def test_frozen(op, shapes):
    for field in fields(op):
        with pytest.raises(FrozenInstanceError):
            setattr(op, field.name, 1)


@each_op
def test_only_weights_cost(op, shapes):
    fanout = op.fanout({}, shapes[0])
    assert fanout.shape == shapes[0]
    assert fanout.dtype == np.int64
    assert (op.macs(shapes[0]) > 0) == op.weighted


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"op": "Lineer", "features": 3}, "unknown operation.*did you mean 'Linear'"),
        ({"features": 3}, "unknown operation"),
        ({"op": ["Linear"]}, "unknown operation"),
        ({"op": "Linear", "feature": 3}, "Linear: unknown field.*did you mean 'features'"),
        ({"op": "Linear"}, "Linear: cannot be made.*features"),
        ({"op": "Linear", "features": 0}, "features: "),
    ],
)
def test_bad_plain_data(data, message):
    with pytest.raises(InputError, match=message):
        from_dict(data)


def test_numpy_numbers_become_plain():
    assert to_dict(Conv2d(np.int64(3), (np.int32(2), 1)))["kernel"] == [2, 1]
    assert type(to_dict(Linear(np.int64(3)))["features"]) is int


def test_an_operation_without_a_pass_says_so():
    with pytest.raises(NotImplementedError, match="Op"):
        Op().apply({}, np.zeros(1))
    with pytest.raises(NotImplementedError, match="Op"):
        Op().backward({}, None, np.zeros(1))
