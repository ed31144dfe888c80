"""The training loss."""

from __future__ import annotations

import numpy as np

from refsnn.errors import InputError
from refsnn.ops.broadcast import require_float
from refsnn.ops.checks import unit_interval
from refsnn.typing import Array, IntArray


def softmax_cross_entropy(
    logits: Array, labels: IntArray, label_smoothing: float = 0.0
) -> tuple[float, Array]:
    """Mean cross-entropy of the softmax, and its gradient.

    ``loss = -mean_b sum_c q[b, c] log softmax(logits)[b, c]`` with
    ``q = (1 - s) onehot(label) + s / C``.

    Parameters
    ----------
    logits : array (B, C)
        Any float dtype; the gradient has the same.
    labels : integer array (B,)
        Classes, 0 .. C - 1.
    label_smoothing : float in [0, 1)
        s above (Szegedy et al. 2016, section 7).

    Returns
    -------
    loss : float
    grad : array (B, C)
        ``(softmax - q) / B``.

    Raises
    ------
    InputError
        Shapes that do not fit, labels out of range, a smoothing outside [0, 1).
    """
    _check(logits, labels, label_smoothing)
    batch, classes = logits.shape
    smooth = logits.dtype.type(label_smoothing)
    shifted = logits - logits.max(1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    target = np.full_like(logits, smooth / classes)
    target[np.arange(batch), labels] += 1 - smooth
    loss = -float((target * log_p).sum()) / batch
    return loss, (np.exp(log_p) - target) / logits.dtype.type(batch)


def _check(logits: Array, labels: IntArray, label_smoothing: float) -> None:
    require_float(logits, "the loss")
    unit_interval("label_smoothing", label_smoothing)
    if logits.ndim != 2 or labels.shape != logits.shape[:1] or not logits.size:
        got = f"{logits.shape} and {labels.shape}"
        raise InputError("logits and labels do not fit", expected="(B, C) and (B,)", got=got)
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= logits.shape[1]:
        raise InputError(
            "bad labels",
            expected=f"integers in 0 .. {logits.shape[1] - 1}",
            got=f"{labels.dtype} in {labels.min()} .. {labels.max()}",
        )
