"""Tasks of the tests, which processes of other programs import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


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


def wait_for(path: str) -> None:
    Path(f"{path}.begun").touch()
    while not Path(path).exists():
        time.sleep(0.01)


def variables() -> list[str]:
    from neuroqgan.workers.processors import VARIABLES

    return [os.environ[name] for name in VARIABLES]
