"""Exercises 2 and 3 of lesson T11. Try them: refsnn learn T11"""

# --- Exercise 2: the metric, from the outputs ------------------------------------------------


def metric(outputs):
    """The Adaptive Layerwise metric of a layer's outputs, five bins.

    Parameters
    ----------
    outputs : list of numbers, not all equal

    Returns
    -------
    float: 41.4375 for 0 0 0 0 0 0 1 2 3 4. Five equal counts have none: give None.
    """
    # exercise: begin
    low, high = min(outputs), max(outputs)
    h = [0] * 5
    for a in outputs:
        h[min(int(5 * (a - low) / (high - low)), 4)] += 1  # the last bin is closed
    d = [count - len(outputs) / 5 for count in h]
    if len(set(h)) == 1:
        return None
    variance = sum(x**2 for x in d) / 5
    g = sum(x**3 for x in d) / 5 / variance**1.5
    k = sum(x**4 for x in d) / 5 / variance**2 - 3
    agreement = 1 - (sum(5 * count >= len(outputs) for count in h) - 1) / 4
    return agreement * (g**2 + 1) * (k + 12.5)
    # exercise: end


# --- Exercise 3: the silent accountant -------------------------------------------------------


def t_eff(steps, rho):
    """Effective steps: the mean over all layers of r T. Mend it.

    Where a layer has no coefficient, or a coefficient no layer, there is no such mean: raise a
    ValueError that says so.
    """
    # exercise: begin
    # stub: pairs = list(zip(steps, rho))
    if len(steps) != len(rho):
        raise ValueError(f"{len(steps)} layers, but {len(rho)} coefficients")
    pairs = list(zip(steps, rho, strict=True))
    # exercise: end
    return sum(t * (1 + (5 * t - 2) * q) / (1 + t * q) for t, q in pairs) / len(pairs)


def author_test(function):
    """Its author was content: three networks, worked out by hand."""
    assert function([4], [0]) == 4
    assert function([1, 1], [1, 1]) == 2
    assert function([2, 4], [0, 1]) == (2 + 4 * 19 / 5) / 2


NETWORKS = {
    "VGG-16": ([8, 4, 4, 1, 4, 4, 1, 1, 1, 1, 1, 4, 8, 8, 8], 15),  # levels, coefficients
    "ResNet-18": ([4, 4, 4, 1, 4, 4, 4, 1, 4, 1, 1, 1, 1, 1, 1, 1, 4], 10),
    "VGG-16, L = 4": ([4] * 15, 15),
    "ResNet-34": ([16] * 2 + [16, 8] * 13 + [8] * 5, 18),
}
"""Level lists as released, and how many coefficients the released script has for each."""

# Whose figure had the function got wrong *as you found it*? A list of names.
# exercise: begin
# stub: convicting = []
convicting = ["ResNet-18", "ResNet-34"]
# exercise: end
