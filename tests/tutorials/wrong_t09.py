"""Plausible wrong solutions of the exercises of T09: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""

from itertools import product


def total(table, plan):
    return sum(row[k] for row, k in zip(table, plan, strict=True))


def grown(front, s, h):
    """Every partial plan (harm, spikes, plan) with every candidate of the next layer."""
    return [
        (spent + b, sent + a, (*plan, k))
        for spent, sent, plan in front
        for k, (a, b) in enumerate(zip(s, h, strict=True))
    ]


def fits(points, budget):
    return [point for point in points if point[0] <= budget]


def pareto(points, budget):
    kept = []
    for point in sorted(fits(points, budget)):
        if not kept or point[1] < kept[-1][1]:
            kept.append(point)
    return kept


def frontier(
    prune=pareto,
    end=lambda front: front[-1][2] if front else None,
    harm_of=lambda h: h,
    order=lambda layers: layers,
):
    """A solution of exercise 2 with some part replaced."""

    def allocate(spikes, harm, budget):
        front = [(0, 0, ())]
        for s, h in order(list(zip(spikes, harm, strict=True))):
            front = prune(grown(front, s, harm_of(h)), budget)
        return end(front)

    return {"allocate": allocate}


def greedy(start, candidates):
    """Step by step the most spikes saved per harm, from ``start(harm row)``."""

    def allocate(spikes, harm, budget):
        plan = [start(s, h) for s, h in zip(spikes, harm, strict=True)]
        if total(harm, plan) > budget:
            return None
        while True:
            spent, steps = total(harm, plan), []
            for layer, now in enumerate(plan):
                s, h = spikes[layer], harm[layer]
                for k in candidates(now, len(s)):
                    if s[k] < s[now] and spent + h[k] - h[now] <= budget:
                        steps.append(((s[now] - s[k]) / max(h[k] - h[now], 0.01), layer, k))
            if not steps:
                return tuple(plan)
            _, layer, k = max(steps)
            plan[layer] = k

    return {"allocate": allocate}


def least_harm(s, h):
    return min(range(len(h)), key=lambda k: (h[k], s[k]))


def equal_shares(spikes, harm, budget):
    """Each layer has the same part of the budget."""
    plan = []
    for s, h in zip(spikes, harm, strict=True):
        allowed = [k for k in range(len(s)) if h[k] * len(spikes) <= budget]
        if not allowed:
            return None
        plan.append(min(allowed, key=lambda k: s[k]))
    return tuple(plan)


def one_for_all(spikes, harm, budget):
    """The same candidate in every layer."""
    plans = [(k,) * len(spikes) for k in range(len(spikes[0]))]
    return min(
        (plan for plan in plans if total(harm, plan) <= budget),
        key=lambda plan: total(spikes, plan),
        default=None,
    )


def swapped(spikes, harm, budget):
    """Least harm with the spikes within the budget."""
    return frontier()["allocate"](harm, spikes, budget)


def sent_only(spikes, harm, budget):
    """The number of spikes, where the plan was asked for."""
    plan = frontier()["allocate"](spikes, harm, budget)
    return None if plan is None else total(spikes, plan)


def changed(spikes, harm, budget):
    """Right, and the learner's tables are sorted on the way."""
    plan = frontier()["allocate"](spikes, harm, budget)
    for row in spikes:
        row.sort()
    return plan


def few_first(points, budget):
    """A beam: the fewest spikes so far."""
    return sorted(fits(points, budget), key=lambda point: point[1])[:5]


def beam_end(front):
    return min(front, key=lambda point: point[1])[2] if front else None


def last_of_equal(points, budget):
    """Of equal harm the one with more spikes is kept."""
    return sorted({point[0]: point for point in sorted(fits(points, budget))}.values())


def leave(
    passes=lambda c, bar: c > bar,
    step=lambda above: above.index(True) if any(above) else len(above) - 1,
    number=lambda t: t + 1,
    of=lambda t, steps: t,
):
    """A solution of exercise 3 with some part replaced."""

    def suspect(scores, classes, bars):
        above = [passes(c, bar) for c, bar in zip(scores, bars, strict=True)]
        t = step(above)
        return number(t), classes[of(t, len(bars))]

    return {"suspect": suspect}


def last_above(above):
    return max((t for t, yes in enumerate(above) if yes), default=len(above) - 1)


WRONG = {
    2: {
        "greedy": greedy(least_harm, lambda now, n: range(n)),
        "greedy from the first candidate": greedy(lambda s, h: 0, lambda now, n: range(now + 1, n)),
        "equal shares": {"allocate": equal_shares},
        "one for all layers": {"allocate": one_for_all},
        "below the budget": frontier(lambda points, budget: pareto(points, budget - 1)),
        "no budget": frontier(lambda points, budget: pareto(points, 10**9)),
        "spikes and harm swapped": {"allocate": swapped},
        "least harm": frontier(end=lambda front: front[0][2] if front else None),
        "last layer first": frontier(order=lambda layers: layers[::-1]),
        "a beam": frontier(few_first, end=beam_end),
        "keeps the worse of equal harm": frontier(last_of_equal),
        "nothing fits, so nothing changes": frontier(
            end=lambda front: front[-1][2] if front else ()
        ),
        "the number of spikes": {"allocate": sent_only},
        "harm in steps of two": frontier(harm_of=lambda h: [b // 2 * 2 for b in h]),
        "the tables are changed": {"allocate": changed},
    },
    3: {
        "as found": leave(step=lambda above: above.index(max(above))),
        ">= for >": leave(passes=lambda c, bar: c >= bar),
        "the last step above": leave(step=last_above),
        "the class of the last step": leave(of=lambda t, steps: steps - 1),
        "steps from 0": leave(number=lambda t: t),
        "one step late": leave(of=lambda t, steps: min(t + 1, steps - 1)),
        "leaves below the bar": leave(passes=lambda c, bar: c < bar),
        "never sure: the step after the last": leave(
            step=lambda above: [*above, True].index(True), of=lambda t, steps: min(t, steps - 1)
        ),
        "no image named": {"convicting": []},
        "where the step differs": {"convicting": ["sure at last", "never sure", "on the bar"]},
        "where early is wrong": {"convicting": ["sure at last", "wavering", "on the bar"]},
        "the bar is passed at equality": {"convicting": ["sure at last"]},
    },
}


def by_dictionary(spikes, harm, budget):
    """Fewest spikes for each harm that is spent."""
    best = {0: (0, ())}
    for s, h in zip(spikes, harm, strict=True):
        further = {}
        for spent, (sent, plan) in best.items():
            for k, (a, b) in enumerate(zip(s, h, strict=True)):
                point = (sent + a, [*plan, k])
                if spent + b <= budget:
                    further[spent + b] = min(further.get(spent + b, point), point)
        best = further
    return min(best.values())[1] if best else None


def by_loop(scores, classes, bars):
    for t, c in enumerate(scores):
        if c > bars[t]:
            break
    return t + 1, classes[t]


def small_or_frontier(spikes, harm, budget):
    """All plans while they are few."""
    if len(spikes) > 4:
        return frontier()["allocate"](spikes, harm, budget)
    plans = product(*(range(len(row)) for row in spikes))
    within = [plan for plan in plans if total(harm, plan) <= budget]
    return min(within, key=lambda plan: total(spikes, plan), default=None)


RIGHT = {
    2: {
        "by harm": {"allocate": by_dictionary},
        "all plans while they are few": {"allocate": small_or_frontier},
    },
    3: {
        "a loop": {"suspect": by_loop},
        "in another order": {"convicting": ["on the bar", "sure at last"]},
    },
}
"""Other ways to be right: the checks must accept them."""
