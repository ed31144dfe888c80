"""Exercises 2 and 3 of lesson T05. Try them: refsnn learn T05"""

# --- Exercise 2: sender and reader of bits --------------------------------------------------------


def encode(n, steps):
    """The train of n, 0 <= n < 2 ** steps, as a list of 0 and 1, the largest digit first."""
    # exercise: begin
    return [(n >> (steps - t)) & 1 for t in range(1, steps + 1)]
    # exercise: end


def decoded(train):
    """What a reader has after each frame: the number, had the train ended there.

    He does not know how many frames will come. Of 1, 1, 0, 1 he makes 1, 3, 6, 13.
    """
    # exercise: begin
    said = []
    for s in train:
        said.append(2 * (said[-1] if said else 0) + s)
    return said
    # exercise: end


# --- Exercise 3: a counter ------------------------------------------------------------------------


def operations(layer, reach):
    """Said to be the synaptic operations of a layer.

    ``layer`` has one train for each of its neurons, ``reach`` how many neurons a spike of each
    reaches. A frame holds the number of spikes sent in it. Some neurons also send *inhibitory*
    spikes (T10, T12): -1 in a frame is one of them, and takes back an ordinary one. Mend it.
    """
    total = 0
    for train, outputs in zip(layer, reach, strict=True):
        # exercise: begin
        # stub: spikes = abs(sum(train))
        spikes = sum(abs(s) for s in train)
        # exercise: end
        total += spikes * outputs
    return total


def author_test(counter):
    """Its author was content: bits, a count, a burst, a silent neuron, and one inhibitory spike."""
    assert counter([[1, 1, 0, 1]], [10]) == 30
    assert counter([[1, 1, 1, 0], [4, 4, 1, 0], [0, 0, 0, 0]], [10, 5, 8]) == 75
    assert counter([[0, -1]], [10]) == 10


TRAINS = [
    [1, 0, -1, 1],
    [0, -1, 0, -1],
    [3, 0, 0, -2],
    [0, 0, 0, 0],
    [1, -1, 1, -1],
    [4, 4, 4, 1],
    [-1, 1, 0, 0],
    [-1, 0, -2, 0],
]

# Which of these trains, each sent by a layer of one neuron that reaches ten, convict the suspect
# *as you found it*? Their places in the list: 0, ..., 7.
# exercise: begin
# stub: convicting = []
convicting = [0, 2, 4, 6]
# exercise: end
