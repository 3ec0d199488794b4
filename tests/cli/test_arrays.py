"""Arrays on the command line: what was understood is said, once, and before anything is done."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.cli.conftest import Command

SPIKES = np.random.default_rng(0).random((12, 80, 3)) < [0.1, 0.2, 0.4]


def test_what_was_understood_is_said(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    np.savez(path, spikes=SPIKES.transpose(2, 1, 0), bin_width=0.02)
    outcome = command(
        "data", "convert", path, tmp_path / "turned.npz", "--axes", "neurons,bins,trials"
    )
    assert "spikes (3, 80, 12) read as 12 trials x 80 bins x 3 neurons." in outcome.err
    assert np.array_equal(np.load(tmp_path / "turned.npz")["spikes"], SPIKES)
    # And is not asked about again.
    assert "Warning" not in command("data", "show", tmp_path / "turned.npz").err


def test_an_implausible_width_is_said_once(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    np.savez(path, spikes=SPIKES, bin_width=20)
    outcome = command("data", "show", path)
    assert outcome.err.count("Warning:") == 1
    assert "--time-unit ms or --bin-width 0.02" in outcome.err
    outcome = command("data", "show", path, "--bin-width", "0.02", "--json")
    assert outcome.json["bin_width"] == 0.02
    assert "Warning" not in outcome.err


def test_thousands_of_neurons_are_asked_about(command: Command, tmp_path: Path) -> None:
    np.save(tmp_path / "r.npy", SPIKES.reshape(-1, 3).T)
    outcome = command("train", "--data", tmp_path / "r.npy", "--bin-width", 0.02)
    assert outcome.code == 2
    assert "3 bins of 960 neurons: transposed?" in outcome.err
    assert len(outcome.err) < 1000
