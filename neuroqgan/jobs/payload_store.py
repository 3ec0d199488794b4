"""Payloads of jobs: circuits, angles and bits, in a folder or an object store."""

from __future__ import annotations

import hashlib
import os
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroqgan.discreet import without_passwords
from neuroqgan.errors import ConfigError, NeuroqganError, PayloadError, StorageError
from neuroqgan.home import home
from neuroqgan.jobs.storage_urls import ENVIRONMENT_VARIABLE, KINDS, checked, local_path
from neuroqgan.private_files import (
    file_mode,
    make_private_folder,
    note_tightened,
    set_mode,
    tighten,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def storage_url() -> str:
    """Return the URL of the place where payloads are stored.

    That is the environment variable ``NEUROQGAN_STORAGE_URL``, a URL such as ``s3://bucket/jobs``
    or an absolute path, or else the folder ``jobs`` in `neuroqgan.home.home`.
    """
    return os.environ.get(ENVIRONMENT_VARIABLE, "").strip() or (home() / "jobs").as_uri()


@dataclass(frozen=True)
class StoredFile:
    """A file in the storage of payloads.

    Parameters
    ----------
    job
        Id of the job that it belongs to.
    name
        Its name, with ``/`` if it lies in a folder of its own.
    size
        Bytes.
    modified
        Seconds since 1970 when it was last written; None if the storage does not say.
    """

    job: str
    name: str
    size: int
    modified: float | None


class PayloadStore:
    """Files of every job, in a folder or an object store; a file is complete or not there.

    A ``file:`` URL writes spaces and most special characters as ``%20`` and the like. Earlier
    versions took that for the name of the folder, so such a folder is still searched; new files go
    to the folder that the URL means.

    Parameters
    ----------
    url
        URL of the folder or bucket; `storage_url` by default.

    Raises
    ------
    ConfigError
        If fsspec does not know the URL, or needs a package that is not installed.
    StorageError
        If the storage cannot be read or written. All methods raise it as well.

    Examples
    --------
    >>> files = PayloadStore("memory://jobs")
    >>> digest = files.write("3f2a", "bits.npz", b"spikes")
    >>> files.read("3f2a", "bits.npz", digest)
    b'spikes'
    """

    def __init__(self, url: str | None = None) -> None:
        import fsspec

        scheme, self.url = checked(storage_url() if url is None else url)
        self._kind = KINDS[scheme]
        try:
            self._files = fsspec.filesystem(scheme, **self._kind.options)
            for name, value in self._kind.attributes.items():
                setattr(self._files, name, value)
        except ImportError as error:
            raise ConfigError(
                f"Storage at {scheme}:// needs a package that is not installed.",
                expected=f"the package for {self._kind.example}",
                got=str(error),
                hint=self._kind.install or f"unset {ENVIRONMENT_VARIABLE}",
            ) from error
        except Exception as error:
            raise _unusable(self.url, error) from error
        self._is_local = scheme == "file"
        if self._is_local:
            literal = self.url.removeprefix("file://")
            meant = local_path(self.url)
            self._root = meant
            self._roots = (meant,) if literal == meant else (meant, literal)
        else:
            self._root = self._files._strip_protocol(self.url)
            self._roots = (self._root,)

    def write(self, job: str, name: str, data: bytes) -> str:
        """Store a file, replacing one of that name, and return its SHA-256.

        Nobody ever sees half of it, even after a crash: an object store shows what was sent as
        a whole; elsewhere it is written under another name first and then renamed.

        Parameters
        ----------
        job
            Id of the job.
        name
            Name of the file.
        data
            Its content.
        """
        with self._reachable(job, name):
            if self._kind.whole_puts:
                final = f"{self._root}/{job}/{name}"
                self._files.pipe_file(final, data, **self._kind.put_options)
            else:
                self._write_and_rename(job, name, data)
        return hashlib.sha256(data).hexdigest()

    def _write_and_rename(self, job: str, name: str, data: bytes) -> None:
        folder = f"{self._root}/{job}"
        if self._is_local:
            make_private_folder(Path(folder))
            # Of an earlier version; it keeps from all in it whoever may not enter it.
            if tighten(Path(self._root)):
                note_tightened(Path(self._root))
        else:
            self._files.makedirs(folder, exist_ok=True)
        final = f"{folder}/{name}"
        temporary = f"{final}.{uuid.uuid4().hex}.part"
        try:
            with self._files.open(temporary, "wb") as file:
                if self._is_local:
                    set_mode(Path(temporary), file_mode())
                file.write(data)
                file.flush()
                _sync(file)
            self._files.mv(temporary, final)
            self._drop_parts(job, name)
        except BaseException:
            if self._files.exists(temporary):
                self._files.rm(temporary)
            raise

    def _drop_parts(self, job: str, name: str) -> None:
        """Delete what processes that were killed have left of a file that is whole now."""
        # Nobody else writes to the job: this process holds it.
        folder = f"{self._root}/{job}"
        for path in self._files.ls(folder, detail=False):
            own = str(path).rpartition("/")[2]
            if own.startswith(f"{name}.") and own.endswith(".part"):
                self._files.rm(f"{folder}/{own}")

    def read(self, job: str, name: str, sha256: str | None = None) -> bytes:
        """Return the content of a file.

        Parameters
        ----------
        job, name
            Id of the job and name of the file.
        sha256
            Hash that the content must have, or None.

        Raises
        ------
        PayloadError
            If it is not there, or has another hash.
        """
        with self._reachable(job, name):
            try:
                data: bytes = self._files.cat_file(self._path(job, name))
            except FileNotFoundError as error:
                if _has_no_bucket(error):
                    raise
                raise PayloadError(
                    f"{name} of job {job[:8]} is not in the storage.",
                    expected=self._shown(self._path(job, name)),
                    got="no file of that name",
                    hint=f"check {ENVIRONMENT_VARIABLE}, or restore it from a copy",
                ) from error
        found = hashlib.sha256(data).hexdigest()
        if sha256 is not None and found != sha256:
            raise PayloadError(
                f"{name} of job {job[:8]} is damaged.",
                expected=f"SHA-256 {sha256}",
                got=found,
                hint=f"restore {self._shown(self._path(job, name))} from a copy",
            )
        return data

    def exists(self, job: str, name: str) -> bool:
        """Return whether a file exists."""
        with self._reachable(job, name):
            return bool(self._files.exists(self._path(job, name)))

    def files(self) -> list[StoredFile]:
        """Return all files of all jobs, also parts that a process left when it was killed."""
        found: dict[tuple[str, str], StoredFile] = {}
        with self._reachable("", ""):
            for root in self._roots[::-1]:
                self._files.invalidate_cache()
                for path, info in self._files.find(root, detail=True).items():
                    base = self._files._strip_protocol(root)  # as `find` does
                    job, _, name = path[len(base) :].lstrip("/").partition("/")
                    if name:
                        file = StoredFile(job, name, int(info.get("size") or 0), _modified(info))
                        found[job, name] = file
        return sorted(found.values(), key=lambda file: (file.job, file.name))

    def remove(self, job: str, name: str | None = None) -> None:
        """Delete a file of a job, or all of them; nothing happens if there are none."""
        with self._reachable(job, name or ""):
            for root in self._roots:
                path = f"{root}/{job}" if name is None else f"{root}/{job}/{name}"
                if self._files.exists(path):
                    self._files.rm(path, recursive=name is None)

    def path(self, job: str, name: str) -> str:
        """Return where a file is stored, for people to read."""
        with self._reachable(job, name):
            return self._shown(self._path(job, name))

    def _shown(self, path: str) -> str:
        return path if self._is_local else str(self._files.unstrip_protocol(path))

    def _path(self, job: str, name: str) -> str:
        """Return where a file is, or where it would be."""
        for root in self._roots[1:]:
            if self._files.exists(f"{self._root}/{job}/{name}"):
                break
            if self._files.exists(f"{root}/{job}/{name}"):
                return f"{root}/{job}/{name}"
        return f"{self._root}/{job}/{name}"

    @contextmanager
    def _reachable(self, job: str, name: str) -> Iterator[None]:
        """Replace errors of the storage by one that says where."""
        try:
            yield
        except NeuroqganError:
            raise
        # Every package has errors of its own.
        except Exception as error:
            raise _unusable(self._shown(f"{self._root}/{job}/{name}"), error) from error


def _unusable(where: str, error: Exception) -> StorageError:
    why = (error.strerror if isinstance(error, OSError) else "") or str(error)
    reason = without_passwords(" ".join(why.split()))[:300] or type(error).__name__
    return StorageError(
        "The job storage cannot be used.",
        expected="storage that can be read and written, with free space",
        got=f"{where}: {reason}",
        hint=f"check {ENVIRONMENT_VARIABLE}, or NEUROQGAN_HOME and free space on its disk",
    )


def _has_no_bucket(error: BaseException) -> bool:
    """Whether not only a file is missing, but the whole place for files."""
    response = getattr(error.__cause__, "response", None) or {}
    return bool(response.get("Error", {}).get("Code") == "NoSuchBucket")


def _modified(info: Mapping[str, Any]) -> float | None:
    """Return when a file was written; every file system calls that differently."""
    known = ("mtime", "LastModified", "last_modified", "updated", "created")
    value = next((info[name] for name in known if info.get(name) is not None), None)
    if isinstance(value, datetime):
        return value.timestamp()
    return float(value) if isinstance(value, int | float) else None


def _sync(file: Any) -> None:
    """Force a local file onto the disk; other storage does so when the file is closed."""
    try:
        number = file.fileno()
    except (AttributeError, OSError):
        return
    os.fsync(number)
