"""Workers of a Dask scheduler on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.backends.local.shot_calls import measure_calls
from neuroqgan.errors import ClusterError, WorkerLostError
from neuroqgan.workers.cluster_registry import open_executor
from neuroqgan.workers.completed import completed
from neuroqgan.workers.dask import ClusterWarning
from neuroqgan.workers.spreading import spread_work
from tests.workers import functions

dask = pytest.importorskip("dask", reason='needs pip install "neuroqgan[dask]"')
distributed = pytest.importorskip("distributed", reason='needs pip install "neuroqgan[dask]"')


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    # The scheduler leaves it to us to repeat a task.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1"
        ) as cluster,
    ):
        yield cluster.scheduler_address


def test_tasks_run_on_workers(address: str) -> None:
    with open_executor(address, workers=3) as executor:
        found = dict(completed(executor, functions.double, range(6)))
        assert found == {number: 2 * number for number in range(6)}
        ((_, error),) = completed(executor, functions.fail, [1])
        assert str(error) == "no 1"


def test_a_worker_that_is_killed_costs_its_own_task_only(address: str, tmp_path: Path) -> None:
    with open_executor(address) as executor:
        found = dict(completed(executor, functions.killed_once, [str(tmp_path), ""]))
        assert found == {str(tmp_path): str(tmp_path), "": ""}


def test_workers_measure_the_same(address: str) -> None:
    call = functions.shot_call()
    with spread_work(address, 2):
        (shared,) = measure_calls([call])
    assert np.array_equal(shared, call.measure())


@pytest.mark.slow
def test_a_task_that_kills_all_workers_is_given_up(address: str) -> None:
    with open_executor(address) as executor:
        found = dict(completed(executor, functions.killed_always, [0, 1]))
    assert found[1] == 1
    assert isinstance(found[0], WorkerLostError)


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuroqgan.workers.dask._PATIENCE", 0.1)
    with (
        pytest.raises(ClusterError, match=r"tcp://127.0.0.1:9 cannot be reached"),
        open_executor("tcp://127.0.0.1:9"),
    ):
        pass


def test_a_scheduler_without_workers() -> None:
    with (
        distributed.LocalCluster(
            n_workers=0, protocol="tcp", host="127.0.0.1", dashboard_address=":0"
        ) as cluster,
        pytest.warns(ClusterWarning, match="has no workers; tasks wait"),
        open_executor(cluster.scheduler_address),
    ):
        pass


def test_workers_of_several_threads_are_refused() -> None:
    with (
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=2,
            processes=False,
            protocol="tcp",
            host="127.0.0.1",
            dashboard_address=":0",
        ) as cluster,
        pytest.raises(ClusterError, match="several tasks in one process"),
        open_executor(cluster.scheduler_address),
    ):
        pass
