"""The folder of a sweep: what it tries, which points failed, its table and its picture."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import make_folder
from neuroqgan.errors import CheckpointError, ConfigError
from neuroqgan.home import home
from neuroqgan.runs.folder_lock import locked_folder
from neuroqgan.runs.records import write_record
from neuroqgan.runs.sweep.sweep_records import (
    ChosenRecord,
    FailureRecord,
    SweepRecord,
    read_checked,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from pathlib import Path

FORMAT = 1
MOST_FAILURES = 3
"""A point that failed this often is not tried again unless somebody asks for it."""

# Runs are named after it, with the number of a point.
_NAME = re.compile(r"[^\W_][\w.-]{0,79}")


@dataclass(frozen=True)
class SweepFolder:
    """Where a sweep is kept.

    Parameters
    ----------
    path
        The folder.
    """

    path: Path

    @classmethod
    def of(cls, name: str) -> SweepFolder:
        """Return the folder of the sweep of that name, which need not exist.

        Parameters
        ----------
        name
            Of the sweep.

        Raises
        ------
        ConfigError
            If a folder cannot have that name.
        """
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"A sweep cannot be called {name!r}.",
                expected="a letter or digit, and up to 79 more of them, dots, dashes and "
                "underscores",
                got=repr(name),
                hint="another `name`",
            )
        return cls(home() / "sweeps" / name)

    @property
    def name(self) -> str:
        """Name of the sweep."""
        return self.path.name

    @property
    def record_path(self) -> Path:
        """What the sweep tries, JSON."""
        return self.path / "sweep.json"

    @property
    def table_path(self) -> Path:
        """Its table, CSV."""
        return self.path / "table.csv"

    @property
    def logs_path(self) -> Path:
        """Folder of what tasks of an array print."""
        return self.path / "logs"

    def kept(self) -> SweepRecord | None:
        """Return what the sweep tries, or None if it was not begun.

        Raises
        ------
        CheckpointError
            If the record is damaged, or of a later version.
        """
        if not self.record_path.is_file():
            return None
        hint = f"delete {self.record_path}: the same command writes it again, and trains no "
        record = read_checked(SweepRecord, self.record_path, hint + "finished point twice")
        if record.format != FORMAT:
            raise CheckpointError(
                f"The sweep {self.name} cannot be read by this version.",
                expected=f"format {FORMAT}",
                got=repr(record.format),
                hint="a newer neuroqgan may read it: pip install --upgrade neuroqgan",
            )
        return record

    def check(self, wanted: SweepRecord, free: Container[str] = ()) -> None:
        """Check that the sweep of this name, if there is one, tries the same.

        Parameters
        ----------
        wanted
            What is to be tried.
        free
            Keys that may differ.

        Raises
        ------
        ConfigError
            If it differs.
        CheckpointError
            If the record is damaged.
        """
        kept = self.kept()
        if kept is None:
            return
        before, now = kept.flat(), wanted.flat()
        differing = sorted(
            key for key in before | now if key not in free and before.get(key) != now.get(key)
        )
        if differing:
            raise ConfigError(
                f"The sweep {self.name} was begun with other settings.",
                expected=", ".join(f"{key}={_shown(before, key)}" for key in differing),
                got=", ".join(f"{key}={_shown(now, key)}" for key in differing),
                hint="another `name` for a new sweep, or the settings as they were",
            )

    def begin(self, wanted: SweepRecord) -> None:
        """Keep what the sweep tries.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        make_folder(self.path, private=True)
        if self.kept() != wanted:
            write_record(self.record_path, asdict(wanted))

    def chosen_points(self) -> tuple[int, ...]:
        """Return the points that an adaptive method has chosen so far, in their order.

        Raises
        ------
        CheckpointError
            If the record is damaged.
        """
        if not self._points_path.is_file():
            return ()
        return read_checked(ChosenRecord, self._points_path, f"delete {self.path}").points

    def keep_chosen(self, points: Sequence[int]) -> None:
        """Keep that an adaptive method has chosen points, beside those of earlier rounds.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        before = self.chosen_points()
        together = list(dict.fromkeys((*before, *points)))
        if len(together) > len(before):
            write_record(self._points_path, {"points": together})

    def failures(self, run: str) -> tuple[int, str]:
        """Return how often a point has failed, and with which message it did last.

        Parameters
        ----------
        run
            Name of its run.
        """
        path = self._failure_path(run)
        if not path.is_file():
            return 0, ""
        try:
            record = read_checked(FailureRecord, path)
        except CheckpointError:
            return 1, "unknown"
        return record.failures, record.error

    def keep_failure(self, run: str, error: str) -> None:
        """Keep that a point has failed once more.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        make_folder(self._failure_path(run).parent)
        write_record(
            self._failure_path(run), {"failures": self.failures(run)[0] + 1, "error": error}
        )

    def forget_failure(self, run: str) -> None:
        """Forget that a point has failed."""
        self._failure_path(run).unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the sweep, so that no two processes go through it side by side.

        Raises
        ------
        LockedError
            If another process does.
        StorageError
            If the folder cannot be written or locked.
        """
        make_folder(self.path, private=True)
        with locked_folder(
            self.path / ".lock",
            f"going through the sweep {self.name}",
            expected="one process per sweep, which may have many workers",
            hint="wait for it, or only look at what is there: --show",
        ):
            yield

    @property
    def _points_path(self) -> Path:
        return self.path / "points.json"

    def _failure_path(self, run: str) -> Path:
        return self.path / "failed" / f"{run}.json"


def _shown(values: dict[str, Any], key: str) -> str:
    return f"{values[key]!s:.120}" if key in values else "not given"
