"""One implementation in a process of its own: reads requests, answers in lines of JSON.

python peer_worker.py NAME FILE      then, line by line: run N | logits | peak
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from peer_cases import load

NAMES = {
    "ours int8": ("peer_ours", "integers"),
    "ours fp32": ("peer_ours", "floats"),
    "ours PASCAL": ("peer_ours", "pascal"),
    "ours bits": ("peer_ours", "bits"),
    "SpikingJelly": ("peer_torch", "spikingjelly"),
    "snnTorch": ("peer_torch", "snntorch"),
    "torch, time folded": ("peer_torch", "fold"),
    "torch ANN fp32": ("peer_torch", "ann"),
    "torch ANN bf16": ("peer_torch", "ann_bf16"),
    "ONNX Runtime ANN fp32": ("peer_onnx", "ann"),
    "ONNX Runtime ANN int8": ("peer_onnx", "ann_int8"),
}
SPIKING = ("ours int8", "ours fp32", "SpikingJelly", "snnTorch", "torch, time folded")


def quiet_torch(module: str) -> Any:
    """One thread, no gradients."""
    if module != "peer_torch":
        return None
    import torch

    torch.set_num_threads(1)
    return torch.inference_mode().__enter__()


def peak() -> float:
    """MiB. Not ``ru_maxrss``: that remembers the process this one was forked from."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (found,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(found) / 1024


def main() -> None:
    name, path = sys.argv[1:]
    module, function = NAMES[name]
    quiet_torch(module)
    case = load(path)
    start = time.perf_counter()
    work = getattr(importlib.import_module(module), function)(case)
    logits = np.asarray(work(), np.float64)
    first = time.perf_counter() - start
    print(json.dumps({"first_s": first}), flush=True)
    for line in sys.stdin:
        word, *rest = line.split()
        answer: Any = None
        if word == "run":
            start = time.process_time()  # other jobs on the machine do not count
            for _ in range(int(rest[0])):
                work()
            answer = 1e3 * (time.process_time() - start) / int(rest[0])
        elif word == "logits":
            answer = logits.tolist()
        elif word == "peak":
            answer = peak()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
