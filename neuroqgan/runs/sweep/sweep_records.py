"""The JSON files of a sweep and what each of them holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from neuroqgan.runs.records import damaged, read_record
from neuroqgan.schemas import SchemaError, checked

if TYPE_CHECKING:
    from pathlib import Path

    _Record = TypeVar("_Record")


@dataclass(frozen=True)
class SweepRecord:
    """What a sweep tries.

    Parameters
    ----------
    format
        Of the record.
    settings
        Of all points, by key.
    grid
        Values to try, by key.
    method, objective
        Their names.
    seed
        Of the choice of points.
    n_trials
        Number of points; None if all are tried.
    """

    format: int
    settings: dict[str, Any]
    grid: dict[str, list[Any]]
    method: str
    objective: str
    seed: int
    n_trials: int | None = None

    def flat(self) -> dict[str, Any]:
        """Return settings, values to try, and how points are chosen, each by its key."""
        chosen = {"method": self.method, "objective": self.objective, "choice seed": self.seed}
        return {**self.settings, **self.grid, **chosen}


@dataclass(frozen=True)
class FailureRecord:
    """How often a point has failed, and how it did last.

    Parameters
    ----------
    failures
        How often.
    error
        The last message.
    """

    failures: int
    error: str


@dataclass(frozen=True)
class ChosenRecord:
    """What an adaptive method has chosen.

    Parameters
    ----------
    points
        Numbers of points, in their order.
    """

    points: tuple[int, ...] = ()


@dataclass(frozen=True)
class ValidationRecord:
    """What was found for a run on its validation trials.

    Parameters
    ----------
    sweep
        Name of the sweep that the run belongs to.
    values
        Figures by the name of the objective.
    """

    sweep: str = ""
    values: dict[str, float] = field(default_factory=dict)


def read_checked(kind: type[_Record], path: Path, hint: str = "") -> _Record:
    """Read a record and check it.

    Parameters
    ----------
    kind
        What it holds.
    path
        Its file.
    hint
        What to do if it is damaged.

    Raises
    ------
    CheckpointError
        If it is missing or damaged.
    """
    values = read_record(path, hint)
    try:
        return checked(kind, values)
    except SchemaError as error:
        raise damaged(path, str(error), hint) from error
