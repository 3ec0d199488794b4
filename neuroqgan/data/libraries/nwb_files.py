"""NWB files in memory, as pynwb has them."""

from __future__ import annotations

from neuroqgan.data.libraries.library import Library
from neuroqgan.data.nwb.writing import to_nwb

NWB_FILES = Library(title="pynwb", write=to_nwb, requires="pynwb", extra="nwb")
