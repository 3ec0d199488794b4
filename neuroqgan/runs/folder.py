"""The folder of a run: what lies where in it, and what state it is in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import atomic_write
from neuroqgan.errors import CheckpointError, RunNotFoundError
from neuroqgan.runs.config import RunConfig

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.evaluation.judge import Evaluation

FORMAT = "neuroqgan-run-1"


class RunState(StrEnum):
    """How far a run is."""

    EMPTY = "empty"
    UNFINISHED = "unfinished"
    TRAINED = "trained"


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
    def metrics_path(self) -> Path:
        """One JSON object a training step."""
        return self.path / "metrics.jsonl"

    @property
    def evaluation_path(self) -> Path:
        """Last evaluation, JSON."""
        return self.path / "evaluation.json"

    @property
    def rasters_path(self) -> Path:
        """Folder of the generated rasters."""
        return self.path / "rasters"

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
        """How far the run is."""
        if self.generator_path.exists():
            return RunState.TRAINED
        if self.checkpoint_path.exists():
            return RunState.UNFINISHED
        return RunState.EMPTY

    def raster_path(self, backend: str, seed: int, samples: int, label: str | None = None) -> Path:
        """Return where a generated raster goes.

        Parameters
        ----------
        backend, seed, samples
            Of the raster.
        label
            What tells it apart where the same seed may bring another raster.
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
        return RunConfig.build({}, self.config_path)

    def provenance(self) -> dict[str, Any]:
        """Read when, on what and with which versions the run was made.

        Raises
        ------
        CheckpointError
            If the record is missing, damaged, or of a later version.
        """
        record = self._read_json(self.provenance_path)
        if record.get("format") != FORMAT:
            raise CheckpointError(
                f"The run {self.name} cannot be read by this version.",
                expected=f"format {FORMAT}",
                got=str(record.get("format")),
                hint="a newer neuroqgan may read it: pip install --upgrade neuroqgan",
            )
        return record

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
        self._write_json(self.provenance_path, {"format": FORMAT} | record)

    def write_evaluation(self, evaluation: Evaluation, raster: Path) -> None:
        """Keep an evaluation and which raster it judged.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        self._write_json(self.evaluation_path, evaluation.to_dict() | {"raster": raster.name})

    def evaluation(self) -> dict[str, Any] | None:
        """Read the last evaluation, or None."""
        return self._read_json(self.evaluation_path) if self.evaluation_path.exists() else None

    def _write_json(self, path: Path, value: dict[str, Any]) -> None:
        text = json.dumps(value, indent=2, allow_nan=False)
        with atomic_write(path, overwrite=True) as file:
            file.write(text.encode() + b"\n")

    def _read_json(self, path: Path) -> dict[str, Any]:
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CheckpointError(
                f"{path} is missing or damaged.",
                expected="a JSON file written by neuroqgan",
                got=str(error),
                hint=f"neuroqgan runs remove {self.name}",
            ) from error
        if not isinstance(value, dict):
            raise CheckpointError(f"{path} is damaged.", expected="a JSON object", got=str(value))
        return value
