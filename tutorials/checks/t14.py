"""Checks of the exercises of T14: each takes the learner's file and fails on the first wrong case.

Small numbers come first, so the first counter-example is one of the smallest.
"""

from __future__ import annotations

from fixedpoint import Cast, Format, oracle

NEAR = sorted(range(-70, 71), key=lambda a: (abs(a), a))
FAR = [-(2**40) + 5, 2**40 - 5, 3 << 20, -(3 << 20), 2**61 + 2**9]


def refuse(self, *_):
    """What a circuit does not have for nothing."""
    raise AssertionError("shifts, masks, + and - only: no division, product, round or float")


class Wires(int):
    """A whole number that can be shifted, masked, added and compared, and nothing else."""

    __truediv__ = __floordiv__ = __mod__ = __divmod__ = __mul__ = __pow__ = refuse
    __rtruediv__ = __rfloordiv__ = __rmod__ = __rdivmod__ = __rmul__ = __rpow__ = refuse
    __round__ = __float__ = __floor__ = __ceil__ = __trunc__ = refuse


def closed(name):
    """An operation of int whose result refuses what `Wires` refuses."""

    def operation(self, *others):
        result = getattr(int, name)(self, *others)
        return result if result is NotImplemented else Wires(result)

    return operation


for _name in ("add", "sub", "and", "or", "xor", "lshift", "rshift"):
    setattr(Wires, f"__{_name}__", closed(f"__{_name}__"))
    setattr(Wires, f"__r{_name}__", closed(f"__r{_name}__"))
for _name in ("neg", "invert", "abs", "pos"):
    setattr(Wires, f"__{_name}__", closed(f"__{_name}__"))


def exercise_2(work):
    """The same as the definition in fractions, for every number of wires dropped."""
    for n in (1, 2, 3, 4, 9):
        for a in NEAR + FAR:
            true, got = oracle.round_code(a, n, "half_even"), work.half_even(Wires(a), n)
            assert got is not None, f"half_even({a}, {n}) gives nothing"
            assert int(got) == true, f"half_even({a}, {n}): {a / 2**n} goes to {true}, yours: {got}"


def true_cast(a, n, width):
    """Half up, then saturate, in fractions."""
    return oracle.cast(a, n, Cast(Format(True, width), "half_up", "saturate"))


def exercise_3(work):
    """The suspect is mended, and the codes that convict it are named."""
    for n, width in ((1, 2), (2, 3), (4, 4), (3, 6)):
        for a in sorted(range(-300, 301), key=lambda a: (abs(a), a)):
            true, got = true_cast(a, n, width), work.suspect(a, n, width)
            said = f"suspect({a}, {n}, {width}): {a / 2**n} goes to {true}, yours: {got}"
            assert got == true, said
    low, high = -8 << 4, (7 << 4) + 15
    found = [a for a in range(-128, 128) if min(max(a, low), high) + 8 >> 4 != true_cast(a, 4, 4)]
    assert sorted(work.convicting) == found, "convicting: some code is missing or too many"


EXERCISES = {2: exercise_2, 3: exercise_3}
