"""The lines of a network's test bench that belong to one layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTHS = {"acc": "CURRENT_W", "u": "W", "spike": "1", "v": "W", "count": "COUNT_W", "out": "1"}
"""Bits of one value of each register: a number, or a constant of the layer."""


@dataclass(frozen=True)
class Part:
    """One layer in the bench."""

    name: str
    readout: bool
    signals: Sequence[str]

    def _bits(self, signal: str) -> str:
        bits = WIDTHS[signal]
        return bits if bits.isdigit() else f"{self.name}_{bits}"

    def _memories(self) -> Iterator[tuple[str, str, str]]:
        """Signal, bits of a word, words."""
        n = f"{self.name}_N_OUT"
        for signal in self.signals:
            if signal == "out":
                yield signal, n, "SAMPLES*T_IN"
            else:
                yield signal, self._bits(signal), f"SAMPLES*T_IN*{n}"
        if self.readout:
            yield "logits", f"{self.name}_W", f"SAMPLES*{n}"
            yield "class", "CLASS_W", "SAMPLES"
        yield "crc", "32", "SAMPLES"

    def declare(self) -> Iterator[str]:
        """Memories of expected words, and the running CRC."""
        for signal, bits, words in self._memories():
            yield f"    reg [{bits}-1:0] exp_{self.name}_{signal} [0:{words}-1];"
        yield f"    reg [31:0] {self.name}_crc = 32'd0;"

    def load(self) -> Iterator[str]:
        """Reading them."""
        for signal, _, _ in self._memories():
            memory = f"exp_{self.name}_{signal}"
            yield f'        $readmemh("exp/{self.name}.{signal}.hex", {memory});'

    def check_row(self) -> Iterator[str]:
        """After each step: every register of every neuron, then the emitted word."""
        n = f"{self.name}_N_OUT"
        yield f"            for (index = 0; index < {n}; index = index + 1) begin"
        yield f"                at = (sample * T_IN + row) * {n} + index;"
        for signal in self.signals:
            if signal != "out":
                yield self._check(signal, f"[index*{self._bits(signal)} +: {self._bits(signal)}]")
        yield "            end"
        yield "            index = 0;"
        if "out" in self.signals:
            out, at = f"{self.name}_out", "sample * T_IN + row"
            yield f'            check("{self.name}.out", {out}, exp_{out}[{at}]);'
            yield f"            {self.name}_crc = crc_word({self.name}_crc, {out}, {n});"

    def _check(self, signal: str, lane: str) -> str:
        register = f"{self.name}_{signal}"
        call = f'check("{self.name}.{signal}", {register}{lane}, exp_{register}[at]);'
        return f"                {call}"

    def check_sample(self) -> Iterator[str]:
        """After each sample: logits, class, checksum."""
        if self.readout:
            yield from self._check_logits()
        crc = f"{self.name}_crc"
        yield f'            check("{self.name}.crc", {crc}, exp_{crc}[sample]);'

    def _check_logits(self) -> Iterator[str]:
        name, lane = self.name, f"{self.name}_v[index*{self.name}_W +: {self.name}_W]"
        yield f"            for (index = 0; index < {name}_N_OUT; index = index + 1) begin"
        yield f"                at = sample * {name}_N_OUT + index;"
        yield f'                check("{name}.logits", {lane}, exp_{name}_logits[at]);'
        yield f"                {name}_crc = crc_word({name}_crc, {lane}, {name}_W);"
        yield "            end"
        yield "            index = 0;"
        yield f'            check("{name}.class", best, exp_{name}_class[sample]);'
