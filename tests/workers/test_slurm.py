"""Jobs of Slurm, by commands that stand in for Slurm's."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pysqa", reason='needs pip install "neuroqgan[slurm]"')
pytest.importorskip("executorlib", reason='needs pip install "neuroqgan[slurm]"')

from neuroqgan.backends.local.shot_calls import measure_calls
from neuroqgan.errors import ClusterError, WorkerLostError
from neuroqgan.workers.cluster_registry import open_executor
from neuroqgan.workers.completed import completed
from neuroqgan.workers.spreading import spread_work
from tests.workers import functions
from tests.workers.slurm import install_slurm


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("executorlib.standalone.command_pysqa._JOB_STATUS_CHECK_INTERVAL", 0.2)
    monkeypatch.setattr(
        "executorlib.standalone.command_pysqa.pysqa_job_output_validation.__defaults__",
        (None, None, 0.2),
    )
    monkeypatch.setattr("neuroqgan.workers.slurm._SECONDS", 0.05)
    return install_slurm(tmp_path / "slurm", monkeypatch)


def _numbers(jobs: Path) -> list[str]:
    return sorted(job.name for job in jobs.glob("[0-9]*"))


def test_each_task_is_a_job(jobs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (jobs / "busy").touch()  # squeue fails, which says nothing of jobs
    with open_executor("slurm", workers=2, folder=folder) as executor:
        found = dict(completed(executor, functions.double, [1, 2, 3]))
    assert found == {1: 2, 2: 4, 3: 6}
    assert _numbers(jobs) == ["1", "2", "3"]
    assert folder.stat().st_mode & 0o077 == 0
    assert list(folder.iterdir()) == []  # handed over, so that nothing is kept


def test_a_job_that_is_killed_begins_again(jobs: Path, tmp_path: Path) -> None:
    with open_executor("slurm", folder=tmp_path / "files") as executor:
        found = dict(completed(executor, functions.killed_once, [str(tmp_path), ""]))
        assert found == {str(tmp_path): str(tmp_path), "": ""}
        assert len(_numbers(jobs)) == 3
        ((_, error),) = completed(executor, functions.killed_always, [0])
    assert isinstance(error, WorkerLostError)
    assert len(_numbers(jobs)) == 6


def test_a_refusal_is_an_error_and_not_remembered(jobs: Path, tmp_path: Path) -> None:
    (jobs / "refuse").touch()
    with open_executor("slurm", folder=tmp_path / "files") as executor:
        ((_, error),) = completed(executor, functions.double, [1])
        assert isinstance(error, ClusterError)
        assert "invalid account or partition" in error.got
        (jobs / "refuse").unlink()
        assert list(completed(executor, functions.double, [1])) == [(1, 2)]
        ((_, error),) = completed(executor, functions.fail, [1])
        assert str(error) == "no 1"


def test_a_task_that_is_submitted_again_runs_again(jobs: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "calls")
    with open_executor("slurm", folder=tmp_path / "files") as executor:
        for number in (1, 2, 3):
            assert list(completed(executor, functions.count_calls, [path])) == [(path, number)]
    assert list((tmp_path / "files").iterdir()) == []


def test_jobs_outlive_the_command(jobs: Path, tmp_path: Path) -> None:
    """What runs goes on and is picked up; what waits is taken out of the queue."""
    path = tmp_path / "go on"
    folder = tmp_path / "files"
    with (  # noqa: PT012
        pytest.raises(KeyboardInterrupt),
        open_executor("slurm", folder=folder) as executor,
    ):
        executor.submit(functions.wait_for, str(path))
        while not Path(f"{path}.begun").exists():
            time.sleep(0.01)
        (jobs / "hold").touch()
        executor.submit(functions.double, 1)
        while _numbers(jobs) != ["1", "2"]:
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert (jobs / "2").read_text().startswith("999999999 ")
    (jobs / "hold").unlink()
    with open_executor("slurm", folder=folder) as executor:
        futures = (
            executor.submit(functions.wait_for, str(path)),
            executor.submit(functions.double, 1),
        )
        assert futures[1].result() == 2
        path.touch()
        assert futures[0].result() is None
    assert _numbers(jobs) == ["1", "2", "3"]  # the first was not submitted again


def test_without_slurm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ClusterError, match="sbatch"), open_executor("slurm"):
        pass


def test_a_job_ended_from_outside(jobs: Path, tmp_path: Path) -> None:
    path = tmp_path / "go on"
    with open_executor("slurm", folder=tmp_path / "files") as executor:
        future = executor.submit(functions.wait_for, str(path))
        while not Path(f"{path}.begun").exists():
            time.sleep(0.01)
        os.killpg(int((jobs / "1").read_text().split()[0]), signal.SIGKILL)
        with pytest.raises(RuntimeError, match="without producing output"):
            future.result()


def test_jobs_measure_the_same(jobs: Path, tmp_path: Path) -> None:
    call = functions.shot_call()
    with spread_work("slurm", 2, folder=tmp_path / "files"):
        (shared,) = measure_calls([call])
    assert _numbers(jobs) == ["1", "2"]
    assert np.array_equal(shared, call.measure())
