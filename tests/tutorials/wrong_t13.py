"""Plausible wrong solutions of the exercises of T13: the checks must refuse each one.

``WRONG[exercise][what is wrong]`` gives the names that replace those of the right solution.
"""


def fronts(beaten, order=sorted):
    """A solution of exercise 2 with its comparison, or its order, replaced."""

    def front(points):
        rivals = points.values()
        return order(name for name, p in points.items() if not any(beaten(p, q) for q in rivals))

    return {"front": front}


def nowhere_worse(p, q):
    return q[0] >= p[0] and all(b <= a for a, b in zip(p[1:], q[1:], strict=True))


def right(p, q):
    return p != q and nowhere_worse(p, q)


def everywhere_better(p, q):
    return q[0] > p[0] and all(b < a for a, b in zip(p[1:], q[1:], strict=True))


def one_cost(p, q):
    return right(p[:2], q[:2])


def sum_of_costs(p, q):
    return right((p[0], sum(p[1:])), (q[0], sum(q[1:])))


def less_accuracy(p, q):
    return p != q and all(b <= a for a, b in zip(p, q, strict=True))


def more_cost(p, q):
    return p != q and all(b >= a for a, b in zip(p, q, strict=True))


def somewhere_better(p, q):
    return q[0] > p[0] or any(b < a for a, b in zip(p[1:], q[1:], strict=True))


def by_ratio(points):
    """Accuracy for what it costs."""
    value = {name: p[0] / (1 + sum(p[1:])) for name, p in points.items()}
    return sorted(name for name in value if value[name] == max(value.values()))


def sweep(points):
    """By falling accuracy, keep what is cheaper than all before: right for one cost, no ties."""
    kept, cheapest = [], float("inf")
    for name, p in sorted(points.items(), key=lambda item: (-item[1][0], item[1][1])):
        if p[1] < cheapest:
            kept, cheapest = [*kept, name], p[1]
    return sorted(kept)


def last_twin(points):
    """Equal points are one point."""
    single = {p: name for name, p in points.items()}
    return fronts(right)["front"]({name: p for p, name in single.items()})


def counters(sent, weigh=lambda n, synapses: n * synapses):
    """A solution of exercise 3 with the count of one neuron replaced."""

    def suspect(train, reach):
        return sum(
            weigh(sent([frame[i] for frame in train]), synapses)
            for i, synapses in enumerate(reach)
        )  # fmt: skip

    return {"suspect": suspect}


def size(train):
    return sum(map(abs, train))


def mean_reach(train, reach):
    """Right where every neuron reaches as many."""
    return sum(size(frame) for frame in train) * sum(reach) // len(reach)


WRONG = {
    2: {
        "better everywhere": fronts(everywhere_better),
        "twins beat each other": fronts(lambda p, q: p is not q and nowhere_worse(p, q)),
        "everybody is beaten": fronts(nowhere_worse),
        "the first cost only": fronts(one_cost),
        "costs added up": fronts(sum_of_costs),
        "less accuracy is better": fronts(less_accuracy),
        "more cost is better": fronts(more_cost),
        "better anywhere": fronts(somewhere_better),
        "not sorted": fronts(right, order=list),
        "ratio": {"front": by_ratio},
        "one sweep": {"front": sweep},
        "one of two twins": {"front": last_twin},
    },
    3: {
        "as found": counters(sum),
        "size of the net count": counters(lambda train: abs(sum(train))),
        "a burst counts once": counters(lambda train: sum(s != 0 for s in train)),
        "inhibitory ones are free": counters(lambda train: sum(s for s in train if s > 0)),
        "inhibitory ones pay": counters(lambda train: sum(s for s in train if s < 0)),
        "squares": counters(lambda train: sum(s * s for s in train)),
        "frames": counters(len),
        "reach forgotten": counters(size, weigh=lambda n, synapses: n),
        "mean reach": {"suspect": mean_reach},
        "witness all positive": {"witness": [[1], [3]]},
        "witness silent": {"witness": [[0], [0]]},
        "witness of two neurons": {"witness": [[1, -1]]},
        "witness of halves": {"witness": [[0.5], [-0.5]]},
        "no witness": {"witness": []},
    },
}
RIGHT = {
    2: {"pairwise": fronts(right)},
    3: {"one spike of the other sign": {"witness": [[-1]]}, "doubled": counters(size)},
}
