"""Networks whose trains are bits and whose weights are small integers.

Spikes travel as bits, 64 channels a word, counts of order-free neurons as bytes; weights are int8
or int16 (or, where sums may be reordered, float32). What a stage computes is decided here (`taps`,
`scale`, `plan`); how it is computed is `refsnn.engines.simd`. A stage of any other kind runs as in
`refsnn.engines.blocked`, between packed ones.
"""

from refsnn.engines.packed.send import send

__all__ = ["send"]
