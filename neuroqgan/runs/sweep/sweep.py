"""A sweep: what it tries and how it decides; where every point stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import ConfigError
from neuroqgan.runs.folder import RunFolder, RunState
from neuroqgan.runs.store import RunStore
from neuroqgan.runs.sweep.method import DEFAULT_METHOD, MOST_POINTS, Method, Search, find_method
from neuroqgan.runs.sweep.objective import DEFAULT_OBJECTIVE, Objective, find_objective
from neuroqgan.runs.sweep.point_training import PointState, PointTask, check_run
from neuroqgan.runs.sweep.sweep_folder import FORMAT, MOST_FAILURES, SweepFolder
from neuroqgan.runs.sweep.sweep_records import SweepRecord
from neuroqgan.runs.sweep.validated import validated_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.sweep.sweep_file import SweepFile

# What a sweep is begun with if nothing is chosen; the number of points follows from the method.
_USUAL = SweepRecord(FORMAT, {}, {}, DEFAULT_METHOD, DEFAULT_OBJECTIVE, 0)


@dataclass(frozen=True)
class Sweep:
    """Trainings over a grid of settings.

    Parameters
    ----------
    file
        The settings.
    folder
        Where what belongs to all of them is kept.
    store
        Where their runs are kept.
    method
        How points are chosen.
    objective
        What decides between them.
    n_trials
        Number of points.
    seed
        Source of what the method draws.
    """

    file: SweepFile
    folder: SweepFolder
    store: RunStore
    method: Method
    objective: Objective
    n_trials: int
    seed: int

    @classmethod
    def of(cls, file: SweepFile, name: str | None, choices: Mapping[str, Any]) -> Sweep:
        """Put a sweep together; nothing is written.

        What is not chosen is as the sweep of that name was begun.

        Parameters
        ----------
        file
            Its file.
        name
            Its name; by default as the file says, or that of the file.
        choices
            ``method``, ``objective``, ``n_trials`` and ``seed``; None for what is not chosen.

        Raises
        ------
        ConfigError
            If something is impossible, or was chosen otherwise when the sweep was begun.
        CheckpointError
            If the record of the sweep is damaged.
        """
        folder = SweepFolder.of(str(name or file.name or file.path.stem))
        kept = folder.kept() or _USUAL
        chosen = {key: value for key, value in choices.items() if value is not None}
        method = find_method(chosen.get("method", kept.method))
        n_trials = kept.n_trials if method.takes_trials else None
        sweep = cls(
            file,
            folder,
            RunStore(),
            method,
            find_objective(chosen.get("objective", kept.objective)),
            method.check(file, chosen.get("n_trials", n_trials)),
            chosen.get("seed", kept.seed),
        )
        # Another figure of the same points takes no training.
        folder.check(sweep.record(), () if method.is_adaptive else ("objective",))
        return sweep

    def record(self) -> SweepRecord:
        """Return what decides its points."""
        return SweepRecord(
            FORMAT,
            **self.file.to_dict(),
            method=self.method.name,
            objective=self.objective.key,
            seed=self.seed,
            n_trials=self.n_trials if self.method.takes_trials else None,
        )

    @property
    def name(self) -> str:
        """Name of the sweep."""
        return self.folder.name

    def run_name(self, point: int) -> str:
        """Return the name of the run of a point."""
        return f"{self.name}-{point:0{len(str(self.file.n_points - 1))}d}"

    def run(self, point: int) -> RunFolder:
        """Return the folder of the run of a point, which need not exist."""
        return RunFolder(self.store.root / self.run_name(point))

    def config(self, point: int) -> RunConfig:
        """Return the configuration of a point.

        Raises
        ------
        ConfigError
            If it is impossible.
        """
        return self.file.config(point, self.run_name(point))

    def task(self, point: int) -> PointTask:
        """Return what a worker needs to train a point.

        Raises
        ------
        ConfigError
            If its settings are impossible.
        """
        # Workers may be in another folder.
        config = self.config(point).resolved()
        return PointTask(point, config, self.folder.path, self.store.root, self.objective.key)

    def value(self, point: int) -> float | None:
        """Return the figure of a point; None if it is not finished."""
        folder = self.run(point)
        if folder.state is not RunState.TRAINED:
            return None
        return validated_value(folder, self.name, self.objective.key)

    def state(self, point: int) -> PointState:
        """Return where a point stands."""
        if self.value(point) is not None:
            return PointState.DONE
        if self.folder.failures(self.run_name(point))[0]:
            return PointState.FAILED
        is_begun = self.run(point).config_path.exists()
        return PointState.UNFINISHED if is_begun else PointState.MISSING

    def is_given_up(self, point: int) -> bool:
        """Return whether a point has failed so often that it is left alone."""
        return self.folder.failures(self.run_name(point))[0] >= MOST_FAILURES

    def rounds(self) -> Iterator[Sequence[int]]:
        """Yield the points of every round; the values of one decide on the next."""
        search = Search(
            self.file,
            self.n_trials,
            self.seed,
            self.objective.is_maximised,
            self.value,
            self.folder.path,
        )
        return self.method.start(search)

    def points(self) -> tuple[int, ...]:
        """Return all points that are known: those of an adaptive method as far as it went."""
        if self.method.is_adaptive:
            return self.folder.chosen_points()
        return tuple(point for points in self.rounds() for point in points)

    def begin(self) -> None:
        """Keep what the sweep tries.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        self.folder.begin(self.record())

    def check(self) -> int:
        """Check all points that are known, and the recording of the first that is missing.

        Returns
        -------
        int
            How many are missing.

        Raises
        ------
        ConfigError
            If a point is impossible, or its preset has no such figure.
        RunExistsError
            If a run with the name of a point is not of this sweep.
        RecordingError
            If the recording cannot be read.
        RasterError
            If there is too little of it.
        """
        from neuroqgan.runs.recording import prepare

        n_points = self.file.n_points
        is_open = self.method.is_adaptive and n_points <= MOST_POINTS
        points = range(n_points) if is_open else self.points()
        self.check_points(points)
        missing = [point for point in points if self.value(point) is None]
        if missing:
            prepare(self.config(missing[0]))
        return len(missing)

    def check_points(self, points: Iterable[int]) -> None:
        """Check that all points can be trained, and that no other runs have their names.

        Raises
        ------
        ConfigError
            If a point is impossible, or its preset has no such figure.
        RunExistsError
            If a run of such a name is not of this sweep.
        """
        presets = set()
        for point in points:
            config, folder = self.config(point), self.run(point)
            if config.preset not in presets:
                self.objective.check(config.preset)
                presets.add(config.preset)
            if folder.config_path.exists():
                check_run(folder, config)

    def check_point(self, point: int) -> None:
        """Check that there is a point of that number.

        Raises
        ------
        ConfigError
            If there is none.
        """
        if not 0 <= point < self.file.n_points:
            raise ConfigError(
                f"The sweep {self.name} has no point {point}.",
                expected=f"0 to {self.file.n_points - 1}",
                got=str(point),
                hint="neuroqgan sweep with --dry-run lists all points",
            )
