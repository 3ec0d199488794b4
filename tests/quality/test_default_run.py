"""How good the rasters of ``neuroqgan run --backend aer`` are, with nothing else set."""

from __future__ import annotations
