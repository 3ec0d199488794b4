"""Zip archives with a checksum of every member, written in one go and read without trust.

Nothing is unpacked to disk here. Names, number and sizes of members are checked before their bytes
are read, and sizes once more while they are read, since an archive may claim anything.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from neuroqgan.data.damage import DAMAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SUMS = "SHA256SUMS"
"""Member with the checksums of all others."""

CHUNK = 1 << 20
"""Bytes that are read at once."""

# The earliest that zip archives can say: an archive is the same, whenever it is written.
_ANY_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
# What deflating may reach at most is 1032; more is a lie.
_MOST_PACKED = 1100


@dataclass(frozen=True)
class Rules:
    """What a kind of archive may hold.

    Parameters
    ----------
    most_of
        Returns how many bytes a member of a name may have, unpacked; None if there may be none of
        that name.
    most_members
        Number of members.
    most_bytes
        Bytes of all members together, unpacked.
    refused
        Returns the error for an archive that is refused, from what is wrong with it.
    """

    most_of: Callable[[str], int | None]
    most_members: int
    most_bytes: int
    refused: Callable[[str], Exception]


class SealedWriter:
    """Writes members one after the other, and remembers their checksums.

    Parameters
    ----------
    file
        Where the archive goes.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> with SealedWriter(file) as writer:
    ...     writer.add("spikes.txt", [b"1 2 3"])
    ...     _ = writer.seal()
    >>> zipfile.ZipFile(file).namelist()
    ['spikes.txt', 'SHA256SUMS']
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self.sums: dict[str, str] = {}

    def add(
        self, name: str, chunks: Iterable[bytes], size: int | None = None, *, pack: bool = True
    ) -> None:
        """Write a member.

        Parameters
        ----------
        name
            Its name.
        chunks
            Its content, in pieces.
        size
            Its size, as far as it is known before; None if it is not.
        pack
            Whether to compress it.
        """
        info = zipfile.ZipInfo(name, _ANY_TIME)
        info.external_attr, info.file_size = _READABLE, size or 0
        info.compress_type = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
        digest = hashlib.sha256()
        # What is being written elsewhere may have grown.
        is_large = size is None or size > zipfile.ZIP64_LIMIT // 2
        with self._zip.open(info, "w", force_zip64=is_large) as member:
            for chunk in chunks:
                digest.update(chunk)
                member.write(chunk)
        self.sums[name] = digest.hexdigest()

    def seal(self) -> str:
        """Write the checksums of all members as the last one, and return the checksum of these."""
        text = sums_text(self.sums)
        self.add(SUMS, [text], len(text))
        return self.sums[SUMS]

    def __enter__(self) -> SealedWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()


class SealedReader:
    """Members of an archive that may come from a stranger.

    Parameters
    ----------
    file
        The archive.
    rules
        What it may hold.

    Raises
    ------
    Exception
        What ``rules.refused`` returns, if the file is no archive or holds anything else: other
        names, more bytes, the same name twice, encrypted members. All methods raise it as well.
    """

    def __init__(self, file: IO[bytes], rules: Rules) -> None:
        self._rules = rules
        try:
            self._zip = zipfile.ZipFile(file)
            found = self._zip.infolist()
        except (*DAMAGE, NotImplementedError) as error:
            raise rules.refused(f"{type(error).__name__}: {error}") from error
        if problem := self._problem(found):
            raise rules.refused(problem)
        self._members = {info.filename: info for info in found}

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of every member by name, unpacked."""
        return {name: info.file_size for name, info in self._members.items()}

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the content of a member in pieces."""
        info, left = self._members[name], self._members[name].file_size
        try:
            with self._zip.open(info) as member:
                while chunk := member.read(CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        break
                    yield chunk
        except (*DAMAGE, NotImplementedError) as error:
            raise self._rules.refused(f"{type(error).__name__}: {error}") from error
        if left:
            raise self._rules.refused(f"{name} of another size than the archive says")

    def read(self, name: str) -> bytes:
        """Return the content of a member."""
        return b"".join(self.chunks(name))

    def _problem(self, found: list[zipfile.ZipInfo]) -> str:
        """Return what is wrong with the list of members; empty if nothing is."""
        names = [info.filename for info in found]
        strange = next((name for name in names if self._rules.most_of(name) is None), None)
        if strange is not None:
            return f"a member {strange[:100]!r}"
        if len(names) > self._rules.most_members:
            return f"{len(names):,} members; at most {self._rules.most_members:,} are read"
        if len(set(names)) != len(names):
            return "two members of the same name"
        for info in found:
            if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
                return f"{info.filename} is encrypted, or packed in an unusual way"
            most = self._rules.most_of(info.filename) or 0
            if info.file_size > most:
                return f"{info.filename} of {info.file_size:,} bytes; at most {most:,}"
            if info.file_size > _MOST_PACKED * info.compress_size + CHUNK:
                return f"{info.filename} claims to be packed more tightly than is possible"
        total, most = sum(info.file_size for info in found), self._rules.most_bytes
        return f"{total:,} bytes; at most {most:,} are read" if total > most else ""


def sums_text(sums: Mapping[str, str]) -> bytes:
    """Return the content of `SUMS` for checksums by name, as ``sha256sum -c`` reads it."""
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def parse_sums(data: bytes) -> tuple[dict[str, str], list[str]]:
    """Read the content of `SUMS`.

    Parameters
    ----------
    data
        Its bytes.

    Returns
    -------
    tuple
        Checksums by name, and in words which lines are none.

    Examples
    --------
    >>> parse_sums(b"no checksum")
    ({}, ['line 1 of SHA256SUMS is not a checksum'])
    """
    sums, problems = {}, []
    lines = data.decode("utf-8", "replace").removesuffix("\n").split("\n")
    for number, line in enumerate(lines if data else [], 1):
        parsed = _LINE.fullmatch(line)
        if parsed is None:
            problems.append(f"line {number} of {SUMS} is not a checksum")
        else:
            sums[parsed[2]] = parsed[1]
    return sums, problems
