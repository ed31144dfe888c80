"""Exercises 2 and 3 of lesson T10. Try them: refsnn learn T10"""

# --- Exercise 2: a train that needs every step -----------------------------------------------


def worst_train(t_in, t_out, theta):
    """A train of whole currents that needs all the relaxing steps the theorem allows.

    With ``max(t_in, t_out) - 1`` of them the emitted count is right, as always. With one fewer
    it must be wrong. ``theta`` is even, the neuron starts at ``theta // 2``, and
    ``max(t_in, t_out)`` is 2 or more.

    Returns
    -------
    currents : list of int, one for each of the ``t_in`` steps
    """
    # exercise: begin
    if t_out >= t_in:  # all the charge in the last step: it fires once, t_out - 1 are owed
        return [0] * (t_in - 1) + [theta * t_out]
    paid = theta * (t_in - 1)  # a spike in every step but the last, which takes it all away
    return [theta] * (t_in - 1) + [-paid]
    # exercise: end


# --- Exercise 3: the restless neuron ---------------------------------------------------------


def suspect(currents, theta, t_out):
    """Said to be the PASCAL neuron of the lesson: its count. One line is wrong: mend it."""
    v, c = theta / 2, 0
    for x in currents:
        u = v + x
        s = int(u >= theta)
        v, c = u - theta * s, c + s
    for _ in range(max(len(currents), t_out) - 1):
        # exercise: begin
        # stub: s = int(v >= theta) - int(v <= 0)
        s = int(v >= theta) - int(v < 0)
        # exercise: end
        v, c = v - theta * s, c + s
    return min(max(c, 0), t_out)


def author_test(neuron):
    """Its author was content: 2000 random trains, all counts right."""
    import random

    draw = random.Random(1).uniform
    for _ in range(2000):
        currents = [draw(-12, 12) for _ in range(4)]
        level = (sum(currents) + 4) // 8
        assert neuron(currents, 8, 4) == min(max(level, 0), 4)


# Which single inputs x (trains of one whole current, -8 <= x <= 40; theta = 8, t_out = 4) convict
# the suspect *as you found it*: which get a wrong count?
# exercise: begin
# stub: convicting = []
convicting = [4, 20]
# exercise: end
