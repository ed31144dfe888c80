"""The published golden cases: small, exact, the same bytes again, and right by another's hand."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from verify.diagnosing import case_of, file_of, right

from refsnn.analysis.exactness import exactness
from refsnn.convert import METHODS
from refsnn.errors import InputError
from refsnn.io.archive import read_arrays
from refsnn.io.golden import case_bytes, load_case
from refsnn.jobs.golden import find_case, golden_files, write_golden
from refsnn.jobs.golden_set import RECIPES
from refsnn.neurons import LIF
from refsnn.verify import NameMap, hold, read_dump


@pytest.fixture(scope="module")
def kept(pytestconfig):
    return pytestconfig.rootpath / "golden" / "v1"


def test_the_repository_holds_this_set(kept):
    ours = golden_files()
    assert sorted(p.name for p in kept.iterdir()) == sorted(ours)
    assert [name for name, body in ours.items() if (kept / name).read_bytes() != body] == []


def test_it_is_small(kept):
    assert sum(p.stat().st_size for p in kept.iterdir()) < 850_000


def test_nothing_of_the_machine_is_in_it(kept):
    for path in kept.iterdir():
        assert not re.search(
            rb"/home|/root|/tmp|/work|20[2-9]\d-\d\d|Linux|Darwin", path.read_bytes()
        )


def test_the_manifest_names_every_array(kept):
    manifest = json.loads((kept / "manifest.json").read_text())
    assert [entry["case"] for entry in manifest["cases"]] == list(RECIPES)
    for entry in manifest["cases"]:
        body = (kept / entry["file"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == entry["sha256"]
        assert len(body) == entry["bytes"]
        arrays = read_arrays(kept / entry["file"])
        for name, layer in entry["layers"].items():
            for signal in layer["signals"]:
                axes = manifest["signals"][signal]["axes"]
                sizes = {"rows": len(layer["rows"]), "frames": len(layer["frames"]), "batch": 7}
                shape = [s for a in axes for s in (layer["shape"] if a == "..." else [sizes[a]])]
                if f"{name}/{signal}" in arrays:
                    assert list(arrays[f"{name}/{signal}"].shape) == shape


def test_every_method_is_in_it():
    assert {recipe.method for recipe in RECIPES.values()} == {*METHODS, None}


@pytest.mark.parametrize("name", RECIPES)
def test_another_implementation_agrees(name):
    """Loops and plain NumPy, every signal of every layer."""
    dump = read_dump(case_of(name), right(name), NameMap())
    verdict = hold(case_of(name), dump)
    assert verdict.equal, verdict.first
    assert verdict.unknown == ()
    assert [
        n for n in verdict.not_compared if not n.endswith(("/u", "/v", "/fired", "/current"))
    ] == []


@pytest.mark.parametrize("name", ["foreign", "foreign_neurons"])
def test_the_other_hand_takes_nothing_of_ours(name, pytestconfig):
    source = (pytestconfig.rootpath / "tests" / "verify" / f"{name}.py").read_text()
    imported = re.findall(r"^ *(?:from|import) (\w+)", source, re.MULTILINE)
    assert {"numpy"} < set(imported) <= {"__future__", "json", "typing", "numpy", "verify"}


@pytest.mark.parametrize("name", RECIPES)
def test_every_sum_is_exact(name):
    """Level E; leaky membranes, which the proof leaves out, are halves of halves."""
    case = case_of(name)
    if any(isinstance(neuron, LIF) for neuron in case.snn.neurons.values()):
        for trace in case.run.traces.values():
            assert np.array_equal(np.ldexp(trace.v, 40), np.floor(np.ldexp(trace.v, 40)))
    else:
        assert exactness(case.snn, case.x).level == "E"


@pytest.mark.parametrize("name", RECIPES)
def test_float32_holds_all_but_the_fine_grid(name):
    """Values are stored in float32 where that is exact."""
    with np.load(io.BytesIO(file_of(name))) as archive:
        wide = [key for key in archive.files if archive[key].dtype == np.float64]
    assert bool(wide) == RECIPES[name].fine


@pytest.mark.parametrize("name", RECIPES)
def test_a_case_is_read_back(name, tmp_path):
    (tmp_path / "case.npz").write_bytes(file_of(name))
    back = load_case(tmp_path / "case.npz")
    assert (back.name, back.norms) == (name, case_of(name).norms)
    assert back.snn.semantics == case_of(name).snn.semantics
    assert case_bytes(back) == file_of(name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"input_frames": 10**12},
            "too many steps: expected <= 1048576, got 1000000000000",
        ),
        ({"input_frames": 400}, "rows are not those of the schedule: expected 400, got 4"),
        ({"extra_frames": 10**12}, "rows are not those of the schedule"),
        ({"layers": {}}, "field is missing: expected act0"),
        ({"format": "refsnn/golden/2"}, "file of another kind: expected refsnn/golden/1"),
        ({"norms": 3}, "field does not fit"),
    ],
)
def test_headers_that_lie(change, message, tmp_path):
    """A network that would run for ever is refused, not run."""
    with np.load(io.BytesIO(file_of("qcfs-mlp"))) as archive:
        arrays = {key: archive[key] for key in archive.files}
    header = {**json.loads(arrays["header"].tobytes()), **change}
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(tmp_path / "case.npz", **arrays)
    with pytest.raises(InputError) as caught:
        load_case(tmp_path / "case.npz")
    assert message in str(caught.value)


def test_a_layer_may_not_be_called_as_an_array():
    """``param/..`` are the weights: no layer is called param."""
    case = case_of("qcfs-mlp")

    def called(name):
        return re.sub(r"^act0\b", "param", name)

    def renamed(mapping):
        return {called(key): value for key, value in mapping.items()}

    nodes = [
        replace(n, name=called(n.name), inputs=tuple(map(called, n.inputs)))
        for n in case.snn.graph.nodes
    ]
    graph = replace(case.snn.graph, nodes=tuple(nodes), params=renamed(case.snn.graph.params))
    snn = replace(case.snn, graph=graph, neurons=renamed(case.snn.neurons), reference=None)
    held = {key: renamed(getattr(case.run, key)) for key in ("traces", "counts", "sums")}
    with pytest.raises(InputError, match="layer name is taken"):
        case_bytes(replace(case, snn=snn, run=replace(case.run, **held)))


def test_finding_a_case(tmp_path, kept):
    assert find_case(kept, "qcfs-mlp").name == "qcfs-mlp"
    assert find_case(kept / "qcfs-mlp.npz", None).name == "qcfs-mlp"
    with pytest.raises(InputError, match="another case: expected qcfs-mlp"):
        find_case(kept / "qcfs-mlp.npz", "qcfs-conv")
    with pytest.raises(InputError, match="no such case"):
        find_case(kept, "../v1/qcfs-mlp")
    with pytest.raises(InputError, match="did you mean 'pascal-mlp'"):
        find_case(None, "pascl-mlp")
    with pytest.raises(InputError, match="which golden case"):
        find_case(None, None)


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        write_golden(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
