"""NWB files that pynwb wrote, as a laboratory would."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load, open_recording
from neuroqgan.data.nwb import contents
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.errors import ConfigError, RasterError, RecordingError

pytest.importorskip("pynwb", reason='pip install "neuroqgan[nwb]" for the tests of NWB')

from tests.data import nwb_files as lab

WINDOW = {"bin_width": 0.02, "align_to": "stimulus_onset", "before": 0.2, "after": 1.8}


@pytest.fixture(autouse=True)
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "parse_apart", lab.parse_here)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    nwbfile = lab.new_file()
    lab.add_units(nwbfile)
    lab.add_trials(nwbfile)
    return lab.write_file(tmp_path_factory.mktemp("nwb") / "session.nwb", nwbfile)


def _saved(folder: Path, *, trials: bool = True, trains: list | None = None, **tables) -> Path:
    nwbfile = lab.new_file()
    lab.add_units(nwbfile, trains)
    if trials:
        lab.add_trials(nwbfile, without_event=None)
    for name, rows in tables.items():
        if name == "invalid_times":
            for start, stop in rows:
                nwbfile.add_invalid_time_interval(start_time=start, stop_time=stop)
            continue
        table = nwbfile.create_time_intervals(name, "more")
        for start, stop in rows:
            table.add_row(start_time=start, stop_time=stop)
    return lab.write_file(folder / "other.nwb", nwbfile)


def _counted(
    trains: list[np.ndarray], origins: np.ndarray, width: float, n_bins: int
) -> np.ndarray:
    """Count spikes in bins in another way than the reader does."""
    edges = [np.round(origin, 12) + width * np.arange(n_bins + 1) for origin in origins]
    counts = [[np.histogram(train, edge)[0] for train in trains] for edge in edges]
    return np.array(counts).transpose(0, 2, 1)


def test_the_counts_are_those_of_pynwb(session: Path) -> None:
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(session, "r") as reader:
        nwbfile = reader.read()
        units = nwbfile.units.to_dataframe()
        onsets = nwbfile.trials["stimulus_onset"][:]
    good = units[units["quality"] == "good"]
    onsets = onsets[np.isfinite(onsets)]
    expected = _counted(list(good["spike_times"]), onsets - 0.2, 0.02, 100)
    found = open_recording(session, ReadOptions(units='quality == "good"', **WINDOW))
    assert found.raster.neuron_labels == ("100", "103")
    assert np.array_equal(found.raster.spikes, expected > 0)
    assert expected.sum() > 100
    said = "\n".join(found.notes)
    assert "2 of 4 units fit quality" in said
    assert "1 of 12 rows are left out, since they have no stimulus_onset" in said
    assert "from -0.2 to 1.8 s around stimulus_onset" in said


def test_units_by_label_keep_their_order(session: Path) -> None:
    assert load(session, units="103,100", **WINDOW).neuron_labels == ("103", "100")
    assert load(session, units="id in [103, 100]", **WINDOW).neuron_labels == ("100", "103")
    assert load(session, neurons="1:3", **WINDOW).neuron_labels == ("101", "102")
    with pytest.raises(RasterError, match="these units"):
        load(session, units="103,7", **WINDOW)
    with pytest.raises(ConfigError, match="not by both"):
        load(session, neurons="0", units="103", **WINDOW)


def test_a_query_that_nothing_fits_shows_the_values(session: Path) -> None:
    with pytest.raises(RecordingError, match="No unit") as caught:
        load(session, units='quality == "excellent"', **WINDOW)
    assert caught.value.got == "quality: good: 2, mua: 1, noise: 1"
    with pytest.raises(ConfigError, match="no column kind") as wrong:
        load(session, units='kind == "good"', **WINDOW)
    assert "quality" in wrong.value.expected


def test_trials_begin_and_end_as_the_table_says(session: Path) -> None:
    found = open_recording(session, ReadOptions(bin_width=0.1))
    assert found.raster.spikes.shape == (12, 25, 4)
    assert any("quality (good: 2, mua: 1, noise: 1)" in note for note in found.notes)
    assert load(session, bin_width=0.1, after=1.0).n_bins == 10
    assert load(session, bin_width=0.1, start=0.5, stop=1.0).n_bins == 5
    with pytest.raises(RecordingError, match="given twice"):
        load(session, bin_width=0.1, after=1.0, stop=1.0)
    with pytest.raises(RecordingError, match="no whole bin"):
        load(session, bin_width=0.1, before=-1.0, after=1.05)


def test_what_is_missing_is_named(session: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="how wide"):
        load(session)
    with pytest.raises(RecordingError, match="no column of times 'onset'") as caught:
        load(session, bin_width=0.02, align_to="onset")
    assert "stimulus_onset" in caught.value.expected
    with pytest.raises(RecordingError, match="no table of intervals 'blocks'"):
        load(session, bin_width=0.02, epochs="blocks")
    useless = {"axes": "bins,neurons", "array": "units", "time_unit": "ms", "time_column": "t"}
    for key, value in useless.items():
        with pytest.raises(RecordingError, match="has no effect|no named arrays|another unit"):
            load(session, bin_width=0.02, **{key: value})
    empty = lab.write_file(tmp_path / "empty.nwb", lab.new_file())
    with pytest.raises(RecordingError, match="no units"):
        load(empty, bin_width=0.02)


def test_other_formats_refuse_what_they_do_not_know(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("time,neuron\n0.1,1\n0.2,2\n")
    for key, value in (("epochs", "trials"), ("align_to", "go"), ("before", 0.1), ("after", 1.0)):
        with pytest.raises(RecordingError, match=f"`{key}` has no effect"):
            load(tmp_path / "r.csv", bin_width=0.02, **{key: value})
    folder = tmp_path / "sorted"
    folder.mkdir()
    np.save(folder / "spike_times.npy", np.array([1, 2]))
    np.save(folder / "spike_clusters.npy", np.array([0, 1]))
    with pytest.raises(RecordingError, match="`time_column` has no effect"):
        load(folder, bin_width=0.02, sampling_rate=30_000, time_unit="samples", time_column="t")
    assert load(tmp_path / "r.csv", bin_width=0.02, units="2").neuron_labels == ("2",)


def test_a_session_without_trials_is_one_trial(tmp_path: Path) -> None:
    path = _saved(tmp_path, trials=False)
    found = open_recording(path, ReadOptions(bin_width=0.1))
    assert found.raster.n_samples == 1
    assert found.raster.n_bins == 400
    assert any("no table of trials" in note for note in found.notes)
    with pytest.raises(RecordingError, match="no event to align to"):
        load(path, bin_width=0.1, align_to="start_time")
    assert load(path, bin_width=0.1, start=10.0, stop=20.0).n_bins == 100
    with_trials = _saved(tmp_path)
    assert load(with_trials, bin_width=0.1, epochs="none").n_samples == 1


def test_another_table_of_intervals(tmp_path: Path) -> None:
    path = _saved(tmp_path, blocks=[(0.0, 10.0), (10.0, 20.0), (25.0, 35.0)])
    found = load(path, bin_width=0.1, epochs="blocks", units="103")
    assert found.spikes.shape == (3, 100, 1)


def test_trials_of_different_length_are_cut_and_that_is_said(tmp_path: Path) -> None:
    path = _saved(tmp_path, blocks=[(0.0, 10.0), (10.0, 18.0)])
    with pytest.warns(RecordingWarning, match="cut to 8 s"):
        assert load(path, bin_width=0.1, epochs="blocks").n_bins == 80


def test_trials_in_invalid_times_are_left_out(tmp_path: Path) -> None:
    path = _saved(tmp_path, invalid_times=[(4.0, 5.0), (30.9, 31.0)])
    found = open_recording(path, ReadOptions(bin_width=0.1, epochs="trials"))
    assert found.raster.n_samples == 10
    assert any("2 of 12 rows are left out, since they overlap" in note for note in found.notes)
    everything = _saved(tmp_path, invalid_times=[(0.0, 100.0)])
    with pytest.raises(RecordingError, match="No trial"):
        load(everything, bin_width=0.1)


def test_trials_in_which_units_were_not_observed_are_left_out(tmp_path: Path) -> None:
    nwbfile = lab.new_file()
    for start, stop in ((0.0, 20.0), (8.0, 30.0)):
        train = np.arange(start + 0.05, stop, 0.1)
        nwbfile.add_unit(spike_times=train, obs_intervals=[[start, stop]])
    lab.add_trials(nwbfile, without_event=None)
    path = lab.write_file(tmp_path / "observed.nwb", nwbfile)
    # From 0.5 + 3 k to 3 + 3 k s; both were observed from 8 to 20 s.
    found = open_recording(path, ReadOptions(bin_width=0.1))
    assert found.raster.n_samples == 3
    assert any("not observed all the time" in note for note in found.notes)
    session = load(path, bin_width=0.1, epochs="none")
    assert session.n_bins == 120
    assert session.spikes.all()
    assert load(path, bin_width=0.1, epochs="none", units="0").n_bins == 200


def test_events_that_count_from_the_start_of_trials_are_doubted(tmp_path: Path) -> None:
    nwbfile = lab.new_file()
    lab.add_units(nwbfile)
    nwbfile.add_trial_column("reaction", "seconds after the start")
    for k in range(6):
        nwbfile.add_trial(start_time=2.0 + 5 * k, stop_time=6.0 + 5 * k, reaction=0.3)
    path = lab.write_file(tmp_path / "relative.nwb", nwbfile)
    with pytest.warns(RecordingWarning, match="6 of 6 values of reaction lie outside"):
        load(path, bin_width=0.02, align_to="reaction", before=0.1, after=1.0)


def test_windows_that_overlap_share_spikes(tmp_path: Path) -> None:
    path = _saved(tmp_path, trains=[[2.05], [2.95]], steps=[(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)])
    raster = load(path, bin_width=0.1, epochs="steps", before=0.0, after=3.0)
    assert np.argwhere(raster.spikes[:, :, 0]).tolist() == [[0, 20], [1, 10], [2, 0]]


@pytest.mark.parametrize("width", [0.02, 0.001, 1 / 30, 0.1])
def test_spikes_on_the_edges_of_bins_belong_to_the_later_bin(tmp_path: Path, width: float) -> None:
    onsets = 0.1 + 0.7 * np.arange(40)
    bins = np.arange(40) % int(0.5 / width + 1e-6)
    path = _saved(
        tmp_path, trains=[onsets + width * bins, onsets], steps=[(t, t + 0.5) for t in onsets]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        raster = load(path, bin_width=width, epochs="steps", counts="refuse")
    assert raster.spikes[:, :, 0].argmax(axis=1).tolist() == bins.tolist()
    assert raster.spikes.sum() == 80


def test_silent_units_and_times_out_of_order(tmp_path: Path) -> None:
    steps = [(0.5, 1.5), (2.5, 3.5)]
    path = _saved(tmp_path, trains=[[3.0, 1.0, 2.0, 1.3], [], [5.0], [6.0]], steps=steps)
    raster = load(path, bin_width=0.1, epochs="none")
    assert raster.silent_neurons == (1,)
    assert np.flatnonzero(raster.spikes[0, :, 0]).tolist() == [10, 13, 20, 30]
    raster = load(path, bin_width=0.1, epochs="steps")
    assert np.argwhere(raster.spikes[:, :, 0]).tolist() == [[0, 5], [0, 8], [1, 5]]
    with pytest.raises(RecordingError, match="not finite numbers") as caught:
        load(_saved(tmp_path, trains=[[1.0, np.nan], [1.0]]), bin_width=0.1)
    assert "unit 100" in caught.value.got
