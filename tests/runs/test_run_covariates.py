"""Covariates of a run: as asked for, as found, and as its provenance and its folder keep them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroqgan.covariates import CovariateWindows, trial_time
from neuroqgan.data.cutting import cut_alike
from neuroqgan.data.simulate import simulate_population
from neuroqgan.data.split import Split, split
from neuroqgan.errors import CheckpointError, ConfigError, RasterError
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.raster import SpikeRaster
from neuroqgan.runs.chosen_covariates import choose
from neuroqgan.runs.config import RunConfig
from neuroqgan.runs.config_file import build_config, read_config
from neuroqgan.runs.folder import RunFolder
from neuroqgan.runs.records import TrainedOn
from neuroqgan.runs.run_covariates import NO_COVARIATES, RunCovariates
from neuroqgan.runs.seen import keep_seen, with_seen


@pytest.fixture(scope="module")
def parts() -> Split:
    """A simulated recording, which carries its stimulus."""
    return split(simulate_population(3, 12, 120, seed=2), 8)


def _config(**given: Any) -> RunConfig:
    return build_config({"preset": "history"} | given).resolved()


@pytest.mark.parametrize(
    ("given", "names", "choice"),
    [
        ({}, ("trial-time",), "trial-time"),
        ({"covariates": "trial-time"}, ("trial-time",), "trial-time"),
        ({"covariates": "none"}, (), "none"),
        ({"covariates": "recorded"}, ("left", "middle", "right"), "recorded"),
        (
            {"covariates": "recorded", "covariate_columns": "right, left"},
            ("right", "left"),
            "recorded",
        ),
    ],
)
def test_a_run_gets_what_it_asks_for(
    parts: Split, given: dict[str, Any], names: tuple[str, ...], choice: str
) -> None:
    chosen = choose(_config(**given), parts)
    assert (chosen.about.names, chosen.about.choice) == (names, choice)
    own = chosen.split.covariates
    assert (() if own is None else own.names) == names
    assert (own is None) == (chosen.about.sha256 is None)
    assert ("bits per spike; used" in chosen.about.reason) == (given == {})
    assert RunCovariates.of(chosen.about.to_dict()) == chosen.about


def test_what_was_found_once_is_not_asked_again(
    parts: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = choose(_config(), parts)
    monkeypatch.setattr("neuroqgan.runs.chosen_covariates.choose_covariates", None)
    again = choose(_config(), parts, first.about)
    assert again.about == first.about
    assert choose(_config(), parts, NO_COVARIATES).split.covariates is None


def test_a_preset_without_covariates_says_so(parts: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HistoryGenerator, "takes_covariates", False)
    with pytest.raises(ConfigError, match="history takes no covariates"):
        choose(_config(covariates="trial-time"), parts)
    chosen = choose(_config(), parts)
    assert chosen.split.covariates is None
    assert chosen.about.found == "the preset takes no covariates"


def test_runs_of_earlier_versions_have_none(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("preset = 'history'\n")
    assert read_config(file).covariates == "none"
    # As a file of settings for a new run it says nothing about covariates.
    assert build_config({}, file).covariates == "auto"
    recording = {"sha256": "a", "neurons": 2, "bin_width": 0.02}
    assert TrainedOn.of({"recording": recording}).covariates == NO_COVARIATES
    with pytest.raises((KeyError, TypeError, ValueError)):
        TrainedOn.of({"recording": recording, "covariates": {"names": []}})


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    recording = {"sha256": "a", "neurons": 2, "bin_width": 0.02}
    folder.write_provenance({"recording": recording, "covariates": {"choice": 3}})
    with pytest.raises(CheckpointError, match="missing or damaged"):
        folder.trained_on()


def test_a_file_is_kept_with_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    one = _config(covariates="speed.csv")
    assert one.covariates == str(tmp_path / "speed.csv")
    assert one.name != _config(covariates="place.csv").name != _config().name


def test_whole_trials_are_cut_as_those_of_a_recording() -> None:
    recording = simulate_population(3, 12, 120, seed=2, n_stimuli=12)
    windows = cut_alike(recording, 8)
    assert windows.n_samples == 170
    seen = windows.covariates
    assert seen is not None
    assert len(set(seen.starts % 8)) > 4
    for i in (0, 20, 100):
        trial, start = seen.trials[i], seen.starts[i]
        assert np.array_equal(windows.spikes[i], recording.spikes[trial, start : start + 8])


@pytest.mark.parametrize("shared", [True, False])
def test_what_samples_see_is_kept_until_their_spikes_arrive(tmp_path: Path, shared: bool) -> None:
    covariates = (
        trial_time(20, 0.02)
        if shared
        else simulate_population(2, 3, 20, n_stimuli=3).covariates.covariates  # type: ignore[union-attr]
    )
    windows = CovariateWindows.spread(covariates, 5, 4, 1)
    folder, spikes = RunFolder(tmp_path), SpikeRaster(np.zeros((5, 4, 2), bool), 0.02)
    keep_seen(folder, windows, 0.02)
    assert with_seen(folder, spikes, windows.sha256).covariates == windows
    assert with_seen(folder, spikes, None) == spikes
    other = CovariateWindows.spread(covariates, 5, 4, 2)
    assert other.sha256 != windows.sha256
    folder.seen_path(windows.sha256).rename(folder.seen_path(other.sha256))
    with pytest.warns(UserWarning, match="missing or damaged"):
        assert with_seen(folder, spikes, other.sha256).covariates is None


def test_samples_of_another_stimulus_are_not_judged(parts: Split) -> None:
    from neuroqgan.runs.recording import PreparedRecording
    from neuroqgan.runs.stages import as_windows

    prepared = PreparedRecording(parts.with_covariates("trial-time"), "")
    whole = parts.trials.with_covariates(
        CovariateWindows.whole_trials(trial_time(120, 0.02), parts.trials.n_samples)
    )
    assert as_windows(prepared, whole).n_bins == 8
    other = whole.with_covariates(
        CovariateWindows.whole_trials(trial_time(120, 0.04), parts.trials.n_samples)
    )
    with pytest.raises(RasterError, match="saw other covariates"):
        as_windows(prepared, other)
