import dataclasses
import gzip
import hashlib
from importlib import resources

import numpy as np
import pytest

from refsnn.datasets import digits, embedded
from refsnn.errors import InputError


def rows():
    packed = resources.files("refsnn.datasets").joinpath("data", "digits.csv.gz").read_bytes()
    assert hashlib.sha256(packed).hexdigest() == embedded.DIGITS.sha256
    return [list(map(int, line.split(","))) for line in gzip.decompress(packed).decode().split()]


def test_facts():
    data = digits()
    assert (data.name, data.classes, data.preprocessing.scale) == ("digits", 10, 0.0625)
    assert (data.train.x.shape, data.test.x.shape) == ((1437, 1, 8, 8), (360, 1, 8, 8))
    for split in (data.train, data.test):
        assert (split.x.dtype, split.y.dtype) == (np.uint8, np.int64)
        assert (split.x.min(), split.x.max()) == (0, 16)
        assert set(split.y.tolist()) == set(range(10))
        assert not split.x.flags.writeable


def test_the_test_split_is_every_fifth_image_of_the_file():
    table, data = rows(), digits()
    test = [row for i, row in enumerate(table) if i % 5 == 0]
    train = [row for i, row in enumerate(table) if i % 5]
    for split, expected in ((data.test, test), (data.train, train)):
        assert split.x.reshape(-1, 64).tolist() == [row[:64] for row in expected]
        assert split.y.tolist() == [row[64] for row in expected]


def test_the_first_image_is_the_well_known_zero():
    first = digits().test
    assert first.y[0] == 0
    assert first.x[0, 0, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert digits().train.y[:4].tolist() == [1, 2, 3, 4]


def test_preprocessed_pixels_are_sixteenths_exactly():
    split = digits().test
    np.testing.assert_array_equal(split.prepared(dtype=np.float16) * 16, split.x)


def test_a_changed_embedded_file_is_refused(monkeypatch):
    monkeypatch.setattr(embedded, "DIGITS", dataclasses.replace(embedded.DIGITS, sha256="0" * 64))
    with pytest.raises(InputError, match=r"SHA-256 0000.*got 09f66e6d.*reinstall"):
        embedded._table.__wrapped__()


def test_the_attribution_lies_beside_the_file():
    text = resources.files("refsnn.datasets").joinpath("data", "ATTRIBUTION.txt").read_text()
    for fact in ("E. Alpaydin", "C. Kaynak", "CC BY 4.0", "UCI"):
        assert fact in text
