"""Images with labels (`Split`), and a named set of them (`Dataset`), read when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from refsnn.errors import InputError, nearest
from refsnn.preprocessing import Preprocessing, cast, floating
from refsnn.typing import Array, IntArray


@dataclass(frozen=True, eq=False)
class Split:
    """Samples, their labels, and where they come from. Both arrays are read-only.

    Parameters
    ----------
    x : ndarray, (N, C, H, W); (N, ...) when it comes from a file of the user's
        Integers are raw images that still need preprocessing; floats are network input.
    y : ndarray of int64, (N,), or None
        Class of each sample; None when it is not known.
    name : str
        Such as ``digits:test[:256]``; it is printed in reports.
    preprocessing : Preprocessing, optional
        The usual one for these images; a model's own comes first, see `prepared`.

    Raises
    ------
    InputError
        When ``x`` holds anything but integers or finite floats, or ``y`` does not fit it.
    """

    x: Array
    y: IntArray | None
    name: str
    preprocessing: Preprocessing | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", _samples(self.x, self.name))
        if self.y is not None:
            object.__setattr__(self, "y", _labels(self.y, len(self.x), self.name))

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, window: slice) -> Split:
        """The samples of a Python slice, without a copy."""
        if not isinstance(window, slice):
            fix = f"write [{window}:{window + 1}]" if isinstance(window, int) else None
            raise InputError("a split takes slices", where=self.name, got=repr(window), fix=fix)
        y = None if self.y is None else self.y[window]
        return replace(self, x=self.x[window], y=y, name=self.name + slice_text(window))

    def take(self, n: int) -> Split:
        """The first ``n`` samples; an `InputError` when there are fewer."""
        if not 0 <= n <= len(self):
            raise InputError(
                "no such number of samples", where=self.name, expected=len(self), got=n
            )
        return self[:n]

    def prepared(
        self, preprocessing: Preprocessing | None = None, dtype: npt.DTypeLike = np.float32
    ) -> Array:
        """Network input: raw integers are preprocessed, floats are only rounded to ``dtype``.

        Parameters
        ----------
        preprocessing : Preprocessing, optional
            The model's own; without it the split's usual one is used.
        dtype : dtype
            A floating dtype.

        Returns
        -------
        ndarray of ``dtype``, shape of ``x``
        """
        if self.x.dtype.kind == "f":
            return cast(self.x, floating(dtype), self.name)
        chosen = preprocessing or self.preprocessing
        if chosen is None:
            raise InputError(
                f"raw {self.x.dtype} images, and neither they nor the model say how to scale them",
                where=self.name,
                fix="give a Preprocessing, or save x as floats, which are taken as they are",
            )
        return chosen.apply(self.x, dtype)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A named data set. A split is read when it is first asked for, and kept.

    Parameters
    ----------
    name : str
    preprocessing : Preprocessing
        The usual one of these images.
    classes : int
    sources : mapping of str to callable
        Split name to the function that reads it. The function raises an `InputError` that says
        which file to put where when it cannot.
    """

    name: str
    preprocessing: Preprocessing
    classes: int
    sources: Mapping[str, Callable[[], Split]]

    def __post_init__(self) -> None:
        kept = {name: cache(source) for name, source in self.sources.items()}
        object.__setattr__(self, "sources", MappingProxyType(kept))

    @classmethod
    def of(
        cls,
        name: str,
        train: Split | None,
        test: Split | None,
        preprocessing: Preprocessing,
        classes: int,
    ) -> Dataset:
        """The data set of splits that are in memory already; None for one that does not exist."""
        given = {"train": train, "test": test}
        sources = {key: partial(_itself, s) for key, s in given.items() if s is not None}
        return cls(name, preprocessing, classes, sources)

    def split(self, name: str) -> Split:
        """The split of that name, or an `InputError` that says what to do to have it."""
        if name not in self.sources:
            hint = nearest(name, list(self.sources))
            raise InputError(f"no split {name!r}", where=self.name, fix=hint)
        return self.sources[name]()

    @property
    def train(self) -> Split:
        """The training split."""
        return self.split("train")

    @property
    def test(self) -> Split:
        """The test split."""
        return self.split("test")


def slice_text(window: slice) -> str:
    """The slice as it is written: ``[10:50]``, ``[::2]``."""
    start, stop = ("" if v is None else str(v) for v in (window.start, window.stop))
    step = "" if window.step is None else f":{window.step}"
    return f"[{start}:{stop}{step}]"


def _itself(split: Split) -> Split:
    return split


def _read_only(array: Array) -> Array:
    view = array.view()
    view.flags.writeable = False
    return view


def _samples(x: Array, where: str) -> Array:
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "iuf" or x.ndim < 2:
        raise InputError(
            "x is not an array of samples",
            where=where,
            expected="integers (raw images) or floats, shape (N, C, H, W) or (N, C)",
            got=f"{x.dtype} of shape {x.shape}" if isinstance(x, np.ndarray) else type(x).__name__,
        )
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        bad = int(x.size - np.isfinite(x).sum())
        raise InputError("x is not finite", where=where, got=f"{bad} NaN or infinite values")
    return _read_only(x)


def _labels(y: Array, count: int, where: str) -> IntArray:
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu":
        got = y.dtype if isinstance(y, np.ndarray) else type(y).__name__
        raise InputError("y is not an array of class numbers", where=where, got=got)
    if y.shape != (count,):
        raise InputError(
            "x and y do not fit", where=where, expected=f"y of {(count,)}", got=y.shape
        )
    labels: IntArray = y.astype(np.int64, copy=False)
    if count and labels.min() < 0:
        raise InputError("a negative class", where=where, expected=">= 0", got=int(labels.min()))
    return _read_only(labels)
