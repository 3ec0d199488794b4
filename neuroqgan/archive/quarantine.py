"""Setting things aside: moved into a folder of the home under a free name, never deleted."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

from neuroqgan.atomic import atomic_write, make_folder
from neuroqgan.data.download.checksum import sha256_of
from neuroqgan.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.archive.places import StorePlaces

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def quarantine_file(places: StorePlaces, path: Path) -> Path:
    """Move a file or folder below the home aside, and return where it is now.

    Raises
    ------
    StorageError
        If it cannot be moved.
    """
    target = free_or_equal(places.quarantine / path.relative_to(places.root), "")
    make_folder(target.parent, private=True)
    try:
        shutil.move(path, target)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be set aside.",
            expected=f"a file that can be moved to {target}",
            got=error.strerror or str(error),
            hint=f"check who may write to {path.parent}",
        ) from error
    return target


def quarantine_payload(places: StorePlaces, job: str, name: str) -> Path:
    """Move a payload of a job aside, and return where it is now.

    Raises
    ------
    StorageError
        If it cannot be copied or removed.
    """
    data = places.payloads.read(job, name)
    target = keep_in_quarantine(places, f"payloads/{plain(job)}/{plain(name)}", data)
    places.payloads.remove(job, name)
    return target


def quarantine_record(places: StorePlaces, job: str, raw: dict[str, Any]) -> Path:
    """Keep a record that is to be deleted, and return where.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    text = json.dumps(raw, indent=1, ensure_ascii=True).encode()
    return keep_in_quarantine(places, f"records/{plain(job)}.json", text)


def keep_in_quarantine(places: StorePlaces, name: str, data: bytes) -> Path:
    """Write a file among what is set aside, unless it is there, and return where.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    target = free_or_equal(places.quarantine / name, hashlib.sha256(data).hexdigest())
    if not target.exists():
        make_folder(target.parent, private=True)
        with atomic_write(target) as file:
            file.write(data)
    return target


def free_or_equal(path: Path, sha256: str) -> Path:
    """Return the first name of a file, with a number if need be, that is free or of that content.

    Parameters
    ----------
    path
        The name without a number.
    sha256
        Of the content.
    """
    number, found = 2, path
    while found.exists() or found.is_symlink():
        if found.is_file() and not found.is_symlink() and sha256_of(found) == sha256:
            return found
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return found


def plain(name: str) -> str:
    """Return a name that every file system accepts, in place of one from a damaged record.

    Examples
    --------
    >>> plain("3f2a"), len(plain("../3f2a"))
    ('3f2a', 32)
    """
    if _PLAIN.fullmatch(name):
        return name
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
