"""The JSON files of a run: written whole, and read so that what is damaged is named."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import atomic_write
from neuroqgan.errors import CheckpointError
from neuroqgan.runs.run_covariates import NO_COVARIATES, RunCovariates
from neuroqgan.schemas import parse_json

if TYPE_CHECKING:
    from pathlib import Path

REPLAYS = "replay_of"
"""What the provenance of a run calls the one that it repeats."""


@dataclass(frozen=True)
class TrainedOn:
    """The recording that a run was trained on, as its provenance knows it.

    Parameters
    ----------
    sha256
        Of the spikes (`neuroqgan.runs.recording.PreparedRecording`); None if weights of the
        package were given no recording yet.
    n_neurons
        Neurons that were chosen.
    bin_width
        Seconds.
    labels
        Of the neurons, in their order; empty if an earlier version did not keep them.
    covariates
        What drives the generator; nothing in runs of earlier versions.
    """

    sha256: str | None
    n_neurons: int
    bin_width: float
    labels: tuple[str, ...] = ()
    covariates: RunCovariates = NO_COVARIATES

    @classmethod
    def of(cls, provenance: dict[str, Any]) -> TrainedOn:
        """Read a provenance record.

        Raises
        ------
        KeyError, TypeError, ValueError
            If the record does not say it.
        """
        recording = provenance["recording"]
        sha256, labels = recording["sha256"], recording.get("neuron_labels") or ()
        n_neurons, bin_width = int(recording["neurons"]), float(recording["bin_width"])
        if not isinstance(sha256, str | None) or n_neurons < 1 or not math.isfinite(bin_width):
            raise ValueError("an impossible recording")
        if labels and len(labels) != n_neurons:
            raise ValueError(f"{len(labels)} labels of {n_neurons} neurons")
        covariates = RunCovariates.of(provenance.get("covariates"))
        return cls(sha256, n_neurons, bin_width, tuple(map(str, labels)), covariates)


def write_record(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON object; the file is whole or as it was.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    text = json.dumps(value, indent=2, allow_nan=False)
    with atomic_write(path, overwrite=True) as file:
        file.write(text.encode() + b"\n")


def read_record(path: Path, hint: str) -> dict[str, Any]:
    """Read a JSON object.

    Parameters
    ----------
    path
        The file.
    hint
        What to do if it is damaged.

    Raises
    ------
    CheckpointError
        If it is missing or damaged.
    """
    try:
        value = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(path, str(error), hint) from error
    if not isinstance(value, dict):
        raise damaged(path, f"a {type(value).__name__}", hint)
    return value


def damaged(path: Path, found: str, hint: str) -> CheckpointError:
    """Return the error that a file of a run is damaged."""
    return CheckpointError(
        f"{path} is missing or damaged.",
        expected="a JSON file written by neuroqgan",
        got=found,
        hint=hint,
    )
