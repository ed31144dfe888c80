"""The replay can fail: faults planted in the files, in the neurons, and in the bookkeeping."""

import re
from pathlib import Path

import numpy as np
import oracle_files
import pytest
from ledger import Ledger, differing
from oracle_files import ORACLES, folder, load, open_group

from refsnn.neurons import IF, Pascal, PascalFirst, pascal, pascal_first

BUNDLED = Path(__file__).parent / "data"


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


def one_of_each(keys):
    """One field of each name, numbers apart: spikes of one layer stand for those of all."""
    return {re.sub(r"\d+(_\d+)*", "#", key): key for key in keys}.values()


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


@pytest.mark.parametrize("prefix", ["B_f", "B_d"])
@pytest.mark.parametrize("change", [{"compare": "gt"}, {"v_init": 0.0}, {"reset": "zero"}])
def test_another_if_neuron_does_not_replay(monkeypatch, prefix, change):
    """`>` for `>=` shows on exact ties only; on the dyadic columns they are there."""
    whole = IF.__post_init__

    def changed(self):
        for field, value in change.items():
            object.__setattr__(self, field, value)
        whole(self)

    monkeypatch.setattr(IF, "__post_init__", changed)
    if change == {"compare": "gt"} and prefix == "B_f":
        pytest.skip("no membrane of these columns lies exactly on the threshold")
    with pytest.raises(AssertionError, match=f"{prefix}_spk"):
        replay_bundled("qcfs.npz", prefix)


@pytest.mark.parametrize("prefix", ["B_T4_T4_f", "B_T4_T4_d", "B_T1_T4_f"])
def test_without_the_tolerance_pascal_does_not_replay(monkeypatch, prefix):
    monkeypatch.setattr(pascal, "TOLERANCE", 0.0)
    with pytest.raises(AssertionError, match=prefix):
        replay_bundled("pascal.npz", prefix)


def test_an_integer_counter_does_not_replay(monkeypatch):
    """The float counter drains by rounded differences: the trace shows it."""
    monkeypatch.setattr(Pascal, "_emit", _emit_exactly)
    with pytest.raises(AssertionError, match="trace_in"):
        replay_bundled("pascal.npz", "B_T8_T8_f")


def _emit_exactly(self, state, phase):
    count = np.rint(state.count / self.theta).astype(np.int64)
    step = Pascal(theta=self.theta, t_out=self.t_out)._emit(state._replace(count=count), phase)
    return step._replace(state=state)


def test_the_first_activation_needs_lambda_itself(monkeypatch):
    """A threshold of one ulp more gives other values."""
    more = np.nextafter(np.float32(0.7312), np.float32(1))
    monkeypatch.setattr(PascalFirst, "_released_value", lambda self, z: z * more)
    with pytest.raises(AssertionError, match="A_L4_f"):
        replay_bundled("pascal.npz", "A_L4_f")
    assert pascal_first.TOLERANCE == 8e-5


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
    assert [p.id for p in skipped] == ["pascal.npz"]
    assert "pascal.npz is not in" in skipped[0].marks[0].kwargs["reason"]
