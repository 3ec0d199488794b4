"""Checksums of what a job stores, in its layout: that of the layout too, and whose it is.

A layout that was changed and still fits would make another raster of the same bits, and so would
that of another job.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import PayloadError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUM, _JOB, _PIECES = "sha256", "job", "pieces"
# All that earlier versions wrote, which had no checksums.
_EARLIER = {"layout", "calibration", "n_qubits", "circuits", "about"}


def with_checksums(
    value: Mapping[str, Any], pieces: Mapping[str, bytes], job: str
) -> dict[str, Any]:
    """Return the content of a layout with the checksums of all that is stored.

    Parameters
    ----------
    value
        Ready for JSON.
    pieces
        What is stored beside it, by name.
    job
        The id of the job.
    """
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in pieces.items()}
    signed = {**value, _JOB: job, _PIECES: sums}
    return signed | {_SUM: _checksum(signed)}


def check_layout(value: Mapping[str, Any], job: str) -> None:
    """Check that the content of a layout is as it was written, and for this job.

    Raises
    ------
    PayloadError
        If it is not.
    """
    if value.keys() == _EARLIER:
        return
    if value.get(_SUM) != _checksum(value):
        raise _changed("layout.json", "the layout as it was written, matching its checksum")
    if value[_JOB] != job:
        raise _changed("layout.json", "the layout of this job")


def check_pieces(value: Mapping[str, Any], pieces: Mapping[str, bytes]) -> None:
    """Check that what is stored beside a layout is what was written with it.

    Raises
    ------
    PayloadError
        If a piece is not.
    """
    for name, digest in value.get(_PIECES, {}).items():
        if hashlib.sha256(pieces[name]).hexdigest() != digest:
            raise _changed(name, "the bytes that were written for this job")


def _checksum(value: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all but itself, however the JSON is spaced."""
    rest = {key: item for key, item in value.items() if key != _SUM}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _changed(name: str, expected: str) -> PayloadError:
    return PayloadError(
        f"{name} of the job has been changed since it was stored.",
        expected=expected,
        got="another content",
        hint="restore the file from a copy; no raster is made from it",
    )
