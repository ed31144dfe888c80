"""One layer of integer neurons, the widths it provably needs, and every signal it produces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fixedpoint.arith import add, as_codes, matmul
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.neurons import IntIF, IntNeuron, IntPascal, run_neuron
from fixedpoint.typing import IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """Neurons, with weights in front of them or driven by their currents directly.

    Parameters
    ----------
    name : str
        Begins the file names.
    neuron : IntIF or IntPascal
        Its arrays broadcast to (n_out,).
    t_in : int
        Input steps of one sample.
    in_format : Format
        Of one input lane: the current, or the unsigned bits or counts of a dense layer.
    weight : array (n_out, n_in), optional
        Without it the input is the current.
    weight_format : Format, optional
        Signed; given with the weight.
    bias : array (n_out,), optional
        Enters each consumed step (what enters once belongs to ``v_init``).
    """

    name: str
    neuron: IntNeuron
    t_in: int
    in_format: Format
    weight: IntArray | None = None
    weight_format: Format | None = None
    bias: IntArray | None = None

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or not self.name.isascii():
            fix = "use letters, digits and _: the name goes into Verilog"
            raise InputError("bad name", where="name", got=repr(self.name), fix=fix)
        if type(self.neuron) not in (IntIF, IntPascal):
            raise InputError(
                "there are no vectors of this neuron yet",
                where=self.name,
                expected="IntIF or IntPascal",
                got=type(self.neuron).__name__,
            )
        if self.weight is None:
            _require_signed(self.in_format, "in_format")
        else:
            self._check_dense(self.weight)

    def _check_dense(self, weight: IntArray) -> None:
        if np.ndim(weight) != 2 or not np.size(weight):
            got = np.shape(weight)
            raise InputError("bad weight shape", where=self.name, expected="(out, in)", got=got)
        if self.weight_format is None or self.in_format.signed:
            raise InputError(
                "a dense layer needs a weight format and unsigned inputs",
                where=self.name,
                got=f"weight_format {self.weight_format}, in_format {self.in_format}",
            )
        _require_signed(self.weight_format, "weight_format")
        self.weight_format.require(weight, f"{self.name}.weight")
        if self.bias is not None and np.shape(self.bias) != (len(weight),):
            got = np.shape(self.bias)
            raise InputError(
                "bad bias shape", where=self.name, expected=f"({len(weight)},)", got=got
            )

    @property
    def dense(self) -> bool:
        """Whether there are weights."""
        return self.weight is not None

    @property
    def rtl(self) -> tuple[str, ...]:
        """Verilog modules it needs."""
        neuron = "pascal_neuron" if isinstance(self.neuron, IntPascal) else "if_neuron"
        return (neuron, "dense_layer") if self.dense else (neuron,)

    @property
    def n_out(self) -> int:
        """Neurons."""
        return 1 if self.weight is None else len(self.weight)

    @property
    def n_in(self) -> int:
        """Input lanes."""
        return 1 if self.weight is None else self.weight.shape[1]

    @property
    def t_out(self) -> int:
        """Output steps of one sample."""
        return self.neuron.t_out if isinstance(self.neuron, IntPascal) else self.t_in

    @property
    def rows(self) -> int:
        """Executed steps of one sample."""
        return len(self.neuron.schedule(self.t_in))

    def per_neuron(self, value: IntArray | int) -> IntArray:
        """Give a setting of the neuron as one value each, (n_out,)."""
        try:
            return np.broadcast_to(np.asarray(value), (self.n_out,)).astype(np.int64)
        except ValueError:
            raise InputError(
                "setting does not fit the neurons",
                where=self.name,
                expected=f"one value or shape ({self.n_out},)",
                got=np.shape(value),
            ) from None

    @cached_property
    def formats(self) -> dict[str, Format]:
        """Format of each signal, from the range of the inputs and not from their values.

        Every partial sum of a step is within ``|bias| + sum|w| * max|in|``, and the membrane within
        ``|v_init| + t_in`` times that, or theta: so nothing can overflow, for any stimulus.
        """
        acc = self._largest_current()
        v_init = np.abs(self.per_neuron(self.neuron.v_init))
        bound = int(
            np.max(np.maximum(v_init + self.t_in * acc, self.per_neuron(self.neuron.theta)))
        )
        count = self._count_format()
        membrane = max(Format.holding(-bound, bound).width, count.width)
        pascal = isinstance(self.neuron, IntPascal)
        current = self.in_format if self.weight is None else _signed(int(acc.max()))
        own = {"weight": self.weight_format} if self.weight_format is not None else {}
        return own | {
            "in": self.in_format,
            "current": current,
            "membrane": Format(True, membrane),
            "spike": Format(True, 2) if pascal else Format(False, 1),
            "count": count,
            "bit": Format(False, 1),
        }

    def _largest_current(self) -> IntArray:
        lane = max(-self.in_format.low, self.in_format.high)
        if self.weight is None:
            return np.array([lane])
        bias = self.per_neuron(0 if self.bias is None else self.bias)
        return np.asarray(np.abs(self.weight).sum(axis=1) * lane + np.abs(bias), np.int64)

    def _count_format(self) -> Format:
        if not isinstance(self.neuron, IntPascal):
            return Format(False, max(2, self.t_in.bit_length()))
        longest = max(self.t_in, self.t_out)
        return Format.holding(-max(longest - 1, 1), self.t_in + longest - 1)

    def signals(self, stimulus: IntArray) -> dict[str, IntArray]:
        """Compute every expected signal.

        Parameters
        ----------
        stimulus : (sample, t_in, n_in)

        Returns
        -------
        dict
            ``acc`` (dense only), ``u``, ``spike``, ``v``, ``count``, ``out``; neuron axis last.
        """
        currents = self.currents(stimulus)
        time_first = np.swapaxes(currents, 0, 1)
        run = run_neuron(self.neuron, time_first, trace=True, v_format=self.formats["membrane"])
        if run.trace is None:
            raise AssertionError("a traced run has a trace")
        named = {name: getattr(run.trace, name) for name in ("u", "spike", "v", "count")}
        named["out"] = run.spikes.astype(np.int64)
        found = {name: np.swapaxes(values, 0, 1) for name, values in named.items()}
        return ({"acc": currents} if self.dense else {}) | found

    def currents(self, stimulus: IntArray) -> IntArray:
        """Give the input current of each neuron, (sample, t_in, n_out)."""
        frames = self.in_format.require(as_codes(stimulus), f"{self.name}.stimulus")
        if self.weight is None:
            return frames
        summed = matmul(frames, np.asarray(self.weight).T)
        return summed if self.bias is None else add(summed, self.bias)


def _signed(bound: int) -> Format:
    return Format(True, max(2, Format.holding(-bound, bound, signed=True).width))


def _require_signed(fmt: Format, where: str) -> None:
    if not fmt.signed or fmt.width < 2:
        expected = "signed, at least 2 bits"
        raise InputError("format not supported by the RTL", where=where, expected=expected, got=fmt)
