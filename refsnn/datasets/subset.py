"""A subset of CIFAR-10 in one npz file: small enough to copy, in the layout of the whole."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from refsnn.datasets.arrays import read_arrays
from refsnn.datasets.base import Dataset, Split
from refsnn.datasets.cifar import CLASSES, PREPROCESSING
from refsnn.datasets.files import ENVIRONMENT, data_folder
from refsnn.datasets.idx import check_classes
from refsnn.errors import InputError

FILE = "cifar10_subset.npz"


def cifar10_subset(path: Path | str | None = None) -> Dataset:
    """Images of CIFAR-10 from an npz with ``train_x``, ``train_y``, ``test_x``, ``test_y``.

    Parameters
    ----------
    path : Path or str, optional
        The file; by default ``cifar10/cifar10_subset.npz`` in ``$REFSNN_DATA`` or in the system's
        cache folder. ``*_x`` is uint8 (N, 3, 32, 32), channels R, G, B; ``*_y`` integers (N,).

    Notes
    -----
    Preprocessing is that of `refsnn.datasets.cifar10`. Which images are in the file is its
    maker's choice, so that there is no hash to compare: an accuracy on it is not one on CIFAR-10.
    """
    file = data_folder("cifar10") / FILE if path is None else Path(path).expanduser()
    sources = {name: partial(_split, file, name) for name in ("train", "test")}
    return Dataset("cifar10-subset", PREPROCESSING, CLASSES, sources)


def _split(file: Path, name: str) -> Split:
    if not file.exists():
        raise InputError(
            "this file is needed and not there",
            where=str(file),
            fix=f"put an npz with train_x, train_y, test_x, test_y there, or set {ENVIRONMENT} to "
            f"the folder that holds cifar10/{FILE}",
        )
    x, y = read_arrays(file, (f"{name}_x", f"{name}_y")).values()
    if x.dtype != np.uint8 or x.shape[1:] != (3, 32, 32):
        expected, got = "uint8 (N, 3, 32, 32)", f"{x.dtype} {x.shape}"
        raise InputError(f"{name}_x is no CIFAR", where=str(file), expected=expected, got=got)
    split = Split(x, y, f"cifar10-subset:{name}", PREPROCESSING)
    if split.y is not None:
        check_classes(split.y, CLASSES, str(file))
    return split
