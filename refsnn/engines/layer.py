"""A layer of neurons at work in compiled kernels: arrays, filled a block of samples at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from refsnn.codings import is_constant
from refsnn.engines.propagate import Chunk
from refsnn.engines.signals import Signal, Spikes, Values, amplitude_of
from refsnn.neurons import Neuron
from refsnn.typing import Array, IntArray, Shape

if TYPE_CHECKING:
    from refsnn.engines.kernels.compiled import Bound


class Sent(NamedTuple):
    """What a layer sends: T' frames of S neurons a sample."""

    spikes: Array
    """(T', B, S) int8."""
    weights: IntArray
    """(T',): what a spike counts."""
    amplitude: Array
    """(T' or 1, S): what it is worth."""
    counts: IntArray
    """(B, S)."""
    sent: IntArray
    """(B, S)."""
    sums: Array
    """(B, S)."""

    @classmethod
    def of(cls, neuron: Neuron, frames: int, shape: Shape, weights: Any, dtype: Any) -> Sent:
        """Not filled."""
        batch, size = shape[0], int(np.prod(shape[1:]))
        return cls(
            np.empty((frames, batch, size), np.int8),
            np.array(weights or (1,) * frames, np.int64),
            amplitude_of(neuron, frames, shape[1:], dtype),
            np.empty((batch, size), np.int64),
            np.empty((batch, size), np.int64),
            np.empty((batch, size), dtype),
        )

    def close(self, chunk: Chunk, name: str, shape: Shape) -> Signal:
        """Note the tallies; give the train."""
        chunk.counts[name] = self.counts.reshape(shape)
        chunk.sent[name] = self.sent.reshape(shape)
        chunk.sums[name] = self.sums.reshape(shape)
        return Spikes(self.spikes, self.amplitude, chunk.sums[name])


class Layer(NamedTuple):
    """S neurons a sample, at work on T frames."""

    kernel: Bound
    shape: Shape
    """(B, ...)."""
    frames: int
    """T."""
    every: Array
    """(S,): bias that enters in every frame."""
    once: Array | None
    """Bias that has entered at the start."""
    state: Any
    """Fields are (B, S)."""
    charge: Array
    """(B, S)."""
    out: Sent

    @classmethod
    def of(
        cls, kernel: Bound, neuron: Neuron, shape: Shape, frames: int, bias: Array, given: Any
    ) -> Layer:
        """Fresh, or in the state it was left in (None: fresh). ``bias`` is (1, ...)."""
        size, dtype = int(np.prod(shape[1:])), bias.dtype
        at_start = neuron.semantics.bias_plan == "once"
        state = neuron.init(shape, dtype, bias if at_start else None) if given is None else given
        flat = type(state)(*(np.array(part, order="C").reshape(-1, size) for part in state))
        every = np.full(shape[1:], -0.0, dtype) if at_start else np.array(bias[0])
        out = Sent.of(neuron, neuron.frames_out(frames), shape, kernel.weights, dtype)
        charge = np.empty((shape[0], size), dtype)
        once = bias if at_start and given is None else None
        return cls(kernel, shape, frames, every.reshape(-1), once, flat, charge, out)

    def drive(self, currents: Array, lo: int) -> None:
        """Run the samples from ``lo`` on over their whole trains ``currents`` (T, b, ...)."""
        from refsnn.engines.kernels.shared import take_in, tally

        distinct = currents[:1] if is_constant(currents) else currents
        flat = np.ascontiguousarray(distinct).reshape(*distinct.shape[:2], -1)
        drive = np.empty_like(flat)
        take_in(flat, self.frames, lo, self.every, drive, self.charge)
        drive = drive if self.kernel.before is None else self.kernel.before(drive)
        spikes = self.out.spikes
        self.kernel.fire(drive, self.frames, lo, spikes, *self.state, *self.kernel.settings)
        if len(spikes):
            tally(spikes, *self.out[1:3], lo, lo + flat.shape[1], *self.out[3:])

    def close(self, chunk: Chunk, name: str) -> Signal:
        """Note in ``chunk`` what the layer did; give what it sends."""
        left = (field.reshape(self.shape) for field in self.state)
        chunk.states[name] = type(self.state)(*left)
        total = self.charge.reshape(self.shape)
        chunk.charges[name] = total + (0 if self.once is None else self.once)
        if not len(self.out.spikes):
            return Values(total[None])  # a readout: nobody reads it
        return self.out.close(chunk, name, self.shape)
