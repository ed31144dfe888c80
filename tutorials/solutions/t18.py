"""Exercises 2 and 3 of lesson T18. Try them: refsnn learn T18"""

from fractions import Fraction
from math import exp

# --- Exercise 2: one neuron, three trains ----------------------------------------------------

FEW = [60, 220, 270, 310, 320, 350, 370, 400, 410, 840, 850]
ARRIVALS = {*FEW, *range(430, 531, 10), *range(670, 781, 10)}
NIR = [float(t in ARRIVALS) for t in range(1000)]
"""The currents of the study; tau = 25 steps, theta = 0.1. Try ``spikes(NIR, 25, 0.1, ...)``."""


def spikes(currents, tau, theta, scheme, reset, late):
    """Steps, from 0, in which the leaky neuron sends a spike.

    In every step, from v = 0: what is left of v, plus what the current adds (eq: nir.1):

    ======== ============= ===================
    scheme   v is times    the current is times
    ======== ============= ===================
    euler    1 - 1/tau     1/tau
    exact    e^(-1/tau)    1 - e^(-1/tau)
    impulse  e^(-1/tau)    1/tau
    ======== ============= ===================

    It fires at v >= theta. Then v becomes 0 (reset "zero") or theta less ("subtract"). A late
    neuron sends one step after it has fired; what it would send after the last step is lost.
    """
    # exercise: begin
    kept = 1 - 1 / tau if scheme == "euler" else exp(-1 / tau)
    gain = 1 - exp(-1 / tau) if scheme == "exact" else 1 / tau
    v, sent = 0.0, []
    for t, current in enumerate(currents):
        v = kept * v + gain * current
        if v >= theta:
            sent.append(t + int(late))
            v = 0.0 if reset == "zero" else v - theta
    return [t for t in sent if t < len(currents)]
    # exercise: end


# --- Exercise 3: a sum that is safe ----------------------------------------------------------


def step(terms):
    """The largest power of two, 2^-f, of which all terms (Fractions) are multiples."""
    size = Fraction(1)
    while any((term / size).denominator > 1 for term in terms):
        size /= 2
    while any(terms) and all((term / (2 * size)).denominator == 1 for term in terms):
        size *= 2
    return size


def suspect(terms, p):
    """Said to be a proof: True if law integers.9 gives one sum in every order, with p bits."""
    # exercise: begin
    # stub: return abs(sum(terms)) < 2**p * step(terms)
    return sum(abs(term) for term in terms) < 2**p * step(terms)
    # exercise: end


CASES = {
    "all positive": [16, 1, 1],
    "all negative": [-16, -1, -1],
    "small": [7, -5, 3],
    "multiples of 8": [64, 40, 16],
    "cancel": [30, -30, 1],
    "cancel below one": [15, -15, Fraction(1, 2)],
    "nearly cancel": [12, 8, -17],
}


def author_test(proof):
    """Its author was content: right where nothing cancels."""
    for name, safe in (("all positive", False), ("all negative", False), ("multiples of 8", True)):
        assert proof([Fraction(term) for term in CASES[name]], 4) == safe


# Which CASES does the suspect call safe (p = 4), *as you found it*, and they are not? Their names:
# exercise: begin
# stub: convicting = []
convicting = ["cancel", "cancel below one", "nearly cancel"]
# exercise: end
