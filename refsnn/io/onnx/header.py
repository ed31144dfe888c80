"""What goes into a network of a file, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from refsnn.errors import InputError, nearest
from refsnn.io.onnx.file import AGAIN, onnx
from refsnn.typing import Shape

INTEGERS = ("UINT8", "INT8", "UINT16", "INT16", "UINT32", "INT32", "UINT64", "INT64")


@dataclass(frozen=True)
class Header:
    """The image and the results by name."""

    name: str
    batch: int
    """Samples the file is made for; 0 where it leaves that open."""
    sizes: tuple[int, ...]
    """Axes of one sample; 0 where the file leaves one open."""
    outputs: tuple[str, ...]
    whole_numbers: bool
    """The file takes integers, raw pixels as they are."""

    def sample(self, given: Sequence[int] | None) -> Shape:
        """Shape of one sample: of the file, completed by what is given."""
        if given is None and 0 not in self.sizes:
            return self.sizes
        wanted = " x ".join(str(size) if size else "?" for size in self.sizes) or "nothing"
        if given is None:
            raise InputError(
                "the file leaves the shape of an image open", where=self.name, got=wanted,
                fix="say it with --shape, as --shape 3,32,32",
            )  # fmt: skip
        fits = len(given) == len(self.sizes) and all(
            one == other or not other for one, other in zip(given, self.sizes, strict=True)
        )
        if not fits or any(size < 1 for size in given):
            raise InputError(
                "another shape of an image", where=self.name, expected=wanted, got=tuple(given),
                fix="only sizes shown as ? are open, to --shape or to the images",
            )  # fmt: skip
        return tuple(int(size) for size in given)


def header_of(graph: Any) -> Header:
    """Read it; a network has one input."""
    stored = {tensor.name for tensor in graph.initializer}
    images = [info for info in graph.input if info.name not in stored]
    if len(images) != 1:
        got = ", ".join(info.name for info in images) or "none"
        fix = "export it with every other input as a constant"
        raise InputError("a network has one input", where="inputs", got=got, fix=fix)
    if not images[0].type.HasField("tensor_type"):
        fix = "export it with an array of images as input"
        raise InputError("the input is no tensor", where=images[0].name, fix=fix)
    dims = [max(0, d.dim_value) for d in images[0].type.tensor_type.shape.dim]
    if len(dims) < 2:
        fix = "export with a batch axis"
        raise InputError("no batch of images", where=images[0].name, got=dims, fix=fix)
    outputs = tuple(info.name for info in graph.output)
    kind = images[0].type.tensor_type.elem_type
    whole = kind in [getattr(onnx().TensorProto, name) for name in INTEGERS]
    return Header(images[0].name, dims[0], tuple(dims[1:]), outputs, whole)


def choose(outputs: tuple[str, ...], asked: str | None) -> str:
    """The one output, or the one that is asked for."""
    if asked is not None and asked not in outputs:
        raise InputError(f"no output {asked!r}", where="outputs", fix=nearest(asked, list(outputs)))
    if asked is not None:
        return asked
    if len(outputs) != 1:
        got = ", ".join(outputs) or "none"
        fix = f"say which with --names output={outputs[0]}" if outputs else AGAIN
        raise InputError("a network has one output", where="outputs", got=got, fix=fix)
    return outputs[0]
