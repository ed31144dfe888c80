"""A saturating IF layer, 256 to 256: Verilator's simulation of RTL against this library's loops.

    python benchmarks/rtl.py        # needs verilator and g++

All neurons in parallel, one input a clock, int8 weights, membranes of 24 bits that saturate after
every addition. Both are fed the same spikes (10 %), and must send the same ones before a time
counts. Both times are those of a thread, in turns, medians; building the simulation takes seconds
and is not counted.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from fixedpoint.kernels import if_layer

N, STEPS, THETA, BITS = 256, 4000, 400, 24

MODULE = """
module layer(input wire clk, input wire clear, input wire valid, input wire fire,
             input wire [7:0] address, output reg [255:0] spikes);
  reg signed [7:0] weights [0:65535];
  initial $readmemh("weights.hex", weights);
  localparam signed [24:0] HIGH = 25'sd8388607, LOW = -25'sd8388608;
  localparam signed [23:0] THETA = 24'sd%d;
  reg signed [23:0] v [0:255];
  reg signed [24:0] sum;
  integer o;
  always @(posedge clk)  // blocking, nobody else reads v: Verilator makes a plain loop of it
    for (o = 0; o < 256; o = o + 1) begin
      sum = {v[o][23], v[o]} + {{17{weights[{address, o[7:0]}][7]}}, weights[{address, o[7:0]}]};
      if (clear) v[o] = 0;
      else if (valid) v[o] = sum > HIGH ? HIGH[23:0] : sum < LOW ? LOW[23:0] : sum[23:0];
      else if (fire) begin
        spikes[o] = v[o] >= THETA;
        if (v[o] >= THETA) v[o] = v[o] - THETA;
      end
    end
endmodule
"""

DRIVER = """
#include "Vlayer.h"
#include "verilated.h"
#include <chrono>
#include <cstdio>
#include <vector>
int main(int argc, char** argv) {
  const int steps = atoi(argv[1]), rounds = atoi(argv[2]), n = 256;
  std::vector<unsigned char> x(steps * n);
  std::vector<unsigned> out(steps * 8);
  FILE* f = fopen("spikes.bin", "rb");
  if (!f || fread(x.data(), 1, x.size(), f) != x.size()) return 1;
  Vlayer top;
  auto tick = [&] { top.clk = 1; top.eval(); top.clk = 0; top.eval(); };
  for (int r = 0; r < rounds; ++r) {
    top.clear = 1; top.valid = top.fire = 0; tick(); top.clear = 0;
    clock_t start = clock();
    for (int t = 0; t < steps; ++t) {
      for (int k = 0; k < n; ++k)
        if (x[t * n + k]) { top.valid = 1; top.address = k; tick(); }
      top.valid = 0; top.fire = 1; tick(); top.fire = 0;
      for (int w = 0; w < 8; ++w) out[t * 8 + w] = top.spikes[w];
    }
    printf("%.6f\\n", double(clock() - start) / CLOCKS_PER_SEC);
  }
  f = fopen("out.bin", "wb");
  fwrite(out.data(), 4, out.size(), f);
  fclose(f);
}
"""


def built(folder: Path, weights: np.ndarray, x: np.ndarray) -> None:
    """The simulation as a program; only spiking inputs take a clock, which favours it."""
    codes = [f"{int(w) & 255:02x}" for w in weights.ravel()]
    (folder / "weights.hex").write_text("\n".join(codes) + "\n")
    (folder / "spikes.bin").write_bytes(x.tobytes())
    (folder / "layer.v").write_text(MODULE % THETA)
    (folder / "driver.cpp").write_text(DRIVER)
    command = [
        "verilator",
        "--cc",
        "--exe",
        "--build",
        "-O3",
        "-Wno-fatal",
        "--top-module",
        "layer",
    ]
    flags = ["-CFLAGS", "-O3 -march=native", "-o", "driver", "driver.cpp", "layer.v"]
    subprocess.run([*command, *flags], cwd=folder, check=True, capture_output=True)


def simulated(folder: Path, rounds: int) -> list[float]:
    command = [str(folder / "obj_dir" / "driver"), str(STEPS), str(rounds)]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return [float(line) for line in done.stdout.split()]


def computed(weights: np.ndarray, x: np.ndarray) -> tuple[float, np.ndarray]:
    v, out = np.zeros(N, np.int32), np.empty((STEPS, N), np.uint8)
    high = 2 ** (BITS - 1) - 1
    start = time.process_time()
    if_layer(v, x, weights, THETA, -high - 1, high, out)
    return time.process_time() - start, out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    rng = np.random.default_rng(0)
    weights = rng.integers(-128, 127, (N, N), np.int8, endpoint=True)
    x = (rng.random((STEPS, N)) < 0.1).astype(np.uint8)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        built(folder, weights, x)
        theirs, ours = [], []
        for _ in range(rounds):
            theirs += simulated(folder, 1)
            seconds, out = computed(weights, x)
            ours.append(seconds)
        words = np.fromfile(folder / "out.bin", np.uint8).reshape(STEPS, N // 8)
        assert np.array_equal(np.unpackbits(words, axis=1, bitorder="little"), out)
    one, two = 1e6 * median(theirs) / STEPS, 1e6 * median(ours) / STEPS
    print(f"{int(out.sum())} output spikes in {STEPS} steps, the same in both")
    print(f"Verilator {one:.2f} us a step, if_layer {two:.2f} us a step: {one / two:.1f} times")


if __name__ == "__main__":
    main()
