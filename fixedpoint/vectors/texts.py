"""README.txt and LICENSE.txt of a bundle."""

from __future__ import annotations

from fixedpoint.errors import InputError

SOURCES: dict[str, str | None] = {
    "synthetic": None,
    "digits": "Stimuli derived from: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten "
    "Digits, UCI Machine Learning Repository (1998), doi:10.24432/C50P49, CC BY 4.0 "
    "(https://creativecommons.org/licenses/by/4.0/); changed: scaled, encoded as spikes.",
}


def license_entry(source: str) -> dict[str, str | None]:
    """Give the manifest's license section; ``source`` says where the stimuli come from."""
    if source not in SOURCES:
        known = " or ".join(SOURCES)
        raise InputError("unknown source", where="stimuli_source", expected=known, got=repr(source))
    return {
        "vectors": "CC0-1.0" if SOURCES[source] is None else "CC0-1.0 AND CC-BY-4.0",
        "rtl_and_test_bench": "MIT",
        "stimuli_source": source,
        "attribution": SOURCES[source],
    }


def license_text(source: str) -> str:
    """Give LICENSE.txt."""
    lines = [
        "Vectors (param/, stim/, exp/, hdl/, manifest.json): CC0 1.0, no rights reserved",
        "(https://creativecommons.org/publicdomain/zero/1.0/).",
        "Verilog (rtl/, tb/): MIT license of the refsnn project.",
    ]
    attribution = SOURCES[source]
    return "\n".join([*lines, attribution] if attribution else lines) + "\n"


def readme_text(name: str, claim: str) -> str:
    """Give README.txt."""
    return f"""Test vectors for the integer neuron layer "{name}".

Claim:     {claim}
Check:     sha256sum -c SHA256SUMS
Simulate:  iverilog -g2005 -Wall -o ../sim.vvp -s tb_{name} tb/*.v rtl/*.v && vvp -n ../sim.vvp
           (from this folder; ends with "PASS <words>" and status 0, or "FAIL <k> of <n>" and 1)
Waveform:  add +vcd to the vvp call; it goes to the folder above

param/  parameters     stim/  inputs      exp/  expected registers after every step
hdl/    constants      rtl/   Verilog     tb/   self-checking test bench

Hex: one word a line, two's complement masked to the word, last axis fastest, lane 0 in the lowest
bits. Shapes, widths and checksums: manifest.json. Row (sample, step) holds what consuming input row
(sample, step) produced; the membrane before row 0 is the parameter v_init.
"""
