"""Settings nobody chose: whatever the writer accepts, its Verilog compiles cleanly and agrees."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from fixedpoint import Format, InputError, replay, simulate, write_layer_bundle, write_neuron_bundle
from fixedpoint.hdl.device import run_device
from fixedpoint.hdl.testbench import TWINS
from fixedpoint.hdl.trials import sources_of
from fixedpoint.register import Register
from fixedpoint.vectors.kinds import KINDS

pytestmark = pytest.mark.usefixtures("require_iverilog")
MODES = ("saturate", "saturate_sym", "wrap")


def own_settings(kind, draw, theta):
    """Of the integer neuron behind a kind."""
    if kind == "if":
        return {"compare": draw.choice(["ge", "gt"]), "reset": draw.choice(["subtract", "zero"])}
    if kind in ("pascal", "accumulate"):
        return {"t_out": draw.randint(1, 12)}
    if kind.startswith("bit_serial"):
        bits = draw.randint(1, 8)
        return {"t_out": bits, "drop": draw.randint(0, bits - 1)}
    if kind.startswith("burst"):
        return {"phi": draw.choice([0, 1, 2, 3, 5, 8, 127]), "shift": draw.randint(0, theta)}
    if kind == "dual":
        return {
            "negative": draw.choice([None, 0, 1, theta, draw.randint(0, 500), 1 << 20]),
            "strict_positive": draw.random() < 0.5,
            "strict_negative": draw.random() < 0.5,
            "memory": draw.random() < 0.5,
            "cap": draw.choice([None, 1, 3, 9, 50, 1 << 20]),
        }
    return {}


def random_neuron(kind, draw):
    theta = 1 << draw.randint(0, 8) if KINDS[kind].code is None else draw.randint(1, 300)
    found = {"theta": theta, "t": draw.randint(1, 9), "in_format": Format(True, draw.randint(2, 9))}
    if draw.random() < 0.5:
        found["membrane"] = Register(draw.randint(5, 18), draw.choice(MODES))
    if draw.random() < 0.4:
        found["v_init"] = draw.randint(-400, 400)
    return found | own_settings(kind, draw, theta)


def random_layer(kind, draw):
    out, lanes, t, bits = (draw.randint(1, n) for n in (4, 6, 6, 3))
    theta = [draw.randint(1, 60) for _ in range(out)]
    own = own_settings(kind, draw, min(theta)) | {"v_init": draw.randint(-50, 50)}
    if draw.random() < 0.4:
        own["membrane"] = Register(draw.randint(6, 20), draw.choice(MODES))
    return {
        "neuron": KINDS[kind].model(theta=theta, **own),
        "weight": [[draw.randint(-32, 31) for _ in range(lanes)] for _ in range(out)],
        "weight_format": Format(True, 6),
        "bias": [draw.randint(-9, 9) for _ in range(out)],
        "spikes_in": np.array([draw.randint(0, 2**bits - 1) for _ in range(6 * t * lanes)]).reshape(
            6, t, lanes
        ),
        "in_format": Format(False, bits),
        "in_bits": draw.choice([0, t, t + draw.randint(0, 3)]),
    }


def agrees(bundle):
    result = simulate(bundle)
    return result.ok and result.warnings == "" and replay(bundle).ok


def tried(kind, seeds, folder, write):
    """Number of seeds whose settings were accepted; every one of them has to agree."""
    accepted = Counter()
    for seed in seeds:
        draw = random.Random(f"{kind} {seed}")
        bundle = folder / str(seed)
        try:
            write(bundle, kind, draw)
        except InputError:
            assert not bundle.exists()
            continue
        assert agrees(bundle), (kind, seed)
        accepted[kind] += 1
    return accepted[kind]


def neuron(bundle, kind, draw):
    write_neuron_bundle(bundle, kind, samples=9, seed=1, **random_neuron(kind, draw))


def layer(bundle, kind, draw):
    write_layer_bundle(bundle, "fc", **random_layer(kind, draw))


DENSE = [kind for kind, entry in KINDS.items() if entry.code is not None]


@pytest.mark.parametrize("kind", KINDS)
def test_random_neurons(kind, tmp_path):
    assert tried(kind, range(8), tmp_path, neuron) >= 4


@pytest.mark.parametrize("kind", DENSE)
def test_random_layers(kind, tmp_path):
    assert tried(kind, range(6), tmp_path, layer) >= 3


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_many_random_neurons(kind, tmp_path):
    assert tried(kind, range(100, 400), tmp_path, neuron) >= 150


@pytest.mark.nightly
@pytest.mark.parametrize("kind", DENSE)
def test_many_random_layers(kind, tmp_path):
    assert tried(kind, range(100, 300), tmp_path, layer) >= 100


@pytest.mark.nightly
@pytest.mark.parametrize("kind", TWINS)
def test_random_twins(kind, tmp_path, need):
    need("ghdl")
    done = 0
    for seed in range(60):
        bundle = tmp_path / str(seed)
        try:
            neuron(bundle, kind, random.Random(f"twin {kind} {seed}"))
        except InputError:
            continue
        sources = sources_of(bundle, "ghdl")
        result = run_device(bundle, f"{kind}_neuron_top", sources, simulator="ghdl")
        assert result.ok, (kind, seed, result)
        done += 1
    assert done >= 30


NARROW = {
    "bit_serial": ({"theta": 37, "t_out": 4}, 10),  # 37 << 3 = 296
    "bit_serial_wired": ({"theta": 16, "t_out": 4}, 10),  # exponent, bits, clip, sign
    "burst_pow2": ({"theta": 16, "phi": 127}, 12),  # exponent, burst, sign
    "pascal": ({"theta": 3, "t": 16, "t_out": 16}, 6),  # shows its counter there, up to 31
    "if": ({"theta": 3}, 5),  # a current, and one bit
}


@pytest.mark.parametrize("kind", NARROW)
def test_the_narrowest_register_works_and_one_bit_less_is_refused(kind, tmp_path):
    own, width = NARROW[kind]
    given = {"in_format": Format(True, 4), "samples": 24} | own
    write_neuron_bundle(tmp_path / "b", kind, membrane=Register(width), **given)
    assert agrees(tmp_path / "b")
    with pytest.raises(InputError, match=f"at least {width} bits"):
        write_neuron_bundle(tmp_path / "c", kind, membrane=Register(width - 1), **given)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("if_pow2", {"theta": 1}, "one power of two >= 2"),
        ("burst_pow2", {"theta": 1}, "one power of two >= 2"),
        ("if_pow2", {"theta": 12}, "one power of two"),
        ("dual", {"cap": 1 << 31}, "below 2\\^31"),
        ("burst", {"theta": 1 << 40, "shift": 1 << 31}, "below 2\\^31"),
    ],
)
def test_what_no_module_can_be_is_refused(tmp_path, kind, given, message):
    with pytest.raises(InputError, match=message):
        write_neuron_bundle(tmp_path / "b", kind, samples=2, **given)


@pytest.mark.parametrize("bits", [-1, 2, 63, 60])
def test_bits_are_at_least_the_steps(tmp_path, bits):
    given = {
        "weight": [[1, -8]],
        "weight_format": Format(True, 4),
        "neuron": KINDS["if"].model(theta=9, v_init=4),
        "spikes_in": np.ones((2, 3, 2), np.int64),
    }
    message = (
        "int64" if bits == 60 else f"in_bits: bits: expected 0, or with weights 3..62, got {bits}"
    )
    with pytest.raises(InputError, match=message):
        write_layer_bundle(tmp_path / "b", "fc", **given, in_bits=bits)
    write_layer_bundle(tmp_path / "b", "fc", **given, in_bits=3)
    assert agrees(tmp_path / "b")
