"""The inner loop: inputs made and read in a forked process, of which the parent keeps watch."""

from __future__ import annotations

import importlib.util
import mmap
import os
import random
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.fuzz import forked
from tests.fuzz.judge import Judge
from tests.fuzz.mutators import mutate_bytes
from tests.fuzz.target import Fault, Target

_HEAD = struct.Struct("<QQdQ")
_MOST_BYTES = 2**22

MEMORY_EXIT = 17
"""The exit code of a worker that took too much memory, and so is of no use any more."""


class Shared:
    """What a worker tells its parent as it goes, in memory that outlives it."""

    def __init__(self) -> None:
        self._map = mmap.mmap(-1, _HEAD.size + _MOST_BYTES)

    def read(self) -> tuple[int, int, float, bytes]:
        """Return the inputs done and accepted, when the present one began, and that input."""
        done, accepted, began, length = _HEAD.unpack_from(self._map)
        return done, accepted, began, bytes(self._map[_HEAD.size : _HEAD.size + length])

    def began(self) -> float:
        """Return when the present input began; 0 between inputs."""
        _, _, began, _ = _HEAD.unpack_from(self._map)
        return began

    def begin(self, data: bytes) -> None:
        """Note that an input is being read."""
        done, accepted, _, _ = _HEAD.unpack_from(self._map)
        self._map[_HEAD.size : _HEAD.size + len(data)] = data
        _HEAD.pack_into(self._map, 0, done, accepted, time.monotonic(), len(data))

    def end(self, *, was_accepted: bool) -> None:
        """Note that it was read."""
        done, accepted, _, _ = _HEAD.unpack_from(self._map)
        _HEAD.pack_into(self._map, 0, done + 1, accepted + was_accepted, 0.0, 0)


def work(
    target: Target,
    shared: Shared,
    note: Callable[[Fault, bytes], None],
    scratch: Path,
    corpus: Path,
    *,
    n_inputs: int,
    seed: int,
    seconds: float,
    guided: bool = True,
) -> None:
    """Read inputs until there were enough, and never return.

    Parameters
    ----------
    target
        What reads them.
    shared
        Where to tell the parent.
    note
        Keeps a fault and its input.
    scratch
        An empty folder to work in.
    corpus
        Folder of whole inputs, to which those with new coverage are added.
    n_inputs, seed, seconds
        How many, from which random numbers, and for how long at most.
    guided
        Whether what they cover guides the search, where atheris is installed.
    """
    os.chdir(scratch)
    sys.dont_write_bytecode = True
    forked.install(scratch)
    judge = Judge(target, scratch)
    parent = os.getppid()

    def one(data: bytes) -> None:
        if len(data) > _MOST_BYTES:
            return
        if os.getppid() != parent:
            # Ended by somebody else, without a word to this process.
            os._exit(1)
        shared.begin(data)
        fault = judge(data)
        shared.end(was_accepted=judge.was_accepted)
        if fault is not None:
            note(fault, data)
            if fault.kind == "memory":
                os._exit(MEMORY_EXIT)

    if not guided or importlib.util.find_spec("atheris") is None:
        _unguided(target, one, corpus, n_inputs, seed, seconds)
        os._exit(0)
    import atheris

    largest = max((path.stat().st_size for path in corpus.iterdir()), default=0)
    arguments = [
        "fuzz", f"-runs={n_inputs}", f"-seed={seed % 2**31 + 1}", f"-max_total_time={seconds:.0f}",
        f"-max_len={max(4096, 2 * largest)}", "-len_control=0", "-timeout=1000000",
        "-rss_limit_mb=0",
        "-handle_segv=0", "-handle_abrt=0", "-handle_bus=0", "-handle_fpe=0", "-handle_ill=0",
        "-handle_int=0", "-handle_term=0", "-handle_xfsz=0", "-detect_leaks=0",
        "-reload=0", str(corpus),
    ]  # fmt: skip

    def mutated(data: bytes, most: int, number: int) -> bytes:
        rng = random.Random(number)
        if not target.mutate or rng.random() < 0.25:
            return atheris.Mutate(data, most)
        changed = rng.choice(target.mutate)(data, rng)
        return changed if len(changed) <= most else atheris.Mutate(data, most)

    atheris.Setup(arguments, one, custom_mutator=mutated)
    atheris.Fuzz()
    os._exit(0)


def _unguided(
    target: Target,
    one: Callable[[bytes], None],
    corpus: Path,
    n_inputs: int,
    seed: int,
    seconds: float,
) -> None:
    """Make inputs without knowing what they cover, where atheris is not installed."""
    rng = random.Random(seed)
    held = [path.read_bytes() for path in sorted(corpus.iterdir())]
    end = time.monotonic() + seconds
    for number in range(n_inputs):
        if time.monotonic() > end:
            return
        data = held[number] if number < len(held) else rng.choice(held)
        for _ in range(0 if number < len(held) else rng.choice((1, 1, 2, 3))):
            data = rng.choice((mutate_bytes, *target.mutate))(data, rng)
        one(data)
