"""How a leaky membrane takes one step: the three discretisations found in use."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from refsnn.errors import InputError
from refsnn.semantics import Integration
from refsnn.typing import Array


class Leak(NamedTuple):
    """One step of a linear membrane, ``u = retained v + gain I + drift``; all float64."""

    retained: Array
    """Part of the membrane that is left after a step."""
    gain: Array
    """What a unit of current adds."""
    drift: Array
    """What a step adds without current."""
    level: Array
    """Membrane that current 0 tends to; with current I it tends to ``level + r I``."""
    r: Array

    def follow(self, v: Array, current: Array, fraction: int | None) -> Array:
        """The membrane after a step, in the dtype of ``v``."""
        kept = self._kept(v, fraction)
        gain, drift = np.asarray(self.gain, v.dtype), np.asarray(self.drift, v.dtype)
        return np.asarray(kept + gain * current + drift)

    def _kept(self, v: Array, fraction: int | None) -> Array:
        if v.dtype.kind == "f":
            return np.asarray(np.asarray(self.retained, v.dtype) * v)
        if fraction is None:  # `check_dtype` made sure that nothing leaks
            return v
        lost = np.floor(np.ldexp(1 - self.retained, fraction)).astype(v.dtype)
        size = np.abs(v) * (2**fraction - lost) >> fraction  # eq: nir.6
        return np.asarray(np.sign(v) * size)

    def after_crossing(self, v: Array, current: Array, theta: Array, target: Array) -> Array:
        """The membrane that reached theta within the step and went on from ``target``.

        With ``w = level + r I``: ``w + (target - w) retained / e``, where the part of the step up
        to the crossing retains ``e = (w - theta) / (w - v)``. One crossing a step.
        """
        aim = np.asarray(self.level, v.dtype) + np.asarray(self.r, v.dtype) * current
        room = aim - v
        part = np.where(room == 0, 1, (aim - theta) / np.where(room == 0, 1, room))
        retained = np.asarray(self.retained, v.dtype)
        before = np.clip(part, retained, np.ones_like(retained))  # eq: nir.5
        return np.asarray(aim + (target - aim) * (retained / before))

    def check_dtype(self, dtype: np.dtype[np.generic], fraction: int | None) -> None:
        """An integer membrane needs whole coefficients."""
        if dtype.kind == "f":
            return
        leaks = np.any(self.retained != 1) and fraction is None
        if leaks or np.any(self.gain % 1) or np.any(self.drift % 1):
            raise InputError(
                "an integer run needs whole coefficients",
                where="LIF",
                got=f"retained {self.retained}, gain {self.gain}, drift {self.drift}",
                fix="set fraction and a whole gain, or run on floats",
            )


def leak_of(scheme: Integration, tau: Array | None, r: Array, level: Array) -> Leak:
    """The coefficients of a scheme, with ``a = 1 / tau`` (tau in steps).

    ========= ============ ============ ================ ====================================
    scheme    retained     gain         drift            what it solves
    ========= ============ ============ ================ ====================================
    sum       1            r            0                no leak
    euler     1 - a        r a          level a          the forward difference
    exact     e**-a        r (1-e**-a)  level (1-e**-a)  the equation, its current held a step
    impulse   e**-a        r a          level (1-e**-a)  the equation, its current at the end
    ========= ============ ============ ================ ====================================

    Source
    ------
    Derived: nir.1 to nir.4 of docs/nir.md.
    """
    if tau is None:
        one, nothing = np.ones(()), np.zeros(())
        return Leak(one, np.asarray(r, np.float64), nothing, nothing, np.asarray(r))
    if not np.all(tau > (1 if scheme == "euler" else 0)):
        expected = "> 1 step" if scheme == "euler" else "> 0"
        raise InputError("time constant", where="LIF.tau", expected=expected, got=np.min(tau))
    rate = 1 / np.asarray(tau, np.float64)
    decayed = -np.expm1(-rate)
    part = rate if scheme == "euler" else decayed  # eq: nir.2 nir.3
    gain = r * (decayed if scheme == "exact" else rate)  # eq: nir.4
    return Leak(1 - part, np.asarray(gain), np.asarray(level * part), level, r)


def own(where: str, value: Array | float) -> Array:
    """A read-only copy of a number or an array of them."""
    array = np.asarray(value).copy()
    if array.dtype.kind not in "iuf":
        raise InputError(
            "setting is not a number", where=where, expected="numbers", got=array.dtype
        )
    if not np.all(np.isfinite(array)):
        got = array[~np.isfinite(array)].flat[0]
        raise InputError("setting is not finite", where=where, expected="finite", got=got)
    array.flags.writeable = False
    return array
