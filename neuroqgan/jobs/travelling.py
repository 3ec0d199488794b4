"""What travels with a job, so that another machine can take it over: its record and its layout.

A service keeps circuits, and with them a short text. From the text alone the raw bits can be turned
into a raster where the database or the machine that sent the job is gone. It holds nothing of the
account, and nothing that the circuits and their tag would not show to whoever may read the job.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

from neuroqgan.data.damage import DAMAGE
from neuroqgan.errors import PayloadError
from neuroqgan.jobs.bundle.public_record import public_record, record_from_public
from neuroqgan.jobs.checksums import with_checksums
from neuroqgan.jobs.codec import layout_from_bytes
from neuroqgan.schemas import parse_json

if TYPE_CHECKING:
    from neuroqgan.jobs.record import JobRecord

_FORMAT = 1
# A text that unpacks to more was not written here.
_MOST_BYTES = 2**27
# Figures of the whole device are many, and its maker has them.
_LEFT_HERE = {"device"}


def travelling_text(job: JobRecord, layout: bytes) -> str:
    """Return the text that travels with a job; empty for a private one, of which nothing is kept.

    Parameters
    ----------
    job
        The job.
    layout
        Content of its ``layout.json``.
    """
    if job.private:
        return ""
    value = json.loads(layout)
    about = {key: found for key, found in value["about"].items() if key not in _LEFT_HERE}
    content = {
        "format": _FORMAT,
        "record": public_record(job),
        "layout": {
            "layout": value["layout"],
            "calibration": value["calibration"],
            "n_qubits": value["n_qubits"],
            "circuits": value["circuits"],
            "about": about,
        },
    }
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 9)
    return base64.b64encode(packed).decode()


def read_travelling_text(text: str) -> tuple[JobRecord, bytes]:
    """Read what `travelling_text` returned, from wherever it comes.

    Parameters
    ----------
    text
        The text.

    Returns
    -------
    tuple
        The record, and the content of ``layout.json``.

    Raises
    ------
    PayloadError
        If it is something else, damaged, or of a later version.
    """
    try:
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode(text, validate=True), _MOST_BYTES)
        if unpacker.unconsumed_tail:
            raise ValueError(f"more than {_MOST_BYTES:,} bytes")
        content: dict[str, Any] = parse_json(data)
        if content["format"] != _FORMAT:
            raise ValueError(f"format {str(content['format'])[:20]}")
        record = record_from_public(content["record"])
        layout = json.dumps(with_checksums(content["layout"], {}, record.id), indent=1).encode()
        layout_from_bytes(layout, record.id)
    except PayloadError:
        raise
    except DAMAGE as error:
        raise PayloadError(
            "What travelled with the job cannot be read.",
            expected=f"the text that neuroqgan sends with a job, format {_FORMAT}",
            got=f"{type(error).__name__}: {str(error)[:200]}",
            hint="pip install --upgrade neuroqgan, if a later version has sent it",
        ) from error
    return record, layout
