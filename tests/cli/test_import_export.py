"""``refsnn import``, ``export``, and ``run`` on NIR files."""

import numpy as np
import pytest
from outcomes import body_of, fails

nir = pytest.importorskip("nir")
pytest.importorskip("safetensors")


@pytest.mark.parametrize("command", ["import", "export", "nir-study"])
def test_help_shows_an_example(files, command):
    text = " ".join(files.run(command, "--help").output.split())
    assert f"Example: refsnn {command}" in text


def test_a_rate_network_through_nir(files, tmp_path):
    """Exported, run, imported: bit for bit the same run."""
    net, one, two = tmp_path / "net.nir", tmp_path / "1.npz", tmp_path / "2.npz"
    told = body_of(files.run("export", files.rate, "-o", net, "--json"))
    assert (told["kind"], told["steps"]) == ("nir", 4)
    data = ["--data", "digits:test[:8]", "--json"]
    body_of(files.run("run", files.rate, *data, "--trace", one))
    body_of(files.run("run", net, *data, "--trace", two))
    assert files.run("compare", one, two).exit_code == 0
    told = body_of(files.run("import", net, "-o", tmp_path / "back.npz", "--json"))
    assert told["neurons"] == "IF"
    again = files.run("compare", files.rate, tmp_path / "back.npz", "--data", "digits:test[:4]")
    assert again.exit_code == 0
    fails(files.run("run", net, *data, "--semantics", "norse"), "has its own semantics")


def test_a_foreign_network(files, tmp_path):
    one = np.ones(64)
    nodes = (
        nir.Flatten({"input": np.array([1, 8, 8])}, 0, -1),
        nir.IF(one, one, 0 * one),
        nir.Linear(np.eye(10, 64)),
    )
    path = tmp_path / "net.nir"
    nir.write(path, nir.NIRGraph.from_list(*nodes))
    data = ["--data", "digits:test[:8]"]
    fails(files.run("run", path, *data), "choose one of", "snntorch: euler, v > theta")
    fails(files.run("run", path, *data, "--semantics", "norse"), "--steps")
    told = body_of(files.run("run", path, *data, "--semantics", "norse", "--steps", 3, "--json"))
    assert told["level"]["level"] == "R"
    assert told["spikes_per_image"]["if"] > 0
    options = ["--semantics", "sinabs", "--steps", 2, "-o", tmp_path / "s.npz"]
    assert files.run("import", path, *options).exit_code == 0
    assert files.run("run", tmp_path / "s.npz", *data).exit_code == 0


def test_weights_out_and_in(files, tmp_path):
    from refsnn.io import load_model

    weights, out = tmp_path / "w.safetensors", tmp_path / "m.npz"
    told = body_of(files.run("export", files.model, "-o", weights, "--json"))
    assert told["kind"] == "safetensors"
    told = body_of(files.run("import", weights, "--graph", files.model, "-o", out, "--json"))
    one, two = load_model(files.model), load_model(out)
    assert one.preprocessing == two.preprocessing
    for key, value in one.graph.params.items():
        np.testing.assert_array_equal(two.graph.params[key], value)
    names = tmp_path / "names.json"
    names.write_text('{"fc0": "nobody"}')
    options = ["--graph", files.model, "--map", names, "-o", out]
    fails(
        files.run("import", weights, *options),
        "unused: fc0.bias (64,), fc0.weight",
        "missing: fc0.bias (64,), fc0.weight",
    )


def test_bad_input(files, tmp_path):
    out = ["-o", tmp_path / "out.npz"]
    fails(files.run("export", files.snn, "-o", tmp_path / "n.nir"), "takes a whole train")
    fails(files.run("export", files.model, "-o", tmp_path / "n.nir"), "NIR holds spiking networks")
    fails(files.run("export", files.model, "-o", tmp_path / "n.onnx"), "unknown kind of file")
    (tmp_path / "w.pt").write_bytes(b"PK\x03\x04")
    fails(
        files.run("import", tmp_path / "w.pt", *out),
        "a pickle can run code",
        "save_file(torch.load",
    )
    fails(files.run("import", files.model, *out), "npz files are not imported", "needs no import")
    assert files.run("export", files.model, "-o", tmp_path / "w.safetensors").exit_code == 0
    fails(files.run("import", tmp_path / "w.safetensors", *out), "weights need a graph")
    fails(files.run("run", files.rate, "--data", "digits", "--steps", 3), "for NIR networks only")
    assert files.run("export", files.rate, "-o", tmp_path / "n.nir").exit_code == 0
    for wrong in ("n.nir", "w.safetensors"):
        fails(files.run("convert", tmp_path / wrong, "--method", "qcfs"), "refsnn import")
    assert not (tmp_path / "out.npz").exists()
