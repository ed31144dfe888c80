"""Fixtures of the vector and simulator tests."""

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hdl_cases import WRITERS

from fixedpoint import InputError
from fixedpoint.vectors.files import SUMS, sums
from fixedpoint.vectors.manifest import read_manifest, seal
from fixedpoint.vectors.tensor import decode, describe


@pytest.fixture(scope="session")
def need():
    """Skip without a program; fail instead where REFSNN_REQUIRE_HDL=1 says it must be there."""

    def check(name):
        if shutil.which(name) is None:
            if os.environ.get("REFSNN_REQUIRE_HDL") == "1":
                pytest.fail(f"{name} is not installed, but REFSNN_REQUIRE_HDL=1 requires it")
            pytest.skip(f"{name} is not installed")

    return check


@pytest.fixture(scope="session")
def require_iverilog(need):
    """Icarus Verilog: compiler and simulator."""
    need("iverilog")
    need("vvp")


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """All bundles, written once; not to be changed."""
    root = tmp_path_factory.mktemp("bundles")
    for kind, write in WRITERS.items():
        write(root / kind)
    return root


@pytest.fixture
def copy(written, tmp_path):
    """Give a copy of a bundle, free to be damaged."""
    return lambda kind: Path(shutil.copytree(written / kind, tmp_path / kind))


@pytest.fixture
def reseal():
    """Make all hashes of a damaged bundle right again: the forger's tool."""
    return _reseal


def _reseal(bundle, edit=None):
    manifest = read_manifest(bundle / "manifest.json")
    data = dict(manifest.data)
    tensors = [_again(bundle, manifest, t) for t in manifest.tensors]
    expected = [t for t in tensors if t.role == "expected"]
    digest = hashlib.sha256(b"".join((bundle / t.file).read_bytes() for t in expected)).hexdigest()
    data["vectors"] = data["vectors"] | {"expected_digest": digest}
    if edit:
        edit(data)
    (bundle / "manifest.json").write_text(seal(data, tensors).text(), "utf-8")
    names = (p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file())
    (bundle / SUMS).write_bytes(sums({name: (bundle / name).read_bytes() for name in names}))


def _again(bundle, manifest, tensor):
    data, fmt = (bundle / tensor.file).read_bytes(), manifest.format(tensor.format)
    try:
        codes = decode(tensor, data, fmt, tensor.file)
    except InputError:  # not strict hex: only its hashes can be made right
        return replace(tensor, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
    keys = ("id", "file", "role", "layer", "signal", "format", "axes", "sample_point")
    names = {key: getattr(tensor, key) for key in keys}
    return describe(codes, fmt, packed=tensor.packing is not None, names=names)[0]
