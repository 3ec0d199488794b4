"""Tasks as jobs of Slurm, one each, by files: they survive the end of this process."""

from __future__ import annotations

import hashlib
import pickle
import shlex
import shutil
import subprocess
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import make_folder
from neuroqgan.errors import ClusterError, ConfigError, StorageError
from neuroqgan.home import home
from neuroqgan.workers.limited import LimitedExecutor
from neuroqgan.workers.processors import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future

_SECONDS = 0.5
"""Between two looks at the files of results."""

_LOST = "terminated without producing output"
"""What executorlib says of a job that is gone and has left no result."""

_COMMANDS = (["sbatch"], ["squeue"])

# Partition, account and limits come from sbatch's own variables, such as SBATCH_PARTITION.
_SCRIPT = """\
#!/bin/bash
#SBATCH --job-name=NAME
#SBATCH --chdir={{working_directory}}
#SBATCH --output=task.out
#SBATCH --ntasks=1
{% raw %}cd FOLDER || exit 1{% endraw %}
export HDF5_USE_FILE_LOCKING=${HDF5_USE_FILE_LOCKING:-BEST_EFFORT}
THREADS
{{command}}
"""


@contextmanager
def open_slurm(_: str, workers: int | None, folder: Path | None) -> Iterator[Executor]:
    """Prepare jobs of Slurm; see `neuroqgan.workers.cluster_registry.open_executor`."""
    make = _executor_class()
    if shutil.which("sbatch") is None:
        raise ClusterError(
            "Slurm's command sbatch is not on this machine.",
            expected="a login node or a job of a cluster that runs Slurm",
            got="no command sbatch in PATH",
            hint="log in to the cluster, or choose `cluster = processes`",
        )
    files = (folder or home() / "cluster").absolute()
    _make_own_folder(files)
    name = f"neuroqgan-{hashlib.sha256(str(files).encode()).hexdigest()[:8]}"
    script = _script(name)
    jobs = _Jobs(partial(_make, make, files, script), files)
    executor = LimitedExecutor(jobs.submit, workers, _plainly)
    try:
        yield executor
        executor.shutdown()
    except BaseException:
        # What runs goes on, and its result is found when the same tasks are submitted again.
        jobs.leave()
        _cancel_pending(name)
        raise
    jobs.close()


def _make(make: Callable[..., Any], files: Path, script: str) -> Any:
    return make(
        cache_directory=str(files),
        refresh_rate=_SECONDS,
        resource_dict={"cores": 1, "submission_template": script},
    )


def _make_own_folder(files: Path) -> None:
    """Make a folder that nobody else can write to: its files are pickled, which can run code."""
    make_folder(files)
    try:
        files.chmod(0o700)
    except OSError as error:
        raise StorageError(
            f"The folder {files} is somebody else's.",
            expected="a folder of your own for the tasks of Slurm",
            got=error.strerror or str(error),
            hint="set NEUROQGAN_HOME to a folder of your own, on a disk that all machines see",
        ) from error


def is_lost(error: BaseException) -> bool:
    """Return whether a job ended without a result: killed, out of memory or out of time."""
    return isinstance(error, RuntimeError) and _LOST in str(error)


def _plainly(error: BaseException) -> BaseException:
    """Return what a command of Slurm said, in place of the error that it failed."""
    if not isinstance(error, subprocess.CalledProcessError) or error.cmd[:1] not in _COMMANDS:
        return error
    said = " ".join(str(error.output or error).split())
    return ClusterError(
        f"Slurm's command {error.cmd[0]} failed.",
        expected="a job of one task, in the partition of SBATCH_PARTITION or the default one",
        got=said,
        hint="set SBATCH_PARTITION, SBATCH_ACCOUNT or SBATCH_TIMELIMIT as your cluster wants them, "
        "and run the same command again",
    )


def _executor_class() -> Callable[..., Any]:
    try:
        import pysqa  # noqa: F401  # executorlib needs it for Slurm, and says so less plainly
        from executorlib import SlurmClusterExecutor
        from executorlib.task_scheduler.file import task_scheduler
    except ImportError as error:
        raise ConfigError(
            "Jobs of Slurm need packages that are not installed.",
            expected="the extra slurm, for `cluster = slurm`",
            got=str(error),
            hint='pip install "neuroqgan[slurm]"',
        ) from error
    # A squeue that fails for a moment would end executorlib's thread, and no task would ever end.
    known = task_scheduler.pysqa_job_output_validation
    if not isinstance(known, partial):
        task_scheduler.pysqa_job_output_validation = partial(_is_gone, known)
    make: Callable[..., Any] = SlurmClusterExecutor
    return make


def _is_gone(known: Callable[..., bool], *arguments: Any, **keywords: Any) -> bool:
    """Return whether a job is gone, which a squeue that fails does not say."""
    try:
        return known(*arguments, **keywords)
    except (subprocess.CalledProcessError, OSError, ValueError):
        return False


def _script(name: str) -> str:
    threads = "\n".join(f"export {name}=${{SLURM_CPUS_PER_TASK:-1}}" for name in VARIABLES)
    script = _SCRIPT.replace("NAME", name).replace("THREADS", threads)
    return script.replace("FOLDER", shlex.quote(str(Path.cwd())))


class _Jobs:
    """Tasks in the hands of executorlib.

    Parameters
    ----------
    make
        Makes an executor.
    files
        Where it keeps its files.
    """

    def __init__(self, make: Callable[[], Any], files: Path) -> None:
        self._make = make
        self._files = files
        self._executors: list[tuple[Any, dict[str, Future[Any]]]] = []
        self._keys: set[str] = set()

    def submit(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Future[Any]:
        """Submit a task, unless an earlier command has its job in the queue or its result there."""
        from neuroqgan import __version__

        packed = pickle.dumps((function, arguments))
        key = hashlib.sha256(__version__.encode() + packed).hexdigest()[:32]
        executor, submitted = self._executor_for(key)
        future: Future[Any] = executor.submit(_run_packed, packed, resource_dict={"cache_key": key})
        submitted[key] = future
        self._keys.add(key)
        future.add_done_callback(partial(self._forget_error, key))
        return future

    def _executor_for(self, key: str) -> tuple[Any, dict[str, Future[Any]]]:
        """Return an executor that has not seen a task: one that has may never end it again."""
        before = [submitted[key] for _, submitted in self._executors if key in submitted]
        if before and all(future.done() for future in before):
            # Its result was handed over, and the task is to run once more.
            _remove(self._files, key)
        for executor, submitted in self._executors:
            if key not in submitted:
                return executor, submitted
        self._executors.append((self._make(), {}))
        return self._executors[-1]

    def _forget_error(self, key: str, future: Future[Any]) -> None:
        """Remove an error that was kept as a result, so that the task can begin again."""
        if not future.cancelled() and future.exception() is not None:
            _remove(self._files, key)

    def leave(self) -> None:
        """Let go of all tasks, which goes on with those that run."""
        for executor, _ in self._executors:
            executor.shutdown(wait=False)

    def close(self) -> None:
        """Remove the files of all tasks, whose results were handed over."""
        for executor, _ in self._executors:
            executor.shutdown()
        for key in self._keys:
            _remove(self._files, key)


def _remove(files: Path, key: str) -> None:
    for ending in ("_i.h5", "_r.h5", "_o.h5"):
        (files / f"{key}{ending}").unlink(missing_ok=True)
    shutil.rmtree(files / key, ignore_errors=True)


def _cancel_pending(name: str) -> None:
    """Take jobs that have not begun out of the queue."""
    subprocess.run(  # noqa: S603
        ["scancel", "--me", "--state=PENDING", f"--name={name}"],  # noqa: S607
        capture_output=True,
        check=False,
    )


def _run_packed(packed: bytes) -> Any:
    """Run a task in its job."""
    function, arguments = pickle.loads(packed)  # noqa: S301  # nosec B301  # own folder
    return function(*arguments)
