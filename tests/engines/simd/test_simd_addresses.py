"""An address does not keep its array: kernels take addresses of their arguments alone.

Numba frees an array after its last use by name, and whoever allocates next is given the same
memory. Arguments are kept by the caller.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from refsnn.engines import simd

FILES = sorted(Path(simd.__file__).parent.glob("*.py"))
DANGLES = """
def kernel(x):
    local = np.empty(8)
    address = local.ctypes.data
    return use(address + x[0].ctypes.data)
"""


def addresses_of_locals(source):
    """``function: name`` wherever the address of an array is taken that is no argument."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        arguments = {argument.arg for argument in function.args.args}
        for node in ast.walk(function):
            if not (isinstance(node, ast.Attribute) and node.attr == "ctypes"):
                continue
            array = node.value.value if isinstance(node.value, ast.Subscript) else node.value
            if not (isinstance(array, ast.Name) and array.id in arguments):
                found.append(f"{function.name}: {ast.unparse(array)}")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_addresses_are_taken_of_arguments(file):
    assert addresses_of_locals(file.read_text()) == []


def test_a_planted_fault_is_found():
    assert addresses_of_locals(DANGLES) == ["kernel: local"]
    assert sum("ctypes.data" in file.read_text() for file in FILES) >= 5
