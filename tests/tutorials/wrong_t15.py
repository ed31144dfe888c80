"""Plausible wrong solutions of the exercises of T15: the checks must refuse each one."""

from math import ceil, floor, log2


def bounds(W, b, lo, hi):
    """The right range of a current."""
    terms = [(b, b), *((w * lo, w * hi) for w in W)]
    return sum(min(*pair, 0) for pair in terms), sum(max(*pair, 0) for pair in terms)


def ranging(current=bounds, deep=None, high=None):
    """A solution of exercise 2 with some part replaced."""
    deep = deep or (lambda least, v0, T: min(v0, 0) + T * least)
    high = high or (lambda most, Theta, v0, T: max(max(v0, 0) + T * most, Theta))

    def ranges(W, b, lo, hi, Theta, v0, T):
        least, most = current(W, b, lo, hi)
        return least, most, deep(least, v0, T), high(most, Theta, v0, T)

    return {"ranges": ranges}


def last_value(W, b, lo, hi):
    """The whole sum, not what it passes."""
    pairs = [(w * lo, w * hi) for w in W]
    return b + sum(map(min, pairs)), b + sum(map(max, pairs))


def bits_only(W, b, lo, hi):
    """Inputs 0 or 1, as in the lesson."""
    return bounds(W, b, 0, 1)


def unsorted(W, b, lo, hi):
    """Takes hi for the most of every weight, of negative ones too."""
    return min(b, 0) + sum(w * lo for w in W if w * lo < 0), max(b, 0) + sum(
        w * hi for w in W if w * hi > 0
    )


def magnitudes(W, b, lo, hi):
    reach = abs(b) + sum(abs(w) for w in W) * max(-lo, hi)
    return -reach, reach


def power(weights, theta, bits):
    return 2 ** floor(log2((2 ** (bits - 1) - 1) * theta / max(map(abs, weights))))


def channels(scale=power, of_bias=lambda own, common: own, weight=round):
    """A solution of exercise 3 with some part replaced."""

    def suspect(rows, biases, theta, bits):
        common = power([w for row in rows for w in row], theta, bits)
        made = []
        for row, bias in zip(rows, biases, strict=True):
            own = scale(row, theta, bits)
            b = round(bias * of_bias(own, common) / theta)
            made.append((own, [weight(w * own / theta) for w in row], b))
        return made

    return {"suspect": suspect}


def one_for_all(rows, biases, theta, bits):
    common = power([w for row in rows for w in row], theta, bits)
    return [
        (common, [round(w * common / theta) for w in row], round(bias * common / theta))
        for row, bias in zip(rows, biases, strict=True)
    ]


def by_column(rows, biases, theta, bits):
    """Takes the largest weight of an input for that of a channel."""
    longest = max(map(len, rows))
    columns = [[row[min(i, longest - 1)] for row in rows] for i in range(len(rows))]
    made = []
    for row, column, bias in zip(rows, columns, biases, strict=True):
        own = power([*column, 1], theta, bits)
        made.append((own, [round(w * own / theta) for w in row], round(bias * own / theta)))
    return made


WRONG = {
    2: {
        "the last value only": ranging(last_value),
        "inputs 0 or 1": ranging(bits_only),
        "hi for every weight": ranging(unsorted),
        "magnitudes": ranging(magnitudes),
        "no bias": ranging(lambda W, b, lo, hi: bounds(W, 0, lo, hi)),
        "forgets the start": ranging(high=lambda most, Theta, v0, T: max(T * most, Theta)),
        "one step": ranging(deep=lambda least, v0, T: min(v0, 0) + least),
        "start below": ranging(deep=lambda least, v0, T: v0 + T * least),
        "forgets Theta": ranging(high=lambda most, Theta, v0, T: max(v0, 0) + T * most),
        "counts on spikes": ranging(
            high=lambda most, Theta, v0, T: max(max(v0, 0) + T * most - (T - 1) * Theta, Theta)
        ),
        "start in every step": ranging(
            high=lambda most, Theta, v0, T: max(T * (max(v0, 0) + most), Theta)
        ),
    },
    3: {
        "as found": channels(of_bias=lambda own, common: common),
        "one for all": {"suspect": one_for_all},
        "by input": {"suspect": by_column},
        "weights cut": channels(weight=int),
        "weights floored": channels(weight=floor),
        "weights raised": channels(weight=ceil),
        "bias unscaled": channels(of_bias=lambda own, common: 1),
        "twice too large": channels(scale=lambda row, theta, bits: 2 * power(row, theta, bits)),
        "twice too small": channels(scale=lambda row, theta, bits: power(row, theta, bits) // 2 or 1),
        "no layer named": {"convicting": []},
        "all layers": {
            "convicting": [
                "alike", "unlike", "without a bias", "small", "bias beside the largest weight",
            ]
        },
        "the one in the author's mind": {"convicting": ["unlike"]},
        "every unequal one": {
            "convicting": ["unlike", "without a bias", "small", "bias beside the largest weight"]
        },
    },
}  # fmt: skip


def by_signs(W, b, lo, hi, Theta, v0, T):
    plus, minus = sum(w for w in W if w > 0), sum(w for w in W if w < 0)
    least, most = min(b, 0) + plus * lo + minus * hi, max(b, 0) + plus * hi + minus * lo
    return [least, most, min(v0, 0) + T * least, max(max(v0, 0) + T * most, Theta)]


RIGHT = {
    2: {"weights by sign": {"ranges": by_signs}},
    3: {"in another order": {"convicting": ["small", "unlike"]}},
}
"""Other ways to be right: the checks must accept them."""
