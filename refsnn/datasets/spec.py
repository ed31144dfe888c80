"""Name samples in one word: ``digits:test[:256]``, ``mnist``, ``mine.npz[10:50]``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from refsnn.datasets.arrays import read_arrays
from refsnn.datasets.base import Dataset, Split
from refsnn.datasets.cifar import cifar10
from refsnn.datasets.embedded import digits
from refsnn.datasets.mnist_files import fashion_mnist, mnist
from refsnn.datasets.subset import cifar10_subset
from refsnn.errors import InputError, nearest

DATASETS: Mapping[str, Callable[[], Dataset]] = {
    "digits": digits,
    "mnist": mnist,
    "fashion-mnist": fashion_mnist,
    "cifar10": cifar10,
    "cifar10-subset": cifar10_subset,
}
"""Every data set by the name a spec uses."""

_PATH = re.compile(r"(?P<source>.*\.npz)(?P<window>\[.*)?", re.DOTALL)
_NAMED = re.compile(r"(?P<source>[^:\[]*)(:(?P<split>[^\[]*))?(?P<window>\[.*)?", re.DOTALL)
_INT = r"\s*(-?[0-9]{1,18})?\s*"
_WINDOW = re.compile(rf"\[{_INT}:{_INT}(?::{_INT})?\]")
_EXAMPLE = "write digits:test[:256], mnist[10:50] or mine.npz[::2]"


class Spec(NamedTuple):
    """A spec in its parts; ``split`` is None for a path, ``window`` None for "all"."""

    source: str
    split: str | None
    window: slice | None


def dataset(name: str) -> Dataset:
    """The data set of that name, or an `InputError` with the nearest one."""
    if name not in DATASETS:
        fix = f"{nearest(name, list(DATASETS))}; a file of your own ends in .npz"
        raise InputError(f"unknown data set {name!r}", fix=fix)
    return DATASETS[name]()


def parse_spec(spec: str) -> Spec:
    """The parts of ``name[:split][window]`` or ``path.npz[window]``.

    An unsaid split is ``test``. The window is a Python slice, with steps and negative numbers.
    """
    match = _PATH.fullmatch(spec) or _NAMED.fullmatch(spec)
    if match is None or not match["source"]:
        raise InputError("not the name of samples", got=repr(spec), fix=_EXAMPLE)
    parts = match.groupdict()
    named = "split" in parts
    split = (parts["split"] if parts["split"] is not None else "test") if named else None
    return Spec(parts["source"], split, _window(spec, parts["window"]))


def load_spec(spec: str) -> Split:
    """The samples a spec names.

    Parameters
    ----------
    spec : str
        ``digits:train[10:50]``, ``mnist:test[:100]``, ``fashion-mnist`` (its test split), or the
        path of an npz with ``x`` and optionally ``y``, with or without a slice.

    Returns
    -------
    Split
        Integers are raw images, floats are taken as they are: see `Split.prepared`.

    Raises
    ------
    InputError
        For an unknown name, a malformed or empty slice, or a file that cannot be used.
    """
    source, split, window = parse_spec(spec)
    samples = load_npz(source) if split is None else dataset(source).split(split)
    chosen = samples if window is None else samples[window]
    if not len(chosen):
        got, fix = f"{len(samples)} before the slice", "name a slice that reaches one"
        raise InputError("no samples in it", where=spec, got=got, fix=fix)
    return chosen


def load_npz(path: Path | str) -> Split:
    """The samples of an npz with ``x`` and, if known, ``y``; it brings no preprocessing."""
    arrays = read_arrays(Path(path).expanduser(), ("x",), ("y",))
    return Split(arrays["x"], arrays.get("y"), str(path))


def _window(spec: str, text: str | None) -> slice | None:
    if text is None:
        return None
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise InputError(f"malformed slice {text!r}", where=spec, fix=_EXAMPLE)
    window = slice(*(None if part is None else int(part) for part in match.groups()))
    if window.step == 0:
        raise InputError("a slice with step 0", where=spec, fix=_EXAMPLE)
    return window
