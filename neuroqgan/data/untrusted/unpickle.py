"""Arrays of objects, read without running any code that a pickle contains.

A pickle is a program: it may call any function that can be imported. Here it can call none.
Functions of NumPy that a pickled array names are replaced by stand-ins that keep what they are
given, and every other name is refused. The arrays are then made from what the stand-ins kept, by
functions that check lengths.
"""

from __future__ import annotations

import math
import pickle
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from neuroqgan.data.untrusted.archive import checked

if TYPE_CHECKING:
    from collections.abc import Callable

_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")


class RefusedError(Exception):
    """A pickle that holds more than arrays, lists, dictionaries, numbers and texts."""


class _Named:
    """A type that a pickle may name, but not call."""


class _DType:
    """Stand-in for `numpy.dtype`: numbers, texts and objects alone."""

    def __init__(self, code: object, *_: object) -> None:
        kind = code.decode("ascii") if isinstance(code, bytes) else str(code)
        self.dtype = np.dtype("O") if kind in ("O", "O8") else np.dtype(kind)
        if self.dtype.kind not in "biufUO" or self.dtype.fields is not None:
            raise RefusedError(f"values of type {kind}")

    def take(self, state: Any) -> None:
        order = state[1]
        if order in (">", b">"):
            self.dtype = self.dtype.newbyteorder(">")
        elif order in ("<", b"<"):
            self.dtype = self.dtype.newbyteorder("<")


class _Array:
    """Stand-in for an array that is being rebuilt."""

    def __init__(self, *_: object) -> None:
        self.value: object = None

    def take(self, state: Any) -> None:
        _, shape, kind, is_fortran, data = state
        if not isinstance(kind, _DType):
            raise RefusedError("an array without a type")
        if isinstance(data, str):
            data = data.encode("latin-1")
        size = math.prod(shape)
        if kind.dtype == np.dtype("O"):
            if not isinstance(data, list) or len(data) != size:
                raise RefusedError("an array of another length than it says")
            self.value = (tuple(shape), "F" if is_fortran else "C", data)
        else:
            # The length of the data is compared with the shape by `reshape`.
            flat = checked(np.frombuffer(data, kind.dtype))
            self.value = flat.reshape(shape, order="F" if is_fortran else "C")


def _scalar(kind: object, data: object) -> object:
    if not isinstance(kind, _DType) or not isinstance(data, bytes) or kind.dtype.kind == "O":
        raise RefusedError("a number without a type")
    return checked(np.frombuffer(data, kind.dtype, count=1))[0]


def _encode(text: str, encoding: str) -> bytes:
    # How pickles of protocol 2 keep bytes.
    if encoding not in ("latin1", "latin-1"):
        raise RefusedError(f"a text in {encoding}")
    return text.encode("latin-1")


_STAND_INS: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Named,
    ("numpy", "dtype"): _DType,
    ("_codecs", "encode"): _encode,
    **{(module, "_reconstruct"): _Array for module in _MULTIARRAY},
    **{(module, "scalar"): _scalar for module in _MULTIARRAY},
}


# The variant written in Python: the one in C allocates what a crafted file asks for.
class _Reader(pickle._Unpickler):
    dispatch: ClassVar[dict[int, Callable[..., Any]]] = dict(pickle._Unpickler.dispatch)

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _STAND_INS[module, name]
        except KeyError:
            raise RefusedError(f"an object of the type {module}.{name}") from None

    stack: list[Any]

    def load_build(self) -> None:
        state = self.stack.pop()
        built = self.stack[-1]
        if not isinstance(built, _DType | _Array):
            raise RefusedError("an object with a state of its own")
        built.take(state)

    dispatch[pickle.BUILD[0]] = load_build


def unpickle(handle: IO[bytes]) -> object:
    """Read a pickled array of objects, and run nothing that the pickle names.

    Parameters
    ----------
    handle
        Where the pickle begins.

    Returns
    -------
    object
        Arrays, lists, dictionaries, numbers and texts, within each other.

    Raises
    ------
    RefusedError
        If there is anything else in it.
    pickle.UnpicklingError
        If it is damaged; or any error of `neuroqgan.data.damage.DAMAGE`.
    """
    return _build(_Reader(handle, encoding="latin1").load(), {}, depth=0)


# Deeper nesting cannot be a list of spike times.
_DEEPEST = 8


def _build(held: object, known: dict[int, object], depth: int) -> object:
    """Replace stand-ins with what they stand for.

    Whatever a pickle refers to several times is made once: a list of itself would never end.
    """
    if held is None or isinstance(held, str | bytes | int | float | np.generic):
        return held
    if isinstance(held, _Array) and not isinstance(held.value, tuple):
        return held.value
    if id(held) not in known:
        if depth > _DEEPEST:
            raise RefusedError("lists within lists within lists")
        known[id(held)] = _build_members(held, known, depth + 1)
    return known[id(held)]


def _build_members(held: object, known: dict[int, object], depth: int) -> object:
    if isinstance(held, _Array):
        shape, order, data = cast("tuple[Any, Any, list[object]]", held.value)
        members = np.empty(len(data), dtype=object)
        for i, member in enumerate(data):
            members[i] = _build(member, known, depth)
        return members.reshape(shape, order=order)
    if isinstance(held, list | tuple):
        return [_build(member, known, depth) for member in held]
    if isinstance(held, dict):
        return {str(key): _build(value, known, depth) for key, value in held.items()}
    raise RefusedError(f"an object of the type {type(held).__name__}")
