"""Tasks of the tests, which processes of other programs import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroqgan.backends.local.shot_calls import ShotCall


def double(number: int) -> int:
    return 2 * number


def fail(number: int) -> int:
    raise ValueError(f"no {number}")


def killed_once(folder: str) -> str:
    """End the process at the first call, as the system does when memory runs out."""
    mark = Path(folder) / "killed"
    if folder and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return folder


def killed_always(number: int) -> int:
    if number == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def count_calls(path: str) -> int:
    """Return how often this was called."""
    with Path(path).open("a") as lines:
        lines.write("called\n")
    return len(Path(path).read_text().splitlines())


def wait_for(path: str) -> None:
    Path(f"{path}.begun").touch()
    while not Path(path).exists():
        time.sleep(0.01)


def variables() -> list[str]:
    from neuroqgan.workers.processors import VARIABLES

    return [os.environ[name] for name in VARIABLES]


def shot_call() -> ShotCall:
    """A call of Aer that is worth several tasks."""
    import numpy as np

    from neuroqgan.backends.local.shot_calls import ShotCall
    from neuroqgan.backends.local.shots import AerShots
    from neuroqgan.circuits.cell import CellAnsatz

    angles = np.random.default_rng(0).uniform(0.5, 2.5, (300, 4))
    return ShotCall(AerShots(), CellAnsatz(2, 2).circuit(), angles, 2, seed=11)
