"""Array types of the package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
Shape = tuple[int, ...]
"""Shape of one sample: no batch axis, no time axis."""
Params = Mapping[str, Array]
"""Parameters of one node: name to array."""
