"""Bundles of scalar operations: rounding, overflow, requantisation, in every mode.

Expected words come from `fixedpoint.oracle` (fractions and Python integers), the replay computes
them with the array code of `fixedpoint.arith`; the two share nothing but the names of the modes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.hdl.testbench import sources
from fixedpoint.modes import ROUNDINGS
from fixedpoint.typing import IntArray
from fixedpoint.vectors import content as shared
from fixedpoint.vectors.compare import Comparison, compare_all, pick, read_tensors, require_facts
from fixedpoint.vectors.files import write_folder
from fixedpoint.vectors.manifest import Manifest, seal
from fixedpoint.vectors.replay import read_bundle
from fixedpoint.vectors.scalar_op import OPS, WRITTEN_OVERFLOWS, ScalarOp
from fixedpoint.vectors.scalar_rtl import MODULE, simulation, texts
from fixedpoint.vectors.texts import license_entry

S8 = Format(True, 8)
_ONE_STEP = {
    **dict.fromkeys(("T_in", "T_out", "rows"), 1),
    **{"step_order": "none", "layer_start_offset": [0], "drain_steps": 0},
}
_ROUNDS = ("round", "cast", "requantise", "mul")


def write_scalar_bundle(
    out: Path,
    op: str,
    *,
    in_format: Format = S8,
    out_format: Format | None = None,
    drop: int | None = None,
    mult: int = 1,
    roundings: tuple[str, ...] | None = None,
    overflows: tuple[str, ...] | None = None,
    samples: int = 1024,
    seed: int = 0,
) -> Manifest:
    """Write a bundle of one scalar operation, for every pair of modes.

    Parameters
    ----------
    out : Path
        New or empty folder.
    op : {"round", "overflow", "cast", "requantise", "add_sat", "mul"}
        See `OPS`.
    in_format : Format
        Of each operand. Operands of 10 bits together are tested exhaustively, wider ones at their
        corners and with ``samples`` random cases.
    out_format : Format, optional
        Of the result; by default half as wide as the operands ("round": wide enough for all).
    drop : int, optional
        Bits dropped by the rounding; 3 by default, none for "overflow" and "add_sat".
    mult : int
        Factor of "requantise".
    roundings, overflows : tuple of str, optional
        Canonical modes; all by default ("error" has no words).

    Returns
    -------
    Manifest

    Raises
    ------
    InputError
        The folder is not empty, or the operation is not possible.
    """
    rounds = op in _ROUNDS
    drop = 3 * rounds if drop is None else drop
    if mult != 1 and op != "requantise":
        raise InputError("no factor in this operation", where="mult", got=op)
    scalar = ScalarOp(
        op=op,
        in_format=in_format,
        out_format=out_format or _default_output(op, in_format, drop),
        drop=drop,
        mult=mult,
        roundings=roundings or (ROUNDINGS if rounds else ("floor",)),
        overflows=overflows or (("wrap",) if op == "round" else WRITTEN_OVERFLOWS),
    )
    operands = scalar.operands(samples, seed)
    return _write(Path(out), scalar, operands, seed)


def _default_output(op: str, fmt: Format, drop: int) -> Format:
    if op == "round":
        return Format.holding((fmt.low >> drop) - 1, (fmt.high >> drop) + 1, signed=True)
    return Format(fmt.signed, max(1, fmt.width // 2))


def _write(out: Path, scalar: ScalarOp, operands: tuple[IntArray, ...], seed: int) -> Manifest:
    content = shared.Content()
    content.formats |= {"in": scalar.in_format, "y": scalar.out_format}
    for signal, codes in zip("ab", operands, strict=False):
        content.add("stimulus", scalar.op, signal, codes, "in", ("case",))
    rounded, results = scalar.expected(operands)
    hits = scalar.coverage(scalar.wide(operands), rounded)
    content.add(
        "expected",
        scalar.op,
        "y",
        results,
        "y",
        ("rounding", "overflow", "case"),
        point="combinational",
        saturated=int((results != rounded[:, None]).sum()),
        ties=scalar.ties(hits),
    )
    manifest = seal(_sections(scalar, content, hits, seed), content.tensors)
    content.files |= {f"rtl/{file}": data for file, data in sources((MODULE,)).items()}
    write_folder(out, content.all_files(manifest, texts(scalar, manifest), "synthetic"))
    return manifest


def _sections(
    scalar: ScalarOp,
    content: shared.Content,
    hits: dict[str, int],
    seed: int,
) -> dict[str, Any]:
    cases, formats = content.tensors[0].words, content.formats.items()
    streams = {t.file: [t.signal] for t in content.tensors if t.role == "stimulus"}
    return {
        "generator": shared.GENERATOR,
        "license": license_entry("synthetic"),
        "seed": {"bit_generator": "SplitMix64", "value": seed, "stream_per_file": streams},
        "method": {
            "id": scalar.op,
            "title": "scalar operation: round first, then overflow",
            "neuron": None,
            "phase": None,
            "paper": None,
            "name": scalar.op,
        },
        "claim": {"formula": OPS[scalar.op], "proved_by": None, "known_exceptions": []},
        "time": _ONE_STEP,
        "formats": {name: str(fmt) for name, fmt in formats},
        "layers": [_entry(scalar)],
        "protocol": {"clock": "none: combinational"},
        "compare": shared.COMPARE,
        "coverage": hits,
        "quality": shared.QUALITY,
        "vectors": content.vectors(cases, cases, []),
        "simulation": simulation(scalar.op, content.n_words),
    }


def _entry(scalar: ScalarOp) -> dict[str, Any]:
    return {
        "index": 0,
        "name": scalar.op,
        "kind": "scalar",
        "op": scalar.op,
        "in_shape": [2 if scalar.binary else 1],
        "out_shape": [1],
        "params": {},
        "requant": {
            "mult": scalar.mult,
            "shift": scalar.drop,
            "rounding": list(scalar.roundings),
            "overflow": list(scalar.overflows),
        },
    }


def replay_scalar(bundle: Path) -> Comparison:
    """Compute every word again with the array code, and compare."""
    files, manifest = read_bundle(Path(bundle))
    values = read_tensors(manifest, files)
    scalar = rebuild_scalar(manifest)
    names = [f"{scalar.op}.{name}" for name in ("ab" if scalar.binary else "a")]
    operands = pick(values, names)
    rounded, results = scalar.computed(operands)
    report = compare_all(manifest, values, {f"{scalar.op}.y": results})
    if report.ok:
        hits = scalar.coverage(scalar.wide(operands), rounded)
        require_facts(manifest, {("coverage",): hits})
    return report


def rebuild_scalar(manifest: Manifest) -> ScalarOp:
    """Build the operation that a manifest describes."""
    at = ("layers", 0, "requant")
    return ScalarOp(
        op=manifest.get("layers", 0, "op", kind=str),
        in_format=manifest.format("in"),
        out_format=manifest.format("y"),
        drop=manifest.get(*at, "shift", kind=int),
        mult=manifest.get(*at, "mult", kind=int),
        roundings=tuple(manifest.get(*at, "rounding", kind=list)),
        overflows=tuple(manifest.get(*at, "overflow", kind=list)),
    )
