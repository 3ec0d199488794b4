"""The checker of the campaign sees what is wrong: every kind of violation, made by hand."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.campaign.invariants import Evidence, Served, bits_before, check, read_rows
from tests.campaign.stored_files import digest

BITS = np.array([[True, False, True], [False, False, True]])
TAG, ID = "neuroqgan-1", "d1"


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    """A home with one job, its bits and its raster, and the service's log of it: all is well."""
    columns = "id, tag, state, provider_id, bits_sha256, kind, request, run"
    folder = tmp_path / "jobs" / "1"
    folder.mkdir(parents=True)
    page = np.packbits(BITS)
    np.savez(folder / "bits.npz", shapes=np.array([BITS.shape]), page0000=page)
    sha256 = hashlib.sha256((folder / "bits.npz").read_bytes()).hexdigest()
    tile = {"bins": [0], "neurons": [2, 0, 1]}
    layout = {"n_bins": 1, "n_neurons": 3, "pages": [{"tiles": [tile]}]}
    (folder / "layout.json").write_text(json.dumps({"layout": layout}))
    raster = tmp_path / "runs" / "mine" / "rasters" / "ibm_x.npz"
    raster.parent.mkdir(parents=True)
    np.savez(raster, spikes=BITS[:, None, [1, 2, 0]])
    with closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as connection:
        connection.execute(f"CREATE TABLE jobs ({columns})")
        row = ("1", TAG, "retrieved", ID, sha256, "ibm", "r", "mine")
        connection.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.commit()
    served = [Served(ID, (TAG,), "Completed", [BITS])]
    expected = {"jobs/*/layout.json": digest(tmp_path, "jobs/*/layout.json")}
    before = (read_rows(tmp_path, None), bits_before(tmp_path))
    return Evidence(tmp_path, None, served, before, expected)


def change(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "jobs.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()


def swap_bits(home: Path) -> None:
    path = home / "jobs" / "1" / "bits.npz"
    np.savez(path, shapes=np.array([BITS.shape]), page0000=np.packbits(~BITS))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    change(home, f"UPDATE jobs SET bits_sha256 = '{sha256}'")  # noqa: S608


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def other_raster(home: Path) -> None:
    np.savez(home / "runs" / "mine" / "rasters" / "ibm_x.npz", spikes=BITS[:, None, :])


def metrics(home: Path) -> None:
    (home / "metrics.jsonl").write_text('{"step": 1}\n{"step": 1}\n')


WRONG: list[tuple[str, Callable[[Path], object]]] = [
    ("LOST: the store does not know", lambda home: change(home, "DELETE FROM jobs")),
    ("LOST: job d1 is completed", lambda home: change(home, "UPDATE jobs SET state = 'lost'")),
    ("linked to d2", lambda home: change(home, "UPDATE jobs SET provider_id = 'd2'")),
    ("LOST: job 1 is retrieved", lambda home: (home / "jobs" / "1" / "bits.npz").unlink()),
    ("ALTERED: the bits of job 1 are not those that were drawn", swap_bits),
    ("ALTERED: the bits of job 1 were replaced", swap_bits),
    ("ALTERED: the record of job 1 names other bits", swap_bits),
    ("ALTERED: a raster is not", other_raster),
    ("ALTERED: jobs/*/layout.json", lambda home: (home / "jobs/1/layout.json").write_text("{}")),
    ("HALF: runs/mine/rasters", lambda home: cut(home / "runs/mine/rasters/ibm_x.npz")),
    ("HALF: metrics.jsonl", metrics),
    ("LEFT: .out.npz", lambda home: (home / f".out.npz.{32 * '0'}.part").touch()),
    ("the database cannot be read", lambda home: (home / "jobs.sqlite").write_bytes(b"no" * 999)),
]


def test_all_is_well(evidence: Evidence) -> None:
    assert check(evidence) == []


@pytest.mark.parametrize(("violation", "damage"), WRONG, ids=[name for name, _ in WRONG])
def test_every_violation_is_seen(
    evidence: Evidence, violation: str, damage: Callable[[Path], object]
) -> None:
    damage(evidence.home)
    found = check(evidence)
    assert any(violation in text for text in found), found


def test_a_second_submission_is_seen(evidence: Evidence) -> None:
    (job,) = evidence.served
    twice = replace(evidence, served=[job, replace(job, id="d2")])
    assert any("TWICE: neuroqgan-1 was submitted 2 times" in text for text in check(twice))
    change(
        evidence.home,
        "INSERT INTO jobs VALUES ('2', 'neuroqgan-2', 'retrieved', 'd2', '', 'ibm', 'r', 'mine')",
    )
    again = replace(evidence, served=[job, replace(job, id="d2", tags=("neuroqgan-2",))])
    assert any("TWICE: one raster was paid for" in text for text in check(again))
