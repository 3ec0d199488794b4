"""The sessions of the pages: in NWB, as the tutorial writes it, and as spike sorters do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import neuroqgan as nq

_PERIOD, _ONSET = 6.0, 1.0


def write_session(path: Path, recording: nq.SpikeRaster) -> None:
    """Write a recording as a laboratory would; needs pynwb."""
    from pynwb import NWBHDF5IO, NWBFile, TimeSeries

    random = np.random.default_rng(0)
    session = NWBFile(
        session_description="Simulated neurons",
        identifier="session",
        session_start_time=datetime(2026, 1, 1, tzinfo=UTC),
    )
    session.add_trial_column(
        name="stimulus_onset", description="when the stimulus appeared, in seconds"
    )
    for trial in range(recording.n_samples):
        start = _PERIOD * trial
        session.add_trial(start_time=start, stop_time=start + 5, stimulus_onset=start + _ONSET)
    session.add_unit_column(name="quality", description="how good the sorting is")
    for neuron in range(recording.n_neurons):
        trials, bins = np.nonzero(recording.spikes[:, :, neuron])
        times = _PERIOD * trials + _ONSET + recording.bin_width * (bins + random.random(len(bins)))
        session.add_unit(spike_times=np.sort(times), quality="noise" if neuron == 3 else "good")
    speed = random.normal(20, 3, int(10 * _PERIOD * recording.n_samples))
    session.add_acquisition(TimeSeries(name="running_speed", data=speed, unit="cm/s", rate=10.0))
    with NWBHDF5IO(path, "w") as file:
        file.write(session)


def write_sorted(folder: Path, recording: nq.SpikeRaster) -> None:
    """Write the trials of a recording one after the other, as Kilosort and phy do."""
    spikes = np.concatenate(recording.spikes)
    bins, neurons = np.nonzero(spikes)
    folder.mkdir()
    np.save(folder / "spike_times.npy", (bins * recording.bin_width * 30_000).astype(np.uint64))
    np.save(folder / "spike_clusters.npy", neurons.astype(np.int32))
    (folder / "params.py").write_text("sample_rate = 30000.\n")
    (folder / "cluster_group.tsv").write_text(
        "cluster_id\tgroup\n0\tgood\n1\tgood\n2\tmua\n3\tnoise\n"
    )
