"""One node of a file: its attributes, and which of its inputs are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from refsnn.errors import UnsupportedError
from refsnn.typing import Array


@dataclass(frozen=True)
class Call:
    """What an operator is read from."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any]
    constants: dict[int, Array]
    """Those of its inputs that do not depend on the image, by position."""
    version: int
    """Operator set of the file."""
    outputs: int = 1

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute, or its default."""
        return self.attributes.get(name, default)

    def text(self, name: str, default: str) -> str:
        """An attribute that is a word."""
        value = self.attributes.get(name) or default
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

    def constant(self, index: int, what: str) -> Array:
        """A known input; one that is computed from the image is refused."""
        if index not in self.constants:
            raise self.refused(f"its {what} is no constant", f"a constant {what}")
        return self.constants[index]

    def optional(self, index: int, what: str) -> Array | None:
        """A known input that may be left out."""
        if index < len(self.inputs) and self.inputs[index]:
            return self.constant(index, what)
        return None

    def integers(self, index: int, name: str) -> list[int] | None:
        """Integers that are an attribute in older operator sets and an input in newer ones."""
        given = self.optional(index, name)
        if given is not None:
            return [int(number) for number in given.ravel()]
        listed = self.attribute(name)
        return None if listed is None else [int(number) for number in listed]

    def refused(self, why: str, needed: str | None = None) -> UnsupportedError:
        """An error that names the node, the operator and what would be needed."""
        fix = None if needed is None else f"needed: {needed}"
        return UnsupportedError(f"{self.kind}: {why}", where=self.name, fix=fix)
