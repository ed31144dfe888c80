import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from fixedpoint import Format, InputError, memfile

S6 = Format(True, 6)

formats = st.builds(Format, st.booleans(), st.integers(1, 62))


@st.composite
def formatted_codes(draw):
    fmt = draw(formats)
    return fmt, draw(st.lists(st.integers(fmt.low, fmt.high), max_size=9))


@given(formatted_codes())
def test_read_gives_back_what_was_written(tmp_path_factory, case):
    fmt, codes = case
    path = tmp_path_factory.mktemp("hex") / "a.hex"
    memfile.write_hex(path, codes, fmt)
    assert_array_equal(memfile.read_hex(path, fmt, len(codes)), np.array(codes, np.int64))


@given(formatted_codes())
def test_text_equals_a_format_loop(case):
    fmt, codes = case
    digits = (fmt.width + 3) // 4
    expected = "".join(f"{c % 2**fmt.width:0{digits}x}\n" for c in codes)  # eq: integers.8
    assert memfile.dump(memfile.encode(codes, fmt), fmt.width).decode() == expected


@given(st.data(), st.integers(1, 40), st.builds(Format, st.booleans(), st.integers(1, 5)))
def test_packed_words_put_lane_0_lowest(data, lanes, fmt):
    row = data.draw(st.lists(st.integers(fmt.low, fmt.high), min_size=lanes, max_size=lanes))
    words = memfile.pack([row], fmt)
    expected = sum((c % 2**fmt.width) << (i * fmt.width) for i, c in enumerate(row))
    assert int(memfile.dump(words, lanes * fmt.width), 16) == expected
    assert_array_equal(memfile.unpack(words, fmt, lanes), [row])


def test_unused_top_bits_are_zero():
    assert memfile.dump(memfile.encode([-1, -32, 31, 0], S6), 6) == b"3f\n20\n1f\n00\n"


@pytest.mark.parametrize("code", [-33, 32])
def test_the_writer_never_masks(code):
    with pytest.raises(InputError, match=r"port: value outside s6\.0"):
        memfile.encode([0, code], S6, "port")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"3f\n20\n1f", "f:3: the last line has no newline"),
        (b"3f\r\n20\r\n1f\r\n", "f:1: CR LF line end"),
        (b"3F\n20\n1f\n", "f:1: upper-case digit"),
        (b"3f\n20\n", "f:3: wrong number of words: expected 3, got 2"),
        (b"3f\n20\n1f\n00\n", "f:4: wrong number of words: expected 3, got 4"),
        (b"// a\n20\n1f\n", "f:1: comment"),
        (b"3f\n20\n# \n", "f:3: comment"),
        (b"3f\n-1\n1f\n", "f:2: sign"),
        (b"7f\n20\n1f\n", "f:1: unused top bits are not zero"),
        (b"3f\n2\n1f\n", "f:2: wrong number of digits"),
        (b"3f\n020\n1f\n", "f:2: wrong number of digits"),
        (b"3f\n\n1f\n", "f:2: wrong number of digits"),
        (b"3f\nxx\n1f\n", "f:2: unknown bit"),
        (b"3f\n2_\n1f\n", "f:2: underscore"),
        (b"3f\n2 \n1f\n", "f:2: blank"),
        (b"3f\n@0\n1f\n", "f:2: address"),
        (b"3f\n0x1\n1f\n", "f:2: prefix"),
        (b"3f\n6'h3\n1f\n", "f:2: prefix"),
        (b"3f\n0z\n1f\n", "f:2: unknown bit"),
        (b"3f\n2g\n1f\n", "f:2: no hex digit"),
        (b"\xef\xbb\xbf3f\n20\n1f\n", "f:1: no hex digit"),
        (b"", "f:1: wrong number of words: expected 3, got 0"),
    ],
)
def test_the_reader_is_strict(data, fault):
    assert len(memfile.load(b"3f\n20\n1f\n", 6, 3)) == 3
    with pytest.raises(InputError) as caught:
        memfile.load(data, 6, 3, "f")
    assert fault in str(caught.value)


@given(st.binary(max_size=9))
def test_the_reader_accepts_only_what_the_writer_writes(data):
    """Three words of six bits: whatever is read is written again as the same bytes."""
    try:
        words = memfile.load(data, 6, 3)
    except InputError:
        return
    assert memfile.dump(words, 6) == data


def test_every_single_byte_corruption_is_refused_or_another_word():
    good = b"3f\n20\n1f\n"
    for place in range(len(good)):
        for byte in range(256):
            data = good[:place] + bytes([byte]) + good[place + 1 :]
            try:
                words = memfile.load(data, 6, 3)
            except InputError:
                continue
            assert memfile.dump(words, 6) == data


def test_crc_is_the_ieee_one():
    nine = memfile.encode([ord(c) for c in "123456789"], Format(False, 8))
    assert memfile.crc32(nine) == "cbf43926"
    assert memfile.crc32(memfile.encode([0x3231, 0x3433], Format(False, 14))) == memfile.crc32(
        memfile.encode([0x31, 0x32, 0x33, 0x34], Format(False, 8))
    )


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.hex: cannot read"):
        memfile.read_hex(tmp_path / "none.hex", S6, 1)
