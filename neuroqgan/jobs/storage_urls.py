"""Where payloads may be: kinds of storage by the scheme of a URL, which is checked before its use.

Nothing is asked of a network here. Names and keys are left to the tools of each kind of storage: a
URL is shown in records and errors, so it may hold none.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from neuroqgan.errors import ConfigError

ENVIRONMENT_VARIABLE = "NEUROQGAN_STORAGE_URL"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?", re.ASCII)
# On Windows one letter is a drive.
_SHORTEST_SCHEME = 2
_LONGEST = 2000
_BUCKET = r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]"
_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_PORT = r"(:\d{1,5})?"


@dataclass(frozen=True)
class StorageKind:
    """One kind of storage.

    Parameters
    ----------
    place
        Pattern of what stands between the scheme and the path, such as the name of a bucket.
    example
        A URL of this kind.
    whole_puts
        Whether a file that is written appears whole or not at all; otherwise it is renamed.
    install
        What brings the package that it needs.
    options
        For fsspec.
    put_options
        For every file that is written.
    attributes
        Of the object of fsspec, set once it is made.
    """

    place: str
    example: str
    whole_puts: bool = True
    install: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    put_options: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)


# Another process may have written a file since a folder was listed.
_FRESH = {"use_listings_cache": False}
_S3 = StorageKind(
    _BUCKET,
    "s3://bucket/jobs",
    install='pip install "neuroqgan[s3]"',
    options=_FRESH
    | {
        # One that is used twice would keep the address and keys of before.
        "skip_instance_cache": True,
        "config_kwargs": {
            "connect_timeout": 10,
            "read_timeout": 30,
            "retries": {"mode": "standard", "max_attempts": 2},
        },
    },
    # One request, of up to 5 GiB: nothing is left of one that is cut off.
    put_options={"chunksize": 2**32},
    # Of attempts by s3fs, each of which is two by the client below it.
    attributes={"retries": 2},
)
_GOOGLE = StorageKind(_BUCKET, "gs://bucket/jobs", install="pip install gcsfs", options=_FRESH)
_AZURE = StorageKind(
    rf"{_BUCKET}(@{_HOST})?", "abfs://container/jobs", install="pip install adlfs", options=_FRESH
)
_SSH = StorageKind(
    rf"([A-Za-z0-9._-]+@)?{_HOST}{_PORT}",
    "sftp://alice@host/path",
    whole_puts=False,
    install="pip install paramiko",
)

KINDS: dict[str, StorageKind] = {
    "file": StorageKind("", "file:///path", whole_puts=False),
    "memory": StorageKind(r"[A-Za-z0-9._-]*", "memory://jobs"),
    "s3": _S3,
    "gs": _GOOGLE,
    "gcs": _GOOGLE,
    "abfs": _AZURE,
    "az": _AZURE,
    "sftp": _SSH,
    "ssh": _SSH,
}
"""Kinds of storage by scheme."""


def checked(url: str) -> tuple[str, str]:
    """Check the URL of a storage; return its scheme (``file`` of a path) and the URL.

    Parameters
    ----------
    url
        The URL, or an absolute path.

    Raises
    ------
    ConfigError
        If it cannot be one. What looks like a password is not repeated.

    Examples
    --------
    >>> checked("s3://bucket/jobs")
    ('s3', 's3://bucket/jobs')
    """
    if not url.isprintable() or len(url) > _LONGEST:
        raise _wrong("a text with control characters, or one that is too long")
    found = _SCHEME.match(url)
    if found is None or len(found[1]) < _SHORTEST_SCHEME:
        if not Path(url).is_absolute():
            raise _wrong("neither a URL nor an absolute path")
        return "file", url
    scheme = found[1].lower()
    kind = KINDS.get(scheme)
    if kind is None:
        raise _wrong(f"a scheme {scheme[:20]!r}, which cannot be written, or is not known")
    if found[2] is None:
        raise _wrong(f"{scheme}: without //", kind)
    place, slash, path = url[found.end() :].partition("/")
    if scheme == "file":
        if place not in {"", "localhost"} or not path.strip("/"):
            raise _wrong("a file URL without a path, or with two slashes instead of three", kind)
        if b"\0" in unquote_to_bytes(path):
            raise _wrong("a path with a null byte", kind)
        return scheme, f"file:///{path}"
    if not re.fullmatch(kind.place, place, re.ASCII) or ".." in place:
        why = (
            "with a password or key" if "@" in place or ":" in place else "with an impossible name"
        )
        raise _wrong(f"one {why}", kind)
    if (
        any(part in {".", ".."} for part in path.split("/"))
        or "::" in path
        or set(path) & set("?#")
    ):
        raise _wrong("one with .., ::, ? or # in its path", kind)
    return scheme, f"{scheme}://{place}{slash}{path}"


def _wrong(got: str, kind: StorageKind | None = None) -> ConfigError:
    examples = ("file", "s3", "gs", "abfs", "sftp")
    expected = (
        f"an absolute path, or a URL such as {', '.join(KINDS[name].example for name in examples)}"
    )
    return ConfigError(
        "The job storage cannot be opened.",
        expected=f"a URL such as {kind.example}" if kind else expected,
        got=got,
        hint=f"keys and passwords belong into the files of the storage's own tools; or unset "
        f"{ENVIRONMENT_VARIABLE} to use the folder in your home",
    )


def local_path(url: str) -> str:
    """Return the path that a checked ``file:`` URL means, or a path as it is.

    Parameters
    ----------
    url
        As `checked` returned it.

    Examples
    --------
    >>> local_path("file:///my%20data")
    '/my data'
    """
    if not url.startswith("file:"):
        return url
    path = os.fsdecode(unquote_to_bytes(url.removeprefix("file://")))
    # On Windows /C:/data stands for C:/data.
    return path[1:] if re.match(r"/[A-Za-z]:/", path) and os.name == "nt" else path
