import hashlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from refsnn.datasets import FileSpec
from refsnn.datasets.download import obtain
from refsnn.datasets.files import cache_root
from refsnn.errors import InputError

DATA = b"the original"
FILE = FileSpec("f.bin", hashlib.sha256(DATA).hexdigest(), len(DATA), "https://host/f.bin")


def fake_pooch(monkeypatch, content=DATA, error=None):
    """A pooch that writes ``content`` and records what it was asked for."""
    calls = []

    def retrieve(url, known_hash, fname, path):
        calls.append((url, known_hash, fname, Path(path)))
        if error is not None:
            raise error
        Path(path).mkdir(parents=True, exist_ok=True)
        (Path(path) / fname).write_bytes(content)

    monkeypatch.setitem(sys.modules, "pooch", SimpleNamespace(retrieve=retrieve))
    return calls


def test_a_missing_file_is_downloaded_once(monkeypatch, tmp_path):
    calls = fake_pooch(monkeypatch)
    folder = tmp_path / "new"
    assert obtain(FILE, folder, download=True) == DATA
    assert obtain(FILE, folder, download=True) == DATA
    assert calls == [("https://host/f.bin", f"sha256:{FILE.sha256}", "f.bin", folder)]


def test_a_file_that_is_there_is_never_replaced(monkeypatch, tmp_path):
    calls = fake_pooch(monkeypatch)
    (tmp_path / "f.bin").write_bytes(b"the forgery!")
    with pytest.raises(InputError, match="not the original file"):
        obtain(FILE, tmp_path, download=True)
    assert not calls
    assert (tmp_path / "f.bin").read_bytes() == b"the forgery!"


def test_what_was_downloaded_is_checked_too(monkeypatch, tmp_path):
    fake_pooch(monkeypatch, content=DATA[:-1])
    with pytest.raises(InputError, match="truncated: expected 12 bytes, got 11"):
        obtain(FILE, tmp_path, download=True)


def test_download_false_asks_nobody(monkeypatch, tmp_path):
    calls = fake_pooch(monkeypatch)
    with pytest.raises(InputError, match="download=False"):
        obtain(FILE, tmp_path, download=False)
    assert not calls


@pytest.mark.parametrize("error", [OSError("no route"), ValueError("hash does not match")])
def test_a_failed_download_says_why_and_what_to_do(monkeypatch, tmp_path, error):
    fake_pooch(monkeypatch, error=error)
    with pytest.raises(InputError) as info:
        obtain(FILE, tmp_path, download=True)
    for fact in (str(error), "put f.bin from https://host/f.bin", str(tmp_path), "REFSNN_DATA"):
        assert fact in str(info.value)


def test_without_pooch_the_error_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(InputError, match=r"pip install 'refsnn\[data\]'.*put f.bin"):
        obtain(FILE, tmp_path, download=True)
    (tmp_path / "f.bin").write_bytes(DATA)
    assert obtain(FILE, tmp_path, download=True) == DATA


def test_the_real_pooch_with_the_network_refused(tmp_path):
    pytest.importorskip("pooch")
    with pytest.raises(InputError, match=r"the download failed.*REFSNN_DATA"):
        obtain(FILE, tmp_path / "new", download=True)
    assert not (tmp_path / "new" / "f.bin").exists()


def test_the_cache_folder_is_the_one_of_pooch():
    pooch = pytest.importorskip("pooch")
    assert cache_root() == Path(pooch.os_cache("refsnn"))


def test_the_cache_folder_on_each_system(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_root() == Path.home() / ".cache" / "refsnn"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_root() == Path.home() / "Library" / "Caches" / "refsnn"
    monkeypatch.setattr(sys, "platform", "win32")
    assert cache_root() == tmp_path / "cache" / "refsnn" / "Cache"


def test_importing_the_package_does_not_import_pooch():
    import subprocess

    code = (
        "import sys, refsnn.datasets; print(sorted({'pooch', 'scipy', 'numba'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
