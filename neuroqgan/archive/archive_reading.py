"""Archives of stores, of which every checksum and record is checked before anything is used."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.archive.archive_members import (
    FORMAT,
    JOBS,
    MANIFEST,
    PAYLOADS,
    TIMES,
    UNREADABLE,
    refused,
    rules,
)
from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.untrusted.sealed_zip import SUMS, SealedReader, parse_sums
from neuroqgan.errors import InputError, PayloadError
from neuroqgan.jobs.copies import JobCopy
from neuroqgan.jobs.schema import SCHEMA
from neuroqgan.schemas import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST_LINE = 2**26
# A name of a member at most, with its checksum.
_LONGEST_SUM = 4096
# Seconds since 1970 at the end of the year 9999.
_LATEST = 253_402_300_800


@dataclass(frozen=True)
class CheckedArchive:
    """An archive whose content is what its checksums say.

    Parameters
    ----------
    reader
        Its members.
    sums
        SHA-256 of every member by name.
    digest
        SHA-256 of the list of these.
    n_jobs
        Number of jobs.
    times
        Seconds since 1970 when files were written, by member.
    """

    reader: SealedReader
    sums: dict[str, str]
    digest: str
    n_jobs: int
    times: dict[str, float]

    @property
    def payloads(self) -> list[tuple[str, str, str]]:
        """Job, file name and member of every payload."""
        found = []
        for member in self.sums:
            if member.startswith(f"{PAYLOADS}/"):
                _, job, name = member.split("/")
                found.append((job, name, member))
        return found

    def jobs(self) -> Iterator[JobCopy]:
        """Yield all records, oldest first."""
        yield from _copies(self.reader)

    def unreadable(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield id and content of records that could not be read when the archive was written."""
        if UNREADABLE in self.sums:
            for line in _lines(self.reader, UNREADABLE):
                value = _object(line, UNREADABLE)
                yield str(value.get("id")), value

    def content(self, name: str) -> Iterator[bytes]:
        """Yield the content of a member in pieces, and compare its checksum once more at the end.

        Raises
        ------
        PayloadError
            If the file was changed since it was checked.
        """
        digest = hashlib.sha256()
        for chunk in self.reader.chunks(name):
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != self.sums[name]:
            raise refused(f"{name} changed while it was read")


@contextmanager
def checked_archive(
    path: Path, on_progress: Callable[[str, int, int], None] = lambda *_: None
) -> Iterator[CheckedArchive]:
    """Open an archive, and check all of it.

    Parameters
    ----------
    path
        The file, which may come from a stranger.
    on_progress
        Called with what is being done, the number of things done, and of all of them.

    Raises
    ------
    InputError
        If there is no such file.
    PayloadError
        If it is not an archive of a store, is damaged, or was written by a later version.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(
            f"{path} cannot be read.",
            expected="a file that neuroqgan store export has written",
            got=error.strerror or str(error),
            hint="check the path",
        ) from error
    with file:
        reader = SealedReader(file, rules(path.stat().st_size))
        sums, digest = _checked_sums(reader, on_progress)
        _check_manifest(reader)
        yield CheckedArchive(reader, sums, digest, _checked_jobs(reader), _times(reader))


def _checked_sums(
    reader: SealedReader, on_progress: Callable[[str, int, int], None]
) -> tuple[dict[str, str], str]:
    sizes = reader.sizes
    for name in (SUMS, MANIFEST, JOBS):
        if name not in sizes:
            raise refused(f"no {name}")
    if sizes[SUMS] > _LONGEST_SUM * len(sizes):
        raise refused(f"{SUMS} of {sizes[SUMS]:,} bytes for {len(sizes):,} members")
    text = reader.read(SUMS)
    sums, problems = parse_sums(text)
    if problems:
        raise refused(problems[0])
    if sums.keys() != sizes.keys() - {SUMS}:
        odd = min(sums.keys() ^ (sizes.keys() - {SUMS}))
        raise refused(f"{odd[:200]} is missing, or not listed in {SUMS}")
    total, done = sum(sizes.values()), 0
    for name, wanted in sums.items():
        digest = hashlib.sha256()
        for chunk in reader.chunks(name):
            digest.update(chunk)
            done += len(chunk)
            on_progress("checking", done, total)
        if digest.hexdigest() != wanted:
            raise refused(f"{name[:200]} was changed: another SHA-256 than in {SUMS}")
    return sums, hashlib.sha256(text).hexdigest()


def _check_manifest(reader: SealedReader) -> None:
    manifest = _object(reader.read(MANIFEST), MANIFEST)
    form, schema = manifest.get("format"), manifest.get("schema")
    if form != FORMAT or not isinstance(schema, str) or schema > SCHEMA:
        raise PayloadError(
            "The archive was written by another version of neuroqgan.",
            expected=f"format {FORMAT}, schema {SCHEMA} or earlier",
            got=ascii(f"format {form}, schema {schema}")[1:81],
            hint="pip install --upgrade neuroqgan",
        )


def _checked_jobs(reader: SealedReader) -> int:
    ids: set[str] = set()
    for copy in _copies(reader):
        if not _ID.fullmatch(copy.record.id) or copy.record.id in ids:
            raise refused(f"{JOBS}: the id {ascii(copy.record.id)[:80]} is none, or there twice")
        ids.add(copy.record.id)
    return len(ids)


def _times(reader: SealedReader) -> dict[str, float]:
    times: dict[str, float] = {}
    for line in _lines(reader, TIMES) if TIMES in reader.sizes else ():
        pair = _json(line, TIMES)
        fits = isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
        if not fits or not isinstance(pair[1], int | float) or not 0 <= pair[1] < _LATEST:
            raise refused(f"{TIMES} holds something else than names and times")
        times[pair[0]] = float(pair[1])
    return times


def _copies(reader: SealedReader) -> Iterator[JobCopy]:
    for number, line in enumerate(_lines(reader, JOBS), 1):
        value = _object(line, JOBS)
        try:
            yield JobCopy.from_dict(value)
        except DAMAGE as error:
            raise refused(f"line {number} of {JOBS}: {str(error)[:200]}") from error


def _object(text: bytes, name: str) -> dict[str, Any]:
    value = _json(text, name)
    if not isinstance(value, dict):
        raise refused(f"{name} holds a {type(value).__name__}")
    return value


def _json(text: bytes, name: str) -> Any:
    try:
        return parse_json(text)
    except ValueError as error:
        raise refused(f"{name} is not JSON") from error


def _lines(reader: SealedReader, name: str) -> Iterator[bytes]:
    rest = b""
    for chunk in reader.chunks(name):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > _LONGEST_LINE:
            raise refused(f"{name} has a line of more than {_LONGEST_LINE:,} bytes")
    if rest:
        yield rest
