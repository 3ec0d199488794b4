"""Files and folders that only their owner can read, or the group that shares them."""

from __future__ import annotations

import os
import stat
import warnings
from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT_VARIABLE = "NEUROQGAN_GROUP_STORE"
"""Says that a group shares the folder of jobs: set to 1, its files are open to the group."""

_NO, _YES = ("", "0", "no", "false"), ("1", "yes", "true")
_OWN, _GROUP = 0o700, 0o2770
_RIGHTS = 0o777


class StoreWarning(UserWarning):
    """What was assumed or changed about the place where jobs are kept."""


def is_group_store() -> bool:
    """Return whether a group shares the files of jobs.

    Raises
    ------
    ConfigError
        If ``NEUROQGAN_GROUP_STORE`` says neither yes nor no.

    Examples
    --------
    >>> is_group_store()
    False
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE, "").strip().lower()
    if named not in _NO + _YES:
        raise ConfigError(
            f"{ENVIRONMENT_VARIABLE} says neither yes nor no.",
            expected="1, or nothing",
            got=repr(named[:40]),
            hint=f"unset {ENVIRONMENT_VARIABLE}",
        )
    return named in _YES


def file_mode() -> int:
    """Return the permissions of files of jobs.

    Examples
    --------
    >>> oct(file_mode())
    '0o600'
    """
    return 0o660 if is_group_store() else 0o600


def make_private_folder(path: Path) -> None:
    """Make a folder and those above it, for this user or the group only.

    Folders that exist stay as they are.

    Parameters
    ----------
    path
        The folder.

    Raises
    ------
    OSError
        If that is not possible.

    Examples
    --------
    >>> from pathlib import Path
    >>> make_private_folder(Path("mine"))
    >>> Path("mine").is_dir()
    True
    """
    if path.is_dir():
        return
    make_private_folder(path.parent)
    try:
        path.mkdir(mode=_OWN)
    except FileExistsError:
        if not path.is_dir():
            raise
        return
    if is_group_store() and os.name != "nt":
        # Whatever the umask; what is made in it belongs to the group as well.
        path.chmod(_GROUP)


def make_private_file(path: Path) -> None:
    """Make an empty file for this user or the group only, unless it exists.

    Parameters
    ----------
    path
        The file; its folder exists.

    Raises
    ------
    OSError
        If that is not possible.
    """
    try:
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, file_mode())
    except FileExistsError:
        return
    os.close(number)
    set_mode(path, file_mode())


def set_mode(path: Path, mode: int) -> None:
    """Set the permissions of a file of this user, where there are such; whatever the umask.

    Parameters
    ----------
    path
        The file.
    mode
        See `file_mode`.

    Raises
    ------
    OSError
        If that is not possible.
    """
    if os.name != "nt":
        path.chmod(mode)


def tighten(path: Path) -> bool:
    """Take the rights of others from a file or folder of this user, which an earlier version gave.

    Parameters
    ----------
    path
        The file or folder.

    Returns
    -------
    bool
        Whether there was something to take.
    """
    try:
        found = path.lstat()
        wanted = _RIGHTS & (_GROUP if is_group_store() else _OWN)
        excess = found.st_mode & _RIGHTS & ~wanted
        is_other = not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode))
        if not excess or is_other or os.name == "nt" or found.st_uid != os.geteuid():
            return False
        path.chmod(stat.S_IMODE(found.st_mode) & ~excess)
    except OSError:
        return False
    return True


def note_tightened(path: Path) -> None:
    """Warn that others can no longer read what was open to them.

    Parameters
    ----------
    path
        The file or folder.
    """
    warnings.warn(
        f"Others could read {path}; now only you can. To share jobs with your group, set "
        f"{ENVIRONMENT_VARIABLE}=1.",
        StoreWarning,
        stacklevel=2,
    )
