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
from neuroqgan.errors import ClusterError, ConfigError
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

# Partition, account and limits come from sbatch's own variables, such as SBATCH_PARTITION.
_SCRIPT = """\
#!/bin/bash
#SBATCH --job-name={{job_name}}
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
    make_folder(files)
    files.chmod(0o700)  # its files are pickled: whoever writes them runs code
    name = f"neuroqgan-{hashlib.sha256(str(files).encode()).hexdigest()[:8]}"
    inner = make(
        cache_directory=str(files),
        refresh_rate=_SECONDS,
        resource_dict={"cores": 1, "job_name": name, "submission_template": _script()},
    )
    keys: set[str] = set()
    executor = LimitedExecutor(partial(_submit, inner, files, keys), workers)
    try:
        yield executor
        executor.shutdown()
    except BaseException:
        # What runs goes on, and its result is found when the same tasks are submitted again.
        inner.shutdown(wait=False)
        _cancel_pending(name)
        raise
    inner.shutdown()
    for key in keys:
        _remove(files, key)


def is_lost(error: BaseException) -> bool:
    """Return whether a job ended without a result: killed, out of memory or out of time."""
    return isinstance(error, RuntimeError) and _LOST in str(error)


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


def _script() -> str:
    threads = "\n".join(f"export {name}=${{SLURM_CPUS_PER_TASK:-1}}" for name in VARIABLES)
    return _SCRIPT.replace("FOLDER", shlex.quote(str(Path.cwd()))).replace("THREADS", threads)


def _submit(
    inner: Any,
    files: Path,
    keys: set[str],
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> Future[Any]:
    """Submit a task, unless its job is in the queue or its result there."""
    from neuroqgan import __version__

    packed = pickle.dumps((__version__, function, arguments))
    key = hashlib.sha256(packed).hexdigest()[:32]
    keys.add(key)
    future: Future[Any] = inner.submit(
        _run_packed, pickle.dumps((function, arguments)), resource_dict={"cache_key": key}
    )
    future.add_done_callback(partial(_forget_error, files, key))
    return future


def _forget_error(files: Path, key: str, future: Future[Any]) -> None:
    """Remove an error that was kept as a result, so that the task can begin again."""
    if not future.cancelled() and future.exception() is not None:
        _remove(files, key)


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
    function, arguments = pickle.loads(packed)  # noqa: S301  # from a folder of this user alone
    return function(*arguments)
