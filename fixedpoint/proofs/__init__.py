"""Claims about the integer neurons and their RTL, decided by solvers.

The neurons' steps are written once for integers and solver terms (`steps`), tied to the integer
models by tests; every claim is asked a second time with a planted fault, which has to be refuted
by a counter-example that the integer models confirm. Solvers are imported when a claim is decided.
"""

from fixedpoint.proofs.base import Caught, Claim, Control, Replay, Row, Verdict
from fixedpoint.proofs.catalogue import CLAIMS, RTL_CLAIMS, chosen
from fixedpoint.proofs.runner import TIMEOUT, run_claim, run_claims

__all__ = [
    "CLAIMS",
    "RTL_CLAIMS",
    "TIMEOUT",
    "Caught",
    "Claim",
    "Control",
    "Replay",
    "Row",
    "Verdict",
    "chosen",
    "run_claim",
    "run_claims",
]
