"""Exercises 2 and 3 of lesson T00. Try them: refsnn learn T00"""

# --- Exercise 2: the neuron that keeps no membrane -------------------------------------------


def no_membrane(currents, theta, v0):
    """The IF neuron of the lesson, from two counters: the charge so far, the spikes so far.

    The only state is ``charge`` (v0 and all inputs so far) and ``count`` (spikes so far).
    Fire by the law, then give the membrane of the last step by the law.

    Returns
    -------
    spikes : list of 0 and 1, one per input
    v : the membrane after the last step
    """
    # exercise: begin
    charge, count, spikes = v0, 0, []
    for x in currents:
        charge += x
        s = int(charge >= theta * (count + 1))  # v(t-1) + x(t) = charge - theta * count
        count += s
        spikes.append(s)
    return spikes, charge - theta * count
    # exercise: end


# --- Exercise 3: the impostor ----------------------------------------------------------------


def suspect(currents, theta, v):
    """Said to be the IF neuron of the lesson. One line is wrong: mend it."""
    spikes = []
    for x in currents:
        # exercise: begin
        # stub: u = v + x
        # stub: s = int(u >= theta)
        # stub: v = u - s * u
        u = v + x
        s = int(u >= theta)
        v = u - s * theta
        # exercise: end
        spikes.append(s)
    return spikes, v


def author_test(neuron):
    """Its author was content: the law holds for x = 4, at each of 1000 stops."""
    for steps in range(1, 1001):
        spikes, v = neuron([4] * steps, 8, 4)
        assert 8 * sum(spikes) == 4 * steps + 4 - v


# Which of the constant drives x = 0, 1, ..., 8 (theta = 8, start 4, 8 steps) convict the suspect
# *as you found it*: for which does it break the law?
# exercise: begin
# stub: convicting = []
convicting = [3, 5, 6, 7, 8]
# exercise: end
