"""Exercises 2 and 3 of lesson T02. Try them: refsnn learn T02"""

# --- Exercise 2: the splitter --------------------------------------------------------------------


def split(ann, currents, theta):
    """Four parts of the error of an IF neuron that stands for a ReLU, as charges.

    ``ann`` is the charge that the ANN's neuron has, T times its pre-activation; ``currents`` are
    what the spiking neuron got in T steps (its sum may be another); it starts at theta // 2, fires
    at u >= theta, and a spike costs theta. All are whole numbers.

    Returns
    -------
    inherited, clipping, quantisation, unevenness :
        their sum is theta N - max(ann, 0)
    """
    # exercise: begin
    v, sent = theta // 2, 0
    for x in currents:
        v += x
        if v >= theta:
            v, sent = v - theta, sent + theta
    got = sum(currents)
    relu = max(got, 0)
    clipped = min(relu, theta * len(currents))
    stairs = theta * min(max((got + theta // 2) // theta, 0), len(currents))
    return relu - max(ann, 0), clipped - relu, stairs - clipped, sent - stairs
    # exercise: end


# --- Exercise 3: the repair ----------------------------------------------------------------------


def repaired(count, v, theta, steps):
    """Said to give the count that an even arrival of the same charge would have given.

    ``count`` spikes were sent in ``steps`` steps and the membrane stands at ``v``. Mend it.
    """
    # exercise: begin
    # stub: return count + int(v / theta)
    return min(max(count + v // theta, 0), steps)
    # exercise: end


def author_test(repair):
    """Its author was content: excitatory inputs, whatever their order."""
    for train in ([0, 1, 2, 3], [3, 2, 1, 0], [8, 8, 0, 0], [0, 0, 8, 8], [7, 1, 7, 1], [5] * 4):
        v, count = 4, 0
        for x in train:
            v += x
            v, count = (v - 8, count + 1) if v >= 8 else (v, count)
        assert repair(count, v, 8, 4) == (sum(train) + 4) // 8


# A train of four inputs, each from -16 to 16, for which the repair *as you found it* is wrong
# (theta = 8, start at 4).
# exercise: begin
# stub: witness = [0, 0, 0, 0]
witness = [8, -8, 0, -1]
# exercise: end
