"""The axes of a foreign array: recognised by their extents, or asked for; never guessed.

Letters: T rows of time, B samples, and the neuron's own axes, C, or C H W. Parentheses join axes:
``"BT(CHW)"`` is (B, T, C H W) with the last axis flattened in that order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations
from math import prod
from typing import NamedTuple

import numpy as np

from refsnn.errors import InputError
from refsnn.typing import Array, Shape

OWN = "CHW"
"""Letters of a neuron's axes, in the canonical order; more axes are numbered from D."""


OTHERS = {
    "T": (
        "steps",
        "a schedule of another length cannot be compared step by step: name the array of a phase "
        "that both have (layer/phase/signal), or leave it out (null in the map)",
    ),
    "B": ("samples", "run the network on all samples of the case, in their order"),
}
"""Axis to what it counts, and what to do where only that differs."""


class Layout(NamedTuple):
    """The order of the axes of an array; each entry is one axis of it."""

    groups: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(g if len(g) == 1 else f"({g})" for g in self.groups)

    @property
    def letters(self) -> str:
        """All letters in order."""
        return "".join(self.groups)


def letters_of(time: bool, ndim: int) -> str:
    """Canonical axes of a signal: time if it has any, samples, then ``ndim`` of the neuron."""
    own = (OWN + "DEFGIJKL")[:ndim]
    return ("T" if time else "") + "B" + own


def parse_layout(text: str, where: str) -> Layout:
    """``"BTCHW"`` or ``"B T (H W C)"`` as a layout; checked for repeated and unknown letters."""
    plain = re.sub(r"[\s,]", "", text) if isinstance(text, str) else ""
    groups = tuple(group.strip("()") for group in re.findall(r"\([A-Z]+\)|[A-Z]", plain))
    layout, known = Layout(groups), set("TB" + OWN + "DEFGIJKL")
    fits = "".join(f"({g})" if f"({g})" in plain else g for g in groups) == plain and plain
    if not fits or len(set(layout.letters)) < len(layout.letters) or set(layout.letters) - known:
        raise InputError(
            "axes cannot be read", where=where, got=repr(text),
            expected='letters T (time), B (samples), C, H, W, each once, e.g. "BTCHW"',
        )  # fmt: skip
    return layout


def arrange(where: str, array: Array, letters: str, shape: Shape, said: Layout | None) -> Array:
    """``array`` with its axes in the order ``letters``, whose extents are ``shape``.

    Parameters
    ----------
    said : Layout, optional
        What the caller says; letters that the signal has not are left out.

    Raises
    ------
    InputError
        Where no order of the axes fits, or several fit and give other numbers: then it asks.
    """
    sizes = dict(zip(letters, shape, strict=True))
    if said is not None:
        layout = Layout(tuple(g for g in (_kept(g, sizes) for g in said.groups) if g))
        if set(layout.letters) != set(letters) or not _fits(layout, array.shape, sizes):
            expected = f"{layout} = {_extents(layout, sizes)}"
            raise InputError("axes do not fit", where=where, expected=expected, got=array.shape)
        return _moved(array, layout, letters, sizes)
    found = _distinct(array, letters, sizes)
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise _misfit(where, array, letters, sizes)
    several = " or ".join(str(layout) for layout in found)
    raise InputError(
        "several orders of the axes fit", where=where, expected=several, got=array.shape,
        fix=f'say which: --axes {next(iter(found))}, or "axes" in the map file',
    )  # fmt: skip


def _misfit(where: str, array: Array, letters: str, sizes: dict[str, int]) -> InputError:
    """No order fits; if only the number of steps or of samples is another one, say that."""
    expected = f"{Layout(tuple(letters))} = {tuple(sizes.values())}, in any order"
    for letter, (word, fix) in OTHERS.items():
        for layout in _candidates(letters, sizes, array.ndim) if letter in sizes else ():
            got = array.shape[layout.groups.index(letter)] if letter in layout.groups else 0
            if got and _fits(layout, array.shape, {**sizes, letter: got}):
                return InputError(
                    f"another number of {word}", where=where, got=f"{got} {word}",
                    expected=f"{sizes[letter]} {word} ({expected})", fix=fix,
                )  # fmt: skip
    return InputError(
        "shape fits no order of the axes", where=where, expected=expected, got=array.shape
    )


def _kept(group: str, sizes: dict[str, int]) -> str:
    return "".join(letter for letter in group if letter in sizes)


def _distinct(array: Array, letters: str, sizes: dict[str, int]) -> dict[Layout, Array]:
    """Layouts that fit, one for each different outcome."""
    found: dict[Layout, Array] = {}
    for layout in _candidates(letters, sizes, array.ndim):
        if _fits(layout, array.shape, sizes):
            moved = _moved(array, layout, letters, sizes)
            if not any(np.array_equal(moved, other) for other in found.values()):
                found[layout] = moved
    return found


def _candidates(letters: str, sizes: dict[str, int], ndim: int) -> Iterator[Layout]:
    """Time and samples anywhere; the neuron's axes in order, channels first or last.

    Fewer axes than expected: axes of extent 1 are left out, or the neuron's axes are flattened.
    """
    own = "".join(letter for letter in letters if letter not in "TB")
    orders = dict.fromkeys((own, own[1:] + own[:1]))
    if ndim == len(letters):
        for order in orders:
            yield from _interleaved(letters, order)
        return
    small = "".join(letter for letter in letters if sizes[letter] != 1)
    if ndim == len(small):
        for order in orders:
            kept = "".join(letter for letter in order if letter in small)
            yield from _interleaved(small, kept)
    rest = [letter for letter in letters if letter in "TB"]
    if len(own) > 1 and ndim == len(rest) + 1:
        for order in orders:
            for groups in permutations([*rest, order]):
                yield Layout(groups)


def _interleaved(letters: str, own: str) -> Iterator[Layout]:
    """All orders that keep the order of ``own``."""
    for groups in permutations(letters):
        if "".join(g for g in groups if g in own) == own:
            yield Layout(groups)


def _fits(layout: Layout, shape: Shape, sizes: dict[str, int]) -> bool:
    return _extents(layout, sizes) == tuple(shape)


def _extents(layout: Layout, sizes: dict[str, int]) -> Shape:
    return tuple(prod(sizes[letter] for letter in group) for group in layout.groups)


def _moved(array: Array, layout: Layout, letters: str, sizes: dict[str, int]) -> Array:
    """Groups taken apart, axes of extent 1 put back, then the canonical order."""
    named = layout.letters + "".join(letter for letter in letters if letter not in layout.letters)
    whole = array.reshape([sizes[letter] for letter in named])
    return whole.transpose([named.index(letter) for letter in letters])
