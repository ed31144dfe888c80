"""Exercises 2 and 3 of lesson T16. Try them: refsnn learn T16"""

# --- Exercise 2: a case that convicts --------------------------------------------------------


def trains(theta, v0):
    """At most 4 trains of at most 6 currents, -128 ... 127, that convict every faulty neuron.

    The neuron starts at v0 (0 < v0 < theta < 100), fires at u >= theta, resets by subtraction,
    may be negative, and has room for any sum. The bench compares spike and membrane of each step.
    """
    # exercise: begin
    return [
        [theta - v0, 0, theta, theta - 1, 1, 0],  # exactly at it, and just below
        [127, 127, 127, 127, 127, 127],  # two thetas at once, far above 8 bits
        [-128, -128, -128, 127, 127, 127],  # far below, and back
        [-v0 - 1, 1, theta - 1, 1, 0, 0],  # one below zero
    ]
    # exercise: end


# --- Exercise 3: the bench that cannot fail --------------------------------------------------


def suspect(device, stimuli, expected):
    """Said to be a test bench: True if the device gives the expected rows of every train.

    ``device(train)`` gives its rows one after the other. A bench that compared nothing at all has
    not passed.
    """
    # exercise: begin
    # stub: for train, rows in zip(stimuli, expected):
    # stub:     for got, right in zip(device(train), rows):
    # stub:         if got != right:
    # stub:             return False
    # stub: return True
    compared = 0
    for train, rows in zip(stimuli, expected, strict=True):
        got = list(device(train))
        if got != list(rows):
            return False
        compared += len(got)
    return compared > 0
    # exercise: end


def golden(train, theta=8, v=4):
    """Spike and membrane of every step."""
    for x in train:
        u = v + x
        s = int(u >= theta)
        v = u - theta * s
        yield s, v


DEVICES = {
    "right": golden,
    "silent": lambda train: iter(()),
    "short": lambda train: list(golden(train))[:-1],
    "chatty": lambda train: [*golden(train), (0, 0)],
    "late": lambda train: [(0, 4), *golden(train)][: len(train)],
    "wrong at the end": lambda train: [*list(golden(train))[:-1], (1, 99)],
    "strict": lambda train: golden(train, theta=9),
}
STIMULI = [[5, 5, 5, 5], [4, 0, -3], [8]]


def author_test(bench):
    """Its author was content: it passes the right device, and fails two wrong ones."""
    expected = [list(golden(train)) for train in STIMULI]
    assert bench(DEVICES["right"], STIMULI, expected)
    assert not bench(DEVICES["late"], STIMULI, expected)
    assert not bench(DEVICES["strict"], STIMULI, expected)


# Which wrong devices does the suspect let through *as you found it*? Their names:
# exercise: begin
# stub: let_through = []
let_through = ["silent", "short", "chatty"]
# exercise: end
