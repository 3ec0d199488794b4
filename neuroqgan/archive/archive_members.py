"""What an archive of a store holds: names of its members, and how large they may be."""

from __future__ import annotations

import re

from neuroqgan.archive.places import ASIDE, FOLDERS, PART
from neuroqgan.data.untrusted.sealed_zip import SUMS, Rules
from neuroqgan.errors import PayloadError
from neuroqgan.escaping.printable import one_line

FORMAT = 1
"""Version of the layout of an archive."""

MANIFEST, GUIDE, JOBS, UNREADABLE = "manifest.json", "README.txt", "jobs.jsonl", "unreadable.jsonl"
TIMES = "times.jsonl"
PAYLOADS = "payloads"

MOST_MEMBERS = 20_000_000

README = """\
A store of neuroqgan: jobs of quantum processors or simulations of them, with what they sent and
measured, and trained generators with their rasters. `neuroqgan store import FILE` reads it back.
It holds no token and no password.

SHA256SUMS              checksums of all other members; unpack, then: sha256sum -c SHA256SUMS
manifest.json           when and by which version it was written, and how much there is of what
jobs.jsonl              one JSON object per job, oldest first: "job" with all fields of its record,
                        "events" with its history (time, state, note)
unreadable.jsonl        records that could not be read, as they were stored
payloads/ID/NAME        files of a job: layout.json (what each bit means), circuits.qpy,
                        angles.npz, bits.npz (raw bits)
times.jsonl             name of each of the files below, and seconds since 1970 when it was written
runs/NAME/...           a trained generator, its settings, rasters and evaluations
campaigns/, sweeps/     results over several runs or devices
quarantine/             what a repair has set aside
"""

# A name on every system: no separators, control characters, or dots at the end.
_PART = r"[^/\\:*?\"<>|\x00-\x1f\x7f.][^/\\:*?\"<>|\x00-\x1f\x7f]*"
_PAYLOAD = re.compile(rf"{PAYLOADS}/[0-9a-f]{{32}}/[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}")
_FILE = re.compile(rf"(?:{'|'.join((*FOLDERS, ASIDE))})(?:/{_PART}){{1,12}}")
_LONGEST_PART, _LONGEST = 255, 3000
_TEXTS = {MANIFEST: 2**24, GUIDE: 2**16, SUMS: 2**32, JOBS: 2**37, UNREADABLE: 2**33, TIMES: 2**33}
_ANY_SIZE, _MOST_PACKED = 2**28, 100
_MOST_OF_PAYLOAD, _MOST_OF_FILE = 2**31, 2**40


def most_of(name: str) -> int | None:
    """Return how many bytes a member may have, unpacked; None if there may be none of that name.

    Examples
    --------
    >>> most_of("runs/mine/config.toml") is None, most_of("runs/../config.toml") is None
    (False, True)
    """
    if name in _TEXTS:
        return _TEXTS[name]
    if _PAYLOAD.fullmatch(name):
        return None if name.endswith(PART) else _MOST_OF_PAYLOAD
    parts = name.split("/")
    fits = len(name) <= _LONGEST and all(_is_name(part) for part in parts)
    return _MOST_OF_FILE if fits and _FILE.fullmatch(name) else None


def refused(got: str) -> PayloadError:
    """Return the error for a file that is not, or may not be, an archive of a store."""
    return PayloadError(
        "The file is not an archive of a store, or it is damaged.",
        expected="a file that neuroqgan store export has written",
        got=one_line(got),
        hint="copy it again, or use another backup; nothing was imported",
    )


def rules(size: int) -> Rules:
    """Return what an archive may hold.

    Parameters
    ----------
    size
        Bytes of its file: text is packed tightly, but a whole store is not.
    """
    return Rules(most_of, MOST_MEMBERS, max(_ANY_SIZE, _MOST_PACKED * size), refused)


def _is_name(part: str) -> bool:
    try:
        n_bytes = len(part.encode())
    except UnicodeEncodeError:
        return False
    is_whole = not part.endswith((".", " ", PART))
    return is_whole and n_bytes <= _LONGEST_PART and part.isprintable()
