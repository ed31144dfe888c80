"""Get a file that is not there yet. pooch is optional, and only this file knows of it."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten

from refsnn.datasets.files import FileSpec, checked, missing

_INSTALL = "pip install 'refsnn[data]' to have it downloaded, or "


def obtain(spec: FileSpec, folder: Path, *, download: bool) -> bytes:
    """The original content of a file from ``folder``, downloaded into it if need be.

    A file that lies there is never replaced: if it is not the original, that is an `InputError`.
    """
    if not (folder / spec.name).exists():
        if not download:
            raise missing(spec, folder, "download=False")
        fetch(spec, folder)
    return checked(folder / spec.name, spec)


def fetch(spec: FileSpec, folder: Path) -> None:
    """Download a file into ``folder``; pooch compares its SHA-256 before it takes the name."""
    try:
        import pooch
    except ImportError as error:
        raise missing(spec, folder, "pooch is not installed", also=_INSTALL) from error
    known = f"sha256:{spec.sha256}"
    try:
        pooch.retrieve(spec.url, known_hash=known, fname=spec.name, path=folder)
    except (OSError, ValueError) as error:  # requests' own errors are OSErrors
        reason = f"the download failed: {shorten(str(error), 300)}"
        raise missing(spec, folder, reason) from error
