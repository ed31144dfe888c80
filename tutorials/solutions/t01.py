"""Exercises 2 and 3 of lesson T01. Try them: refsnn learn T01"""

# --- Exercise 2: what has been sent so far -----------------------------------------------------


def decode(train, theta):
    """The number that the train stands for after each of its steps.

    ``train`` is a list of whole numbers: 1 is a spike, 0 is none, 2 are two at once, -1 takes one
    back. Each is worth ``theta``. After step t (the first is 1) the train stands for the mean of
    what was sent in these t steps.

    Returns
    -------
    numbers : list, one for each step
    """
    # exercise: begin
    numbers, sent = [], 0
    for t, s in enumerate(train, 1):
        sent += theta * s
        numbers.append(sent / t)
    return numbers
    # exercise: end


# --- Exercise 3: a train written down from the law ---------------------------------------------


def written(x, theta, steps):
    """Said to be the train of an IF neuron with the input x in every step, started at theta // 2.

    After step t it has sent as many spikes as the law says. One line is wrong: mend it.
    """
    train, before = [], 0
    for t in range(1, steps + 1):
        quotient = (t * x + theta // 2) // theta
        # exercise: begin
        # stub: count = min(max(quotient, 0), steps)
        count = min(max(quotient, 0), t)
        # exercise: end
        train.append(count - before)
        before = count
    return train


def author_test(train_of):
    """Its author was content: for every drive the count after 8 steps is that of the neuron."""
    for x in range(-3, 13):
        v, spikes = 3, 0
        for _ in range(8):
            v += x
            if v >= 6:
                v, spikes = v - 6, spikes + 1
        assert sum(train_of(x, 6, 8)) == spikes


# Which of the drives x = -3, ..., 12 (theta = 6, 8 steps) convict the suspect *as you found it*:
# for which is its train not that of the neuron?
# exercise: begin
# stub: convicting = []
convicting = [7, 8, 9, 10, 11, 12]
# exercise: end
