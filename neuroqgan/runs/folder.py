"""The folder of a run: its files, and how far the run is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import atomic_write
from neuroqgan.errors import CheckpointError, ConfigError, RunNotFoundError, StorageError
from neuroqgan.runs.config_file import read_config
from neuroqgan.runs.records import TrainedOn, damaged, read_record, write_record

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.runs.config import RunConfig

FORMAT = "neuroqgan-run-1"


class RunState(StrEnum):
    """How far a run is."""

    EMPTY = "empty"
    UNFINISHED = "unfinished"
    TRAINED = "trained"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class RunFolder:
    """One run on disk.

    Parameters
    ----------
    path
        The folder; its name is the run's name.
    """

    path: Path

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.path.name

    @property
    def config_path(self) -> Path:
        """Resolved configuration, TOML."""
        return self.path / "config.toml"

    @property
    def provenance_path(self) -> Path:
        """When, on what and with which versions the run was made, JSON."""
        return self.path / "provenance.json"

    @property
    def generator_path(self) -> Path:
        """Trained generator, safetensors."""
        return self.path / "generator.safetensors"

    @property
    def checkpoint_path(self) -> Path:
        """State of the training, safetensors."""
        return self.path / "checkpoint.safetensors"

    @property
    def finetuning_path(self) -> Path:
        """How the generator was finetuned on a simulated device, JSON."""
        return self.path / "finetuning.json"

    @property
    def metrics_path(self) -> Path:
        """One JSON object per training step."""
        return self.path / "metrics.jsonl"

    @property
    def evaluation_path(self) -> Path:
        """Last evaluation, JSON."""
        return self.path / "evaluation.json"

    @property
    def validation_path(self) -> Path:
        """What a sweep found for the run on validation trials, JSON."""
        return self.path / "validation.json"

    @property
    def baselines_path(self) -> Path:
        """Classical models that were judged beside the run, JSON."""
        return self.path / "baselines.json"

    @property
    def page_path(self) -> Path:
        """The page to look at, HTML."""
        return self.path / "report.html"

    @property
    def comparison_path(self) -> Path:
        """The page that compares the run with others, HTML."""
        return self.path / "comparison.html"

    def judgement_path(self, raster: Path) -> Path:
        """Return where the last evaluation of a raster is kept beside those of others, JSON.

        Parameters
        ----------
        raster
            File of the raster.
        """
        return self.path / "evaluations" / f"{raster.stem}.json"

    @property
    def rasters_path(self) -> Path:
        """Folder of the generated rasters."""
        return self.path / "rasters"

    def sampled_path(self, raster: Path) -> Path:
        """Return where it is kept how a raster was sampled.

        Parameters
        ----------
        raster
            Its file.
        """
        return self.path / "sampled" / f"{raster.stem}.json"

    def seen_path(self, digest: str) -> Path:
        """Return where the covariates of the samples of a raster are kept.

        Parameters
        ----------
        digest
            Their SHA-256.
        """
        return self.path / "covariates" / f"{digest[:16]}.npz"

    @property
    def figures_path(self) -> Path:
        """Folder of the pictures."""
        return self.path / "figures"

    @property
    def lock_path(self) -> Path:
        """Lock held by the process that trains."""
        return self.path / ".lock"

    @property
    def state(self) -> RunState:
        """How far the run is, or that its folder may not be read."""
        try:
            if self.generator_path.exists():
                return RunState.TRAINED
            if self.checkpoint_path.exists():
                return RunState.UNFINISHED
        except OSError:
            return RunState.UNREADABLE
        return RunState.EMPTY

    @property
    def is_run(self) -> bool:
        """Whether it holds a run, as far as that may be known."""
        try:
            return self.config_path.exists()
        except PermissionError:
            return True
        except OSError:
            # A name that is too long, for example.
            return False

    def check_readable(self) -> None:
        """Check that the folder may be read.

        Raises
        ------
        StorageError
            If it may not.
        """
        if self.state is RunState.UNREADABLE:
            raise StorageError(
                f"The run {self.name} cannot be read.",
                expected="a folder that you may read",
                got=f"{self.path}: permission denied, or a fault of the disk",
                hint=f"ls -ld {self.path} shows who may",
            )

    def raster_path(self, backend: str, seed: int, samples: int, label: str | None = None) -> Path:
        """Return where a generated raster goes.

        Parameters
        ----------
        backend, seed, samples
            Of the raster.
        label
            What tells it apart if the same seed may give another raster.
        """
        named = f"{backend.replace(':', '-')}-seed{seed}-{samples}"
        return self.rasters_path / f"{named if label is None else f'{named}-{label}'}.npz"

    def latest_raster(self) -> Path:
        """Return the raster generated last.

        Raises
        ------
        RunNotFoundError
            If none was generated yet.
        """
        rasters = sorted(self.rasters_path.glob("*.npz"), key=lambda path: path.stat().st_mtime)
        if not rasters:
            raise RunNotFoundError(
                f"The run {self.name} has no raster yet.",
                expected="a generated raster",
                got="none",
                hint=f"neuroqgan run --name {self.name}",
            )
        return rasters[-1]

    def config(self) -> RunConfig:
        """Read the run's configuration.

        Raises
        ------
        ConfigError
            If it is missing or damaged.
        """
        try:
            return read_config(self.config_path)
        except ConfigError as error:
            raise ConfigError(
                error.problem, expected=error.expected, got=error.got, hint=self._restore
            ) from error

    def provenance(self) -> dict[str, Any]:
        """Read when, on what and with which versions the run was made.

        Raises
        ------
        CheckpointError
            If the record is missing, damaged, or of a later version.
        """
        record = read_record(self.provenance_path, self._restore)
        if not isinstance(record.get("format"), str):
            raise damaged(self.provenance_path, "no format", self._restore)
        if record["format"] != FORMAT:
            raise CheckpointError(
                f"The run {self.name} cannot be read by this version.",
                expected=f"format {FORMAT}",
                got=record["format"],
                hint="a newer neuroqgan may read it: pip install --upgrade neuroqgan",
            )
        return record

    def trained_on(self) -> TrainedOn:
        """Read which recording the run was trained on.

        Raises
        ------
        CheckpointError
            If the provenance is missing or damaged, or does not say it.
        """
        provenance = self.provenance()
        try:
            return TrainedOn.of(provenance)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise damaged(self.provenance_path, f"no recording: {error}", self._restore) from error

    def labels(self) -> tuple[str, ...]:
        """Return the labels of the run's neurons; nothing if they are not known."""
        try:
            return self.trained_on().labels
        except CheckpointError:
            # A raster that was paid for is worth more than its labels.
            return ()

    def write_config(self, config: RunConfig) -> None:
        """Keep the resolved configuration.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        with atomic_write(self.config_path, overwrite=True) as file:
            file.write(config.to_toml().encode())

    def write_provenance(self, record: dict[str, Any]) -> None:
        """Keep a provenance record.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        write_record(self.provenance_path, {"format": FORMAT} | record)

    def write_evaluation(self, evaluation: Evaluation, raster: Path) -> None:
        """Keep an evaluation and which raster it judged.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        write_record(self.evaluation_path, evaluation.to_dict() | {"raster": raster.name})

    def evaluation(self) -> dict[str, Any] | None:
        """Read the last evaluation, or None.

        Raises
        ------
        CheckpointError
            If it is damaged.
        """
        if not self.evaluation_path.exists():
            return None
        record = read_record(self.evaluation_path, self._judge_again)
        if not isinstance(record.get("c2st"), dict | None):
            raise damaged(self.evaluation_path, "no two-sample test", self._judge_again)
        return record

    def read_evaluation(self) -> Evaluation | None:
        """Read the last evaluation as it was made, or None.

        Raises
        ------
        CheckpointError
            If it is damaged.
        """
        from neuroqgan.evaluation.evaluation import Evaluation

        record = self.evaluation()
        try:
            return None if record is None else Evaluation.from_dict(record)
        except CheckpointError as error:
            raise damaged(self.evaluation_path, error.got, self._judge_again) from error

    @property
    def _judge_again(self) -> str:
        return f"neuroqgan evaluate {self.name}, which judges again and rewrites it"

    @property
    def _restore(self) -> str:
        return (
            "restore the file from a copy, or train again under a new `name`; the weights are in "
            f"{self.generator_path.name}"
        )
