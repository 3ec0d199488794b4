"""A run once more, from what it kept: settings, recording, seeds, and how it was sampled."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.load import load
from neuroqgan.errors import ConfigError, NotReadyError, RecordingError, RunExistsError
from neuroqgan.runs.folder import RunState
from neuroqgan.runs.recording import prepare_run, spikes_sha256
from neuroqgan.runs.records import REPLAYS
from neuroqgan.runs.sampled import SampledRaster, how_sampled
from neuroqgan.runs.selection import Selection
from neuroqgan.versions import decisive_versions

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import PreparedRecording
    from neuroqgan.runs.store import RunStore

# So that a name with an ending is not too long.
_MOST_OF_NAME = 85


@dataclass(frozen=True)
class Replay:
    """What a run is repeated from.

    Parameters
    ----------
    original
        The run.
    raster_path
        Its raster that is sampled again, the newest.
    sampled
        How that was sampled.
    selection
        The new run.
    retrains
        Whether the generator is trained again, rather than its weights copied.
    asked
        The settings of the sampling.
    notes
        What may keep the rasters from being equal.
    """

    original: RunFolder
    raster_path: Path
    sampled: SampledRaster
    selection: Selection
    retrains: bool
    asked: RunConfig
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReplayOutcome:
    """How a replay compares with its original.

    Parameters
    ----------
    equal
        Whether the spikes are the same, bit for bit.
    weights_equal
        Whether the files of weights are the same, byte for byte.
    n_differing, n_bits
        Of all neurons' bins, those that differ, and all; if the shapes differ, all of them do.
    sha256
        Of the spikes of the new raster.
    """

    equal: bool
    weights_equal: bool
    n_differing: int
    n_bits: int
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


def select_replay(
    store: RunStore, name: str, new_name: str | None = None, *, kept_weights: bool = False
) -> Replay:
    """Find out what a run can be repeated from, and check that it is as it was.

    Parameters
    ----------
    store
        All runs.
    name
        Of the run.
    new_name
        Of the run that the replay makes; None for one that says what it is.
    kept_weights
        Whether to sample with the kept weights rather than train again.

    Raises
    ------
    RunNotFoundError
        If there is no such run, or it has no raster.
    NotReadyError
        If it is not trained.
    RecordingError
        If its recording is needed, and is missing or has changed.
    ConfigError
        If its raster comes from a backend that gives another one every time.
    CheckpointError
        If what it kept is damaged, or not enough.
    RunExistsError
        If there is another run of the new name.
    """
    folder = store.get(name)
    if folder.state is not RunState.TRAINED:
        raise NotReadyError(
            f"The run {name} is not finished, so there is nothing to compare a replay with.",
            expected="a trained run with a raster",
            got=folder.state.value,
            hint=f"neuroqgan run --name {name}",
        )
    kept, trained_on, raster = folder.config(), folder.trained_on(), folder.latest_raster()
    sampled = how_sampled(folder, raster)
    if not sampled.repeatable:
        raise ConfigError(
            f"The newest raster of {name} was measured on {sampled.backend}, which gives other "
            "spikes every time.",
            expected="a raster of a simulator",
            got=f"{raster.name}, of {sampled.backend}",
            hint=f"neuroqgan run --name {name} --backend {sampled.backend} --fresh measures again",
        )
    retrains = not kept_weights and "pretrained" not in folder.provenance()
    prepared, notes = _recording(folder, retrains=retrains)
    new, is_new = _new_folder(store, name, new_name)
    config = kept.model_copy(update={"name": new.name})
    selection = Selection(
        store,
        new,
        config,
        prepared,
        is_new,
        trained_on.n_neurons,
        trained_on.bin_width,
        covariates=sampled.settings.get("covariates"),
        replays=name,
    )
    then = sampled.versions or {}
    if retrains:
        provenance = folder.provenance()
        then = {"python": provenance.get("python")} | provenance.get("packages", {}) | then
    asked = _as_sampled(config, sampled)
    return Replay(
        folder, raster, sampled, selection, retrains, asked, (*notes, *_version_notes(then))
    )


def copy_weights(replay: Replay) -> None:
    """Make the new run of the weights of the original.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    original, selection = replay.original, replay.selection
    with selection.store.staged(selection.folder.name) as draft:
        shutil.copyfile(original.generator_path, draft.generator_path)
        draft.write_provenance(original.provenance() | {REPLAYS: original.name})
        draft.write_config(selection.config)


def compare(replay: Replay, raster_path: Path) -> ReplayOutcome:
    """Compare a replay with its original.

    Parameters
    ----------
    replay
        What was repeated.
    raster_path
        The new raster.

    Raises
    ------
    RecordingError
        If a raster cannot be read.
    """
    old, new = load(replay.raster_path).spikes, load(raster_path)
    same_shape = old.shape == new.spikes.shape
    differing = int(np.count_nonzero(old != new.spikes)) if same_shape else old.size
    first, second = replay.original.generator_path, replay.selection.folder.generator_path
    return ReplayOutcome(
        differing == 0,
        first.read_bytes() == second.read_bytes(),
        differing,
        old.size,
        spikes_sha256(new),
    )


def _recording(
    folder: RunFolder, *, retrains: bool
) -> tuple[PreparedRecording | None, tuple[str, ...]]:
    if folder.trained_on().sha256 is None:
        return None, ()
    try:
        return prepare_run(folder), ()
    except RecordingError as error:
        if retrains:
            raise
        return None, (f"the recording is not used: {error.problem}",)


def _new_folder(store: RunStore, name: str, wanted: str | None) -> tuple[RunFolder, bool]:
    """Return the folder of a replay, and whether it is new; one that was cut short goes on."""
    usual = f"{name[:_MOST_OF_NAME]}-replay"
    number = 1
    while True:
        new = wanted or (usual if number == 1 else f"{usual}-{number}")
        existing = store.find(new)
        if existing is None:
            return store.check_free(new), True
        is_mine = existing.provenance().get(REPLAYS) == name
        if is_mine and existing.state is not RunState.TRAINED:
            return existing, False
        if wanted is not None:
            raise RunExistsError(
                f"A run {wanted!r} exists already.",
                expected="an unused name for the replay",
                got=repr(wanted),
                hint=f"another `name`, or neuroqgan runs remove {wanted}",
            )
        number += 1


def _as_sampled(config: RunConfig, sampled: SampledRaster) -> RunConfig:
    """Return the settings that the raster was sampled with."""
    from neuroqgan.runs.config_file import build_config

    own = {key: value for key, value in sampled.settings.items() if key != "covariates"}
    samples = {} if "trials" in own else {"samples": sampled.n_samples}
    given = {"backend": sampled.backend, "seed": sampled.seed, "name": config.name}
    return build_config(given | samples | own)


def _version_notes(then: dict[str, Any]) -> tuple[str, ...]:
    now = decisive_versions()
    changed = [
        f"{name} {then[name]} (now {now[name] or 'missing'})"
        for name in now
        if then.get(name) and then[name] != now[name]
    ]
    if not changed:
        return ()
    return (f"made with other versions, which may change the spikes: {', '.join(changed)}.",)
