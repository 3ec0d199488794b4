"""Size of what travels with a job, so that another machine can take it over: record and layout."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING

from neuroqgan.backends.page_layout import page_to_dict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page

RECORD = 1250
"""Bytes of the record of a job, as it travels."""


def travelling_bytes(plan: Plan, calibration: Sequence[Page]) -> int:
    """Return roughly the bytes of what travels with every job of a plan.

    Parameters
    ----------
    plan
        Its layout travels.
    calibration
        Pages that calibrate the readout; their layouts travel as well.
    """
    pages = (*plan.pages, *calibration)
    placed = [[[tile.batch, *tile.qubits] for tile in page.tiles] for page in pages]
    content = [plan.layout.to_dict(), [page_to_dict(page.layout) for page in calibration], placed]
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 9)
    return RECORD + len(base64.b64encode(packed))
