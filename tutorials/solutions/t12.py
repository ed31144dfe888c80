"""Exercises 2 and 3 of lesson T12. Try them: refsnn learn T12"""

# --- Exercise 2: one machine, two descriptions -----------------------------------------------


def symmetric(currents, theta, silence):
    """The neuron of the lesson, written with thresholds +theta/2 and -theta/2 and a start at 0.

    Let m be a membrane that starts at 0. It fires at theta/2, and takes back below -theta/2. One
    spike still costs theta, and the memory and the cap T, the number of currents, stay.

    Parameters
    ----------
    currents : list of int
    theta : even int
    silence : int, steps without input after the currents

    Returns
    -------
    list of -1, 0, 1: the spike of every step, silent ones included
    """
    # exercise: begin
    m, count, spikes = 0, 0, []
    for x in [*currents, *[0] * silence]:
        m += x
        s = int(2 * m >= theta and count < len(currents))
        s -= int(2 * m < -theta and count >= 1)
        m -= theta * s
        count += s
        spikes.append(s)
    return spikes
    # exercise: end


# --- Exercise 3: the sleepy threshold --------------------------------------------------------


def suspect(currents, theta, silence):
    """Said to be the neuron of the lesson: N after every step. One line is wrong: mend it."""
    v, count, counts = theta // 2, 0, []
    for x in [*currents, *[0] * silence]:
        u = v + x
        fires = u >= theta and count < len(currents)
        # exercise: begin
        # stub: takes_back = u < -theta and count >= 1
        takes_back = u < 0 and count >= 1
        # exercise: end
        s = int(fires) - int(takes_back)
        v, count = u - theta * s, count + s
        counts.append(count)
    return counts


def author_test(neuron):
    """Its author was content: constant inputs of every size, up to 20 steps."""
    for x in range(-40, 41):
        for steps in range(1, 21):
            level = min(max((steps * x + 8) // 16, 0), steps)
            assert neuron([x] * steps, theta=16, silence=3)[-1] == level


CANDIDATES = [("<", 0), ("<=", 0), ("<", 4), ("<=", 1), ("<", 8), ("<=", 8)]
"""("<", 4) takes back at u < -4, ("<=", 8) at u <= -8; theta = 8, memory and cap as always."""

# With which of them does *every* train of whole currents end at the right count, after as many
# silent steps as it had currents? A list of candidates.
# exercise: begin
# stub: settling = []
settling = [("<", 0), ("<=", 1)]
# exercise: end
