"""Exercises 2 and 3 of lesson T08. Try them: refsnn learn T08"""

# --- Exercise 2: the count without a membrane ------------------------------------------------


def counts(currents, theta, h, phi):
    """Spikes so far, N(t), of a burst neuron that starts at 0, after every step.

    The only state is ``charge`` (all currents and shifts so far) and ``count`` (spikes so far).
    ``phi`` is the most spikes of one step, or None: as many as the charge is worth.
    """
    # exercise: begin
    charge, count, found = 0, 0, []
    for z in currents:
        charge += z + h
        wanted = max(count, charge // theta)
        count = wanted if phi is None else min(count + phi, wanted)
        found.append(count)
    return found
    # exercise: end


# At most four whole currents (theta = 8, h = 0) for which the last of ``counts(..., phi=None)`` is
# more than max(0, F), F being the charge in thetas, rounded down. Any such train will do.
# exercise: begin
# stub: falling = []
falling = [8, -8]
# exercise: end


# --- Exercise 3: a burst neuron that passed its test -----------------------------------------


def suspect(currents, theta=8, h=1, phi=3):
    """Said to be the burst neuron of the lesson: spikes of every step. One line is wrong."""
    v, spikes = 0, []
    for z in currents:
        u = v + z + h
        n = min(max(u // theta, 0), phi)
        # exercise: begin
        # stub: v = u % theta
        v = u - theta * n
        # exercise: end
        spikes.append(n)
    return spikes


def author_test(neuron):
    """Its author was content: four steps of each constant current up to full scale."""
    for z in range(3 * 8 + 1):
        assert sum(neuron([z] * 4)) == min((4 * z + 4) // 8, 12)


TRAINS = {
    "weak": [1, 1, 1, 1],
    "strong": [30, 30, 30, 30],
    "at once": [40, 0, 0, 0],
    "at last": [0, 0, 0, 40],
    "taken back": [24, 0, 0, -16],
    "owing": [-16, 0, 0, 24],
    "up and down": [20, -20, 20, -20],
}
# For which of these does the suspect *as you found it* send another number of spikes in all than
# the neuron of the lesson (theta = 8, h = 1, phi = 3)? Give their names.
# exercise: begin
# stub: convicting = []
convicting = ["at once", "owing", "up and down"]
# exercise: end
