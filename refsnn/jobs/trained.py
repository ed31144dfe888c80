"""Trained networks from files of ours and of others, and what those of others do not say."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path

from refsnn.errors import InputError, nearest
from refsnn.io import Model, load_model
from refsnn.io.onnx import load_onnx
from refsnn.jobs.options import ONNX, refuse
from refsnn.preprocessing import Preprocessing
from refsnn.typing import Shape

NAMES = ("x", "y", "output")
"""What ``--names`` can name: arrays of the data, and which result of a network is meant."""


@dataclass(frozen=True)
class Unsaid:
    """Options, as they are typed, for networks of others."""

    scale: str | None = None
    mean: str | None = None
    std: str | None = None
    shape: str | None = None
    names: str | None = None
    layout: str | None = None

    def refuse(self) -> None:
        """None of them may be given."""
        refuse({f"--{field.name}": getattr(self, field.name) for field in fields(self)}, ONNX)

    @property
    def named(self) -> dict[str, str]:
        """``--names x=images,output=logits`` as a mapping."""
        found: dict[str, str] = {}
        for part in self.names.split(",") if self.names else ():
            key, _, name = part.strip().partition("=")
            if key not in NAMES:
                fix = nearest(key, list(NAMES))
                raise InputError("no such role", where="--names", got=repr(part), fix=fix)
            if not name or key in found:
                expected = "x=ARRAY,y=ARRAY,output=TENSOR"
                raise InputError("no name", where="--names", expected=expected, got=repr(part))
            found[key] = name
        return found

    @property
    def sizes(self) -> Shape | None:
        """``--shape 3,32,32`` as numbers."""
        if self.shape is None:
            return None
        try:
            return tuple(int(part) for part in self.shape.split(","))
        except ValueError:
            expected = "integers, as 3,32,32"
            raise InputError(
                "no shape", where="--shape", expected=expected, got=self.shape
            ) from None

    def preprocessing(self, shape: Shape) -> Preprocessing | None:
        """What raw images of this shape go through; None where nothing is said."""
        if self.scale is None:
            for option, value in (("--mean", self.mean), ("--std", self.std)):
                if value is not None:
                    fix = "pass --scale too: 1/255 for bytes, 1 for none"
                    raise InputError("without a scale", where=option, fix=fix)
            return None
        mean, std = _numbers(self.mean, "--mean"), _numbers(self.std, "--std")
        layout = _layout(shape, len(mean) or len(std))
        own = shape[layout.index("C") - 1]
        for option, values in (("--mean", mean), ("--std", std)):
            if len(values) not in (0, own):
                expected = f"{own}, one for each channel"
                raise InputError("other channels", where=option, expected=expected, got=len(values))
        return Preprocessing(_ratio(self.scale), mean, std, layout)


def load_trained(path: Path, unsaid: Unsaid) -> Model:
    """A model file of ours, or an ONNX network."""
    if path.suffix != ".onnx":
        unsaid.refuse()
        return load_model(path)
    for role in unsaid.named:
        if role != "output":
            fix = "rename the arrays of the npz file to x and y"
            raise InputError("no data to name", where="--names", expected="output=TENSOR",
                             got=f"{role}={unsaid.named[role]}", fix=fix)  # fmt: skip
    graph = load_onnx(path, unsaid.sizes, unsaid.named.get("output"))
    return Model(graph, unsaid.preprocessing(graph.input_shape), {"imported": path.name})


def _layout(shape: Shape, channels: int) -> str:
    """Axes of images of this shape: the channels are where their number is, first if in doubt."""
    known = {1: ("NC",), 2: ("NCL", "NLC"), 3: ("NCHW", "NHWC")}
    if len(shape) not in known:
        expected = "one to three axes"
        raise InputError("images of another kind", where="--scale", expected=expected, got=shape)
    first, *last = known[len(shape)]
    behind = bool(last) and channels not in (0, shape[0]) and shape[-1] == channels
    return last[0] if behind else first


def _ratio(text: str) -> float:
    try:
        return float(Fraction(text))
    except (ValueError, ZeroDivisionError):
        expected = "a number, as 1/255"
        raise InputError("no scale", where="--scale", expected=expected, got=text) from None


def _numbers(text: str | None, where: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError:
        expected = "numbers, as 0.485,0.456,0.406"
        raise InputError("no numbers", where=where, expected=expected, got=text) from None
