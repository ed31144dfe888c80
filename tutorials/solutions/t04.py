"""Exercises 2 and 3 of lesson T04. Try them: refsnn learn T04"""

import numpy as np

# --- Exercise 2: the fold -------------------------------------------------------------------------


def fold(weight, bias, gamma, beta, mean, var, eps):
    """Weights and bias of one layer that does what a layer and its batch norm do.

    ``weight`` is (outputs, inputs) of a linear layer, or (outputs, inputs, height, width) of a
    convolution. The others, but for the number eps, are arrays with one entry an output.

    Returns
    -------
    weight, bias : arrays of the same shapes; what came in is left as it was
    """
    # exercise: begin
    scale = gamma / np.sqrt(var + eps)
    rows = scale.reshape(-1, *[1] * (weight.ndim - 1))
    return weight * rows, beta + (bias - mean) * scale
    # exercise: end


# --- Exercise 3: two layers -----------------------------------------------------------------------


def spiking(x, weight, bias, out_weight, out_bias, theta, steps):
    """Said to be the mean output currents, one for each class, of a spiking network.

    All numbers are whole; weights are lists of rows. The image x comes in every step; the hidden
    neurons start at theta // 2, and a spike is worth theta. Mend it.
    """
    z = [
        b + sum(w * a for w, a in zip(row, x, strict=True))
        for row, b in zip(weight, bias, strict=True)
    ]
    v = [theta // 2] * len(z)
    # exercise: begin
    # stub: totals = list(out_bias)
    totals = [steps * b for b in out_bias]
    # exercise: end
    for _ in range(steps):
        s = [int(v[i] + z[i] >= theta) for i in range(len(z))]
        v = [v[i] + z[i] - theta * s[i] for i in range(len(z))]
        for k, row in enumerate(out_weight):
            totals[k] += theta * sum(w * a for w, a in zip(row, s, strict=True))
    return [total / steps for total in totals]


NETWORK = ([[1, 2], [2, -1], [-1, 1]], [1, 0, 3], [[1, 0, 1], [0, 2, -1]], [0, 5])


def author_test(network):
    """Its author was content: four images, each at T = 1 ... 8, in the right class."""
    for image, label in (([0, 3], 0), ([2, 6], 0), ([5, 1], 1), ([6, 2], 1)):
        for steps in range(1, 9):
            means = network(image, *NETWORK, 8, steps)
            assert means.index(max(means)) == label


# The image [3, 2] goes through NETWORK, theta = 8. At which T of 1, ..., 8 does the suspect *as you
# found it* name another class than the mended network? (The larger mean wins; of equals, class 0.)
# exercise: begin
# stub: convicting = []
convicting = [3, 4, 5, 7, 8]
# exercise: end
