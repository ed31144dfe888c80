"""Words that the steps are written in: they take integers, arrays and solver terms alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add

import numpy as np

from fixedpoint.proofs.solve import Term, z3


def choose(condition: Term, yes: Term, no: Term) -> Term:
    """``yes`` where the condition holds, else ``no``."""
    if isinstance(condition, bool | np.bool_):
        return yes if condition else no
    if isinstance(condition, np.ndarray):
        return np.where(condition, yes, no)
    return z3().If(condition, yes, no)


def bit(condition: Term) -> Term:
    """1 where the condition holds, else 0."""
    return choose(condition, 1, 0)


def least(a: Term, b: Term) -> Term:
    """The smaller one."""
    return choose(a < b, a, b)


def most(a: Term, b: Term) -> Term:
    """The larger one."""
    return choose(a < b, b, a)


def clip(x: Term, low: Term, high: Term) -> Term:
    """``x`` held in low..high."""
    return choose(x < low, low, choose(x > high, high, x))


def total(terms: Iterable[Term]) -> Term:
    """Their sum, from 0 on."""
    return reduce(add, terms, 0)


def divided(x: Term, theta: Term, quotient: Term, rest: Term) -> list[Term]:
    """``x = quotient theta + rest`` with ``0 <= rest < theta``: the floor, without a division."""
    return [theta >= 1, rest >= 0, rest < theta, x == quotient * theta + rest]


def thermometer(x: Term, theta: Term, top: int) -> Term:
    """``clip(floor(x / theta), 0, top)`` as the number of k in 1..top with ``x >= k theta``.

    Linear in a symbolic theta, which the quotient is not.
    """
    return total(bit(x >= k * theta) for k in range(1, top + 1))


def near(terms: Sequence[Term], bound: int = 20) -> list[Term]:
    """Wishes for a readable counter-example: magnitudes up to ``bound``."""
    return [part for term in terms for part in (term <= bound, term >= -bound)]
