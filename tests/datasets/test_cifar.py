import gzip
import hashlib
import io
import tarfile

import numpy as np
import pytest

from refsnn.datasets import FileSpec, cifar10, cifar10_subset, load_spec
from refsnn.datasets.cifar import CIFAR10, CifarFiles, cifar_dataset, read_members, read_records
from refsnn.errors import InputError

FOLDER = "cifar-10-batches-bin/"
RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (6, 3, 32, 32), np.uint8)
Y = np.array([3, 0, 9, 1, 1, 7], np.uint8)


def batch(part):
    return b"".join(bytes([y]) + x.tobytes() for x, y in zip(X[part], Y[part], strict=True))


BATCHES = {"a.bin": batch(slice(0, 2)), "b.bin": batch(slice(2, 4)), "t.bin": batch(slice(4, 6))}


def spec(name, data):
    return FileSpec(name, hashlib.sha256(data).hexdigest(), len(data), "https://host/x.tar.gz")


def tar_gz(members):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


ARCHIVE = tar_gz({FOLDER + "readme.html": b"hello"} | {FOLDER + n: b for n, b in BATCHES.items()})
TABLE = {
    k: [spec(n, BATCHES[n]) for n in v]
    for k, v in {"train": ("a.bin", "b.bin"), "test": ("t.bin",)}.items()
}
FILES = CifarFiles(spec("x.tar.gz", ARCHIVE), TABLE)


def load(folder):
    return cifar_dataset(FILES, folder, download=False)


def check_both(data):
    for split, part in ((data.train, slice(0, 4)), (data.test, slice(4, 6))):
        np.testing.assert_array_equal(split.x, X[part])
        assert split.y.tolist() == Y[part].tolist()
        assert split.x.dtype == np.uint8
        assert not split.x.flags.writeable


def test_straight_from_the_archive(tmp_path):
    (tmp_path / "x.tar.gz").write_bytes(ARCHIVE)
    check_both(load(tmp_path))
    assert [p.name for p in tmp_path.iterdir()] == ["x.tar.gz"]


@pytest.mark.parametrize("inside", ["", FOLDER])
def test_from_the_extracted_files(tmp_path, inside):
    (tmp_path / inside).mkdir(exist_ok=True)
    for name, data in BATCHES.items():
        (tmp_path / inside / name).write_bytes(data)
    check_both(load(tmp_path))


def test_a_split_loads_alone_and_half_a_split_does_not(tmp_path):
    for name in ("t.bin", "a.bin"):
        (tmp_path / name).write_bytes(BATCHES[name])
    assert load(tmp_path).test.y.tolist() == [1, 7]
    with pytest.raises(InputError, match=r"put x.tar.gz from https://host/x.tar.gz into"):
        _ = load(tmp_path).train


def test_another_archive_or_another_extracted_file(tmp_path):
    (tmp_path / "x.tar.gz").write_bytes(ARCHIVE[:-1] + bytes([ARCHIVE[-1] ^ 1]))
    with pytest.raises(InputError, match=r"expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}"):
        _ = load(tmp_path).test
    (tmp_path / "t.bin").write_bytes(BATCHES["t.bin"][:-1] + b"\0\0")
    with pytest.raises(InputError, match=r"t.bin: not the original file: expected 6146 bytes"):
        _ = load(tmp_path).test


@pytest.mark.parametrize("cut", [0, 1, 100, len(ARCHIVE) // 2, len(ARCHIVE) - 9, len(ARCHIVE) - 1])
def test_a_cut_archive(cut):
    with pytest.raises(InputError, match=r"not a whole tar.gz|no member"):
        read_members(ARCHIVE[:cut], TABLE["test"], "x.tar.gz")


def test_archives_without_the_right_members():
    with pytest.raises(InputError, match=f"no member {FOLDER}t.bin"):
        read_members(tar_gz({"t.bin": BATCHES["t.bin"]}), TABLE["test"], "x")
    with pytest.raises(InputError, match="expected a file of 6146 bytes, got 6145 bytes"):
        read_members(tar_gz({FOLDER + "t.bin": BATCHES["t.bin"][:-1]}), TABLE["test"], "x")
    with pytest.raises(InputError, match=r"not a whole tar.gz"):
        read_members(gzip.compress(b"no tar" * 500), TABLE["test"], "x")


def test_a_link_in_the_place_of_a_member():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        info = tarfile.TarInfo(FOLDER + "t.bin")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    with pytest.raises(InputError, match="wrong member"):
        read_members(stream.getvalue(), TABLE["test"], "x")


def test_records_that_are_none():
    with pytest.raises(InputError, match="expected records of 3073 bytes, got 3072"):
        read_records(bytes(3072), "t.bin")
    with pytest.raises(InputError, match=r"expected 0\.\.9, got 10"):
        read_records(b"\x0a" + bytes(3072), "t.bin")


def test_the_table_of_the_original():
    assert {k: len(v) for k, v in CIFAR10.batches.items()} == {"train": 5, "test": 1}
    specs = [CIFAR10.archive, *CIFAR10.batches["train"], *CIFAR10.batches["test"]]
    assert len({s.sha256 for s in specs}) == 7
    assert {s.size for s in specs[1:]} == {30730000}
    with pytest.raises(InputError, match=r"cifar-10-binary\.tar\.gz.*REFSNN_DATA"):
        _ = cifar10(download=False).test


def write_subset(path, **change):
    arrays = {"train_x": X[:4], "train_y": Y[:4], "test_x": X[4:], "test_y": Y[4:]} | change
    np.savez(path, **{k: v for k, v in arrays.items() if v is not None})
    return path


def test_the_subset_from_a_path_and_from_the_environment(tmp_path, monkeypatch):
    (tmp_path / "cifar10").mkdir()
    path = write_subset(tmp_path / "cifar10" / "cifar10_subset.npz")
    check_both(cifar10_subset(path))
    monkeypatch.setenv("REFSNN_DATA", str(tmp_path))
    check_both(cifar10_subset())
    assert load_spec("cifar10-subset:train[1:3]").y.tolist() == [0, 9]
    assert cifar10_subset().preprocessing.mean == (0.4914, 0.4822, 0.4465)


def test_a_missing_subset_names_folder_and_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("REFSNN_DATA", str(tmp_path))
    with pytest.raises(InputError) as info:
        _ = cifar10_subset().test
    assert str(tmp_path / "cifar10" / "cifar10_subset.npz") in str(info.value)
    assert "REFSNN_DATA" in str(info.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test_x": None}, "no array 'test_x'.*got train_x, train_y, test_y"),
        ({"test_x": np.zeros((2, 32, 32, 3), np.uint8)}, r"got uint8 \(2, 32, 32, 3\)"),
        ({"test_x": np.zeros((2, 3, 32, 32))}, "got float64"),
        ({"test_y": np.array([1, 10])}, r"expected 0\.\.9, got 10"),
        ({"test_y": np.array([1])}, r"expected y of \(2,\), got \(1,\)"),
        ({"test_y": np.array([1, None])}, "'test_y' is a pickle of Python objects"),
    ],
)
def test_a_wrong_subset(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        _ = cifar10_subset(write_subset(tmp_path / "s.npz", **change)).test


def test_the_stated_mean_and_deviation_on_a_real_subset(originals):
    try:
        x = cifar10_subset().train.prepared(dtype=np.float64)
    except InputError as error:
        pytest.skip(f"no subset to check: {error}")
    # A sample of thousands of images: a hundredth of the deviation is about its standard error.
    assert np.abs(x.mean((0, 2, 3))).max() < 0.03
    assert np.abs(x.std((0, 2, 3)) - 1).max() < 0.02
