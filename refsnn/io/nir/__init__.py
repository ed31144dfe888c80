"""NIR files (package nir): a network with its discrete semantics, out and back in.

NIR describes neurons by differential equations with a reset to a value, and leaves time steps,
comparison, start value and reset by subtraction to each tool. What NIR cannot say travels in flat
metadata named ``refsnn.*``; a file without them is read only under semantics that the caller
chooses. See docs/nir.md.
"""

from refsnn.io.nir.conventions import CONVENTIONS, Convention, convention
from refsnn.io.nir.read import load_nir
from refsnn.io.nir.write import nir_of, save_nir

__all__ = ["CONVENTIONS", "Convention", "convention", "load_nir", "nir_of", "save_nir"]
