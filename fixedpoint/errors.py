"""The one error both packages raise for bad input: what, where, expected, got, what to do."""

from __future__ import annotations

from typing import Self


class InputError(ValueError):
    """Something the caller handed over cannot be used.

    Parameters
    ----------
    what : str
        What is wrong, in one clause.
    where : str, optional
        The file, node, argument or option it concerns.
    expected, got : object, optional
        What would have been right, and what came instead.
    fix : str, optional
        What the caller can do about it.

    Notes
    -----
    The message is one sentence: ``where: what: expected ..., got ...; fix``.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        expected: object = None,
        got: object = None,
        fix: str | None = None,
    ) -> None:
        self.what, self.where, self.expected, self.got, self.fix = what, where, expected, got, fix
        facts = [
            f"{label} {value}"
            for label, value in (("expected", expected), ("got", got))
            if value is not None
        ]
        message = f"{where}: {what}" if where else what
        if facts:
            message += ": " + ", ".join(facts)
        if fix:
            message += f"; {fix}"
        super().__init__(message)

    def within(self, place: str) -> Self:
        """The same error, of something in ``place``: a file, a node."""
        where = f"{place}, {self.where}" if self.where else place
        return type(self)(
            self.what, where=where, expected=self.expected, got=self.got, fix=self.fix
        )


def nearest(name: str, known: list[str]) -> str:
    """The hint for an unknown name: the closest known one, and the list of all.

    >>> nearest("pasacl", ["pascal", "qcfs"])
    "did you mean 'pascal'? Known: pascal, qcfs"
    """
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}Known: {', '.join(sorted(known))}"
