"""Checks of the exercises of T16: each takes the learner's file, fails on the first wrong case."""

from __future__ import annotations

SETTINGS = [(8, 4), (37, 18), (99, 1), (64, 63), (50, 25)]


def wrapped(v):
    """What 8 bits keep."""
    return (v + 128) % 256 - 128


def rows(
    train,
    theta,
    v,
    fire=lambda u, theta: int(u >= theta),
    reset=lambda u, s, theta: u - theta * s,
    seen=lambda x: x,
    kept=lambda v: v,
):
    """Spike and membrane of each step, with some part replaced."""
    found = []
    for x in train:
        u = kept(v + seen(x))
        s = fire(u, theta)
        v = kept(reset(u, s, theta))
        found.append((s, v))
    return found


def late_reset(train, theta, v):
    """Theta is taken a step later."""
    found, s = [], 0
    for x in train:
        v = v - theta * s + x
        s = int(v >= theta)
        found.append((s, v))
    return found


def refractory(train, theta, v):
    """Does not see the current that follows a spike."""
    found, s = [], 0
    for x in train:
        u = v + (0 if s else x)
        s = int(u >= theta)
        v = u - theta * s
        found.append((s, v))
    return found


FAULTY = {
    "> for >=": lambda c, h, v: rows(c, h, v, fire=lambda u, h: int(u > h)),
    "hard reset": lambda c, h, v: rows(c, h, v, reset=lambda u, s, h: u * (1 - s)),
    "no negative membrane": lambda c, h, v: rows(c, h, v, kept=lambda v: max(v, 0)),
    "starts at 0": lambda c, h, v: rows(c, h, 0),
    "theta one too large": lambda c, h, v: rows(c, h + 1, v),
    "fires one too early": lambda c, h, v: rows(c, h, v, fire=lambda u, h: int(u >= h - 1)),
    "keeps the remainder": lambda c, h, v: rows(c, h, v, reset=lambda u, s, h: u % h if s else u),
    "several spikes a step": lambda c, h, v: rows(c, h, v, fire=lambda u, h: max(u // h, 0)),
    "resets late": late_reset,
    "membrane of 8 bits wraps": lambda c, h, v: rows(c, h, v, kept=wrapped),
    "membrane saturates at 255": lambda c, h, v: rows(c, h, v, kept=lambda v: min(v, 255)),
    "membrane saturates at -256": lambda c, h, v: rows(c, h, v, kept=lambda v: max(v, -256)),
    "sign of the current is lost": lambda c, h, v: rows(c, h, v, seen=lambda x: x % 256),
    "blind after a spike": refractory,
}


def exercise_2(work):
    """The trains are legal, few and short, and convict everybody."""
    for theta, v0 in SETTINGS:
        case = [list(train) for train in work.trains(theta, v0)]
        where = f"theta = {theta}, v0 = {v0}"
        assert len(case) <= 4, f"{where}: {len(case)} trains, at most 4"
        for train in case:
            assert len(train) <= 6, f"{where}: {train} is longer than 6"
            legal = all(isinstance(x, int) and -128 <= x <= 127 for x in train)
            assert legal, f"{where}: {train} holds more than whole numbers -128 ... 127"
        for name, faulty in FAULTY.items():
            same = all(faulty(train, theta, v0) == rows(train, theta, v0) for train in case)
            assert not same, f"{where}: {case} do not convict the neuron {name!r}"


def exercise_3(work):
    """The bench lets nobody through, and those it let through are named."""
    stimuli = [[4], *work.STIMULI]
    expected = [list(work.golden(train)) for train in stimuli]
    hidden = {
        "wrong in a membrane": lambda train: [(s, max(v, 0)) for s, v in work.golden(train)],
        "wrong in the first of several rows": lambda train: [
            (s, v + (n == 0 < len(train) - 1)) for n, (s, v) in enumerate(work.golden(train))
        ],
    }
    for name, device in {**work.DEVICES, **hidden}.items():
        passed = work.suspect(device, stimuli, expected)
        assert bool(passed) == (name == "right"), f"device {name!r}: passed is {passed}"
    right = work.DEVICES["right"]
    assert work.suspect(right, stimuli[:1], expected[:1]), "one train is enough"
    assert not work.suspect(right, [], []), "nothing compared is no pass"
    assert not work.suspect(right, [[]], [[]]), "an empty train is no pass"
    assert not failing(work.suspect, right, stimuli, expected[:-1]), "a train without its rows"
    assert not failing(work.suspect, right, stimuli[:-1], expected), "rows without their train"
    guilty = ["chatty", "short", "silent"]
    assert sorted(work.let_through) == guilty, "let_through: a device is missing or too many"


def failing(bench, *given):
    """Whether it passes; an exception is a failure too."""
    try:
        return bench(*given)
    except ValueError:
        return False


EXERCISES = {2: exercise_2, 3: exercise_3}
