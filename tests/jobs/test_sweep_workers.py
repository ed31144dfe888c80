"""Sweeps: the same bytes from any number of workers, nothing lost, nothing counted twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import sweep_works

from refsnn.activations import QCFS
from refsnn.errors import InputError
from refsnn.io import Model, save_model
from refsnn.jobs import sweep as sweep_job
from refsnn.jobs.sweep import grid, measure
from refsnn.jobs.sweep_folder import Folder
from refsnn.jobs.sweep_run import run_sweep
from refsnn.models import mlp

DATA = {"calib": None, "test": "digits:test[:8]"}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("sweep") / "model.npz"
    save_model(path, _trained())
    return path


def _trained():
    return Model(mlp((1, 8, 8), 10, QCFS(levels=4), 0, width=6))


class Attempts:
    """At every point so far; works that note them."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def __call__(self):
        return sorted(len(file.read_text()) for file in self.folder.iterdir())

    def work(self, function):
        return partial(function, str(self.folder))


@pytest.fixture
def attempts(tmp_path):
    return Attempts(tmp_path / "log")


@pytest.fixture(scope="module")
def scheduler():
    """Address of a scheduler with two workers, which are started again when they die."""
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(processes=True, **options) as cluster,
    ):
        yield cluster.scheduler_address


def points_of(model, steps=(2, 3, 4, 5)):
    return grid(model, ["qcfs"], [("steps", list(steps))], **DATA)


def contents(path):
    return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*.json"))}


def test_the_grid(model):
    over = [("qcfs.steps", [2, 4]), ("snap", [None, 8])]
    points = grid(model, ["qcfs", "pascal"], over, **DATA)
    titles = [point.title for point in points]
    assert titles == [
        "qcfs steps=2 snap=null", "qcfs steps=2 snap=8", "qcfs steps=4 snap=null",
        "qcfs steps=4 snap=8", "pascal snap=null", "pascal snap=8",
    ]  # fmt: skip
    assert len({point.key for point in points}) == 6
    assert grid(model, ["qcfs", "pascal"], over, **DATA) == points
    elsewhere = [p.key for p in grid(model, ["qcfs"], over[:1], calib=None, test="digits:test[:9]")]
    assert not {point.key for point in points} & set(elsewhere)


@pytest.mark.parametrize(
    ("methods", "over", "message"),
    [
        ([], [], "no method"),
        (["qcfs", "qcfs"], [], "twice"),
        (["qcsf"], [], "qcfs"),
        (["qcfs"], [("stepz", [2])], "steps"),
        (["qcfs"], [("steps", [2, 0])], "steps"),
        (["qcfs"], [("pascal.snap", [2])], "pascal"),
    ],
)
def test_mistakes_are_found_before_anything_is_computed(model, methods, over, message):
    with pytest.raises(InputError, match=message):
        grid(model, methods, over, **DATA)


def test_another_model_is_an_error(model, tmp_path):
    point = points_of(model)[0]
    copy = tmp_path / "model.npz"
    copy.write_bytes(model.read_bytes() + b"x")
    sweep_job._trained.cache_clear()
    with pytest.raises(InputError, match="another file"):
        measure(replace(point, model=str(copy)))


def test_a_model_trained_again_is_another_point(model, tmp_path):
    """In a process that has seen the file of before, as the workers of a scheduler have."""
    file = tmp_path / "model.npz"
    file.write_bytes(model.read_bytes())
    (before,) = points_of(file, (2,))
    measure(before)
    save_model(file, Model(mlp((1, 8, 8), 10, QCFS(levels=4), 1, width=6)))
    (after,) = points_of(file, (2,))
    assert after.key != before.key
    assert measure(after)["refused"] is None
    sweep_job._trained.cache_clear()
    with pytest.raises(InputError, match="another file"):
        measure(before)


def test_samples_of_a_file_are_part_of_a_point(model, tmp_path):
    """The same SPEC, other images: computed again, and never taken for those of before."""
    file, rng = tmp_path / "mine.npz", np.random.default_rng(0)

    def point():
        x = rng.integers(0, 17, (8, 1, 8, 8)) / 16
        np.savez(file, x=x, y=np.zeros(8, int))
        return grid(model, ["qcfs"], [("steps", [4])], calib=None, test=f"{file}[:8]")[0]

    one = point()
    found = measure(one)
    two = point()
    assert two.key != one.key
    assert measure(two)["spikes"] != found["spikes"]
    sweep_job._data.cache_clear()
    with pytest.raises(InputError, match=r"mine\.npz: another file"):
        measure(one)
    file.unlink()
    with pytest.raises(InputError, match="mine.npz: file cannot be read"):
        grid(model, ["qcfs"], [], calib=f"{file}", test="digits:test[:8]")


def test_the_same_bytes_whoever_computes(model, tmp_path, scheduler):
    """In this process, by a worker of its own, by two of a cluster; half here and half there."""
    points, found = points_of(model), []
    assert scheduler.startswith("tcp://")
    for name, given in (("here", {}), ("own", {"workers": 1}), ("two", {"scheduler": scheduler})):
        folder = Folder(tmp_path / name)
        assert run_sweep(points, folder, **given) == []
        folder.close(points)
        found.append(contents(folder.path))
    folder = Folder(tmp_path / "half")
    run_sweep(points[1::2], folder)
    run_sweep(points, folder, scheduler=scheduler)
    folder.close(points)
    assert all(one == found[0] for one in [*found, contents(folder.path)])
    table = json.loads(found[0]["sweep.json"])
    assert [row["settings"]["steps"] for row in table["rows"]] == [2, 3, 4, 5]
    assert all(row["outcome"]["claim"]["held"] is not False for row in table["rows"])


def test_a_killed_worker(model, tmp_path, attempts, scheduler):
    """Its point is computed again by another, and stored once; all others are computed once."""
    points, told = points_of(model, range(2, 10)), []
    folder = Folder(tmp_path / "out")
    given = {"scheduler": scheduler, "work": attempts.work(sweep_works.dies_once)}
    assert run_sweep(points, folder, tell=told.append, **given) == []
    assert sorted(told) == sorted(point.title for point in points)
    table = folder.close(points)
    assert [row["key"] for row in table["rows"]] == [point.key for point in points]
    assert len(attempts()) == 8
    assert max(attempts()) >= 2
    assert run_sweep(points, folder, work=None) == []


def test_a_point_that_kills_every_worker(model, tmp_path, attempts, scheduler):
    """The others are kept; the next run computes that one only."""
    points, folder = points_of(model), Folder(tmp_path / "out")
    failed = run_sweep(
        points, folder, scheduler=scheduler, work=attempts.work(sweep_works.always_dies)
    )
    assert [one.point.settings["steps"] for one in failed] == [3]
    assert "KilledWorker" in failed[0].why
    before = sum(attempts())
    assert len(folder.close(points)["rows"]) == 3
    assert run_sweep(points, folder, work=attempts.work(sweep_works.fine)) == []
    assert sum(attempts()) == before + 1
    assert len(folder.close(points)["rows"]) == 4


@pytest.mark.parametrize("here", [True, False])
def test_a_bug_in_one_point(model, tmp_path, attempts, scheduler, here):
    points, folder = points_of(model), Folder(tmp_path / "out")
    where = {} if here else {"scheduler": scheduler}
    failed = run_sweep(points, folder, work=attempts.work(sweep_works.breaks), **where)
    assert [one.why for one in failed] == ["ZeroDivisionError: a bug"]
    assert len(folder.close(points)["rows"]) == 3


SLOW = """
import sys, time
from pathlib import Path
from test_sweep_workers import points_of
from refsnn.jobs.sweep_folder import Folder
from refsnn.jobs.sweep_run import run_sweep
import sweep_works
def work(point):
    found = sweep_works.fine(sys.argv[3], point)
    time.sleep(0.05)
    return found
run_sweep(points_of(Path(sys.argv[1]), range(2, 60)), Folder(Path(sys.argv[2])), work=work)
"""


def test_the_process_that_writes_is_killed(model, tmp_path, attempts):
    """What was finished stays; what was not is computed, and nothing else."""
    out = tmp_path / "out"
    here = os.path.dirname(__file__)
    env = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, here])}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(model), str(out), str(attempts.folder)], env=env
    )
    while len(list((out / "points").glob("*.json"))) < 3 if out.exists() else True:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    points, folder = points_of(model, range(2, 60)), Folder(out)
    done = len(list((out / "points").glob("*.json")))
    assert 3 <= done < 58
    before = sum(attempts())
    assert run_sweep(points, folder, work=attempts.work(sweep_works.fine)) == []
    assert sum(attempts()) - before == 58 - done
    assert len(folder.close(points)["rows"]) == 58


def test_no_scheduler(model, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")

    def refuse(*_, **__):
        raise OSError("nobody there")

    monkeypatch.setattr(distributed, "Client", refuse)
    with pytest.raises(InputError, match="no Dask scheduler: nobody there"):
        run_sweep(points_of(model), Folder(tmp_path), scheduler="tcp://127.0.0.1:1")


def test_without_dask(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="refsnn\\[cluster\\]"):
        run_sweep(points_of(model), Folder(tmp_path / "a"), workers=2)
    assert run_sweep(points_of(model, (2,)), Folder(tmp_path / "b")) == []


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"key": "other"}'])
def test_a_file_that_is_no_point(model, tmp_path, text):
    points, folder = points_of(model), Folder(tmp_path)
    folder.file(points[0]).write_text(text)
    with pytest.raises(InputError, match="delete it"):
        run_sweep(points, folder)


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        Folder(tmp_path / "x")


def test_a_file_is_whole_or_not_there(model, tmp_path):
    """What cannot be written leaves nothing behind."""
    points, folder = points_of(model), Folder(tmp_path)
    with pytest.raises(ValueError, match="JSON"):
        folder.keep(points[0], {"value": float("nan")})
    assert [f for f in Path(tmp_path).rglob("*") if f.is_file()] == []
