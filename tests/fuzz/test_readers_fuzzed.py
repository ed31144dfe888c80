"""Whatever a file holds, reading it gives a value or one sentence, in bounded memory, and no more."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from fuzz.damage import changed, damaged, reheaded, rezipped, zipped
from fuzz.readers import ARCHIVES, FILES, MAPS, READERS, copied_bundle, home, rehash, sound, target
from fuzz.watching import Watch, attempt, watched
from hypothesis import given, settings
from hypothesis import strategies as st

from refsnn.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore")  # NumPy on odd headers, infinities, old zips
HEADED = [name for name in ARCHIVES if name not in ("their dump", "data")]
SLOW = {"nir": 4, "bundle": 10, "their dump": 30}
"""Examples of readers that take long: a process each, a replay each."""


def pace(name):
    """Fewer examples than the profile's in a default run; many in a long one."""
    most = settings.default.max_examples
    return settings(max_examples=most if most > 1000 else min(most, SLOW.get(name, most)))


def fuzz(name, body):
    path = target(name)
    path.write_bytes(body)
    attempt(name, READERS[name], path)


def fuzz_each(name, bodies):
    """Read whatever a strategy makes."""

    @pace(name)
    @given(body=bodies)
    def run(body):
        fuzz(name, body)

    run()


@pytest.mark.parametrize("name", FILES)
def test_damaged_bytes(name):
    fuzz_each(name, damaged(sound(name).read_bytes()))


@pytest.mark.parametrize("name", FILES)
def test_random_bytes(name):
    """After the first bytes of a sound file, or after none."""
    start = sound(name).read_bytes()[:8]
    kept = st.integers(0, 8).map(lambda size: start[:size])
    fuzz_each(name, st.tuples(kept, st.binary(max_size=300)).map(b"".join))


@pytest.mark.parametrize("name", ARCHIVES)
def test_entries_of_archives(name):
    """The check sums are right: what is wrong is inside."""
    fuzz_each(name, rezipped(sound(name).read_bytes()))


@pytest.mark.parametrize("name", HEADED)
def test_fields_of_headers(name):
    fuzz_each(name, reheaded(sound(name).read_bytes()))


@pytest.mark.parametrize("name", MAPS)
def test_fields_of_maps(name):
    whole = json.loads(sound(name).read_text())
    fuzz_each(name, changed(whole).map(lambda said: json.dumps(said).encode()))


@pytest.mark.parametrize("trusted", [False, True], ids=["sums wrong", "sums right"])
def test_files_of_a_bundle(trusted):
    names = sorted(
        p.relative_to(sound("bundle")) for p in sound("bundle").rglob("*") if p.is_file()
    )

    @pace("bundle")
    @given(data=st.data())
    def run(data):
        path = copied_bundle()
        file = path / data.draw(st.sampled_from(names))
        file.write_bytes(data.draw(damaged(file.read_bytes())))
        if trusted:
            rehash(path)
        attempt("bundle", READERS["bundle"], path)

    run()


# what must never happen, on purpose


class Trap:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("name", FILES)
def test_no_pickle_is_loaded(name, tmp_path):
    trap = tmp_path / "sprung"
    held = io.BytesIO()
    np.save(held, np.array([Trap(trap)], object), allow_pickle=True)
    keys = []
    if name in ARCHIVES:
        with zipfile.ZipFile(sound(name)) as archive:
            keys = [(info.filename, archive.read(info)) for info in archive.infolist()]
    bodies = [pickle.dumps(Trap(trap)), held.getvalue()]
    bodies += [
        zipped([*keys[:i], (key, held.getvalue()), *keys[i + 1 :]])
        for i, (key, _) in enumerate(keys)
    ]
    for body in bodies[:8]:
        fuzz(name, body)
    assert not trap.exists()


def test_the_trap_works(tmp_path):
    pickle.loads(pickle.dumps(Trap(tmp_path / "sprung"))).close()
    assert (tmp_path / "sprung").exists()


def test_the_watch_sees(tmp_path):
    """A reader that unpickles, opens another file, or takes memory, is caught."""
    other = tmp_path / "far" / "secret"
    other.parent.mkdir()
    other.write_text("x")
    for deed in (
        lambda: pickle.loads(pickle.dumps(Trap(tmp_path / "sprung"))).close(),
        lambda: other.read_text(),
        lambda: np.ones(2**24),
    ):
        with pytest.raises(AssertionError), watched(home()):
            deed()
    assert Watch.on is False


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("climbing", ["../escaped", "../../escaped", "/escaped", "a/../../escaped"])
def test_names_that_climb_write_nothing(name, climbing):
    """An entry is an array, never a file: the watch sees every file that is opened to be written."""
    with zipfile.ZipFile(sound(name)) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    before = sorted(home().parent.glob("*escaped*"))
    fuzz(name, zipped([*entries, (f"{climbing}.npy", entries[0][1])]))
    assert sorted(home().parent.glob("*escaped*")) == before


def claims(shape, dtype="<f8"):
    head = (
        f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117)
        + b"\n"
    )
    return b"\x93NUMPY\x01\x00v\x00" + head


def refused(name, body):
    """Refused, and neither memory taken nor anything else done."""
    target(name).write_bytes(body)
    with watched(home()):
        try:
            READERS[name].read(target(name))
        except InputError:
            return
        raise AssertionError("read")


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize(
    "head",
    [
        claims((2**40,)),
        claims((2**20, 2**20)),
        claims((2**33,), "|u1"),
        claims((3,), "<U300000000"),
    ],
    ids=["long", "square", "bytes", "text"],
)
def test_an_array_that_claims_too_much(name, head):
    """In the place of any entry: refused before anything of that size is allocated."""
    with zipfile.ZipFile(sound(name)) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    for i in range(min(6, len(entries))):
        refused(name, zipped([*entries[:i], (entries[i][0], head + b"\0" * 64), *entries[i + 1 :]]))


@pytest.fixture(scope="module")
def bomb():
    """A gigabyte of zeros in a few megabytes."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(claims((2**27 + 1,)))
        for _ in range(2**10):
            stream.write(bytes(2**20))
        stream.write(bytes(8))
    return file.getvalue()


@pytest.mark.nightly
@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_unpacks_to_too_much(name, bomb):
    refused(name, bomb)


def test_every_reader_is_fuzzed():
    assert {"model", "network", "trace", "program", "golden case", "their dump", "data"} == set(
        ARCHIVES
    )
    assert {"names map", "hex", "bundle"} < set(READERS)
