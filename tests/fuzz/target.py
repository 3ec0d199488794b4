"""What a target of the fuzzer is."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Mutator = Callable[[bytes, random.Random], bytes]
"""Changes an input that knows its structure, given a source of randomness."""

GIGABYTE = 2**30


@dataclass(frozen=True, kw_only=True)
class Target:
    """A door for bytes of others, and what may come in there.

    Parameters
    ----------
    name
        How the command line names it, such as ``npz``.
    suffix
        How the file that holds an input is called: ``input`` and this.
    seeds
        Makes whole inputs to begin with: few and small, always the same.
    run
        Reads an input. It returns if the input is accepted, and raises an error of `neuroqgan` if
        not; anything else is a fault. It raises `AssertionError` if what was read makes no sense.
    mutate
        Changes of its own beside those of single bytes; see `tests.fuzz.mutators`.
    watched
        Packages whose coverage guides the search; all their modules are imported at the start.
    folder
        Whether the reader takes a folder: inputs are then packed by `tests.fuzz.folders.pack`.
    seconds
        Processor time that one input may take.
    memory
        Bytes by which one input may raise the memory of the process or of its children.
    executes
        Whether the reader may start processes and open sockets by itself.
    requires
        Modules without which there is nothing to fuzz.
    """

    name: str
    suffix: str
    seeds: Callable[[], list[bytes]]
    run: Callable[[Path], object]
    mutate: tuple[Mutator, ...] = ()
    watched: tuple[str, ...] = ("neuroqgan.data",)
    folder: bool = False
    seconds: float = 10.0
    memory: int = GIGABYTE
    executes: bool = False
    requires: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """Return what is required and not installed."""
        return [name for name in self.requires if importlib.util.find_spec(name) is None]


@dataclass(frozen=True)
class Fault:
    """Something that an input did and may not do.

    Parameters
    ----------
    kind
        What sort of fault: the name of an exception, ``slow``, ``memory``, ``killed``, ``warning``,
        ``escape``.
    place
        Where in the package, so that faults of one kind at one place count once.
    text
        What happened, with a traceback if there is one.
    """

    kind: str
    place: str
    text: str

    @property
    def key(self) -> str:
        """What makes two faults the same."""
        return f"{self.kind} at {self.place}"
