"""What a tracker is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Ending = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True)
class TrackedRun:
    """A training as a tracker sees it.

    Parameters
    ----------
    name
        Its name.
    settings
        Preset, sizes, hyper-parameters and settings of the training: numbers, texts or None.
    folder
        Where the run is kept; None if it is only in memory. A tracker may keep there what it needs
        to continue.
    steps_done
        Steps that were done before, if it was interrupted.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    steps_done: int = 0


class Tracker(Protocol):
    """Writes a training down where people compare trainings.

    All calls of one training come one after the other from one thread, which is not that of the
    training: a tracker may be slow. Whatever it raises ends the tracking, never the training.
    """

    @property
    def where(self) -> str:
        """An address, or a command that shows what was written."""

    def begin(self, run: TrackedRun) -> None:
        """Begin, or continue what was begun for the same run.

        Parameters
        ----------
        run
            The training.
        """

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write numbers down.

        Parameters
        ----------
        step
            Number of the training step, from 1.
        values
            By names such as ``training/loss`` or ``evaluation/c2st``.
        """

    def picture(self, path: Path, step: int) -> None:
        """Keep a picture.

        Parameters
        ----------
        path
            A PNG file.
        step
            Number of the training step after which it was drawn.
        """

    def end(self, ending: Ending) -> None:
        """Write down what is still to be written.

        More may follow: a raster is judged after the training.

        Parameters
        ----------
        ending
            How the training ended.
        """
