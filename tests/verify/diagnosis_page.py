"""Write the tables of docs/verify.md: ``python tests/verify/diagnosis_page.py docs/verify.md``.

Each entry of the catalogue is made by another implementation (foreign.py) in every golden network
that it can be made in, and the diagnosis says what it finds.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1])]

from verify.diagnosing import KINDS, all_outcomes, case_of, made_in
from verify.session import session

from refsnn.jobs.golden_set import RECIPES
from refsnn.verify.mistakes import CATALOGUE

HEAD = (
    "| entry | made in | diagnosed alone | indistinguishable from | cannot show | does not show |",
    "|---|---:|---:|---|---|---|",
)
MOST_NAMES = 4


def networks(names):
    """Their names, or how many."""
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} networks"


def cell(outcomes, kind):
    return networks([name for name, o in outcomes.items() if o.kind == kind])


def indistinguishable(outcomes):
    """By the explanations beside it."""
    found = {}
    for name, o in outcomes.items():
        if o.kind == "indistinguishable":
            found.setdefault(", ".join(o.others), []).append(name)
    return "; ".join(f"{others} ({networks(names)})" for others, names in found.items())


def row(mistake, outcomes):
    alone = sum(o.kind == "diagnosed" for o in outcomes.values())
    cells = [
        f"`{mistake}`",
        str(len(outcomes)),
        str(alone or ""),
        indistinguishable(outcomes),
        cell(outcomes, "equivalent"),
        cell(outcomes, "hidden"),
    ]
    missed = [name for name, o in outcomes.items() if o.kind == "missed"]
    return "| " + " | ".join(cells) + " |" + (f" MISSED: {missed}" if missed else "")


def table(kind):
    """One row an entry."""
    rows = [row(mistake, found) for mistake, found in all_outcomes(kind).items()]
    return "\n".join((*HEAD, *rows))


def catalogue():
    """What each entry does, and to what."""
    rows = [f"| `{m.name}` | {m.says} | {m.applies} |" for m in CATALOGUE.values()]
    return "\n".join(("| entry | the other implementation ... | in |", "|---|---|---|", *rows))


def reasons():
    """Why an entry cannot show."""
    found = [(m.name, r) for m in CATALOGUE.values() for r in m.reasons]
    rows = [f"| `{name}` | {r.says} | {shown(r)} |" for name, r in found]
    head = ("| entry | why it cannot show | in |", "|---|---|---|")
    return "\n".join((*head, *rows))


def shown(reason):
    return ", ".join(sorted(reason.signals)) or "any signal"


def cases():
    """The golden networks."""
    rows = [f"| `{n}` | {about(case_of(n).snn)} | {len(made_in(n))} |" for n in RECIPES]
    head = ("| case | neurons | T | entries that can be made |", "|---|---|---|---:|")
    return "\n".join((*head, *rows))


def about(snn):
    kinds = dict.fromkeys(type(neuron).__name__ for neuron in snn.neurons.values())
    frames = " ".join(str(snn.frames[name]) for name in snn.neurons)
    return f"{', '.join(kinds)} | {frames}"


def example():
    """The session."""
    with tempfile.TemporaryDirectory() as folder:
        return session(Path(folder))


PARTS = {
    "cases": cases,
    "session": example,
    "catalogue": catalogue,
    "reasons": reasons,
    **{kind: lambda kind=kind: table(kind) for kind in KINDS},
}


def page(text):
    """The page with every part written anew."""
    for name, part in PARTS.items():
        marks = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        pattern = re.compile(f"{re.escape(marks[0])}.*?{re.escape(marks[1])}", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"the page has no part {name!r}")
        body = f"{marks[0]}\n{part()}\n{marks[1]}"
        text = pattern.sub(lambda _, body=body: body, text)
    return text


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(page(target.read_text()))
