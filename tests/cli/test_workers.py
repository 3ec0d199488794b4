"""The options ``--cluster`` and ``--workers`` of run and train."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuroqgan.data.load import load
from tests.helpers import TRAINING

_SHOTS = ("--gradient", "parameter-shift", "--shots", 8)


def test_workers_that_have_nothing_to_do(command, tiny: Path) -> None:
    outcome = command(
        *("run", "--name", "tiny", "--backend", "exact", "--samples", 20, "--workers", 2)
    )
    assert outcome.code == 0, outcome.err
    assert "--workers changes nothing here: circuits of exact do not run on workers" in outcome.err


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("sulrm", "There is no cluster 'sulrm'"),
        ("slurm", "wait in the queue of slurm"),
    ],
)
def test_a_cluster_that_cannot_be_used(
    chosen: str, words: str, command, recording: Path, own_home: Path
) -> None:
    arguments = ("--data", recording, "--name", "new", *TRAINING, *_SHOTS)
    outcome = command("train", *arguments, "--cluster", chosen)
    assert outcome.code == 2
    assert words in outcome.err
    assert not (own_home / "runs" / "new").exists()


@pytest.mark.slow
def test_workers_change_no_bit(command, recording: Path, own_home: Path) -> None:
    """A training from shots and a raster with noise, alone and shared by two processes."""
    weights, rasters = [], []
    for name, workers in (("alone", ()), ("shared", ("--workers", 2))):
        arguments = ("--data", recording, "--name", name, *TRAINING, *_SHOTS, *workers)
        outcome = command("train", *arguments)
        assert outcome.code == 0, outcome.err
        weights.append((own_home / "runs" / name / "generator.safetensors").read_bytes())
        where = ("--backend", "fake_nairobi", "--samples", 100, "--fresh")
        outcome = command("run", "--name", name, *where, *workers, "--json")
        assert outcome.code == 0, outcome.err
        rasters.append(load(Path(outcome.json["raster"])))
    assert weights[0] == weights[1]
    assert rasters[0] == rasters[1]
