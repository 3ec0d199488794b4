"""The process in which Neo reads files, so that a damaged file can crash nothing else.

Neo's readers, and the libraries that they call, trust lengths and offsets in the file. The process
writes, for its parent, `ABOUT` (JSON: what was read, see `About`) and the times of every train.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from neuroqgan.data.libraries.neo_objects import stored_width
from neuroqgan.data.libraries.pooled_trains import in_seconds
from neuroqgan.data.untrusted.parsing import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neuroqgan.data.untrusted.parsing import Member

ABOUT = "about"
"""The member of the archive that describes the others."""


class TrainAbout(TypedDict):
    """A spike train: its name, its unit, and where it starts and stops, all in seconds."""

    name: str | None
    unit: float
    start: float
    stop: float


class About(TypedDict, total=False):
    """What was read: either why nothing was, class by class, or by which class and what."""

    problems: list[str]
    reader: str
    n_blocks: int
    width: float | None
    segments: list[list[TrainAbout]]


def times_of_train(segment: int, train: int) -> str:
    """Return the member of the archive with the times of a train, by the positions of both."""
    return f"times/{segment}/{train}"


def parse(source: str, names: list[str]) -> Iterator[Member]:
    """Yield the members of the archive: all spike trains of the first block.

    Parameters
    ----------
    source
        The file.
    names
        Classes of `neo.io`; the first that can read the file is taken.
    """
    problems = []
    for name in names:
        try:
            with _silence():
                about, members = _read(Path(source), name)
        # Whatever a parser of a foreign format may raise.
        except Exception as error:  # noqa: BLE001
            problems.append(f"{name}: {type(error).__name__}: {error}")
            continue
        yield ABOUT, np.array(json.dumps(about))
        yield from members.items()
        return
    yield ABOUT, np.array(json.dumps(About(problems=problems)))


def _read(path: Path, name: str) -> tuple[About, dict[str, Any]]:
    import neo.io

    kind = getattr(neo.io, name)
    # Formats that are folders of files are asked for this one.
    reader = (
        kind(dirname=str(path.parent), include_filenames=[path.name])
        if kind.mode == "dir"
        else kind(str(path))
    )
    blocks = list(reader.read(lazy=True) if kind.support_lazy else reader.read())
    if not blocks:
        raise ValueError("no block")
    members: dict[str, Any] = {}
    segments: list[list[TrainAbout]] = []
    for n, segment in enumerate(blocks[0].segments):
        segments.append([])
        for k, lazy in enumerate(segment.spiketrains):
            # Lazy readers load the times only now.
            train = lazy.load() if hasattr(lazy, "load") else lazy
            members[times_of_train(n, k)] = np.asarray(train.magnitude)
            segments[-1].append(
                {
                    "name": None if train.name is None else str(train.name),
                    "unit": float(train.units.rescale("s").magnitude),
                    "start": in_seconds(train.t_start),
                    "stop": in_seconds(train.t_stop),
                }
            )
    width = stored_width(blocks[0], blocks[0].segments)
    about = About(
        reader=name,
        n_blocks=len(blocks),
        width=None if width is None else in_seconds(width),
        segments=segments,
    )
    return about, members


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep readers of Neo from printing, and from warning of their own calls."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def main(arguments: list[str]) -> int:
    """Parse one file for a parent; see `neuroqgan.data.untrusted.parsing.answer`."""
    return answer(arguments, parse, (MemoryError,))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
