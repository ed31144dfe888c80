import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsnn.datasets import digits, load_npz, load_spec, parse_spec
from refsnn.datasets.base import slice_text
from refsnn.errors import InputError

BOUND = st.none() | st.integers(-400, 400)
STEP = st.none() | st.integers(-7, 7).filter(bool)
SLICES = st.builds(slice, BOUND, BOUND, STEP)


def reads_like_python(parse, window, n=360):
    text = slice_text(window)
    expected = eval(f"list(range({n})){text}")  # Python's own reading of the same text
    return list(range(n))[parse(f"digits:test{text}").window] == expected


@given(SLICES)
def test_a_slice_is_python_s(window):
    assert reads_like_python(parse_spec, window)


def test_every_short_slice_is_python_s():
    ends = (None, -2, -1, 0, 1, 2)
    for window in (slice(a, b, c) for a in ends for b in ends for c in (None, -1, 1, 2)):
        assert reads_like_python(parse_spec, window, n=3)


def test_an_inclusive_end_is_caught():
    def inclusive(text):
        spec = parse_spec(text)
        return spec._replace(window=slice(spec.window.start, spec.window.stop + 1))

    assert not reads_like_python(inclusive, slice(10, 50))


@given(SLICES)
def test_the_samples_of_a_slice(window):
    whole, spec = digits().test, "digits:test" + slice_text(window)
    if not len(whole.y[window]):
        with pytest.raises(InputError, match="no samples in it: got 360 before the slice"):
            load_spec(spec)
        return
    split = load_spec(spec)
    np.testing.assert_array_equal(split.x, whole.x[window])
    np.testing.assert_array_equal(split.y, whole.y[window])
    assert split.name == spec


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("digits:train", ("digits", "train", None)),
        ("fashion-mnist", ("fashion-mnist", "test", None)),
        ("mnist[:3]", ("mnist", "test", slice(None, 3))),
        ("mnist:test[ 1 : 9 : 2 ]", ("mnist", "test", slice(1, 9, 2))),
        ("a/b.npz", ("a/b.npz", None, None)),
        ("C:\\data\\b.npz[2:]", ("C:\\data\\b.npz", None, slice(2, None))),
        ("odd[1]/b.npz", ("odd[1]/b.npz", None, None)),
    ],
)
def test_the_parts_of_a_spec(text, parts):
    assert parse_spec(text) == parts


@pytest.mark.parametrize(
    "text",
    ["[5]", "[", "[:", "[]", "[1,2]", "[a:]", "[1:2:3:4]", "[:5]x", "[1.5:]", "[--1:]", "[:٣]"],
)
def test_a_malformed_slice_gives_an_example(text):
    for source in ("digits:test", "digits", "mine.npz"):
        with pytest.raises(InputError, match=r"malformed slice.*digits:test\[:256\]"):
            parse_spec(source + text)


def test_names_that_are_unknown():
    with pytest.raises(InputError, match=r"'digts'; did you mean 'digits'.*ends in \.npz"):
        load_spec("digts:test")
    with pytest.raises(InputError, match="did you mean 'fashion-mnist'"):
        load_spec("fashion_mnist")
    with pytest.raises(InputError, match="no split 'tst'; did you mean 'test'"):
        load_spec("digits:tst")
    with pytest.raises(InputError, match="step 0"):
        load_spec("digits[::0]")
    for text in ("", ":test", "[:3]"):
        with pytest.raises(InputError, match="not the name of samples"):
            load_spec(text)


def save(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


def test_an_npz_of_one_s_own(tmp_path):
    x = np.arange(6, dtype=np.uint8).reshape(3, 2)
    raw = load_spec(save(tmp_path / "raw.npz", x=x, y=np.array([1, 2, 3], np.uint8)) + "[1:]")
    assert (raw.x.tolist(), raw.y.tolist(), raw.x.dtype) == ([[2, 3], [4, 5]], [2, 3], np.uint8)
    assert (raw.y.dtype, raw.preprocessing) == (np.int64, None)
    floats = load_spec(save(tmp_path / "floats.npz", x=x / 8))
    assert floats.y is None
    assert floats.prepared().tolist() == (x / 8).tolist()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": np.zeros((1, 2)), "y": np.zeros(1, int)}, "no array 'x'.*got images, y"),
        ({}, "got no arrays"),
        ({"x": np.array([[np.nan]])}, "not finite"),
        ({"x": np.array([["a", None]], object)}, "array 'x' is a pickle of Python objects"),
        ({"x": np.zeros((1, 2)), "y": np.array([None])}, "array 'y' is a pickle"),
        ({"x": np.array([["a"]])}, "not an array of samples"),
        ({"x": np.zeros((2, 2)), "y": np.zeros(3, int)}, r"expected y of \(2,\), got \(3,\)"),
        ({"x": np.zeros((0, 2))}, "no samples"),
    ],
)
def test_an_npz_that_cannot_be_used(tmp_path, arrays, message):
    with pytest.raises(InputError, match=message):
        load_spec(save(tmp_path / "mine.npz", **arrays))


def test_a_pickle_is_never_run(tmp_path):
    import pickle
    import zipfile

    class Bomb:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    path = tmp_path / "bomb.npz"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InputError, match="not a whole npz"):
        load_spec(str(path))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", pickle.dumps(Bomb()))
    with pytest.raises(InputError, match="'x' is not an array"):
        load_spec(str(path))
    np.savez(path, x=np.array([[Bomb()]], object))
    with pytest.raises(InputError, match="pickle"):
        load_spec(str(path))
    assert not (tmp_path / "ran").exists()


def test_a_damaged_npz(tmp_path):
    path = tmp_path / "mine.npz"
    save(path, x=np.arange(4096, dtype=np.uint8).reshape(2, 2048))
    whole = path.read_bytes()
    for cut in (0, 1, 30, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError):
            load_npz(path)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    path.write_bytes(flipped)
    with pytest.raises(InputError, match="cannot be read"):
        load_npz(path)
    for nothing in (tmp_path / "absent.npz", tmp_path):
        with pytest.raises(InputError, match="file does not exist; check the path"):
            load_npz(nothing)
