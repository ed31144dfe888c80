"""refsnn: the golden reference for ANN-to-SNN conversion.

Importing the package is cheap: SciPy, Numba, rich and typer load on first use.
"""

__version__ = "0.1.0"
