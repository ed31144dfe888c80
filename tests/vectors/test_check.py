"""The strict reader: every corruption is refused with file, line and reason."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vectors.bundles import WRITERS, forge, rehash

from fixedpoint import InputError
from fixedpoint.vectors.check import check
from fixedpoint.vectors.files import SUMS, Finding
from fixedpoint.vectors.manifest import MANIFEST
from fixedpoint.vectors.schema import line_of

HEX = "exp/if_neuron.v.hex"


@pytest.mark.parametrize("kind", WRITERS)
def test_what_the_library_writes_is_good(written, kind):
    report = check(written / kind)
    assert report.findings == ()
    assert report.ok
    assert report.tensors >= 2
    assert report.words > 100


def line(number, text):
    def change(data):
        lines = data.split(b"\n")
        return b"\n".join([*lines[: number - 1], text(lines[number - 1]), *lines[number:]])

    return change


# change of a hex file of 3-digit words -> line (None: after the last), reason
OF_LINES = {
    "lost newline": (lambda d: d[:-1], -1, "the last line has no newline"),
    "CR LF": (lambda d: d.replace(b"\n", b"\r\n"), 1, "CR LF line end"),
    "upper case": (line(4, lambda w: b"03F"), 4, "upper-case digit"),
    "comment": (line(4, lambda w: w + b" // 3"), 4, "comment"),
    "hash": (line(4, lambda w: b"# 3"), 4, "comment"),
    "minus sign": (line(4, lambda w: b"-01"), 4, "sign"),
    "plus sign": (line(4, lambda w: b"+01"), 4, "sign"),
    "prefix": (line(4, lambda w: b"0x1"), 4, "prefix"),
    "Verilog prefix": (line(4, lambda w: b"'h1"), 4, "prefix"),
    "underscore": (line(4, lambda w: b"0_1"), 4, "underscore"),
    "x": (line(4, lambda w: b"00x"), 4, "unknown bit"),
    "z": (line(4, lambda w: b"zzz"), 4, "unknown bit"),
    "address": (line(4, lambda w: b"@00"), 4, "address"),
    "blank line": (line(4, lambda w: b""), 4, "wrong number of digits"),
    "leading blank": (line(4, lambda w: b" 01"), 4, "blank"),
    "short word": (line(4, lambda w: w[1:]), 4, "wrong number of digits"),
    "long word": (line(4, lambda w: b"0" + w), 4, "wrong number of digits"),
    "missing word": (lambda d: d[:-4], -1, "wrong number of words"),
    "extra word": (lambda d: d + b"000\n", None, "wrong number of words"),
    "empty file": (lambda d: b"", 1, "wrong number of words"),
    "not ASCII": (line(1, lambda w: b"\xef\xbb\xbf" + w), 1, "no hex digit"),
}


@pytest.mark.parametrize("kind", OF_LINES)
@pytest.mark.parametrize("rehashed", [False, True])
def test_bad_lines(copy, kind, rehashed):
    bundle, (change, number, reason) = copy(), OF_LINES[kind]
    path = bundle / HEX
    last = path.read_bytes().count(b"\n")
    path.write_bytes(change(path.read_bytes()))
    if rehashed:
        rehash(bundle)
    report = check(bundle)
    expected = {None: last + 1, -1: last}.get(number, number)
    first = report.findings[0]
    assert (first.file, first.line) == (HEX, expected)
    assert first.reason.startswith(reason)
    reasons = [f.reason.partition(":")[0] for f in report.findings]
    assert reasons == [reason] + ([] if rehashed else ["wrong checksum"])


def test_pad_bits(copy):
    bundle, name = copy(), "exp/if_neuron.spike.hex"
    path = bundle / name
    path.write_bytes(line(4, lambda w: b"2")(path.read_bytes()))
    first = check(bundle).findings[0]
    assert (first.file, first.line) == (name, 4)
    assert first.reason.startswith("unused top bits are not zero")


def test_a_flipped_digit(copy):
    bundle = copy()
    path = bundle / HEX
    path.write_bytes(line(4, lambda w: w[:-1] + b"%x" % (int(w[-1:], 16) ^ 1))(path.read_bytes()))
    assert f"{HEX}: wrong checksum" in str(check(bundle).findings[-1])
    rehash(bundle)
    fields = {f.reason.partition(":")[0].partition("].")[2] for f in check(bundle).findings}
    assert {"sha256", "crc32"} <= fields
    assert all(f.file == MANIFEST and f.line for f in check(bundle).findings)


def change_sums(change):
    def damage(bundle):
        path = bundle / SUMS
        path.write_bytes(change(path.read_bytes()))

    return damage


def write(name, text):
    def damage(bundle):
        (bundle / name).write_bytes(text)

    return damage


def swap_digest(data):
    return data.replace(data[:4], b"0000", 1)


OF_FILES = {
    "missing file": (lambda b: (b / HEX).unlink(), HEX, None, "missing file"),
    "missing sums": (lambda b: (b / SUMS).unlink(), SUMS, None, "missing file"),
    "unlisted file": (write("exp/more.hex", b"0\n"), "exp/more.hex", None, "file without checksum"),
    "wrong hash": (change_sums(swap_digest), "LICENSE.txt", None, "wrong checksum"),
    "bad sums line": (change_sums(line(2, lambda w: b"abc  x")), SUMS, 2, "bad line"),
    "sums CR LF": (change_sums(lambda d: d.replace(b"\n", b"\r\n")), SUMS, 2, "no portable"),
    "sums lost newline": (change_sums(lambda d: d[:-1]), SUMS, -1, "the last line has no newline"),
    "listed twice": (change_sums(lambda d: d + d.split(b"\n")[0] + b"\n"), SUMS, +1, "listed twice"),
    "escaping name": (
        change_sums(lambda d: d + b"0" * 64 + b"  ../x\n"), SUMS, +1, "path out of the bundle",
    ),
    "absolute name": (
        change_sums(lambda d: d + b"0" * 64 + b"  /etc/x\n"), SUMS, +1, "absolute path",
    ),
    "link out": (
        lambda b: ((b / HEX).unlink(), os.symlink("/etc/hostname", b / HEX)),
        HEX, None, "link out of the bundle",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", OF_FILES)
def test_bad_files(copy, kind):
    bundle, (damage, file, number, reason) = copy(), OF_FILES[kind]
    lines = (bundle / SUMS).read_bytes().count(b"\n")
    number = {-1: lines, +1: lines + 1}.get(number, number)
    damage(bundle)
    found = check(bundle).findings
    matching = [f for f in found if (f.file, f.line) == (file, number)]
    assert any(f.reason.startswith(reason) for f in matching), found


def tensor(**changes):
    return lambda data: data["tensors"][2].update(changes)


MANIFESTS = {
    "schema major": (lambda d: d.update(schema="refsnn/hwvec/2"), "unknown schema"),
    "level": (lambda d: d.update(level="L2"), "level: expected L1, got L2"),
    "unknown field": (lambda d: d.update(more=1), "more: unknown field"),
    "missing field": (lambda d: d.pop("time"), "the manifest: missing field 'time'"),
    "wrong type": (lambda d: d["time"].update(T_in="8"), "time.T_in: wrong type"),
    "true": (lambda d: d["vectors"].update(n_samples=True), "vectors.n_samples: wrong type"),
    "tolerance": (lambda d: d["compare"].update(tolerance=1), "compare.tolerance: expected 0"),
    "n_words": (lambda d: d["vectors"].update(n_words=1), "vectors.n_words: expected"),
    "digest": (
        lambda d: d["vectors"].update(expected_digest="0" * 64), "vectors.expected_digest: expected",
    ),
    "layer crc": (lambda d: d["vectors"]["layer_crc32"].clear(), "vectors.layer_crc32: expected"),
    "no tensors": (lambda d: d.update(tensors=[]), "tensors: too few items"),
    "escaping tensor": (tensor(file="../x.hex"), "tensors[2].file: expected"),
    "escaping in the middle": (tensor(file="exp/../../x.hex"), "tensors[2].file: expected"),
    "absent tensor": (tensor(file="exp/none.hex"), "tensors[2]: missing file exp/none.hex"),
    "word count": (tensor(words=7), "wrong number of words: expected 7, got"),
    "shape": (tensor(shape=[1, 2, 3]), "tensors[2]:"),
    "width": (tensor(word_bits=0), "tensors[2].word_bits: expected at least 1"),
    "min": (tensor(min=-129), "tensors[2].min: stim/if_neuron.current.hex has min -128"),
    "max": (tensor(max=1), "tensors[2].max:"),
    "crc32": (tensor(crc32="0" * 8), "tensors[2].crc32:"),
    "sha256": (tensor(sha256="0" * 64), "tensors[2].sha256:"),
    "n_negative": (tensor(n_negative=0), "tensors[2].n_negative:"),
    "format": (tensor(format="none"), "tensors[2]:"),
    "formats": (lambda d: d["formats"].update({"in": "12 bits"}), "formats.in: expected"),
    "huge format": (lambda d: d["formats"].update({"in": "s999999999.0"}), "tensors[2]:"),
    "two entries": (lambda d: d["tensors"].append(d["tensors"][0]), "file or id is used twice"),
    "no entry": (lambda d: d["tensors"].pop(), "no tensor describes it"),
    "source": (
        lambda d: d["simulation"]["sources"].append("rtl/x.v"), "missing file rtl/x.v",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MANIFESTS)
def test_bad_manifests(copy, kind):
    bundle, (change, reason) = copy(), MANIFESTS[kind]
    forge(bundle, change)
    found = check(bundle).findings
    assert any(reason in f.reason for f in found), found
    assert all(f.line for f in found if f.file == MANIFEST)


def test_lines_of_the_manifest_are_the_right_ones(written):
    text = (written / "neuron" / MANIFEST).read_text("utf-8")
    lines = text.splitlines()
    for place, key in [
        (("time", "T_in"), '"T_in": 8'),
        (("schema",), '"schema"'),
        (("tensors", 1, "sha256"), '"sha256"'),
    ]:
        assert key in lines[line_of(json.loads(text), place) - 1]


TEXTS = {
    "": 1,
    "{": 1,
    "[]": 1,
    "null": 1,
    '{"schema": 1}': 2,
    '{"schema": "refsnn/hwvec/1"}': None,
    '{\n\n"schema": }': 3,
    "\x00": 1,
    "[" * 9999: None,
    '{"schema": "\\ud800"}': None,
}


@pytest.mark.parametrize("text", TEXTS)
def test_broken_manifests(copy, text):
    bundle = copy()
    (bundle / MANIFEST).write_bytes(text.encode())
    rehash(bundle)
    found = check(bundle).findings
    assert found
    assert found[0].file == MANIFEST
    assert TEXTS[text] in (None, found[0].line)


def test_an_edited_manifest(copy):
    bundle = copy()
    path = bundle / MANIFEST
    text = path.read_text("utf-8")
    path.write_text(text.replace('"T_in": 8', '"T_in": 7'))
    rehash(bundle)
    assert any("does not fit the manifest" in f.reason for f in check(bundle).findings)
    path.write_text(text.replace("\n}", "\n}\n"))
    rehash(bundle)
    assert "not the canonical text" in check(bundle).findings[0].reason
    path.write_text(text.replace('{\n "bundle_id"', '{\n "bundle_id": "",\n "bundle_id"'))
    rehash(bundle)
    assert check(bundle).findings[0].line == 2, "a key given twice"


def test_no_bundle(tmp_path):
    with pytest.raises(InputError, match="no such bundle"):
        check(tmp_path / "none")
    assert check(tmp_path).findings == (Finding(SUMS, None, "missing file"),)


@given(data=st.data())
def test_any_change_of_one_byte_is_found(written, tmp_path_factory, data):
    import shutil

    bundle = tmp_path_factory.mktemp("byte") / "b"
    shutil.copytree(written / "layer", bundle)
    names = sorted(p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file())
    names.remove("provenance.json")
    path = bundle / data.draw(st.sampled_from(names))
    old = path.read_bytes()
    at, byte = data.draw(st.integers(0, len(old) - 1)), data.draw(st.integers(0, 255))
    path.write_bytes(old[:at] + bytes([byte]) + old[at + 1 :])
    assert check(bundle).ok == (old[at] == byte)
