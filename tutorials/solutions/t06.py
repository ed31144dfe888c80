"""Exercises 2 and 3 of lesson T06. Try them: refsnn learn T06"""

# --- Exercise 2: an accumulator for both orders ----------------------------------------------


def accumulate(frames, weights, order):
    """What the register holds after every frame, for trains of bits in either order.

    ``frames`` is a list of bit planes: one 0 or 1 for every input. With ``order == "msb"`` the
    first frame holds the most significant bits: double the register, as in the lesson. With
    ``order == "lsb"`` it holds the least significant ones: then the register is never doubled,
    the weights are.

    Returns
    -------
    sums : list of int, one per frame; the last one is the sum of weight times level
    """
    # exercise: begin
    acc, sums = 0, []
    for t, spikes in enumerate(frames):
        p = sum(w for w, s in zip(weights, spikes, strict=True) if s)
        acc = 2 * acc + p if order == "msb" else acc + (p << t)
        sums.append(acc)
    return sums
    # exercise: end


# --- Exercise 3: a layer that passed its test ------------------------------------------------


def layer(levels, weights, T=4):
    """Said to send its levels as T bits, MSB first, and to add them up. One line is wrong."""
    acc = 0
    for t in range(1, T + 1):
        # exercise: begin
        # stub: worth = 2 ** (t - 1)
        worth = 2 ** (T - t)
        # exercise: end
        spikes = [(level // worth) % 2 for level in levels]
        acc = 2 * acc + sum(w * s for w, s in zip(weights, spikes, strict=True))
    return acc


def author_test(layer):
    """Its author was content: the sum is right for these four levels, whatever the weights."""
    for a, b in ((0, 15), (6, 9), (9, 15), (6, 6)):
        for weight in range(-8, 8):
            assert layer([a, b], [weight, 3]) == weight * a + 3 * b


# Which of the levels 0, 1, ..., 15, each alone with the weight 1, convict the layer *as you found
# it*? Look at their binary words: what have the innocent ones in common?
# exercise: begin
# stub: convicting = []
convicting = [1, 2, 3, 4, 5, 7, 8, 10, 11, 12, 13, 14]
# exercise: end
