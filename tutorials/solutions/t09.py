"""Exercises 2 and 3 of lesson T09. Try them: refsnn learn T09"""

# --- Exercise 2: the allocator that is never beaten ------------------------------------------


def allocate(spikes, harm, budget):
    """The candidate of every layer, as a tuple of indices: fewest spikes, harms within the budget.

    ``spikes[layer][k]`` and ``harm[layer][k]`` are whole numbers, none of them negative. A sum of
    harms equal to the budget is allowed. If several plans are best, any of them will do; if none
    is within the budget, the answer is None. Twelve layers of six candidates are two thousand
    million plans: do not try them all.
    """
    # exercise: begin
    front = [(0, 0, ())]
    for s, h in zip(spikes, harm, strict=True):
        pairs = list(zip(s, h, strict=True))
        grown = [
            (spent + b, sent + a, (*plan, k))
            for spent, sent, plan in front
            for k, (a, b) in enumerate(pairs)
        ]
        front = []
        for spent, sent, plan in sorted(grown):
            if spent <= budget and (not front or sent < front[-1][1]):
                front.append((spent, sent, plan))
    return front[-1][2] if front else None
    # exercise: end


# --- Exercise 3: an early exit that passed its test ------------------------------------------


def suspect(scores, classes, bars):
    """Said to be the exit of the lesson: the step (from 1) at which an image leaves, and its class.

    ``scores`` and ``classes`` are the certainty and the favourite class after every step. One line
    is wrong.
    """
    passes = [c > bar for c, bar in zip(scores, bars, strict=True)]
    # exercise: begin
    # stub: t = passes.index(max(passes))
    t = passes.index(True) if any(passes) else len(bars) - 1
    # exercise: end
    return t + 1, classes[t]


def author_test(leave):
    """Its author was content: bars that end with one that every image passes."""
    bars = (70, 80, 90, 0)
    assert leave([95, 96, 97, 98], [3, 3, 3, 3], bars) == (1, 3)
    assert leave([70, 81, 97, 98], [8, 3, 3, 3], bars) == (2, 3)
    assert leave([20, 50, 90, 91], [8, 8, 1, 2], bars) == (4, 2)


BARS = (70, 80, 90, 100)
IMAGES = {  # scores, classes
    "sure at once": ([95, 96, 97, 98], [3, 3, 3, 3]),
    "sure at last": ([20, 50, 85, 99], [8, 8, 1, 1]),
    "wavering": ([60, 85, 30, 20], [4, 9, 4, 4]),
    "never sure": ([10, 20, 30, 40], [7, 7, 2, 7]),
    "on the bar": ([70, 80, 90, 95], [5, 5, 5, 2]),
}
# To which of these does the suspect *as you found it* give another class than the exit of the
# lesson, with BARS? Give their names.
# exercise: begin
# stub: convicting = []
convicting = ["sure at last", "on the bar"]
# exercise: end
