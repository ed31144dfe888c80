"""The contents of a NIR file as plain values, read without trusting it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from refsnn.errors import InputError, UnsupportedError
from refsnn.io.nir import hdf5
from refsnn.io.nir.hdf5 import Tree
from refsnn.io.optional import optional
from refsnn.io.paths import check_source

SIGNATURE = b"\x89HDF\r\n\x1a\n"
PATIENCE = 60.0
"""Seconds for a file; a hundredth of that is plenty."""


class NirFile(Mapping[str, Tree]):
    """The nodes of a NIR file by name, its edges and the metadata of its graph."""

    def __init__(self, nodes: Tree, edges: list[tuple[str, str]], metadata: Tree) -> None:
        self.nodes, self.edges, self.metadata = nodes, edges, metadata

    def __getitem__(self, name: str) -> Tree:
        found: Tree = self.nodes[name]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)


def read_tree(path: str | Path, *, isolated: bool = True, patience: float = PATIENCE) -> NirFile:
    """Everything a NIR file says, or an `InputError` that names the file.

    Parameters
    ----------
    isolated : bool
        Read in a process of its own, which may crash, hang and be ended: the HDF5 library does all
        that on damaged files. False: read here, a fifth of a second faster.
    """
    path = check_source(path)
    with path.open("rb") as file:
        if file.read(len(SIGNATURE)) != SIGNATURE:
            raise InputError("not a NIR file: no HDF5", where=str(path))
    optional("h5py", "nir", path)
    try:
        return _checked(_apart(path, patience) if isolated else hdf5.walk(str(path)))
    except InputError as error:
        raise error.within(str(path)) from error
    except Exception as error:  # whatever a damaged file makes the HDF5 library raise
        raise InputError("damaged NIR file", where=str(path), got=error) from error


def _apart(path: Path, patience: float) -> Tree:
    """The tree as read by a process of its own."""
    command = [sys.executable, "-P", hdf5.__file__, str(path)]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(command, capture_output=True, timeout=patience, env=surroundings)
    except subprocess.TimeoutExpired as error:
        raise InputError("damaged NIR file: the HDF5 library does not come back") from error
    if done.returncode:
        got = f"exit code {done.returncode}"
        raise InputError("damaged NIR file: the HDF5 library crashed on it", got=got)
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as stored:
        said = json.loads(stored["said"].tobytes())
        arrays = [stored[f"a{i}"] for i in range(len(stored.files) - 1)]
    if "error" in said:
        unsupported = said["error"].pop("unsupported")
        raise (UnsupportedError if unsupported else InputError)(**said["error"])
    return hdf5.grown(said["tree"], arrays)


def _checked(tree: Tree) -> NirFile:
    graph = tree.get("node")
    if not isinstance(graph, dict) or graph.get("type") != "NIRGraph":
        got = graph.get("type") if isinstance(graph, dict) else None
        raise InputError("no NIR graph in the file", expected="node of type NIRGraph", got=got)
    nodes, edges = graph.get("nodes"), graph.get("edges", [])
    if not isinstance(nodes, dict) or not all(isinstance(n, dict) for n in nodes.values()):
        raise InputError("no nodes in the file")
    if not isinstance(edges, list) or not all(_is_pair(edge) for edge in edges):
        raise InputError("edges are pairs of names")
    metadata = graph.get("metadata", {})
    if not isinstance(metadata, dict):
        raise InputError("metadata are no group")
    return NirFile(nodes, [(one, two) for one, two in edges], metadata)


def _is_pair(edge: object) -> bool:
    """Two names: a string of two letters is none."""
    return isinstance(edge, list | tuple) and len(edge) == 2
