import gzip
import hashlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from refsnn.datasets import FileSpec, Preprocessing, data_folder, fashion_mnist, load_spec, mnist
from refsnn.datasets.idx import SplitFiles, idx_dataset, read_idx
from refsnn.datasets.mnist_files import FASHION_MNIST, MNIST
from refsnn.errors import InputError

IMAGES = np.arange(3 * 2 * 2, dtype=np.uint8).reshape(3, 2, 2)
LABELS = np.array([7, 0, 9], np.uint8)


def idx(array):
    head = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


def gz(raw):
    return gzip.compress(raw, mtime=0)


def spec(name, data):
    return FileSpec(name, hashlib.sha256(data).hexdigest(), len(data), f"https://host/{name}")


def handmade(folder, images=None, labels=None, **options):
    """A data set with one split of these two files, and the files in the folder."""
    parts = {"i.gz": images or gz(idx(IMAGES)), "l.gz": labels or gz(idx(LABELS))}
    for name, data in parts.items():
        (folder / name).write_bytes(data)
    files = SplitFiles(*(spec(name, data) for name, data in parts.items()))
    return idx_dataset("h", {"test": files}, Preprocessing(0.5), folder, download=False, **options)


def test_a_handmade_pair(tmp_path):
    split = handmade(tmp_path).test
    np.testing.assert_array_equal(split.x, IMAGES[:, None])
    assert split.y.tolist() == [7, 0, 9]
    assert (split.name, split.preprocessing) == ("h:test", Preprocessing(0.5))


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)))
def test_what_is_written_is_read(array):
    np.testing.assert_array_equal(read_idx(gz(idx(array)), array.ndim, "f"), array)


@given(st.data())
def test_no_truncation_gives_a_partial_array(data):
    whole = idx(IMAGES)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(InputError):
        read_idx(gz(whole[:cut]), 3, "f")
    packed = gz(whole)
    with pytest.raises(InputError, match=r"not a whole gzip file|not this kind"):
        read_idx(packed[: data.draw(st.integers(0, len(packed) - 1))], 3, "f")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (idx(LABELS), "expected 00 00 08 03, got 00 00 08 01"),
        (b"\0\0\x0d\3" + idx(IMAGES)[4:], "got 00 00 0d 03"),
        (b"", "got nothing"),
        (idx(IMAGES)[:9], "truncated header: expected 16, got 9"),
        (idx(IMAGES)[:-1], r"expected 12 \(shape \(3, 2, 2\)\), got 11"),
        (idx(IMAGES) + b"\0", "got 13"),
        (b"\0\0\x08\3" + b"\xff" * 12, "expected 79228162458924105385300197375"),
    ],
)
def test_damage_that_gzip_does_not_see(raw, message):
    with pytest.raises(InputError, match=message):
        read_idx(gz(raw), 3, "f")


def test_every_flipped_byte_of_the_compressed_values_is_seen():
    packed = gz(idx(IMAGES))
    for position in range(10, len(packed)):  # the first ten are gzip's header
        broken = bytearray(packed)
        broken[position] ^= 1
        with pytest.raises(InputError):
            read_idx(bytes(broken), 3, "f")


def test_more_labels_than_images(tmp_path):
    data = handmade(tmp_path, labels=gz(idx(np.zeros(4, np.uint8))))
    with pytest.raises(InputError, match=r"expected y of \(3,\), got \(4,\)"):
        _ = data.test


def test_a_label_that_is_no_class(tmp_path):
    with pytest.raises(InputError, match=r"l\.gz: not a class: expected 0\.\.8, got 9"):
        _ = handmade(tmp_path, classes=9).test


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: b[:-1], r"truncated: expected \d+ bytes, got \d+ bytes; delete it"),
        (lambda b: b + b"\0", r"not the original file: expected \d+ bytes"),
        (lambda b: b[:-1] + b"\7", r"expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}"),
    ],
)
def test_another_file_than_the_original(tmp_path, change, message):
    data, path = handmade(tmp_path), tmp_path / "i.gz"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=message) as info:
        _ = data.test
    assert str(path) in str(info.value)
    assert path.exists()


def test_a_folder_in_the_place_of_a_file(tmp_path):
    data = handmade(tmp_path)
    (tmp_path / "i.gz").unlink()
    (tmp_path / "i.gz").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        _ = data.test


@pytest.mark.parametrize("present", ["train", "test"])
def test_a_split_loads_alone(tmp_path, present):
    absent = {"train": "test", "test": "train"}[present]
    handmade(tmp_path)
    here = SplitFiles(*(spec(n, (tmp_path / n).read_bytes()) for n in ("i.gz", "l.gz")))
    away = SplitFiles(spec("other-images.gz", b"a"), spec("other-labels.gz", b"b"))
    table = {present: here, absent: away}
    data = idx_dataset("h", table, Preprocessing(1), tmp_path, download=False)
    assert len(data.split(present)) == 3
    with pytest.raises(InputError, match=r"put other-images.gz from https://host/other-images.gz"):
        data.split(absent)


@pytest.mark.parametrize(("make", "folder"), [(mnist, "mnist"), (fashion_mnist, "fashion-mnist")])
@pytest.mark.parametrize("environment", [True, False])
def test_a_missing_file_says_what_to_do(monkeypatch, tmp_path, make, folder, environment):
    if environment:
        monkeypatch.setenv("REFSNN_DATA", str(tmp_path))
        assert data_folder(folder) == tmp_path / folder
    with pytest.raises(InputError) as info:
        _ = make(download=False).train
    message = str(info.value)
    for fact in ("train-images-idx3-ubyte.gz", str(data_folder(folder)), "REFSNN_DATA", "://"):
        assert fact in message


def test_the_tables_name_the_four_original_files():
    for table in (MNIST, FASHION_MNIST):
        specs = [file for split in table.values() for file in split]
        assert [f.name.split("-")[0] for f in specs] == ["train", "train", "t10k", "t10k"]
        assert all(f.url.endswith(f.name) and len(bytes.fromhex(f.sha256)) == 32 for f in specs)
    assert len({f.sha256 for t in (MNIST, FASHION_MNIST) for s in t.values() for f in s}) == 8


def test_the_original_mnist_test_split(originals):
    if not (data_folder("mnist") / MNIST["test"].images.name).exists():
        pytest.skip(f"no original MNIST test files in {data_folder('mnist')}")
    split = load_spec("mnist:test")
    assert (split.x.shape, split.x.dtype) == ((10000, 1, 28, 28), np.uint8)
    assert split.y[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(split.y).tolist() == counts
