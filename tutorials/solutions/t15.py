"""Exercises 2 and 3 of lesson T15. Try them: refsnn learn T15"""

from math import floor, log2

# --- Exercise 2: ranges for inputs of both signs ---------------------------------------------


def ranges(W, b, lo, hi, Theta, v0, T):
    """Least and most of a current, deepest and highest membrane, for every input in lo ... hi.

    ``lo <= 0 <= hi``. The current begins at 0 and takes b and the products one after the other,
    in any order: every value on the way counts. The neuron resets by subtraction.

    Returns
    -------
    least, most, deepest, highest : int
    """
    # exercise: begin
    terms = [(b, b), *((w * lo, w * hi) for w in W)]
    least = sum(min(*pair, 0) for pair in terms)
    most = sum(max(*pair, 0) for pair in terms)
    return least, most, min(v0, 0) + T * least, max(max(v0, 0) + T * most, Theta)
    # exercise: end


# --- Exercise 3: a Theta for each channel ----------------------------------------------------


def power(weights, theta, bits):
    """The largest power of two at which these weights fit."""
    return 2 ** floor(log2((2 ** (bits - 1) - 1) * theta / max(map(abs, weights))))


def suspect(rows, biases, theta, bits):
    """Said to give (Theta, W, b) of every channel: rows of weights, one bias each."""
    channels = []
    # exercise: begin
    # stub: common = power([w for row in rows for w in row], theta, bits)
    # stub: for row, bias in zip(rows, biases, strict=True):
    # stub:     Theta = power(row, theta, bits)
    # stub:     W, b = [round(w * Theta / theta) for w in row], round(bias * common / theta)
    # stub:     channels.append((Theta, W, b))
    for row, bias in zip(rows, biases, strict=True):
        Theta = power(row, theta, bits)
        W, b = [round(w * Theta / theta) for w in row], round(bias * Theta / theta)
        channels.append((Theta, W, b))
    # exercise: end
    return channels


LAYERS = {
    "alike": ([[62, -15], [-60, 30]], [10, -20]),
    "unlike": ([[62, -15], [-20, 10]], [10, -20]),
    "without a bias": ([[62, -15], [-20, 10]], [0, 0]),
    "small": ([[5, 3], [50, 1]], [30, 1]),
    "bias beside the largest weight": ([[62, -15], [-20, 10]], [10, 0]),
}


def author_test(lowering):
    """Its author was content with these."""
    assert lowering(*LAYERS["alike"], 100, 4) == [(8, [5, -1], 1), (8, [-5, 2], -2)]
    assert lowering([[62, -15, 45, -30]], [10], 100, 4) == [(8, [5, -1, 4, -2], 1)]


# Which of LAYERS convict the suspect (theta = 100, 4 bits) *as you found it*? Their names:
# exercise: begin
# stub: convicting = []
convicting = ["unlike", "small"]
# exercise: end
