"""The IDX format of MNIST: two zero bytes, the type, the number of axes, the axes, the values.

Source: Y. LeCun, C. Cortes, C. Burges, the MNIST database, "file formats for the MNIST database".
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from refsnn.datasets.base import Dataset, Split
from refsnn.datasets.download import obtain
from refsnn.datasets.files import FileSpec
from refsnn.errors import InputError
from refsnn.preprocessing import Preprocessing
from refsnn.typing import Array, IntArray

_UBYTE = 8  # type code of unsigned bytes


class SplitFiles(NamedTuple):
    """The two files of a split."""

    images: FileSpec
    labels: FileSpec


def read_idx(data: bytes, ndim: int, where: str) -> Array:
    """The array of a gzip-compressed IDX file of unsigned bytes.

    Parameters
    ----------
    data : bytes
        The compressed file.
    ndim : int
        Number of axes it must have: 3 for images, 1 for labels.
    where : str
        Name for errors.

    Returns
    -------
    ndarray of uint8, read-only

    Raises
    ------
    InputError
        When the file is damaged, of another kind, or holds more or fewer values than it says.
    """
    raw = _gunzip(data, where)
    magic, header = bytes((0, 0, _UBYTE, ndim)), 4 + 4 * ndim
    if raw[:4] != magic:
        expected, got = magic.hex(" "), raw[:4].hex(" ") or "nothing"
        raise InputError("not this kind of IDX file", where=where, expected=expected, got=got)
    if len(raw) < header:
        raise InputError("truncated header", where=where, expected=header, got=len(raw))
    shape = tuple(int(n) for n in np.frombuffer(raw[4:header], ">u4"))
    if len(raw) - header != math.prod(shape):
        raise InputError(
            "the number of values is not that of the header",
            where=where,
            expected=f"{math.prod(shape)} (shape {shape})",
            got=len(raw) - header,
        )
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def idx_dataset(
    name: str,
    files: Mapping[str, SplitFiles],
    preprocessing: Preprocessing,
    folder: Path,
    *,
    classes: int = 10,
    download: bool = True,
) -> Dataset:
    """A data set of IDX files: split name to its two files, looked for in ``folder``."""

    def read(key: str) -> Split:
        images, labels = (obtain(spec, folder, download=download) for spec in files[key])
        x = read_idx(images, 3, str(folder / files[key].images.name))
        y = read_idx(labels, 1, where := str(folder / files[key].labels.name)).astype(np.int64)
        check_classes(y, classes, where)
        return Split(x[:, None], y, f"{name}:{key}", preprocessing)

    return Dataset(name, preprocessing, classes, {key: partial(read, key) for key in files})


def check_classes(y: IntArray, classes: int, where: str) -> None:
    """Raise an `InputError` when a label is not below ``classes``."""
    if y.size and y.max() >= classes:
        expected = f"0..{classes - 1}"
        raise InputError("not a class", where=where, expected=expected, got=int(y.max()))


def _gunzip(data: bytes, where: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"not a whole gzip file ({error})", where=where) from error
