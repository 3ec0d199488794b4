"""A script for ``sbatch`` whose tasks train one point each, and which needs nothing installed."""

from __future__ import annotations

import shlex
import sys
from itertools import groupby
from typing import TYPE_CHECKING

from neuroqgan.home import ENVIRONMENT_VARIABLE, home

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from neuroqgan.runs.sweep.sweep import Sweep

USUAL_LIMIT = 1000
"""Tasks of an array that Slurm allows unless its configuration says otherwise."""


def array_script(sweep: Sweep, points: Sequence[int], workers: int | None = None) -> str:
    """Return the script.

    Parameters
    ----------
    sweep
        The sweep, whose method knows its points in advance.
    points
        Those to train, at least one.
    workers
        The most tasks that run at a time; None for as many as the cluster runs.
    """
    tasks, listed = _tasks(points)
    limit = "" if workers is None else f"%{workers}"
    logs = sweep.folder.logs_path
    file = str(sweep.file.path.resolve())
    words = (sys.executable, "-m", "neuroqgan", "sweep", file, "--name", sweep.name)
    train = shlex.join(words)
    return f"""#!/bin/bash
# {len(points)} of the {sweep.n_trials} points of the sweep {sweep.name}, one per task.
# Submit it with sbatch; afterwards, neuroqgan sweep with the same file shows the table.
# A task that ran out of time goes on where it was if the script is submitted again.
#SBATCH --job-name={sweep.name}
#SBATCH --array={tasks}{limit}
#SBATCH --output={_quoted(logs)}/%a.txt
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
#SBATCH --signal=B:INT@120   # two minutes before the end: finish the step and save

export {ENVIRONMENT_VARIABLE}={shlex.quote(str(home()))}
export OMP_NUM_THREADS="${{SLURM_CPUS_PER_TASK:-1}}" NUMBA_NUM_THREADS="${{SLURM_CPUS_PER_TASK:-1}}"
{listed}exec {train} --point {_point(listed)}
"""


def _tasks(points: Sequence[int]) -> tuple[str, str]:
    """Return the numbers of the tasks, and a line that maps them to points if they differ."""
    ordered = sorted(points)
    if ordered[-1] < USUAL_LIMIT:
        return _spans(ordered), ""
    # Slurm limits the largest number of a task, not only how many there are.
    return _spans(range(len(ordered))), f"points=({' '.join(map(str, ordered))})\n"


def _point(listed: str) -> str:
    return '"${points[$SLURM_ARRAY_TASK_ID]}"' if listed else '"$SLURM_ARRAY_TASK_ID"'


def _spans(numbers: Iterable[int]) -> str:
    """Return ascending numbers as Slurm writes them, such as ``0-2,5,7-8``."""
    spans = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        found = [number for _, number in group]
        spans.append(f"{found[0]}-{found[-1]}" if len(found) > 1 else f"{found[0]}")
    return ",".join(spans)


def _quoted(path: object) -> str:
    return shlex.quote(str(path))
