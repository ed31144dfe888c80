"""CIFAR-10 from its *binary* version: records of one label byte and 3 x 32 x 32 pixels. No pickle.

Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009, and the
description of the binary version at https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from refsnn.datasets.base import Dataset, Split
from refsnn.datasets.download import obtain
from refsnn.datasets.files import FileSpec, checked, data_folder
from refsnn.datasets.idx import check_classes
from refsnn.errors import InputError
from refsnn.preprocessing import Preprocessing
from refsnn.typing import Array

PREPROCESSING = Preprocessing(1 / 255, (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
"""Mean and deviation over all pixels of the 50000 training images, per channel, to four digits."""
CLASSES = 10
BATCH_FOLDER = "cifar-10-batches-bin"  # inside the archive, and when it is extracted
_SHAPE = (3, 32, 32)
_RECORD = 1 + 3 * 32 * 32
_BATCH = 10000 * _RECORD
_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"


class CifarFiles(NamedTuple):
    """The archive, and the members each split is read from."""

    archive: FileSpec
    batches: Mapping[str, Sequence[FileSpec]]


def _batch(name: str, sha256: str) -> FileSpec:
    return FileSpec(name, sha256, _BATCH, _URL)


# The archive's SHA-256 and size: TensorFlow Datasets (url_checksums/cifar10.txt). Those of the
# extracted files: torchvision-ruby; they are asked of extracted files only, never of members.
CIFAR10 = CifarFiles(
    FileSpec(
        "cifar-10-binary.tar.gz",
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        170052171,
        _URL,
    ),
    {
        "train": (
            _batch(
                "data_batch_1.bin",
                "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            ),
            _batch(
                "data_batch_2.bin",
                "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            ),
            _batch(
                "data_batch_3.bin",
                "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            ),
            _batch(
                "data_batch_4.bin",
                "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            ),
            _batch(
                "data_batch_5.bin",
                "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            ),
        ),
        "test": (
            _batch(
                "test_batch.bin",
                "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
            ),
        ),
    },
)


def cifar10(folder: Path | None = None, *, download: bool = True) -> Dataset:
    """CIFAR-10: 50000 training and 10000 test images, uint8 (N, 3, 32, 32), channels R, G, B.

    Read from the extracted ``.bin`` files of a split if all of them are there (in the folder, or
    in ``cifar-10-batches-bin`` inside it), else straight from ``cifar-10-binary.tar.gz``.

    Parameters
    ----------
    folder : Path, optional
        Where the files lie; by default ``$REFSNN_DATA/cifar10`` or the system's cache folder.
    download : bool
        Get the archive if it is not there (needs the extra ``data``).

    Notes
    -----
    Preprocessing: scale 1/255, mean (0.4914, 0.4822, 0.4465), deviation (0.2470, 0.2435,
    0.2616). Published models use others too (often those of ImageNet): a model's own come first.
    """
    return cifar_dataset(CIFAR10, folder or data_folder("cifar10"), download=download)


def cifar_dataset(files: CifarFiles, folder: Path, *, download: bool = True) -> Dataset:
    """The data set of these files."""
    read = partial(_split, files, folder, download=download)
    return Dataset("cifar10", PREPROCESSING, CLASSES, {k: partial(read, k) for k in files.batches})


def _split(files: CifarFiles, folder: Path, name: str, *, download: bool) -> Split:
    batches = files.batches[name]
    where = _extracted(batches, folder)
    if where is not None:
        data = [checked(where / batch.name, batch) for batch in batches]
    else:
        archive = obtain(files.archive, folder, download=download)
        data = read_members(archive, batches, str(folder / files.archive.name))
    records = [read_records(part, b.name) for part, b in zip(data, batches, strict=True)]
    x, y = (np.concatenate(part) for part in zip(*records, strict=True))
    return Split(x, y, f"cifar10:{name}", PREPROCESSING)


def _extracted(batches: Sequence[FileSpec], folder: Path) -> Path | None:
    """The folder that holds all of these files, if there is one."""
    for place in (folder, folder / BATCH_FOLDER):
        if all((place / batch.name).exists() for batch in batches):
            return place
    return None


def read_members(archive: bytes, batches: Sequence[FileSpec], where: str) -> list[bytes]:
    """The content of these members of a tar.gz, in one pass and without extracting anything."""
    wanted = {f"{BATCH_FOLDER}/{batch.name}": batch for batch in batches}
    try:
        with gzip.open(io.BytesIO(archive)) as raw, tarfile.open(fileobj=raw, mode="r:") as tar:
            found = {m.name: _member(tar, m, wanted[m.name]) for m in tar if m.name in wanted}
            while raw.read(1 << 20):  # to the very end, where gzip compares its checksum
                pass
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise InputError(f"not a whole tar.gz ({error})", where=where) from error
    absent = [name for name in wanted if name not in found]
    if absent:
        raise InputError(f"no member {absent[0]}", where=where, got=sorted(found) or "none of them")
    return [found[name] for name in wanted]


def _member(tar: tarfile.TarFile, member: tarfile.TarInfo, spec: FileSpec) -> bytes:
    stream = tar.extractfile(member) if member.isfile() and member.size == spec.size else None
    if stream is None:
        expected, got = f"a file of {spec.size} bytes", f"{member.size} bytes"
        raise InputError("wrong member", where=member.name, expected=expected, got=got)
    return stream.read()


def read_records(data: bytes, where: str) -> tuple[Array, Array]:
    """Images (N, 3, 32, 32) uint8 and labels (N,) int64 of binary records."""
    if len(data) % _RECORD:
        expected = f"records of {_RECORD} bytes"
        raise InputError("not whole records", where=where, expected=expected, got=len(data))
    records = np.frombuffer(data, np.uint8).reshape(-1, _RECORD)
    labels = records[:, 0].astype(np.int64)
    check_classes(labels, CLASSES, where)
    return records[:, 1:].reshape(-1, *_SHAPE), labels
