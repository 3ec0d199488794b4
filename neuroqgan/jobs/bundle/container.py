"""Bundles as zip archives, written the same way every time and read without trust.

Nothing is unpacked to disk. Names, number and sizes of members are checked before their bytes are
read, and sizes once more while they are read, since an archive may claim anything.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from typing import IO, TYPE_CHECKING

from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.untrusted.archive import read_header
from neuroqgan.errors import PayloadError
from neuroqgan.jobs.bundle.members import (
    MOST_BYTES,
    MOST_MEMBERS,
    MOST_OF_MEMBER,
    SUMS,
    is_member,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# The earliest that zip archives can say: a bundle is the same, whenever it is written.
_ANY_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


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
    lines = [f"{hashlib.sha256(members[name]).hexdigest()}  {name}\n" for name in sorted(members)]
    sums = "".join(lines).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in sorted({**members, SUMS: sums}.items()):
            info = zipfile.ZipInfo(name, _ANY_TIME)
            info.external_attr, info.compress_type = _READABLE, zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return hashlib.sha256(sums).hexdigest()


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
    try:
        with zipfile.ZipFile(file) as archive:
            found = archive.infolist()
            if problem := _problem(found):
                raise refused(problem)
            return {info.filename: _read(archive, info) for info in found}
    except PayloadError:
        raise
    except (*DAMAGE, NotImplementedError) as error:
        raise refused(f"{type(error).__name__}: {error}") from error


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
    sums, problems = {}, []
    for number, line in enumerate(members[SUMS].decode("utf-8", "replace").splitlines(), 1):
        parsed = _LINE.fullmatch(line)
        if parsed is None:
            problems.append(f"line {number} of {SUMS} is no checksum")
        else:
            sums[parsed[2]] = parsed[1]
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


def _problem(found: list[zipfile.ZipInfo]) -> str:
    """Return what is wrong with the list of members; empty if nothing is."""
    names = [info.filename for info in found]
    strange = next((name for name in names if not is_member(name)), None)
    if strange is not None:
        return f"a member {strange[:100]!r}"
    if len(names) > MOST_MEMBERS:
        return f"{len(names):,} members; at most {MOST_MEMBERS:,} are read"
    if len(set(names)) != len(names):
        return "two members of the same name"
    for info in found:
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
            return f"{info.filename} is encrypted, or packed in an unusual way"
        if info.file_size > _most(info.filename):
            return f"{info.filename} of {info.file_size:,} bytes; at most {_most(info.filename):,}"
    total = sum(info.file_size for info in found)
    return f"{total:,} bytes; at most {MOST_BYTES:,} are read" if total > MOST_BYTES else ""


def _most(name: str) -> int:
    return MOST_OF_MEMBER[name.rpartition("/")[2]]


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise refused(f"{info.filename} of another size than the archive says")
    return data
