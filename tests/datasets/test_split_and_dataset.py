import numpy as np
import pytest

from refsnn.datasets import Dataset, Preprocessing, Split
from refsnn.errors import InputError

HALF = Preprocessing(0.5)


def small(n=5):
    return Split(np.arange(n, dtype=np.uint8).reshape(n, 1, 1, 1), np.arange(n), "small", HALF)


def test_arrays_are_read_only_and_the_caller_s_are_not_touched():
    x, y = np.zeros((2, 1, 1, 1), np.uint8), np.zeros(2, np.int64)
    split = Split(x, y, "s")
    for array in (split.x, split.y, split[:1].x):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert x.flags.writeable
    assert y.flags.writeable


def test_take_and_slices():
    assert small().take(2).y.tolist() == [0, 1]
    assert small()[1:4:2].x.ravel().tolist() == [1, 3]
    assert small()[:-3].name == "small[:-3]"
    assert len(small()[::-2]) == 3
    with pytest.raises(InputError, match="expected 5, got 6"):
        small().take(6)
    with pytest.raises(InputError, match=r"takes slices: got 3; write \[3:4\]"):
        small()[3]


def test_raw_integers_get_the_model_s_preprocessing_first():
    assert small().prepared().ravel().tolist() == [0, 0.5, 1, 1.5, 2]
    assert small().prepared(Preprocessing(2)).ravel().tolist() == [0, 2, 4, 6, 8]
    with pytest.raises(InputError, match="say how to scale"):
        Split(np.zeros((1, 2), np.int16), None, "mine").prepared()


def test_floats_are_taken_as_they_are():
    split = Split(np.array([[0.5, 3.0]]), None, "mine", HALF)
    assert split.prepared(Preprocessing(7)).tolist() == [[0.5, 3.0]]
    assert split.prepared().dtype == np.float32
    with pytest.raises(InputError, match="too large for float32"):
        Split(np.array([[1e300]]), None, "mine").prepared()


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.array([[np.nan, 1.0, np.inf]]), None, "not finite: got 2 NaN or infinite"),
        (np.array([[None]]), None, "got object"),
        (np.zeros((2, 2), bool), None, "got bool"),
        (np.zeros((2, 2), complex), None, "got complex128"),
        (np.zeros(3), None, r"shape \(3,\)"),
        ([[1.0]], None, "got list"),
        (np.zeros((2, 2)), np.zeros(3, int), r"expected y of \(2,\), got \(3,\)"),
        (np.zeros((2, 2)), np.zeros((2, 1), int), r"got \(2, 1\)"),
        (np.zeros((2, 2)), np.zeros(2), "class numbers: got float64"),
        (np.zeros((1, 2)), np.array([-1]), "negative class"),
        (np.zeros((1, 2)), np.array([2**64 - 1], np.uint64), "negative class"),
    ],
)
def test_what_is_no_split(x, y, message):
    with pytest.raises(InputError, match=message):
        Split(x, y, "mine")


def test_a_split_is_read_when_asked_for_and_once():
    calls = []
    data = Dataset("d", HALF, 10, {"test": lambda: calls.append(1) or small()})
    assert not calls
    assert data.test is data.split("test")
    assert len(calls) == 1


def test_a_failure_is_not_kept():
    answers = [InputError("no file"), small()]

    def read():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    data = Dataset("d", HALF, 10, {"test": read})
    with pytest.raises(InputError, match="no file"):
        _ = data.test
    assert len(data.test) == 5


def test_a_data_set_of_one_s_own():
    data = Dataset.of("mine", None, small(), HALF, 5)
    assert data.test.y.tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(InputError, match="mine: no split 'train'; Known: test"):
        _ = data.train
    assert len(Dataset.of("mine", small()[:0], None, HALF, 5).train) == 0
