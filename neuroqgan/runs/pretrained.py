"""Weights that come with the package: what there is, and runs made of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import atomic_write
from neuroqgan.errors import CheckpointError, ConfigError
from neuroqgan.runs.config_file import build_config, without_unused_defaults
from neuroqgan.runs.config_keys import NONE, READING_KEYS, SAMPLING_KEYS
from neuroqgan.runs.recording import remember

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import PreparedRecording

FORMAT = "neuroqgan-pretrained-1"
INDEX = "index.json"
DEFAULT_PRESET = "history"

# What decides which weights are taken, what they are judged against and how they are sampled; all
# else was decided when they were trained.
_CHOICES = {"preset", "name", "seed", "data", *READING_KEYS, *SAMPLING_KEYS}


@dataclass(frozen=True)
class Pretrained:
    """Weights in the package.

    Parameters
    ----------
    name
        Recording and number of neurons, such as ``salamander-10``.
    preset
        Of the generator.
    file
        Name of the file of weights.
    sha256
        Of that file.
    recording
        What it was trained on: source, SHA-256 of the spikes, windows, neurons, seconds a bin.
    command
        That trained it.
    config
        The values that decided the weights, see `RunConfig.training_identity`.
    packages
        Versions that it was trained with.
    figures
        Windows judged, ratios and classifier, parameters, seconds of the training.
    """

    name: str
    preset: str
    file: str
    sha256: str
    recording: dict[str, Any]
    command: str
    config: dict[str, Any]
    packages: dict[str, str]
    figures: dict[str, Any]

    @property
    def default_run(self) -> str:
        """Name of the run that is made of it if none is given."""
        return f"{self.name}-{self.preset}"

    def weights(self) -> bytes:
        """Read the file of weights.

        Raises
        ------
        CheckpointError
            If it is missing or damaged.
        """
        try:
            content = (_folder() / self.file).read_bytes()
        except OSError as error:
            raise _damaged(self.file, error.strerror or str(error)) from error
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise _damaged(self.file, f"SHA-256 {found[:12]}...")
        return content

    def run_config(self, asked: RunConfig) -> RunConfig:
        """Return the configuration of a run of these weights.

        Parameters
        ----------
        asked
            Gives the name, how to sample, and where the recording is, if it is known.

        Raises
        ------
        ConfigError
            If it asks for a training.
        """
        differing = sorted(asked.given - _CHOICES)
        if differing:
            named = ", ".join(f"`{key}`" for key in differing)
            raise ConfigError(
                "Pretrained weights are not trained again.",
                expected="only settings of sampling and judging",
                got=named,
                hint=f"leave {named} out, or train a run instead of using pretrained weights",
            )
        given = asked.model_dump(include=set(asked.given - {"preset", "seed"}))
        own = {"covariates": NONE} | without_unused_defaults(self.config, self.preset)
        return build_config(own | {"name": self.default_run} | given).resolved()


def available() -> list[Pretrained]:
    """Return all weights in the package, by name and preset.

    Raises
    ------
    CheckpointError
        If the index is missing, damaged, or of another version.
    """
    try:
        index = json.loads((_folder() / INDEX).read_text(encoding="utf-8"))
        if index["format"] != FORMAT:
            raise _damaged(INDEX, f"format {index['format']}")
        return [Pretrained(**entry) for entry in index["weights"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(INDEX, str(error)) from error


def find(name: str, preset: str = DEFAULT_PRESET) -> Pretrained:
    """Return the weights of that name and preset.

    Raises
    ------
    ConfigError
        If there are none.
    """
    weights = available()
    for candidate in weights:
        if (candidate.name, candidate.preset) == (name, preset):
            return candidate
    there = "; ".join(
        f"{known} with {', '.join(w.preset for w in weights if w.name == known)}"
        for known in sorted({w.name for w in weights})
    )
    raise ConfigError(
        f"There are no pretrained weights {name!r} of the preset {preset}.",
        expected=there,
        got=f"{name} with {preset}",
        hint="neuroqgan runs pretrained",
    )


def install(
    pretrained: Pretrained, folder: RunFolder, config: RunConfig, prepared: PreparedRecording | None
) -> None:
    """Make a trained run of weights in the package.

    Parameters
    ----------
    pretrained
        The weights.
    folder
        Of the run; it exists and is empty.
    config
        See `Pretrained.run_config`.
    prepared
        The recording to judge against, or None: the run can be given one later.

    Raises
    ------
    CheckpointError
        If the weights are missing or damaged.
    StorageError
        If the folder cannot be written.
    """
    made = datetime.now(UTC).isoformat(timespec="seconds")
    recording = pretrained.recording | {
        "sha256": None if prepared is None else prepared.fingerprint,
        "neuron_labels": None if prepared is None else list(prepared.labels),
    }
    # The configuration makes the folder a run, and so comes last.
    install_weights(pretrained, folder)
    folder.write_provenance(
        {
            "created": made,
            "pretrained": {
                "name": pretrained.name,
                "preset": pretrained.preset,
                "command": pretrained.command,
                "recording": pretrained.recording,
                "figures": pretrained.figures,
            },
            "recording": recording,
            "packages": pretrained.packages,
        }
    )
    folder.write_config(config)


def install_weights(pretrained: Pretrained, folder: RunFolder) -> None:
    """Write the weights alone, as into a run of an earlier version that was cut before them.

    Raises
    ------
    CheckpointError
        If the weights are missing or damaged.
    StorageError
        If the folder cannot be written.
    """
    content = pretrained.weights()
    with atomic_write(folder.generator_path, overwrite=True) as file:
        file.write(content)


def link(folder: RunFolder, config: RunConfig, prepared: PreparedRecording) -> str | None:
    """Note which recording a run is judged against from now on, and where it is.

    Parameters
    ----------
    folder, config
        Of the run.
    prepared
        The recording.

    Returns
    -------
    str or None
        What to warn of: pretrained weights that were trained on another recording.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    provenance = folder.provenance()
    remember(folder, config)
    if provenance["recording"]["sha256"] is None:
        provenance["recording"] |= {
            "sha256": prepared.fingerprint,
            "neuron_labels": list(prepared.labels),
        }
        folder.write_provenance(provenance)
    trained_on = provenance.get("pretrained", provenance)["recording"]
    if trained_on["sha256"] == prepared.fingerprint:
        return None
    return (
        f"the weights were trained on other spikes ({trained_on['source']}). Some of the windows "
        "that are held out here may have been used to train them."
    )


def _folder() -> Traversable:
    return resources.files("neuroqgan") / "pretrained"


def _damaged(file: str, found: str) -> CheckpointError:
    return CheckpointError(
        f"The pretrained file {file} is missing or damaged.",
        expected="the files that come with neuroqgan",
        got=found,
        hint="pip install --force-reinstall neuroqgan",
    )
