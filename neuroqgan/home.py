"""Where neuroqgan keeps what it makes and downloads."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

ENVIRONMENT_VARIABLE = "NEUROQGAN_HOME"


def home() -> Path:
    """Return the folder for everything that neuroqgan keeps; it need not exist yet.

    It is the folder named by the environment variable ``NEUROQGAN_HOME`` or, if that is unset or
    empty, the user's data folder on the platform (``~/.local/share/neuroqgan`` on Linux).

    Examples
    --------
    >>> home().is_absolute()
    True
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser().absolute()
    return Path(platformdirs.user_data_dir("neuroqgan", appauthor=False))


def exists(path: Path) -> bool:
    """Return whether a file or folder exists, also for names that no file can have.

    Parameters
    ----------
    path
        The path.

    Examples
    --------
    >>> exists(Path("x" * 1000))
    False
    """
    try:
        return path.exists()
    except OSError:
        return False
