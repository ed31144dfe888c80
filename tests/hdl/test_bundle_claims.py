"""The claim in a manifest is true of the bundle's own words; each formula is computed here again."""

from __future__ import annotations

import numpy as np
import pytest
from hdl_cases import WRITERS

from fixedpoint.vectors.manifest import read_manifest
from fixedpoint.vectors.replay import read_bundle, read_tensor

LIMITED = "as long as the register holds every sum: "


class Bundle:
    """The words of a bundle under the names of the formulas; samples first, neurons last."""

    def __init__(self, folder):
        files, self.manifest = read_bundle(folder)
        for tensor in self.manifest.tensors:
            setattr(self, tensor.signal, read_tensor(self.manifest, tensor, files))
        self.own = self.manifest.data["layers"][0]["settings"]
        self.times = self.manifest.data["time"]
        if hasattr(self, "acc"):
            self.current = self.acc
        self.fits = np.ones(self.v[:, -1].shape, bool)
        if hasattr(self, "sat"):
            self.fits = ~self.sat.any(axis=1)

    @property
    def charge(self):
        return self.v_init + self.current.sum(axis=1)

    @property
    def level(self):
        return self.charge // self.theta


def conserved(b):
    return b.theta * b.spike.sum(axis=1) == b.charge - b.v[:, -1]


def counted(b):
    return b.out.sum(axis=1) == np.clip(b.level, 0, b.times["T_out"])


def binary(b):
    bits, drop = b.times["K"], b.own["drop"]
    worth = 1 << (bits - np.arange(1, b.times["T_out"] + 1))
    level = np.clip(b.level, 0, 2**bits - 1)
    return (worth[:, None] * b.out).sum(axis=1) == level >> drop << drop


def bursts(b):
    shifts = b.times["rows"] * b.own["shift"]
    inside = (b.spike >= 0).all(axis=1) & (b.spike <= b.own["phi"]).all(axis=1)
    return inside & (b.theta * b.spike.sum(axis=1) == b.charge + shifts - b.v[:, -1])


def reset_to_zero(b):
    before = np.concatenate([np.broadcast_to(b.v_init, b.v[:, :1].shape), b.v[:, :-1]], axis=1)
    fires = b.u > b.theta if b.own["compare"] == "gt" else b.u >= b.theta
    good = (b.u == before + b.current) & (b.spike == fires) & (b.v == np.where(fires, 0, b.u))
    return good.all(axis=1)


FORMULAS = {
    "theta * sum(spike) = v_init + sum(current) - v_end": conserved,
    "sum(out) = clip(floor((v_init + sum(current)) / theta), 0, T_out)": counted,
    "sum(2^(T-t) out_t) = clip(floor((v_init + sum(current)) / theta), 0, 2^T - 1)": binary,
    "theta * sum(spike) = v_init + sum(current) + steps * shift - v_end, 0 <= spike <= phi": bursts,
    "u = v + current; spike = compare(u, theta); v = 0 if spike else u": reset_to_zero,
}


def holds(folder):
    bundle = Bundle(folder)
    formula = bundle.manifest.get("claim", "formula", kind=str)
    assert formula.startswith(LIMITED) == hasattr(bundle, "sat")
    formula, _, rest = formula.removeprefix(LIMITED).partition(", its ")
    dropped = bundle.own.get("drop", 0)
    assert rest == (f"{dropped} lowest bits cleared" if dropped else "")
    return FORMULAS[formula](bundle), bundle.fits


@pytest.mark.parametrize("kind", WRITERS)
def test_the_claim_is_true(written, kind):
    true, fits = holds(written / kind)
    assert true[fits].all()
    assert fits.sum() >= 20, "samples that show it"


def test_the_claim_needs_the_register_to_hold(written):
    """What the words before the colon are for."""
    true, fits = holds(written / "if_saturating")
    assert not true[~fits].all()


@pytest.mark.parametrize("kind", ["if", "if_zero", "pascal", "bit_serial", "burst", "dual"])
def test_a_wrong_word_breaks_the_claim(written, kind, monkeypatch):
    right = read_tensor

    def wrong(manifest, tensor, files):
        codes = right(manifest, tensor, files)
        return codes if tensor.signal not in ("out", "spike") else 1 - codes

    monkeypatch.setattr("test_bundle_claims.read_tensor", wrong)
    true, _ = holds(written / kind)
    assert not true.all()


def test_levels_and_bits(written):
    times = {
        kind: read_manifest(written / kind / "manifest.json").data["time"]
        for kind in ("if", "pascal", "bit_serial", "bit_serial_odd_theta", "burst", "dual_capped")
    }
    levels = {kind: (time.get("K"), time["L"]) for kind, time in times.items()}
    assert levels == {
        "if": (None, 8),
        "pascal": (None, 8),
        "bit_serial": (4, 15),
        "bit_serial_odd_theta": (4, 14),
        "burst": (None, 32),
        "dual_capped": (None, 3),
    }
