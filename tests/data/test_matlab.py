from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy import io, sparse

from neuroqgan.data.formats import matlab
from neuroqgan.data.load import load
from neuroqgan.data.untrusted import child, isolated
from neuroqgan.data.untrusted.isolated import Parser
from neuroqgan.errors import RecordingError

SPIKES = np.random.default_rng(1).random((20, 4)) < 0.3


@pytest.fixture
def sparse_file(tmp_path: Path) -> Path:
    path = tmp_path / "sparse.mat"
    io.savemat(path, {"spikes": sparse.csc_array(SPIKES.astype(float)), "bin_width": 0.02})
    return path


def test_cells_of_spike_times(tmp_path: Path) -> None:
    cells = np.empty((1, 3), object)
    for i, times in enumerate(([0.01, 0.05], [], [[0.03], [0.11]])):
        cells[0, i] = np.array(times, float)
    path = tmp_path / "cells.mat"
    io.savemat(path, {"spikes": cells, "bin_width": 0.02, "lfp": np.ones((1, 9))})
    found = load(path)
    assert found.spikes.shape == (1, 6, 3)
    assert [np.flatnonzero(train).tolist() for train in found.spikes[0].T] == [[0, 2], [], [1, 5]]


def test_a_structure_of_spike_times_with_unit_numbers(tmp_path: Path) -> None:
    cells = np.empty((1, 2), object)
    cells[0, 0], cells[0, 1] = np.array([[0.01], [0.05]]), np.array([[0.03]])
    samples = np.empty((1, 2), object)
    samples[0, 0], samples[0, 1] = np.array([[300], [1500]]), np.array([[900]])
    path = tmp_path / "session.spikes.cellinfo.mat"
    fields = {"ts": samples, "times": cells, "UID": np.array([7.0, 12.0]), "sr": 30000}
    io.savemat(path, {"spikes": fields})
    found = load(path, bin_width=0.02)
    assert found.neuron_labels == ("7", "12")
    assert found.spikes[0].T.tolist() == [[True, False, True], [False, True, False]]
    # In samples, the same spikes; the bin width beside them is in seconds.
    again = {"array": "spikes.ts", "time_unit": "samples", "sampling_rate": 30000}
    assert load(path, bin_width=0.02, **again) == found
    io.savemat(path, {"spikes": fields, "bin_width": 0.02})
    assert load(path, **again) == load(path, bin_width=0.02, **again) == found


def test_cells_of_neurons_and_trials(tmp_path: Path) -> None:
    cells = np.empty((2, 3), object)
    for neuron in range(2):
        for trial in range(3):
            # Nobody fires in the last trial, which stays.
            cells[neuron, trial] = np.array([0.1 * neuron + 0.02 * trial] if trial < 2 else [])
    path = tmp_path / "cells.mat"
    io.savemat(path, {"spikes": cells})
    found = load(path, bin_width=0.02)
    assert np.argwhere(found.spikes).tolist() == [[0, 0, 0], [0, 5, 1], [1, 1, 0], [1, 6, 1]]
    assert found.n_samples == 3
    io.savemat(path, {"spikes": cells.T})
    assert load(path, bin_width=0.02, axes="trials,neurons") == found
    with pytest.raises(RecordingError, match="do not have these axes"):
        load(path, bin_width=0.02, axes="neurons,bins,trials")


def test_cells_of_other_things_are_listed(tmp_path: Path) -> None:
    cells = np.empty((1, 2), object)
    cells[0, 0], cells[0, 1] = np.ones((3, 4)), "text"
    io.savemat(tmp_path / "r.mat", {"spikes": cells})
    with pytest.raises(RecordingError, match="neither an array of numbers nor spike times"):
        load(tmp_path / "r.mat", bin_width=0.02)
    io.savemat(tmp_path / "r.mat", {"trials": cells})
    with pytest.raises(RecordingError, match="no spikes") as caught:
        load(tmp_path / "r.mat", bin_width=0.02)
    assert "trials (1, 2) cells" in caught.value.got


@pytest.mark.parametrize("row", [25, 20, -1, -1000])
def test_a_row_outside_a_sparse_matrix(sparse_file: Path, row: int) -> None:
    raw = bytearray(sparse_file.read_bytes())
    rows = sparse.csc_array(SPIKES.astype(float)).indices.astype("<i4").tobytes()
    at = raw.index(rows)
    raw[at + 8 : at + 12] = np.array(row, "<i4").tobytes()
    sparse_file.write_bytes(raw)
    with pytest.raises(RecordingError, match="may be damaged"):
        load(sparse_file)


def test_flipped_bits_are_errors_or_what_they_say(sparse_file: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("flip_bits.py")), str(sparse_file), "250"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        check=True,
        text=True,
    )
    lines = [line.split(maxsplit=2) for line in ended.stdout.splitlines()]
    outcomes = Counter(said.split()[0] for _, _, said in lines)
    assert outcomes.total() == 250
    assert outcomes.keys() <= {"read", "other", "refused", "signal"}, outcomes
    assert outcomes["refused"] > 40
    # Those that end the parser, and a few others, on the way that files really go.
    raw = sparse_file.read_bytes()
    deadly = [line for line in lines if line[2].startswith("signal")][:3]
    for position, bit, said in deadly + lines[:3]:
        damaged = bytearray(raw)
        damaged[int(position)] ^= 1 << int(bit)
        sparse_file.write_bytes(damaged)
        if said.startswith(("signal", "refused")):
            with pytest.raises(RecordingError, match="may be damaged"):
                load(sparse_file)


def test_compressed_files_are_checked_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "r.mat"
    io.savemat(path, {"spikes": SPIKES, "bin_width": 0.02}, do_compression=True)
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1  # of the checksum
    path.write_bytes(raw)
    with pytest.raises(RecordingError, match="may be damaged"):
        load(path)


def test_a_parser_that_dies_is_a_damaged_file(
    sparse_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dying.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(
        matlab, "MATLAB_PARSER", Parser("dying", "a MATLAB file", is_compressed=True)
    )
    with pytest.raises(RecordingError, match="may be damaged") as caught:
        load(sparse_file)
    assert "ended by signal 11" in caught.value.got
    # A mistake of ours is not called damage.
    (tmp_path / "dying.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(RuntimeError, match="nothing_of_this_name"):
        load(sparse_file)


def test_memory_is_limited(sparse_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    big = sparse.csc_array((np.ones(1), ([5], [7])), shape=(2**20, 2**14))
    io.savemat(sparse_file, {"spikes": big, "bin_width": 0.02})
    monkeypatch.setattr(child, "available_bytes", lambda: 2**28)
    with pytest.raises(RecordingError, match="may be damaged|memory") as caught:
        load(sparse_file)
    assert "Unable to allocate" in caught.value.got or "memory" in caught.value.got.lower()


def test_the_parser_imports_little() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"import {isolated.MATLAB_PARSER.module}, sys; print(*sys.modules)"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        check=True,
        text=True,
    )
    assert not {"pandas", "torch", "qiskit", "sklearn"} & set(ended.stdout.split())


def test_a_header_of_version_73_alone_is_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "new.mat"
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n")
    with pytest.raises(RecordingError, match="may be damaged"):
        load(path, bin_width=0.02)
