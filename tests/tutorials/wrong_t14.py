"""Plausible wrong solutions of the exercises of T14: the checks must refuse each one."""


def rounding(rule):
    """A solution of exercise 2 with another increment: ``rule(f, r, half, a)``."""

    def half_even(a, n):
        f, r = a >> n, a & ((1 << n) - 1)
        return f + int(rule(f, r, 1 << (n - 1), a))

    return {"half_even": half_even}


def by_fractions(a, n):
    """Right, but by a division."""
    return round(a / 2**n)


def half_then_mask(a, n):
    """Add the half and clear the last bit: also where it was no tie."""
    return (a + (1 << (n - 1))) >> n & -2


def magnitude(a, n):
    """Sign and magnitude: right."""
    size = -a if a < 0 else a
    f, r, half = size >> n, size & ((1 << n) - 1), 1 << (n - 1)
    f = f + int(r > half or (r == half and f & 1 == 1))
    return -f if a < 0 else f


def two_halves(a, n):
    """Add a bit less than the half, and the last bit of the floor: right."""
    return (a + (1 << (n - 1)) - 1 + (a >> n & 1)) >> n


def limited(a, low, high):
    return min(max(a, low), high)


def casting(rule):
    """A solution of exercise 3: ``rule(a, n, low, high)``."""

    def suspect(a, n, width):
        return rule(a, n, -(1 << (width - 1)), (1 << (width - 1)) - 1)

    return {"suspect": suspect}


def nearest(a, n):
    return (a + (1 << (n - 1))) >> n


def as_found(a, n, low, high):
    return nearest(limited(a, low << n, (high << n) + (1 << n) - 1), n)


WRONG = {
    2: {
        "half_up": rounding(lambda f, r, half, a: r >= half),
        "half_down": rounding(lambda f, r, half, a: r > half),
        "half_odd": rounding(lambda f, r, half, a: r > half or (r == half and f & 1 == 0)),
        "half_away": rounding(lambda f, r, half, a: r > half or (r == half and a >= 0)),
        "floor": rounding(lambda f, r, half, a: False),
        "looks at the last bit of a": rounding(
            lambda f, r, half, a: r > half or (r == half and a & 1 == 1)
        ),
        "every odd floor goes up": rounding(lambda f, r, half, a: r > half or f & 1 == 1),
        "any dropped bit is a half": rounding(lambda f, r, half, a: r > 0 and f & 1 == 1),
        "half and mask": {"half_even": half_then_mask},
        "by a division": {"half_even": by_fractions},
        "gives nothing": {"half_even": lambda a, n: None},
    },
    3: {
        "as found": casting(as_found),
        "wraps": casting(lambda a, n, low, high: (nearest(a, n) - low) % (high - low + 1) + low),
        "no limit": casting(lambda a, n, low, high: nearest(a, n)),
        "limits above only": casting(lambda a, n, low, high: min(nearest(a, n), high)),
        "floor": casting(lambda a, n, low, high: limited(a >> n, low, high)),
        "symmetric": casting(lambda a, n, low, high: limited(nearest(a, n), -high, high)),
        "toward zero": casting(lambda a, n, low, high: limited(int(a / 2**n + 0.5), low, high)),
        "unsigned top": casting(lambda a, n, low, high: limited(nearest(a, n), low, 2 * high + 1)),
        "limit half a step too low": casting(
            lambda a, n, low, high: nearest(
                limited(a, low << n, (high << n) - (1 << (n - 1)) - 1), n
            )
        ),
        "no code named": {"convicting": []},
        "one too many": {"convicting": list(range(119, 128))},
        "one missing": {"convicting": list(range(121, 128))},
        "the other end": {"convicting": list(range(-128, -120))},
    },
}
RIGHT = {
    2: {
        "sign and magnitude": {"half_even": magnitude},
        "less than the half": {"half_even": two_halves},
    },
    3: {
        "in another order": {"convicting": list(range(127, 119, -1))},
        "limits first, at a whole number": casting(
            lambda a, n, low, high: nearest(limited(a, low << n, high << n), n)
        ),
    },
}
"""Other ways to be right: the checks must accept them."""
