"""Names of the rounding and overflow modes, and what other tools call them.

Value each rounding gives to -2.5, the case on which tools disagree:

=================  ====  =================  ====
``floor``           -3   ``half_down``       -3
``ceil``            -2   ``half_to_zero``    -2
``to_zero``         -2   ``half_away``       -3
``away_from_zero``  -3   ``half_even``       -2
``half_up``         -2   ``half_odd``        -3
``mag_trunc``       -2   ``jam``             -3
..                   ..  ``jam_unbiased``    -3
=================  ====  =================  ====

A name of another tool is written with its name space, ``"qonnx:HALF_UP"``: there *half up* means
away from zero (-2.5 becomes -3), while hardware people read it as towards plus infinity.
"""

from __future__ import annotations

from collections.abc import Mapping

from fixedpoint.errors import InputError, nearest

ROUNDINGS: tuple[str, ...] = (
    "floor",
    "ceil",
    "to_zero",
    "away_from_zero",
    "half_up",
    "half_down",
    "half_to_zero",
    "half_away",
    "half_even",
    "half_odd",
    "mag_trunc",
    "jam",
    "jam_unbiased",
)
OVERFLOWS: tuple[str, ...] = (
    "wrap",
    "saturate",
    "saturate_sym",
    "saturate_zero",
    "keep_sign",
    "error",
)

ROUNDING_ALIASES: dict[str, str] = {
    "ap_fixed:AP_TRN": "floor",
    "ap_fixed:AP_TRN_ZERO": "to_zero",
    "ap_fixed:AP_RND": "half_up",
    "ap_fixed:AP_RND_MIN_INF": "half_down",
    "ap_fixed:AP_RND_ZERO": "half_to_zero",
    "ap_fixed:AP_RND_INF": "half_away",
    "ap_fixed:AP_RND_CONV": "half_even",
    "apytypes:TRN": "floor",
    "apytypes:TO_NEG": "floor",
    "apytypes:TRN_INF": "ceil",
    "apytypes:TO_POS": "ceil",
    "apytypes:TRN_ZERO": "to_zero",
    "apytypes:TO_ZERO": "to_zero",
    "apytypes:TRN_AWAY": "away_from_zero",
    "apytypes:TO_AWAY": "away_from_zero",
    "apytypes:TRN_MAG": "mag_trunc",
    "apytypes:RND": "half_up",
    "apytypes:TIES_POS": "half_up",
    "apytypes:RND_MIN_INF": "half_down",
    "apytypes:TIES_NEG": "half_down",
    "apytypes:RND_ZERO": "half_to_zero",
    "apytypes:TIES_ZERO": "half_to_zero",
    "apytypes:RND_INF": "half_away",
    "apytypes:TIES_AWAY": "half_away",
    "apytypes:RND_CONV": "half_even",
    "apytypes:TIES_EVEN": "half_even",
    "apytypes:RND_CONV_ODD": "half_odd",
    "apytypes:TIES_ODD": "half_odd",
    "apytypes:JAM": "jam",
    "apytypes:JAM_UNBIASED": "jam_unbiased",
    "ieee754:roundTowardNegative": "floor",
    "ieee754:roundTowardPositive": "ceil",
    "ieee754:roundTowardZero": "to_zero",
    "ieee754:roundTiesToAway": "half_away",
    "ieee754:roundTiesToEven": "half_even",
    "en_cl_fix:Trunc_s": "floor",
    "en_cl_fix:NonSymPos_s": "half_up",
    "en_cl_fix:NonSymNeg_s": "half_down",
    "en_cl_fix:SymZero_s": "half_to_zero",
    "en_cl_fix:SymInf_s": "half_away",
    "en_cl_fix:ConvEven_s": "half_even",
    "en_cl_fix:ConvOdd_s": "half_odd",
    "qonnx:FLOOR": "floor",
    "qonnx:CEIL": "ceil",
    "qonnx:DOWN": "to_zero",
    "qonnx:UP": "away_from_zero",
    "qonnx:HALF_DOWN": "half_to_zero",
    "qonnx:HALF_UP": "half_away",
    "qonnx:ROUND": "half_even",
    "matlab:floor": "floor",
    "matlab:ceil": "ceil",
    "matlab:fix": "to_zero",
    "matlab:nearest": "half_up",
    "matlab:round": "half_away",
    "matlab:convergent": "half_even",
}
OVERFLOW_ALIASES: dict[str, str] = {
    "narrow_range": "saturate_sym",
    "ap_fixed:AP_WRAP": "wrap",
    "ap_fixed:AP_SAT": "saturate",
    "ap_fixed:AP_SAT_SYM": "saturate_sym",
    "ap_fixed:AP_SAT_ZERO": "saturate_zero",
    "apytypes:WRAP": "wrap",
    "apytypes:SAT": "saturate",
    "apytypes:NUMERIC_STD": "keep_sign",
    "en_cl_fix:None_s": "wrap",
    "en_cl_fix:Sat_s": "saturate",
    "en_cl_fix:Warn_s": "error",
    "qonnx:narrow_range": "saturate_sym",
    "vhdl:resize": "keep_sign",
    "matlab:Wrap": "wrap",
    "matlab:Saturate": "saturate",
}


def rounding(name: str) -> str:
    """Give the canonical name of a rounding mode.

    Parameters
    ----------
    name : str
        One of `ROUNDINGS`, or another tool's name with its name space (``"ap_fixed:AP_RND"``).

    Raises
    ------
    InputError
        The name is unknown. A bare name of another tool is refused: it may be ambiguous.

    Examples
    --------
    >>> rounding("qonnx:HALF_UP"), rounding("half_up")
    ('half_away', 'half_up')
    """
    return _canonical(name, ROUNDINGS, ROUNDING_ALIASES, "rounding")


def overflow(name: str) -> str:
    """Give the canonical name of an overflow mode (see `rounding`).

    ``AP_WRAP`` means zero saturated bits; ``AP_WRAP_SM`` and N > 0 are not supported.
    ``narrow_range`` of an unsigned QONNX tensor drops the top code; here an unsigned
    ``saturate_sym`` equals ``saturate``.

    >>> overflow("narrow_range")
    'saturate_sym'
    """
    return _canonical(name, OVERFLOWS, OVERFLOW_ALIASES, "overflow")


def _canonical(name: str, known: tuple[str, ...], aliases: Mapping[str, str], kind: str) -> str:
    if name in known:
        return name
    if name in aliases:
        return aliases[name]
    # A bare foreign name gets the canonical list; a name with its name space gets that space.
    space = name.split(":")[0] + ":" if isinstance(name, str) and ":" in name else ""
    candidates = [alias for alias in aliases if space and alias.startswith(space)]
    raise InputError(
        f"unknown {kind} mode",
        where=kind,
        got=repr(name),
        fix=nearest(str(name), candidates or list(known)),
    )
