"""Exercises 2 and 3 of lesson T07. Try them: refsnn learn T07"""

# --- Exercise 2: the whole bit-serial neuron -------------------------------------------------


def neuron(frames, weights, bias, theta, T):
    """Hear all frames, then send the level as T bits.

    ``frames`` is a list of bit planes, MSB first: one 0 or 1 for every input, as in lesson T06.
    Their number need not be T. ``bias`` is added once. All numbers are whole.

    Returns
    -------
    bits : list of T times 0 or 1, MSB first: the level clip(floor(z / theta + 1/2), 0, 2^T - 1)
        of the weighted sum z, bias included. Half of an odd theta is rounded down, theta // 2.
    left : the membrane after the last bit
    """
    # exercise: begin
    acc = 0
    for spikes in frames:
        acc = 2 * acc + sum(w for w, s in zip(weights, spikes, strict=True) if s)
    v, bits = acc + bias + theta // 2, []
    for t in range(1, T + 1):
        threshold = theta << (T - t)
        bits.append(int(v >= threshold))
        v -= threshold * bits[-1]
    return bits, v
    # exercise: end


# --- Exercise 3: right up to lambda ----------------------------------------------------------


def suspect(z, theta=8, T=3):
    """Said to send the level of the sum z as T bits. One line is wrong: mend it."""
    v, bits = z + theta // 2, []
    for t in range(1, T + 1):
        threshold = theta << (T - t)
        s = int(v >= threshold)
        if s:
            # exercise: begin
            # stub: v = v % threshold
            v = v - threshold
            # exercise: end
        bits.append(s)
    return bits, v


def author_test(neuron):
    """Its author was content: every sum from far below 0 up to lambda = 56 gets its level."""
    for z in range(-100, 57):
        bits, _ = neuron(z)
        assert 4 * bits[0] + 2 * bits[1] + bits[2] == min(max((z + 4) // 8, 0), 7)


# Which of the sums z = 0, 10, 20, ..., 120 get a wrong level (theta = 8, T = 3) from the suspect
# *as you found it*?
# exercise: begin
# stub: convicting = []
convicting = [60, 70, 80, 100, 110]
# exercise: end
