"""One layer of integer neurons, the widths it provably needs, and every signal it produces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fixedpoint.arith import add, as_codes, matmul
from fixedpoint.errors import InputError
from fixedpoint.formats import Format
from fixedpoint.neurons import IntNeuron, run_neuron
from fixedpoint.typing import IntArray
from fixedpoint.vectors.kinds import Kind, kind_named, kind_of, require_kind
from fixedpoint.vectors.signal_formats import signal_formats


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """Neurons, with weights in front of them or driven by their currents directly.

    Parameters
    ----------
    name : str
        Begins the file names.
    neuron : IntNeuron
        One of `fixedpoint.vectors.kinds`; its arrays broadcast to (n_out,).
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
    in_bits : int
        Of a dense layer: B > 0 where a spike of step t is worth ``2**(B - t)`` (bits, MSB first);
        0 where all steps are alike.
    kind : str, optional
        Of `fixedpoint.vectors.kinds`, where one neuron has several modules; the general one
        otherwise.
    """

    name: str
    neuron: IntNeuron
    t_in: int
    in_format: Format
    weight: IntArray | None = None
    weight_format: Format | None = None
    bias: IntArray | None = None
    in_bits: int = 0
    kind: str | None = None

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or not self.name.isascii():
            fix = "use letters, digits and _: the name goes into Verilog"
            raise InputError("bad name", where="name", got=repr(self.name), fix=fix)
        self._check_kind()
        if self.weight is None:
            _require_signed(self.in_format, "in_format")
        else:
            self._check_dense(self.weight)

    def _check_kind(self) -> None:
        known = self.hardware
        require_kind(known, self.neuron, self.name)
        if self.weight is not None and known.code is None:
            fix = "use the kind with a threshold input"
            raise InputError("no dense layer of this kind", where=self.name, got=known.id, fix=fix)
        if self.in_bits and (self.weight is None or not self.t_in <= self.in_bits <= 62):
            expected = f"0, or with weights {self.t_in}..62"
            raise InputError("bits", where="in_bits", expected=expected, got=self.in_bits)

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
    def worth(self) -> IntArray:
        """What a spike of each input step is worth, (t_in,)."""
        if self.in_bits == 0:
            return np.ones(self.t_in, np.int64)
        return np.asarray(1 << (self.in_bits - np.arange(1, self.t_in + 1)), np.int64)

    @property
    def hardware(self) -> Kind:
        """What it is in Verilog."""
        return kind_of(self.neuron, self.name) if self.kind is None else kind_named(self.kind)

    @property
    def phases(self) -> IntArray:
        """Phase code of every row, (rows,)."""
        return np.array([phase.code for phase in self.neuron.schedule(self.t_in)])

    @property
    def rtl(self) -> tuple[str, ...]:
        """Verilog modules it needs."""
        core = (self.hardware.core, "membrane_add")
        return (*core, "dense_layer") if self.dense else core

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
        return sum(phase.emits for phase in self.neuron.schedule(self.t_in))

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
        """Format of each signal, from the range of the inputs and not from their values."""
        own = {} if self.weight_format is None else {"weight": self.weight_format}
        return own | signal_formats(self)

    def signals(self, stimulus: IntArray) -> dict[str, IntArray]:
        """Compute every expected signal.

        Parameters
        ----------
        stimulus : (sample, t_in, n_in)

        Returns
        -------
        dict
            ``acc`` (dense only), ``u``, ``spike``, ``v``, ``count``, ``sat`` (with a register),
            ``out``; neuron axis last.
        """
        currents = self.currents(stimulus)
        time_first = np.swapaxes(currents, 0, 1)
        bounds = None if self.neuron.membrane else self.formats["membrane"]
        run = run_neuron(self.neuron, time_first, trace=True, v_format=bounds)
        if run.trace is None:
            raise AssertionError("a traced run has a trace")
        names = {"u": "u", "spike": "spike", "v": "v", "count": "count"}
        if self.neuron.membrane is not None:
            names["sat"] = "saturated"
        named = {name: getattr(run.trace, field) for name, field in names.items()}
        named["out"] = run.spikes.astype(np.int64)
        found = {name: np.swapaxes(values, 0, 1) for name, values in named.items()}
        return ({"acc": currents} if self.dense else {}) | found

    def currents(self, stimulus: IntArray) -> IntArray:
        """Give the input current of each neuron, (sample, t_in, n_out)."""
        frames = self.in_format.require(as_codes(stimulus), f"{self.name}.stimulus")
        if self.weight is None:
            return frames
        summed = matmul(frames * self.worth[:, None], np.asarray(self.weight).T)
        return summed if self.bias is None else add(summed, self.bias)


def _require_signed(fmt: Format, where: str) -> None:
    if not fmt.signed or fmt.width < 2:
        expected = "signed, at least 2 bits"
        raise InputError("format not supported by the RTL", where=where, expected=expected, got=fmt)
