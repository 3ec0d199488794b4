"""What the processes have in common that parse files for a parent, and how they answer it.

Such a process reads a file and writes plain arrays to an ``.npz`` archive: ``array/<name>`` for
numbers and texts; ``times/<name>`` and ``lengths/<name>`` for spike times, see
`neuroqgan.data.times.trains.Trains`; ``other/<name>`` for what is neither; and texts:
``header/<name>`` for what is there but was not read yet, ``refused/<name>`` for what is not read
at all, and ``note/<name>`` for what is to be said about it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.times.trains import trains_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    Member = tuple[str, NDArray[Any]]

UNREADABLE = 3
"""The exit code by which a process says that the file could not be parsed."""

# Of a header: a file may claim any shape for what it does not have.
_MOST_SHOWN = 1_000_000


def answer(
    arguments: list[str],
    parse: Callable[[str, list[str]], Iterable[Member]],
    failures: tuple[type[Exception], ...],
) -> int:
    """Parse one file and write what it holds; returns the exit code.

    Parameters
    ----------
    arguments
        Of the process: the file, the archive to write, the bytes that may be allocated, the seconds
        of processor time that it may take, and what is wanted of the file.
    parse
        Parses a file, given what is wanted of it.
    failures
        What it raises on damage.
    """
    source, target, memory, seconds, *wanted = arguments
    _limit("RLIMIT_AS", int(memory))
    _limit("RLIMIT_CPU", int(seconds))
    # A damaged file is no reason to leave gigabytes of this process behind.
    _limit("RLIMIT_CORE", 0)
    try:
        members = dict(parse(source, wanted))
    except failures as error:
        sys.stderr.write(f"{type(error).__name__}: {error}")
        return UNREADABLE
    np.savez(target, allow_pickle=False, **members)
    return 0


def cell_members(name: str, cell: NDArray[Any]) -> Iterator[Member]:
    """Yield the members for an array of objects: texts, spike times, or neither."""
    words = [np.asarray(member) for member in cell.flat]
    if words and all(word.dtype.kind == "U" and word.size == 1 for word in words):
        yield f"array/{name}", np.array([word.item() for word in words])
        return
    trains = trains_of(cell)
    if trains is None:
        yield other_member(name, cell.shape)
    else:
        yield f"times/{name}", trains.times
        yield f"lengths/{name}", trains.lengths


def other_member(name: str, shape: tuple[int, ...] = ()) -> Member:
    """Return the member for what is neither numbers, texts nor spike times."""
    return f"other/{name}", np.zeros(shape if np.prod(shape) <= _MOST_SHOWN else (), bool)


def _limit(what: str, most: int) -> None:
    """Limit this process, where there are such limits; elsewhere it behaves as any program."""
    try:
        import resource

        kind = getattr(resource, what)
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(kind, (most, hard))
    except (ImportError, OSError, ValueError):
        return
