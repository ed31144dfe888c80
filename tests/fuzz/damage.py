"""Ways to damage a file: in its bytes, in an entry of its archive, in its JSON."""

from __future__ import annotations

import copy
import io
import json
import struct
import zipfile

import numpy as np
from hypothesis import strategies as st
from vectors.bundles import places

HUGE = [
    struct.pack(f, v) for f in ("<I", ">I", "<Q", ">Q") for v in (0, 2**31 - 1, 2**31, 2**32 - 1)
]
CUNNING = [
    b"",
    b"\0",
    b"-1",
    b"1e999",
    b"NaN",
    b"../",
    b"/etc/passwd",
    b"\xff" * 9,
    b"9" * 30,
    b'"',
    b"{",
    b"]",
]


@st.composite
def damaged(draw, body: bytes):
    """One to four changes: a byte, a number, a piece cut, put in, or doubled; or the end cut off."""
    made = bytearray(body)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(made) - 1)))
        length = draw(st.integers(0, 40))
        how = draw(st.sampled_from(["flip", "number", "cut", "insert", "double", "end"]))
        if how == "flip" and made:
            made[at] = draw(st.integers(0, 255))
        elif how == "number":
            number = draw(st.sampled_from(HUGE))
            made[at : at + len(number)] = number
        elif how == "cut":
            del made[at : at + length]
        elif how == "insert":
            made[at:at] = draw(st.sampled_from(CUNNING) | st.binary(max_size=20))
        elif how == "double":
            made[at:at] = made[at : at + length]
        else:
            del made[max(at, len(made) - 4 * length) :]
    return bytes(made)


NUMPY_HEADERS = (
    "{'descr': '<f8', 'fortran_order': False, 'shape': (%s,), }",
    "{'descr': '%s', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': [('a', '<f8'), ('b', '%s')], 'fortran_order': True, 'shape': (3,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (%s,), }",
    "%s",
)
WORDS = st.sampled_from(
    ["1099511627776", "-1", "2**9", "99999999999999999999", "<f8", "<U1000000000", "|V2147483647", "|O",
     "<M8[ns]", "<c16", "|b1", "<i3", "__import__('os')", "'" * 50, "(" * 500, "0, 1099511627776", ""]
)  # fmt: skip


@st.composite
def entry(draw, body: bytes):
    """An array file whose header claims anything, or that is damaged."""
    if draw(st.booleans()):
        return draw(damaged(body))
    head = (draw(st.sampled_from(NUMPY_HEADERS)).replace("%s", draw(WORDS))).encode() + b"\n"
    version = draw(st.sampled_from([b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x09"]))
    size = struct.pack("<H" if version[0] == 1 else "<I", len(head))
    return b"\x93NUMPY" + version + size + head + draw(st.binary(max_size=64))


@st.composite
def rezipped(draw, body: bytes):
    """An archive with right check sums, and a wrong entry, name, or number of entries in it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    at = draw(st.integers(0, len(entries) - 1))
    name, data = entries[at]
    how = draw(st.sampled_from(["entry", "entry", "entry", "name", "lost", "twice"]))
    if how == "entry":
        entries[at] = (name, draw(entry(data)))
    elif how == "name":
        names = st.sampled_from(
            ["../x.npy", "/x.npy", "x", "", "a/b/c.npy", "header.npy", "\0.npy"]
        )
        entries[at] = (draw(names), data)
    elif how == "lost":
        del entries[at]
    else:
        entries.append((name, draw(entry(data))))
    return zipped(entries)


def zipped(entries):
    """Stored, without date."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        seen = set()
        for name, data in entries:
            if name in seen:
                name = f"{name[:-4]}2.npy"
            seen.add(name)
            archive.writestr(zipfile.ZipInfo(name or "none"), data)
    return file.getvalue()


VALUES = (st.sampled_from(
    [None, True, False, -1, 0, 1, 3, 10**6, 10**12, 10**40, 0.5, 1e300, float("nan"), float("inf"), "", "x",
     "../x", "act0", "input", "gt", [], [1], [[]], [10**9, 10**9], {}, {"op": "Linear"}, {"neuron": "IF"}]
) | st.text(max_size=4)).map(copy.deepcopy)  # fmt: skip


@st.composite
def changed(draw, document):
    """A JSON document with one to three places replaced, dropped, or new."""
    made = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([at for at in places(made) if at] or [None]))
        if path is None:
            return draw(VALUES)
        holder = made
        for key in path[:-1]:
            holder = holder[key]
        how = draw(st.sampled_from(["value", "value", "drop", "new"]))
        if how == "value":
            holder[path[-1]] = draw(VALUES)
        elif how == "drop":
            del holder[path[-1]]
        elif isinstance(holder, dict):
            holder[draw(st.text(max_size=5))] = draw(VALUES)
    return made


@st.composite
def reheaded(draw, body: bytes):
    """An archive of ours whose JSON header says something else."""
    with np.load(io.BytesIO(body)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    plain = arrays["header"].dtype == np.uint8
    text = arrays["header"].tobytes().decode() if plain else str(arrays["header"])
    said = json.dumps(draw(changed(json.loads(text))))
    arrays["header"] = np.frombuffer(said.encode(), np.uint8) if plain else np.array(said)
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()
