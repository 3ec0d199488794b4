"""Checksums of the files that a job stores; they are kept in its layout, with the job's id.

A layout that was changed and still fits would turn the same bits into another raster, and so would
the layout of another job.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import PayloadError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUM, _JOB, _PIECES = "sha256", "job", "pieces"
# All keys of the first versions, which had no checksums.
_WITHOUT_CHECKSUMS = {"layout", "calibration", "n_qubits", "circuits", "about"}


def with_checksums(
    value: Mapping[str, Any], pieces: Mapping[str, bytes], job: str
) -> dict[str, Any]:
    """Return the content of a layout with the checksums of all files.

    Parameters
    ----------
    value
        The content, ready for JSON.
    pieces
        Content of the files beside it, by name.
    job
        Id of the job.
    """
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in pieces.items()}
    signed = {**value, _JOB: job, _PIECES: sums}
    return signed | {_SUM: _checksum(signed)}


def check_layout(value: Mapping[str, Any], job: str) -> None:
    """Check that a layout is as it was written, and belongs to this job.

    Parameters
    ----------
    value
        Its content.
    job
        Id of the job.

    Raises
    ------
    PayloadError
        If it was changed, or belongs to another job.
    """
    if value.keys() == _WITHOUT_CHECKSUMS:
        return
    if value.get(_SUM) != _checksum(value):
        raise _changed("layout.json", "the layout as it was written, matching its checksum")
    if value[_JOB] != job:
        raise _changed("layout.json", "the layout of this job")


def check_pieces(value: Mapping[str, Any], pieces: Mapping[str, bytes]) -> set[str]:
    """Check that the files beside a layout are those that were written with it.

    Returns the names of those that it knows; the first versions knew none.

    Parameters
    ----------
    value
        Content of the layout.
    pieces
        Content of the files, by name.

    Raises
    ------
    PayloadError
        If one was changed.
    """
    for name, digest in value.get(_PIECES, {}).items():
        if hashlib.sha256(pieces[name]).hexdigest() != digest:
            raise _changed(name, "the bytes that were written for this job")
    return set(value.get(_PIECES, {}))


def _checksum(value: Mapping[str, Any]) -> str:
    """Return the SHA-256 of everything but the checksum itself, however the JSON is spaced."""
    rest = {key: item for key, item in value.items() if key != _SUM}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _changed(name: str, expected: str) -> PayloadError:
    return PayloadError(
        f"{name} of the job has been changed since it was stored.",
        expected=expected,
        got="different content",
        hint="restore the file from a copy; no raster is made from it",
    )
