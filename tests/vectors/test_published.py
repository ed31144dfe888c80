"""The published set: small, complete, good, and the same every time it is written."""

import json

import pytest

from fixedpoint import InputError, simulate
from fixedpoint.vectors.check import check
from fixedpoint.vectors.files import PROVENANCE
from fixedpoint.vectors.levels import replay_any
from fixedpoint.vectors.scalar_op import OPS
from fixedpoint.vectors.variants import VARIANTS
from refsnn.jobs.published_vectors import bundles, publish


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    out = tmp_path_factory.mktemp("published") / "v1"
    publish(out)
    return out


def contents(root):
    found = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    return {name: data for name, data in found.items() if not name.endswith(PROVENANCE)}


def test_it_has_one_of_everything(published):
    entries = json.loads((published / "index.json").read_text())["bundles"]
    assert [e["path"] for e in entries] == list(bundles())
    assert {e["path"] for e in entries} >= {
        *(f"L0/{op}" for op in OPS), *(f"L1/{kind}" for kind in VARIANTS), "L2/dense_if", "L3/mlp_if",
    }  # fmt: skip
    assert {e["path"][:2] for e in entries} == {e["level"] for e in entries}
    for entry in entries:
        manifest = json.loads((published / entry["path"] / "manifest.json").read_text())
        assert manifest["bundle_id"] == entry["bundle_id"]


def test_it_is_small(published):
    assert sum(len(data) for data in contents(published).values()) < 3_000_000


@pytest.mark.parametrize("path", bundles())
def test_every_bundle_is_good(published, path):
    assert check(published / path).findings == ()
    report = replay_any(published / path)
    assert report.ok, report.first


@pytest.mark.usefixtures("require_iverilog")
@pytest.mark.parametrize("path", ["L3/mlp_if", "L2/dense_if"])
def test_verilog(published, path):
    result = simulate(published / path)
    assert result.ok, result.log
    assert result.warnings == ""


def test_written_again_it_is_the_same(published, tmp_path):
    publish(tmp_path / "again")
    assert contents(tmp_path / "again") == contents(published)


def test_the_repository_holds_this_set(published, pytestconfig):
    kept = pytestconfig.rootpath / "vectors" / "v1"
    if not kept.is_dir():
        pytest.skip("vectors/v1 is not in this checkout")
    ours, theirs = contents(published), contents(kept)
    assert sorted(ours) == sorted(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        publish(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    def fail(out):
        raise InputError("full disk")

    monkeypatch.setattr("refsnn.jobs.published_vectors.bundles", lambda: {"L0/x": fail})
    with pytest.raises(InputError):
        publish(tmp_path / "v1")
    assert list(tmp_path.iterdir()) == []
