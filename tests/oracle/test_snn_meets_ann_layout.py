"""Other files of the layout of ``snn_meets_ann.npz``, made by the letter of the equations."""

from itertools import pairwise

import numpy as np
import pytest
from oracle.oracle_files import BUNDLED, load, open_group
from oracle.test_oracle_layout import replay_all

from fixedpoint.models_bit_serial import IntBitSerial
from refsnn.neurons import BitSerial

FILE = "snn_meets_ann.npz"


def word(n, bits):
    """MSB first, along a new first axis."""
    return np.stack([(n >> (bits - 1 - t)) & 1 for t in range(bits)])


def emission(z, unit, bits):
    """Equations 12 and 13 in integers."""
    v, spikes, membranes = z + (unit >> 1), [], []
    for t in range(bits):
        threshold = unit << (bits - 1 - t)
        spikes.append((v >= threshold).astype(np.int64))
        v = v - threshold * spikes[-1]
        membranes.append(v)
    return np.stack(spikes), np.stack(membranes)


def named(prefix, fields):
    return {f"{prefix}_{key}": np.asarray(value) for key, value in fields.items()}


@pytest.mark.parametrize(("bits", "unit"), [(1, 1), (5, 12), (8, 16), (6, 7)])
def test_other_integers(bits, unit, tmp_path):
    """More bits, and steps that are no power of two."""
    top = 2**bits - 1
    z = np.arange(-2 * unit, (top + 2) * unit, dtype=np.int32)
    spikes, membranes = emission(z.astype(np.int64), unit, bits)
    fields = {"z": z, "D": unit, "ref_spk": spikes, "ref_vmem": membranes}
    fields["up"] = np.array([top * unit], np.float32)
    code = np.clip((z + unit // 2) // unit, 0, top)
    fields |= {"code": code} if unit & (unit - 1) == 0 else {}  # float32 ties are exact there only
    assert replay_all(FILE, named(f"int_T{bits}", fields), tmp_path) == [f"int_T{bits}"]


@pytest.mark.parametrize(
    ("bits", "per", "shape"), [(5, "lw", (2, 3, 4, 1)), (8, "cw", (4, 2, 2, 5))]
)
def test_other_activations(bits, per, shape, tmp_path):
    """The float32 order of the authors' code, then truncation; no gradients."""
    rng, top = np.random.default_rng(bits), np.float32(2**bits - 1)
    up = rng.uniform(0.5, 3, 1 if per == "lw" else (1, shape[1], 1, 1)).astype(np.float32)
    z = rng.normal(0.5, 1.5, shape).astype(np.float32)
    a = np.clip(np.floor(z / up * top + np.float32(0.5)) / top, 0, 1) * up
    cut = (a / up * top).astype(np.int64)
    fields = {"z": z, "up": up, "a": a, "code": np.rint(a / up * top), "code_trunc": cut}
    fields["bits_msb"] = np.moveaxis(word(cut, bits), 0, -1)
    fields["bits_lsb"] = fields["bits_msb"][..., ::-1]
    fields["reg"] = np.float32(fields["bits_msb"].sum())
    prefix = f"act_{per}_T{bits}"
    assert replay_all(FILE, named(prefix, fields), tmp_path) == [prefix]


@pytest.mark.parametrize(
    ("bits", "sizes", "shifts"), [(5, (3, 4, 5, 6, 2), (3, 4, 2)), (2, (2, 3, 2), (0,))]
)
def test_other_networks_of_integers(bits, sizes, shifts, tmp_path):
    """Four layers, or two; a step of 1 among them."""
    rng, top, fields = np.random.default_rng(bits), 2**bits - 1, {}
    x = rng.integers(0, 16, (7, sizes[0]))
    z, fields["x"] = x, x.astype(np.int16)
    for i, (n_in, n_out) in enumerate(pairwise(sizes), 1):
        weight, bias = rng.integers(-7, 8, (n_out, n_in)), rng.integers(-20, 21, n_out)
        fields |= {f"W{i}": weight.astype(np.int16), f"b{i}": bias.astype(np.int32)}
        if i > 1:
            planes = word(level, bits)  # noqa: F821
            sums = [planes[0] @ weight.T]
            for plane in planes[1:]:
                sums.append(2 * sums[-1] + plane @ weight.T)
            fields[f"int_acc{i}"] = np.stack(sums)
        z = (x if i == 1 else level) @ weight.T + bias  # noqa: F821
        if i < len(sizes) - 1:
            unit = 1 << shifts[i - 1]
            fields[f"f{i}"] = np.int32(shifts[i - 1])
            fields[f"int_spk{i}"], fields[f"int_vmem{i}"] = emission(z, unit, bits)
            level = np.clip((z + (unit >> 1)) // unit, 0, top)
            fields |= {f"ann_z{i}": z.astype(np.float32), f"ann_code{i}": level}
    fields |= {"int_logits": z, "ann_logits": z.astype(np.float32)}
    prefix = f"fx_T{bits}"
    assert replay_all(FILE, named(prefix, fields), tmp_path) == [prefix]


def without_start(self, *arguments):
    """V_0 = z."""
    state = FLOAT_INIT(self, *arguments)
    return state._replace(v=state.v - np.asarray(self.theta, state.v.dtype) / 2)


def integer_without_start(self, shape):
    state = INT_INIT(self, shape)
    return state._replace(v=state.v - (self.theta >> 1))


FLOAT_INIT, INT_INIT = BitSerial.init, IntBitSerial.init


@pytest.mark.parametrize(
    ("cls", "change", "prefix", "field"),
    [
        (BitSerial, {"init": without_start}, "mlp_T3", "ref_spk1"),
        (BitSerial, {"weight": lambda self, t: 1 << (t - 1)}, "mlp_T3", "ref_spk1"),
        (BitSerial, {"init": without_start}, "conv_T2", "ref_spk1"),
        (IntBitSerial, {"init": integer_without_start}, "int_T3", "ref_spk"),
        (IntBitSerial, {"init": integer_without_start}, "fx_T4", "int_spk1"),
    ],
)
def test_another_neuron_does_not_replay(monkeypatch, cls, change, prefix, field):
    for name, value in change.items():
        monkeypatch.setattr(cls, name, value)
    _, kind, group = open_group(FILE, BUNDLED / FILE, prefix)
    with pytest.raises(AssertionError, match=f"{prefix}_{field}"):
        kind.replay(group)


def test_truncation_loses_a_code_and_the_replay_shows_it():
    """One place of the file where the authors' bit splitter is one too small."""
    fields = load(BUNDLED / FILE)
    wrong = {
        key.removesuffix("_code_trunc"): int((value != fields[key.removesuffix("_trunc")]).sum())
        for key, value in fields.items()
        if key.endswith("_code_trunc")
    }
    assert {k: v for k, v in wrong.items() if v} == {"act_cw_T3": 1}
