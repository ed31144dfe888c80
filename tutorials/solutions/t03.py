"""Exercises 2 and 3 of lesson T03. Try them: refsnn learn T03"""

# --- Exercise 2: QCFS in whole numbers -----------------------------------------------------------


def level(z, lam, levels, compare):
    """The level that the activation has at z, and the neuron's count, without a loop over steps.

    An IF neuron with theta = ``lam`` starts at **exactly** half of it, also if lam is odd, and gets
    z in each of T = ``levels`` steps. How often does it fire? ``compare`` is "ge" (fire at
    u >= theta) or "gt" (only at u > theta). All are whole numbers; use no floats.
    """
    # exercise: begin
    twice = 2 * levels * z + lam  # twice the charge, start included
    up, down = twice // (2 * lam), -(-twice // (2 * lam)) - 1  # where a tie goes
    count = up if compare == "ge" else down
    return min(max(count, 0), levels)
    # exercise: end


# --- Exercise 3: the extra step -------------------------------------------------------------------


def extra_step(currents, bias, theta):
    """Said to be the IF neuron that starts at theta // 2 and gets ``bias`` with every input.

    It gets to its start by one extra step before the first, whose spike is not sent. Mend it.
    """
    v, spikes = 0, []
    for t, x in enumerate([theta // 2, *currents]):
        # exercise: begin
        # stub: u = v + x + bias
        u = v + x + (bias if t > 0 else 0)
        # exercise: end
        s = int(u >= theta)
        v = u - theta * s
        spikes.append(s)
    return spikes[1:]


def author_test(neuron):
    """Its author was content: for x = 3 and every bias, the count after 8 steps is right."""
    for bias in range(-4, 9):
        count = (8 * (3 + bias) + 4) // 8
        assert sum(neuron([3] * 8, bias, 8)) == min(max(count, 0), 8)


# Which of the biases -4, ..., 8 (x = 3 in 8 steps, theta = 8) convict the suspect *as you found
# it*: for which is any spike not where it should be?
# exercise: begin
# stub: convicting = []
convicting = [-2, -1, 2, 3, 4]
# exercise: end
