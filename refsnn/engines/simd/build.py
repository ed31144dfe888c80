"""Vectors in LLVM: the few instructions the kernels are made of, one line each.

A vector is an LLVM value such as ``<16 x i32>``; LLVM maps it to one AVX-512 register, or to two
or four smaller ones of another machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from typing import Any

import numba.core.cgutils
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

cgutils: Any = numba.core.cgutils

I1, I8, I16, I32, I64 = (ir.IntType(bits) for bits in (1, 8, 16, 32, 64))
F32 = ir.FloatType()


def vec(element: Any, lanes: int) -> Any:
    """The type ``<lanes x element>``."""
    return ir.VectorType(element, lanes)


ELEMENTS = {types.int8: I8, types.int16: I16, types.int32: I32, types.float32: F32}


Writer = Callable[..., Any]


def routine(
    arguments: int, returns: bool = False, like: bool = False
) -> Callable[[Writer], Writer]:
    """An intrinsic of int64 arguments; addresses are integers.

    The function is given the IR builder and the arguments and writes the instructions. With
    ``like`` an array comes first, and the function is given the type of its elements.
    """

    def decorate(write: Writer) -> Writer:
        def codegen(_context: Any, builder: Any, signature: Any, args: Any) -> Any:
            if like:
                args = (ELEMENTS[signature.args[0].dtype], *args[1:])
            got = write(builder, *args)
            return got if returns else cgutils.get_null_value(ir.PointerType(I8))

        result = types.int64 if returns else types.none

        def typed(*first: Any) -> Any:
            return result(*first, *[types.int64] * arguments), codegen

        made: Any = intrinsic(_with_arguments(typed, arguments + like, like, write))
        return made  # type: ignore[no-any-return]

    return decorate


def _with_arguments(typed: Any, count: int, like: bool, write: Any) -> Any:
    """Numba reads the number of arguments off the signature of the function it is given."""
    names = ", ".join(f"a{i}" for i in range(count))
    space = {"typed": typed}
    exec(f"def made(context, {names}): return typed({'a0' if like else ''})", space)
    made: Any = space["made"]
    made.__name__, made.__doc__, made.__module__ = write.__name__, write.__doc__, write.__module__
    return made


def one_of(variants: Mapping[tuple[int, ...], Writer], like: bool = False) -> Writer:
    """The writer of which the first arguments are the key: a branch for each.

    Instructions are unrolled for numbers known here; which of them are wanted is known in the loop.
    """
    size = len(next(iter(variants)))

    def write(b: Any, *args: Any) -> Any:
        first, key, rest = args[:like], args[like : like + size], args[like + size :]
        found = variable(b, number(0))
        for known, body in variants.items():
            equal = [b.icmp_signed("==", k, number(n)) for k, n in zip(key, known, strict=True)]
            with b.if_then(reduce(b.and_, equal)):
                got = body(b, *first, *rest)
                if got is not None:
                    b.store(got, found)
        return b.load(found)

    return write


def zero(kind: Any) -> Any:
    """All lanes zero."""
    return ir.Constant(kind, [0] * kind.count)


def pointer(builder: Any, address: Any, kind: Any) -> Any:
    """A typed pointer to an address."""
    return builder.inttoptr(address, ir.PointerType(kind))


def load(builder: Any, address: Any, kind: Any, align: int = 1) -> Any:
    """Read a value of this type; vectors need no alignment."""
    return builder.load(pointer(builder, address, kind), align=align)


def store(builder: Any, value: Any, address: Any, align: int = 1) -> None:
    """Write a value."""
    builder.store(value, pointer(builder, address, value.type), align=align)


def number(value: int) -> Any:
    """An int64 constant."""
    return ir.Constant(I64, value)


def at(builder: Any, base: Any, offset: int) -> Any:
    """``base + offset`` bytes."""
    return builder.add(base, number(offset))


def plus(builder: Any, base: Any, count: Any, size: Any) -> Any:
    """``base + count * size`` bytes."""
    size = number(size) if isinstance(size, int) else size
    return builder.add(base, builder.mul(count, size))


def splat(builder: Any, value: Any, lanes: int) -> Any:
    """The same scalar in every lane."""
    kind = vec(value.type, lanes)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(I32, 0))
    zeros = ir.Constant(vec(I32, lanes), [0] * lanes)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), zeros)


def variable(builder: Any, start: Any) -> Any:
    """A value that changes in a loop; LLVM keeps it in a register."""
    slot = cgutils.alloca_once(builder, start.type)
    builder.store(start, slot)
    return slot


@contextmanager
def repeat(builder: Any, count: Any) -> Iterator[Any]:
    """A loop; gives its index."""
    with cgutils.for_range(builder, count) as loop:
        yield loop.index


def call(builder: Any, name: str, result: Any, args: list[Any]) -> Any:
    """Call an LLVM intrinsic."""
    kind = ir.FunctionType(result, [arg.type for arg in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)
