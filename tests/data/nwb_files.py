"""An NWB file as a laboratory would write it with pynwb, and a reader without a process."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from neuroqgan.errors import RecordingError

QUALITIES = ("good", "mua", "noise", "good")
N_TRIALS, PERIOD, SECONDS = 12, 3.0, 40.0


def new_file() -> Any:
    """Return an empty file in memory."""
    from pynwb import NWBFile

    return NWBFile(
        session_description="a session",
        identifier="session 1",
        session_start_time=datetime(2025, 1, 2, tzinfo=UTC),
    )


def add_units(nwbfile: Any, trains: list[Any] | None = None) -> list[np.ndarray]:
    """Add units 100, 101, ... with a quality, a depth and whether they are fast; return trains."""
    random = np.random.default_rng(1)
    if trains is None:
        trains = [np.sort(random.uniform(0, SECONDS, 40 * (k + 1))) for k in range(4)]
    for name in ("quality", "depth", "is_fast"):
        nwbfile.add_unit_column(name, f"its {name}")
    for k, train in enumerate(trains):
        nwbfile.add_unit(
            id=100 + k,
            spike_times=np.asarray(train, float),
            quality=QUALITIES[k % 4],
            depth=100.0 * k,
            is_fast=k % 2 == 1,
        )
    return [np.asarray(train, float) for train in trains]


def add_trials(nwbfile: Any, without_event: int | None = 7) -> np.ndarray:
    """Add trials with the onset of a stimulus, which one of them lacks; return the onsets."""
    nwbfile.add_trial_column("stimulus_onset", "when the stimulus began")
    onsets = 1.0 + PERIOD * np.arange(N_TRIALS) + np.random.default_rng(2).uniform(0, 0.3, N_TRIALS)
    if without_event is not None:
        onsets[without_event] = np.nan
    for k, onset in enumerate(onsets):
        start = 0.5 + PERIOD * k
        nwbfile.add_trial(start_time=start, stop_time=start + 2.5, stimulus_onset=onset)
    return onsets


def add_series(nwbfile: Any) -> None:
    """Add a running speed with a conversion, a position with irregular timestamps, a lick."""
    from pynwb import TimeSeries
    from pynwb.behavior import Position, SpatialSeries

    module = nwbfile.create_processing_module("behavior", "what the animal did")
    seconds = np.arange(0, SECONDS, 0.01)
    module.add(
        TimeSeries(
            name="running_speed",
            data=np.round(100 * seconds).astype(np.int32),
            unit="cm/s",
            conversion=0.5,
            offset=-3.0,
            rate=100.0,
            starting_time=0.0,
        )
    )
    irregular = np.arange(0, SECONDS, 0.05) + np.random.default_rng(3).uniform(0, 0.04, 800)
    position = SpatialSeries(
        name="position",
        data=np.stack([irregular, -irregular], axis=1),
        timestamps=irregular,
        unit="meters",
        reference_frame="the track",
    )
    module.add(Position(spatial_series=position))
    nwbfile.add_acquisition(TimeSeries(name="lick", data=np.ones(40), unit="V", rate=1.0))


def write_file(path: Path, nwbfile: Any) -> Path:
    """Write a file, as pynwb does."""
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(path, "w") as writer:
        writer.write(nwbfile)
    return path


def parse_here(_child: str, kind: str, path: Path, target: Path, wanted: str) -> None:
    """Stand in for `neuroqgan.data.untrusted.child.parse_apart`, without a process."""
    from neuroqgan.data.nwb.extraction import FAILURES, parse

    try:
        members = dict(parse(str(path), [wanted]))
    except FAILURES as error:
        raise RecordingError(
            f"{path} may be damaged", expected=kind, got=f"{type(error).__name__}: {error}"
        ) from error
    np.savez(target, allow_pickle=False, **members)
