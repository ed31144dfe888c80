"""Arrays of an npz file under names that are not known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from refsnn.datasets.arrays import array_shapes, read_arrays
from refsnn.datasets.base import Split
from refsnn.datasets.spec import load_spec, parse_spec
from refsnn.errors import InputError
from refsnn.typing import Shape

LABELS = ("y", "labels")


def load_named(
    spec: str, names: dict[str, str], input_name: str, fits: Callable[[Shape], bool]
) -> Split:
    """The samples a SPEC names; of an npz file those that are meant.

    Parameters
    ----------
    names : dict
        Array of the images ("x") and of the labels ("y"), where they are said.
    input_name : str
        What the network calls its input.
    fits : callable
        Whether an array of this shape (N, ...) can be its images.

    Notes
    -----
    An array called ``x``, or what the network calls its input; else the only one that fits. Where
    two could be meant, nothing is guessed.
    """
    source, split, window = parse_spec(spec)
    if split is not None:
        for role in ("x", "y"):
            if role in names:
                got, fix = f"{role}={names[role]}", "leave it out: a data set says which is which"
                raise InputError("for npz files only", where="--names", got=got, fix=fix)
        return load_spec(spec)
    path = Path(source).expanduser()
    shapes = array_shapes(path)
    x = names.get("x") or _images(source, shapes, input_name, fits)
    y = names.get("y") or next((name for name in LABELS if name in shapes and name != x), None)
    arrays = read_arrays(path, [x] if y is None else [x, y])
    found = Split(arrays[x], None if y is None else arrays[y], spec)
    found = found if window is None else found[window]
    if not len(found):
        fix = "name a wider slice, or an array that is not empty"
        raise InputError("no samples in it", where=spec, fix=fix)
    return found


def _images(
    where: str, shapes: dict[str, Shape], input_name: str, fits: Callable[[Shape], bool]
) -> str:
    named = [name for name in dict.fromkeys(("x", input_name)) if name in shapes]
    found = named or [name for name, shape in shapes.items() if fits(shape)]
    if len(found) == 1:
        return found[0]
    got = ", ".join(f"{name} {shapes[name]}" for name in found or shapes) or "no arrays"
    if found:
        raise InputError(
            "which array are the images?", where=where, got=got,
            fix=f"say it, as --names x={found[0]}",
        )  # fmt: skip
    expected = " or ".join(dict.fromkeys(("x", input_name)))
    fix = "say which are the images, as --names x=ARRAY, or save them as x"
    raise InputError("no array fits the network", where=where, expected=expected, got=got, fix=fix)
