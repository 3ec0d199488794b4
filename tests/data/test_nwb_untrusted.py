"""NWB files that are damaged, or made to read what they should not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.data.nwb import contents
from neuroqgan.errors import RecordingError

pytest.importorskip("pynwb", reason='pip install "neuroqgan[nwb]" for the tests of NWB')

import h5py

from tests.data import nwb_files as lab


@pytest.fixture
def session(tmp_path: Path) -> Path:
    nwbfile = lab.new_file()
    lab.add_units(nwbfile)
    lab.add_trials(nwbfile)
    return lab.write_file(tmp_path / "session.nwb", nwbfile)


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "parse_apart", lab.parse_here)


def _external_link(file: Any, secret: Path) -> None:
    file["scratch/more"] = h5py.ExternalLink(str(secret), "/units")


def _external_values(file: Any, secret: Path) -> None:
    del file["units/depth"]
    where = [(str(secret), 0, 32)]
    file.create_dataset("units/depth", (4,), "f8", external=where)


def _virtual_values(file: Any, secret: Path) -> None:
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource(str(secret), "x", (4,))
    del file["units/depth"]
    file.create_virtual_dataset("units/depth", layout)


@pytest.mark.usefixtures("no_process")
@pytest.mark.parametrize("change", [_external_link, _external_values, _virtual_values])
def test_nothing_outside_of_the_file_is_opened(
    session: Path, tmp_path: Path, change: Callable[[Any, Path], None]
) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["x"] = np.ones(4)
    with h5py.File(session, "r+") as file:
        change(file, secret)
    with pytest.raises(RecordingError, match="no NWB file that neuroqgan reads") as caught:
        load(session, bin_width=0.1)
    assert "secret.h5" in caught.value.got


def _absurd_shape(file: Any) -> None:
    del file["units/spike_times"]
    file.create_dataset("units/spike_times", (2**50,), "f8", chunks=(1024,))


def _index_beyond_the_end(file: Any) -> None:
    file["units/spike_times_index"][3] = 60_000


def _index_that_falls(file: Any) -> None:
    file["units/spike_times_index"][1] = 0


def _short_column(file: Any) -> None:
    del file["units/quality"]
    file["units/quality"] = np.arange(2)
    for name, value in {
        "namespace": "hdmf-common",
        "neurodata_type": "VectorData",
        "object_id": "x",
        "description": "x",
    }.items():
        file["units/quality"].attrs[name] = value


def _no_spike_times(file: Any) -> None:
    del file["units/spike_times"]


@pytest.mark.usefixtures("no_process")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "change",
    [_absurd_shape, _index_beyond_the_end, _index_that_falls, _short_column, _no_spike_times],
)
def test_what_does_not_fit_is_an_error(session: Path, change: Callable[[Any], None]) -> None:
    with h5py.File(session, "r+") as file:
        change(file)
    with pytest.raises(RecordingError):
        load(session, bin_width=0.1)


@pytest.mark.usefixtures("no_process")
@pytest.mark.filterwarnings("ignore")
def test_groups_that_hold_each_other_and_references_that_lead_nowhere(session: Path) -> None:
    with h5py.File(session, "r+") as file:
        group = file["scratch"] if "scratch" in file else file.create_group("scratch")
        lost = group.create_dataset("lost", data=1)
        file.create_dataset("units/depth2", data=[lost.ref] * 4, dtype=h5py.ref_dtype)
        for name, value in file["units/depth"].attrs.items():
            file["units/depth2"].attrs[name] = value
        file["units"].attrs["colnames"] = [*file["units"].attrs["colnames"], "depth2"]
        del group["lost"]
        group["self"] = h5py.SoftLink("/scratch")
        group["units"] = file["units"]
    try:
        found = load(session, bin_width=0.1)
    except RecordingError:
        return
    assert found.n_neurons == 4


@pytest.mark.usefixtures("no_process")
def test_hdf5_that_is_not_nwb(tmp_path: Path) -> None:
    path = tmp_path / "other.nwb"
    with h5py.File(path, "w") as file:
        file["spikes"] = np.ones(3)
    with pytest.raises(RecordingError, match="no NWB file") as caught:
        load(path, bin_width=0.1)
    assert "without an nwb_version" in caught.value.got
    with h5py.File(path, "w") as file:
        file["nwb_version"] = "NWB-1.0.6"
    with pytest.raises(RecordingError, match="no NWB file") as older:
        load(path, bin_width=0.1)
    assert "NWB 1" in older.value.got


def test_a_truncated_file_in_a_process_of_its_own(session: Path) -> None:
    whole = session.read_bytes()
    session.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordingError, match="may be damaged") as caught:
        load(session, bin_width=0.1)
    assert caught.value.expected == "an NWB file, complete"


def test_a_parser_that_dies_is_a_damaged_file(
    session: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dying.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(contents, "CHILD", "dying")
    with pytest.raises(RecordingError, match="may be damaged") as caught:
        load(session, bin_width=0.1)
    assert "ended by signal 11" in caught.value.got


@pytest.mark.slow
def test_damaged_bytes_never_give_a_traceback(session: Path) -> None:
    whole = session.read_bytes()
    random = np.random.default_rng(0)
    for most in (20_000, len(whole)):
        for _ in range(12):
            raw = bytearray(whole)
            for at in random.integers(0, most, random.integers(1, 20)):
                raw[at] = random.integers(256)
            session.write_bytes(bytes(raw))
            try:
                found = load(session, bin_width=0.1)
            except RecordingError:
                continue
            except (RuntimeWarning, UserWarning):
                continue
            assert found.n_neurons >= 1
