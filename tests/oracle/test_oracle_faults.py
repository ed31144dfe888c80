"""The replay can fail: faults planted in the files, in the neurons, and in the bookkeeping."""

import re

import numpy as np
import pytest
from oracle import oracle_files
from oracle.ledger import Ledger, differing
from oracle.oracle_files import BUNDLED, ORACLES, folder, load, one_of_each, open_group

from refsnn.neurons import IF, AdaFire, DualThreshold, Pascal, PascalFirst, Step, pascal


def kinds_present():
    """The first group of each kind of each file in the folder."""
    for name in ORACLES:
        if not (folder() / name).is_file():
            yield pytest.param(name, "", id=name, marks=pytest.mark.skip(reason=f"no {name}"))
            continue
        ledger = Ledger(load(folder() / name))
        for kind in ORACLES[name].kinds:
            if found := kind.groups(ledger):
                yield pytest.param(name, found[0].prefix, id=f"{name}-{found[0].prefix}")


def fault(value: np.ndarray, tol: float) -> np.ndarray:
    """The field with its middle element wrong: by one bit, by one ulp, or by three tolerances."""
    wrong = value.copy()
    at = np.unravel_index(value.size // 2, value.shape)
    if tol:
        wrong[at] += 3 * tol
    elif value.dtype.kind == "f":
        wrong[at] = np.nextafter(wrong[at], wrong.dtype.type(np.inf))
    else:
        wrong[at] ^= 1
    return wrong


@pytest.mark.parametrize(("name", "prefix"), list(kinds_present()))
def test_every_kind_of_field_can_fail(name, prefix, tmp_path):
    """One wrong bit in a copy of the file, read and replayed by the same code."""
    fields = load(folder() / name)
    ledger, kind, group = open_group(name, folder() / name, prefix)
    kind.replay(group)
    assert ledger.tolerance
    for key in one_of_each(ledger.tolerance):
        wrong = {**fields, key: fault(fields[key], ledger.tolerance[key])}
        np.savez(tmp_path / name, **wrong)
        _, kind, group = open_group(name, tmp_path / name, prefix)
        with pytest.raises(AssertionError, match=re.escape(key)):
            kind.replay(group)


def replay_bundled(name, prefix):
    if not (BUNDLED / name).is_file():
        pytest.skip(f"no {name}")
    _, kind, group = open_group(name, BUNDLED / name, prefix)
    kind.replay(group)


@pytest.mark.parametrize(
    ("prefix", "change"),
    [
        ("B_d", {"compare": "gt"}),  # on dyadic data some membranes lie exactly on the threshold
        ("B_d", {"v_init": 0.0}),
        ("B_f", {"v_init": 0.0}),
        ("B_f", {"reset": "zero"}),
    ],
)
def test_another_if_neuron_does_not_replay(monkeypatch, prefix, change):
    whole = IF.__post_init__

    def changed(self):
        for field, value in change.items():
            object.__setattr__(self, field, value)
        whole(self)

    monkeypatch.setattr(IF, "__post_init__", changed)
    with pytest.raises(AssertionError, match=f"{prefix}_spk"):
        replay_bundled("qcfs.npz", prefix)


@pytest.mark.parametrize("prefix", ["B_T4_T4_f", "B_T4_T4_d", "B_T1_T4_f"])
def test_without_the_tolerance_pascal_does_not_replay(monkeypatch, prefix):
    monkeypatch.setattr(pascal, "TOLERANCE", 0.0)
    with pytest.raises(AssertionError, match=prefix):
        replay_bundled("pascal.npz", prefix)


def test_an_integer_counter_does_not_replay(monkeypatch):
    """The released counter is drained by rounded differences: the trace shows it."""

    def drain(self, state):
        spikes = self._fires(state.count).astype(np.int8)
        left = (np.rint(state.count / self.theta) - spikes) * self.theta
        return Step(state._replace(count=left), spikes, state.count, spikes)

    monkeypatch.setattr(Pascal, "_drain", drain)
    with pytest.raises(AssertionError, match="B_T8_T8_f_trace_in"):
        replay_bundled("pascal.npz", "B_T8_T8_f")


@pytest.mark.parametrize(
    "value",
    [
        lambda self, z: np.floor(z / self.clip_at * self.t_out + 0.5) / self.t_out * self.clip_at,
        lambda self, z: np.clip(np.ceil(z / self.theta - 0.5), 0, self.t_out) * self.theta,
    ],
    ids=["not clipped", "ties down"],
)
def test_another_first_activation_does_not_replay(monkeypatch, value):
    monkeypatch.setattr(PascalFirst, "_released_value", lambda self, z: np.float32(value(self, z)))
    with pytest.raises(AssertionError, match="A_L4_d"):
        replay_bundled("pascal.npz", "A_L4_d")


def test_a_forgotten_field_is_found():
    ledger = Ledger({"a": np.zeros(2), "b": np.zeros(2), "al_in0": np.zeros(2), "c": np.zeros(1)})
    ledger.use("a")
    ledger.compare("b", np.zeros(2))
    assert ledger.unaccounted({r"al_in\d+": "reason"}) == ["c"]


def test_a_field_the_file_lacks_is_optional():
    ledger = Ledger({})
    ledger.compare("a", np.ones(1))
    assert not ledger.tolerance


@pytest.mark.parametrize(
    ("computed", "expected", "tol", "differs"),
    [
        (1.0, 1.0, 0, False),
        (np.float64(1), np.int8(1), 0, False),
        (np.float32(1), np.nextafter(np.float32(1), np.float32(2)), 0, True),
        (np.nan, np.nan, 0, False),
        (np.nan, 1.0, 0, True),
        (np.nan, 1.0, 0.5, True),
        (0.0, -0.0, 0, True),
        (1.0, 1.25, 0.25, False),
        (1.0, 1.5, 0.25, True),
    ],
)
def test_what_counts_as_different(computed, expected, tol, differs):
    assert differing(np.asarray(computed), np.asarray(expected), tol).item() is differs


def test_shapes_must_agree():
    """Broadcasting would compare a scalar with everything."""
    with pytest.raises(AssertionError, match="shape"):
        differing(np.zeros(()), np.zeros(3), 0)


def test_a_folder_without_a_known_file_is_an_error(monkeypatch, tmp_path):
    (tmp_path / "other.npz").touch()
    monkeypatch.setenv("REFSNN_ORACLE_DIR", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"qcfs\.npz"):
        oracle_files.each_file()


def test_a_missing_file_skips_by_name(monkeypatch, tmp_path):
    np.savez(tmp_path / "qcfs.npz", B_x=np.zeros((1, 1)))
    monkeypatch.setenv("REFSNN_ORACLE_DIR", str(tmp_path))
    skipped = [p for p in oracle_files.each_group() if p.marks]
    assert [p.id for p in skipped] == [name for name in ORACLES if name != "qcfs.npz"]
    assert "pascal.npz is not in" in skipped[0].marks[0].kwargs["reason"]


@pytest.mark.parametrize(
    ("prefix", "field", "change"),
    [
        ("n0", "qcfsIF_s", {"v_init": 0.0}),
        ("n0", "qcfsIF_s", {"strict_positive": True}),
        ("n0", "fastsnn_s", {"memory": False}),
        ("n0", "fastsnn_s", {"theta_negative": 0.5}),
        ("n1", "snm_s", {"v_init": 0.5}),
        ("n0", "stbif_L4_s", {"cap": None}),
        ("net", "s1", {"v_init": 0.0}),
    ],
)
def test_another_dual_threshold_neuron_does_not_replay(monkeypatch, prefix, field, change):
    whole = DualThreshold.__post_init__
    kept = {"qcfsIF_s": None, "fastsnn_s": 0.0, "snm_s": 1.0, "stbif_L4_s": 0.0}

    def changed(self):
        if field not in kept or self.theta_negative == kept[field]:
            for name, value in change.items():
                object.__setattr__(self, name, value)
        whole(self)

    monkeypatch.setattr(DualThreshold, "__post_init__", changed)
    with pytest.raises(AssertionError, match=rf"{prefix}_.*({field})"):
        replay_bundled("error_compensation.npz", prefix)


@pytest.mark.parametrize(
    ("prefix", "change"),
    [
        ("lin", {"steps": None}),
        ("lin", {"phi": 1}),
        ("ling", {"phi": 1}),
        ("cres", {"steps": None}),
        ("mlp", {"steps": None}),
        ("cnn", {"v0": np.asarray(0.125)}),
    ],
)
def test_another_burst_neuron_does_not_replay(monkeypatch, prefix, change):
    whole = AdaFire.__post_init__

    def changed(self):
        for field, value in change.items():
            object.__setattr__(self, field, value)
        whole(self)

    monkeypatch.setattr(AdaFire, "__post_init__", changed)
    with pytest.raises(AssertionError, match=rf"{prefix}\."):
        replay_bundled("adaptive_calibration.npz", prefix)
