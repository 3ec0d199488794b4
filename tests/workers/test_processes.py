"""Tasks in processes of this machine, and results as they come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path

import psutil
import pytest

from neuroqgan.errors import ClusterError, ConfigError, WorkerLostError
from neuroqgan.workers.cluster_registry import open_executor
from neuroqgan.workers.completed import completed
from neuroqgan.workers.limited import LimitedExecutor
from tests.workers import functions


def _soon(happened: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_tasks_end_on_their_own(tmp_path: Path) -> None:
    """Errors and killed processes are those of one task; the others do not notice."""
    with open_executor("processes", 2) as executor:
        assert dict(completed(executor, functions.double, range(4))) == {0: 0, 1: 2, 2: 4, 3: 6}
        ((_, error),) = completed(executor, functions.fail, [1])
        assert repr(error) == "ValueError('no 1')"
        folder = str(tmp_path)
        assert dict(completed(executor, functions.killed_once, [folder, ""])) == {
            folder: folder,
            "": "",
        }
        found = dict(completed(executor, functions.killed_always, range(4)))
        lost = found.pop(0)
        assert found == {1: 1, 2: 2, 3: 3}
        assert isinstance(lost, WorkerLostError)
        assert "3 attempts" in lost.got


def test_processes_share_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuroqgan.workers.processes.usable_processors", lambda: 7)
    with open_executor("processes", 3) as executor:
        assert executor.submit(functions.variables).result() == ["2", "2", "2", "2"]


def test_an_interrupt_cancels_what_has_not_begun(tmp_path: Path) -> None:
    path = str(tmp_path / "never")
    with (  # noqa: PT012
        pytest.raises(KeyboardInterrupt),
        open_executor("processes", 1) as executor,
    ):
        done = executor.submit(functions.double, 1)
        running = executor.submit(functions.wait_for, path)
        waiting = executor.submit(functions.double, 2)
        _soon(Path(f"{path}.begun").exists)
        raise KeyboardInterrupt
    assert done.result() == 2
    assert waiting.cancelled()
    with pytest.raises(KeyboardInterrupt):
        running.result()


def test_an_interrupt_reaches_a_process_that_is_being_started(tmp_path: Path) -> None:
    path = str(tmp_path / "never")
    began = time.monotonic()
    with (  # noqa: PT012
        pytest.raises(KeyboardInterrupt),
        open_executor("processes", 1) as executor,
    ):
        starting = executor.submit(functions.wait_for, path)
        _soon(starting.running)
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        starting.result()
    assert time.monotonic() - began < 60


def test_processes_without_a_task_are_interrupted_in_silence(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with (  # noqa: PT012
        pytest.raises(KeyboardInterrupt),
        open_executor("processes", 1) as executor,
    ):
        pid = executor.submit(os.getpid).result()
        os.kill(pid, signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            executor.submit(functions.double, 1).result()
        raise KeyboardInterrupt
    assert capfd.readouterr().err == ""


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    path = tmp_path / "never"
    code = (
        "from neuroqgan.workers.cluster_registry import open_executor\n"
        "from tests.workers.functions import wait_for\n"
        "if __name__ == '__main__':\n"
        "    with open_executor('processes', 1) as executor:\n"
        f"        executor.submit(wait_for, {str(path)!r}).result()\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, script], env=environment) as program:
        _soon(Path(f"{path}.begun").exists)
        children = psutil.Process(program.pid).children(recursive=True)
        assert children
        os.kill(program.pid, signal.SIGKILL)
    _soon(lambda: not psutil.wait_procs(children, timeout=1)[1])


@pytest.mark.parametrize(
    ("chosen", "workers", "words"),
    [
        ("sulrm", None, "There is no cluster 'sulrm'"),
        ("http://localhost:8786", None, "There is no cluster"),
        ("tcp:", None, "There is no cluster"),
        ("slurm://", None, "There is no cluster"),
        ("processes", 0, "at least one worker"),
    ],
)
def test_what_is_no_cluster(chosen: str, workers: int | None, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        open_executor(chosen, workers)


@pytest.mark.parametrize(("chosen", "module"), [("slurm", "pysqa"), ("tcp://a:1", "distributed")])
def test_a_missing_extra(chosen: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError) as caught, open_executor(chosen):
        pass
    assert caught.value.hint.startswith('pip install "neuroqgan[')


def test_only_so_many_tasks_are_handed_over() -> None:
    started: list[Future[int]] = []

    def start(function: Callable[..., object], arguments: tuple[object, ...]) -> Future[int]:
        started.append(Future())
        return started[-1]

    executor = LimitedExecutor(start, 2)
    futures = [executor.submit(functions.double, number) for number in range(5)]
    assert len(started) == 2
    started[1].set_result(2)
    assert (futures[1].result(), len(started)) == (2, 3)
    executor.shutdown(wait=False, cancel_futures=True)
    assert [future.cancelled() for future in futures] == [False, False, False, True, True]
    with pytest.raises(CancelledError):
        futures[0].result(timeout=1)


def test_a_task_that_the_cluster_gave_up() -> None:
    def start(function: Callable[..., object], arguments: tuple[object, ...]) -> Future[int]:
        future: Future[int] = Future()
        future.cancel()
        return future

    ((_, error),) = completed(LimitedExecutor(start), functions.double, [1])
    assert isinstance(error, ClusterError)
