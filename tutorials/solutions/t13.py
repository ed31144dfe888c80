"""Exercises 2 and 3 of lesson T13. Try them: refsnn learn T13"""

# --- Exercise 2: the points worth drawing ----------------------------------------------------


def front(points):
    """The points that no other point beats.

    One point beats another if it is nowhere worse and somewhere better. Of accuracy more is
    better, of every cost less. Two equal points do not beat each other.

    Parameters
    ----------
    points : dict
        Name to (accuracy, cost, cost, ...): all have the same number of costs, one or more.

    Returns
    -------
    list of str
        Names, sorted.
    """
    # exercise: begin
    worse = {name: (-accuracy, *costs) for name, (accuracy, *costs) in points.items()}
    return sorted(
        name
        for name, mine in worse.items()
        if not any(
            other != mine and all(a <= b for a, b in zip(other, mine, strict=True))
            for other in worse.values()
        )
    )
    # exercise: end


# --- Exercise 3: the generous counter --------------------------------------------------------


def suspect(train, reach):
    """Said to count the accumulates that the spikes of a layer cost. One line is wrong: mend it.

    Parameters
    ----------
    train : list of frames
        A frame has a whole number per neuron: 0, a spike, a burst of several, or a spike or
        burst of the other sign. Every spike of a burst is sent.
    reach : list of int
        Synapses that a spike of the neuron reaches.
    """
    total = 0
    for neuron, synapses in enumerate(reach):
        # exercise: begin
        # stub: sent = sum(frame[neuron] for frame in train)
        sent = sum(abs(frame[neuron]) for frame in train)
        # exercise: end
        total += sent * synapses
    return total


def author_test(counter):
    """Its author was content: trains and bursts of every size."""
    for size in range(1, 6):
        train = [[(3 * t + n) % (size + 1) for n in range(4)] for t in range(8)]
        columns = [sum(column) for column in zip(*train, strict=True)]
        assert counter(train, [1, 2, 3, 4]) == sum(k * n for k, n in enumerate(columns, 1))


# A train of one neuron, such as [[1], [0], [2]], for which the counter, as you found it, was
# wrong with reach = [4].
# exercise: begin
# stub: witness = []
witness = [[1], [-1]]
# exercise: end
