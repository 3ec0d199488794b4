"""Bundles as zip archives, written the same way every time and read without trust."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import IO, TYPE_CHECKING

from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.untrusted.archive import read_header
from neuroqgan.data.untrusted.sealed_zip import (
    SUMS,
    Rules,
    SealedReader,
    SealedWriter,
    parse_sums,
    sums_text,
)
from neuroqgan.errors import PayloadError
from neuroqgan.jobs.bundle.members import MOST_BYTES, MOST_MEMBERS, MOST_OF_MEMBER, is_member

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_members(file: IO[bytes], members: Mapping[str, bytes]) -> str:
    """Write an archive, with the checksums of all members, and return the checksum of these.

    Parameters
    ----------
    file
        Where it goes.
    members
        Content by name.

    Returns
    -------
    str
        SHA-256 of the member ``SHA256SUMS``, which stands for the whole content.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> digest = write_members(file, {"manifest.json": b"{}"})
    >>> sorted(read_members(file))
    ['SHA256SUMS', 'manifest.json']
    """
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    text = sums_text(sums)
    with SealedWriter(file) as writer:
        for name, data in sorted({**members, SUMS: text}.items()):
            writer.add(name, [data], len(data))
    return hashlib.sha256(text).hexdigest()


def read_members(file: IO[bytes]) -> dict[str, bytes]:
    """Read all members of an archive that may come from a stranger.

    Parameters
    ----------
    file
        The archive.

    Returns
    -------
    dict
        Content by name.

    Raises
    ------
    PayloadError
        If it is no archive, or holds anything that a bundle does not: other names, more bytes, the
        same name twice, encrypted members.
    """
    reader = SealedReader(file, _RULES)
    return {name: reader.read(name) for name in reader.sizes}


def differing_members(members: Mapping[str, bytes]) -> list[str]:
    """Return in words how members differ from what `SHA256SUMS` says of them.

    Parameters
    ----------
    members
        Content by name, with ``SHA256SUMS`` among them.

    Examples
    --------
    >>> differing_members({"SHA256SUMS": b"", "manifest.json": b"{}"})
    ['manifest.json is not listed in SHA256SUMS']
    """
    if SUMS not in members:
        return [f"{SUMS} is missing"]
    sums, problems = parse_sums(members[SUMS])
    for name, digest in sums.items():
        if name not in members:
            problems.append(f"{name} is missing")
        elif (got := hashlib.sha256(members[name]).hexdigest()) != digest:
            problems.append(
                f"{name} was changed: SHA-256 {got[:16]}... instead of {digest[:16]}..."
            )
    problems += [
        f"{name} is not listed in {SUMS}" for name in members if name not in sums and name != SUMS
    ]
    return problems


def check_arrays(name: str, data: bytes) -> None:
    """Check that the arrays of an ``.npz`` member are no larger than they can be.

    Parameters
    ----------
    name
        Of the member.
    data
        Its bytes.

    Raises
    ------
    PayloadError
        If arrays claim more values than are there, unpack to more bytes than a member may have,
        or hold pickled objects.
    """
    most = MOST_OF_MEMBER[name.rpartition("/")[2]]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = archive.infolist()
            if len(found) > MOST_MEMBERS or sum(info.file_size for info in found) > most:
                raise refused(f"{name} unpacks to more than {most:,} bytes")
            for info in found:
                with archive.open(info) as member:
                    header = read_header(member)
                if header.dtype.hasobject or header.n_bytes > info.file_size:
                    raise refused(f"{info.filename} in {name} claims to be {header}")
    except PayloadError:
        raise
    except (*DAMAGE, NotImplementedError) as error:
        raise refused(f"{name} is no .npz archive: {error}") from error


def refused(got: str) -> PayloadError:
    """Return the error for a file that is no bundle, or cannot be trusted to be one."""
    return PayloadError(
        "The file is not a bundle of jobs, or it is damaged.",
        expected="a file that neuroqgan jobs bundle has written",
        got=got,
        hint="download it again, or ask for another copy",
    )


def _most(name: str) -> int | None:
    return MOST_OF_MEMBER[name.rpartition("/")[2]] if is_member(name) else None


_RULES = Rules(_most, MOST_MEMBERS, MOST_BYTES, refused)
