"""Every mistake of the catalogue, made by another implementation, in every golden network.

What the diagnosis said of each is the table of docs/verify.md.
"""

from __future__ import annotations

import io
from functools import cache
from typing import NamedTuple

import numpy as np
from verify.foreign import Foreign

from refsnn.io.golden import case_bytes
from refsnn.jobs.golden_set import RECIPES, golden_case
from refsnn.verify import NameMap, hold, read_dump
from refsnn.verify.diagnosis import diagnose, suspect_of
from refsnn.verify.mistakes import CATALOGUE

KINDS = {
    "everything": lambda name: True,
    "spikes and logits": lambda name: name == "logits" or name.endswith("/spikes"),
}
"""What the other implementation dumps."""
case_of = cache(golden_case)
remembered = cache(suspect_of)


@cache
def file_of(name):
    return case_bytes(case_of(name))


@cache
def recording(name, mistake):
    """What an implementation with a mistake does; arrays of another length are left out."""
    dtype = np.float32 if mistake.startswith("float32") else np.float64
    arrays = Foreign(io.BytesIO(file_of(name)), mistake, dtype).run()
    if mistake == "narrow-dump":
        return {key: value.astype(np.float16) for key, value in arrays.items()}
    return {key: value for key, value in arrays.items() if value.shape == right(name)[key].shape}


@cache
def right(name):
    """What it does without one."""
    return Foreign(io.BytesIO(file_of(name))).run()


class Outcome(NamedTuple):
    """What came of one mistake in one network."""

    kind: str
    """"diagnosed", "indistinguishable", "equivalent", "hidden" or "missed"."""
    others: tuple[str, ...] = ()
    """Explanations beside it."""
    why: str = ""


@cache
def made_in(name):
    """Mistakes that can be made in a network."""
    return [key for key, mistake in CATALOGUE.items() if mistake.sites(case_of(name))]


@cache
def outcome(name, mistake, kind):
    case = case_of(name)
    arrays = {k: v for k, v in recording(name, mistake).items() if KINDS[kind](k)}
    dump = read_dump(case, arrays, NameMap())
    verdict = hold(case, dump)
    if verdict.equal:
        targets = [entry.target for entry in dump.given]
        why = CATALOGUE[mistake].equivalent(case, CATALOGUE[mistake].sites(case), targets)
        return Outcome("equivalent" if why else "hidden", (), why)
    found = [e.mistake for e in diagnose(case, dump, verdict, remembered).explanations]
    if mistake not in found:
        return Outcome("missed", tuple(found))
    others = tuple(other for other in found if other != mistake)
    return Outcome("indistinguishable" if others else "diagnosed", others)


def all_outcomes(kind):
    """Mistake to network to outcome."""
    return {
        mistake: {
            name: outcome(name, mistake, kind) for name in RECIPES if mistake in made_in(name)
        }
        for mistake in CATALOGUE
    }
