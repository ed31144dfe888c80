"""Adaptive Layerwise metric of PASCAL: how concentrated a layer's activations are.

It is computed on five histogram counts. A large value means that few bins hold most activations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.checks import whole
from refsnn.semantics import choose
from refsnn.typing import Array, IntArray

BINS = 5
"""K of the released code."""

LEAST_BINS = 4
"""The correction term of B divides by K - 3."""

Bimodality = Literal["product", "quotient", "sarle"]


class Layerwise(NamedTuple):
    """The metric of one layer and what it is made of."""

    histogram: IntArray
    """Counts (K,) of equal bins over the range of the data, the last one closed."""
    agreement: float
    """A."""
    kurtosis: float
    """Excess kurtosis of the K counts (not of the activations)."""
    skewness: float
    """Skewness of the K counts."""
    bimodality: float
    """B."""
    metric: float
    """A B; NaN for a flat histogram."""


def layerwise(values: Array, *, bins: int = BINS, bimodality: Bimodality = "product") -> Layerwise:
    """The metric of a layer's activations.

    Parameters
    ----------
    values : array, any shape
        Outputs of the layer's QCFS activation on some data.
    bins : int >= 4
        K.
    bimodality : "product", "quotient" or "sarle"
        How B is made of g, the skewness, and k, the excess kurtosis (`BIMODALITY`). The released
        code multiplies. Sarle's coefficient, which it resembles, divides; whether the paper's
        formula does could not be read.

    Returns
    -------
    Layerwise
        Equal activations fill one bin: the metric is then largest, 41.4375 for K = 5. A flat
        histogram has no spread, so that its moments, B and the metric are NaN, and A is 0.

    Exactness
    ---------
    Histogram exact, and A for K = 5 (quarters); the rest float64, in the order of operations of
    the released code.

    Source
    ------
    The authors' code, pascal.16 to pascal.20 of docs/equations.md; the two quotients are ours.
    """
    choose("bimodality", bimodality, get_args(Bimodality))
    counts = histogram(values, bins)
    agreed = agreement(counts)
    kurtosis, skewness = moments(counts)
    b = BIMODALITY[bimodality](skewness, kurtosis, bins)
    return Layerwise(counts, agreed, kurtosis, skewness, b, agreed * b)  # eq: pascal.20


def histogram(values: Array, bins: int = BINS) -> IntArray:
    """Counts (K,) of equal bins over [min, max], the last one closed."""
    flat = np.asarray(values).reshape(-1)
    whole("bins", bins, LEAST_BINS)
    if not flat.size:
        raise InputError("no values", where="activations")
    if not np.all(np.isfinite(flat)):
        raise InputError("values are not finite", where="activations")
    return np.asarray(np.histogram(flat, bins=bins)[0], np.int64)


def agreement(counts: IntArray) -> float:
    """A: 1 if one bin has its share N/K, 0 if all have.

    After C. van der Eijk's agreement, with its factor for several peaks left at 1.
    """
    full = int(np.sum(len(counts) * counts >= counts.sum()))  # in integers
    return 1 - (full - 1) / (len(counts) - 1)  # eq: pascal.16


def moments(counts: IntArray) -> tuple[float, float]:
    """(excess kurtosis, skewness) of the counts themselves; NaN when they are all equal."""
    sigma, gap = counts.std(), counts - counts.mean()
    if sigma == 0:
        return float("nan"), float("nan")
    kurtosis = (gap**4).mean() / sigma**4 - 3  # eq: pascal.17
    skewness = (gap**3).mean() / sigma**3  # eq: pascal.18
    return float(kurtosis), float(skewness)


def product(g: float, k: float, bins: int) -> float:
    """``(g^2 + 1) (k + 3 K^2 / ((K-2)(K-3)))``, as released."""
    return (g**2 + 1) * (k + _term(bins, bins))  # eq: pascal.19


def quotient(g: float, k: float, bins: int) -> float:
    """The same two factors, divided."""
    return (g**2 + 1) / (k + _term(bins, bins))


def sarle(g: float, k: float, bins: int) -> float:
    """Sarle's coefficient: divided, and with K - 1 for K in the correction."""
    return (g**2 + 1) / (k + _term(bins - 1, bins))


def _term(n: int, bins: int) -> float:
    return 3 * n**2 / ((bins - 2) * (bins - 3))


BIMODALITY: dict[Bimodality, Callable[[float, float, int], float]] = {
    "product": product,
    "quotient": quotient,
    "sarle": sarle,
}
"""B by skewness, excess kurtosis and K."""
