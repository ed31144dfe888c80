"""The digits that come with the package: no download, no generator, the same split for ever.

E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning
Repository, CC BY 4.0.
"""

from __future__ import annotations

import gzip
import io
from functools import cache, partial
from importlib import resources

import numpy as np

from refsnn.datasets.base import Dataset, Split
from refsnn.datasets.files import FileSpec, check
from refsnn.preprocessing import Preprocessing
from refsnn.typing import Array

DIGITS = FileSpec(
    "digits.csv.gz",
    "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
    57523,
    "",  # part of the package
)
PREPROCESSING = Preprocessing(scale=1 / 16)
"""Pixels 0..16 to 0..1: dyadic, hence exact in every floating dtype."""


@cache
def digits() -> Dataset:
    """UCI handwritten digits: 1437 training and 360 test images, uint8 (N, 1, 8, 8), 0..16.

    The test split is every fifth image of the file (0, 5, 10, ...), the training split the rest,
    both in file order. The classes are not evenly spread: 26 to 48 test images each.

    Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI, CC BY 4.0.
    """
    sources = {name: partial(_split, name) for name in ("train", "test")}
    return Dataset("digits", PREPROCESSING, 10, sources)


def _split(name: str) -> Split:
    table = _table()
    test = np.arange(len(table)) % 5 == 0
    rows = table[test if name == "test" else ~test]
    x = rows[:, :64].astype(np.uint8).reshape(-1, 1, 8, 8)
    return Split(x, rows[:, 64].copy(), f"digits:{name}", PREPROCESSING)


@cache
def _table() -> Array:
    """The file as it is: (1797, 65) int64, 64 pixels and the label in each row."""
    data = resources.files("refsnn.datasets").joinpath("data", DIGITS.name).read_bytes()
    check(data, DIGITS, DIGITS.name)
    return np.loadtxt(io.BytesIO(gzip.decompress(data)), dtype=np.int64, delimiter=",")
