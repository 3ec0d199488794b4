"""Files that are changed while nobody looks: a bit, the end, everything, or two of them swapped."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.campaign.faults.fault import Fault, Place

if TYPE_CHECKING:
    from tests.campaign.scenarios.scenario import Scenario
    from tests.campaign.world import World

_PATTERNS = ("jobs/*/*", "runs/*/*.safetensors", "runs/*/rasters/*.npz")


class DamagedFile(Fault):
    """A payload, a checkpoint or a raster is not what was written; later it is restored."""

    name = "damaged file"
    strikes = frozenset({"retrieve", "recover", "cancel", "bundle", "simulate", "submit"})

    def __init__(self) -> None:
        self._kept: dict[Path, bytes] = {}

    def draw(self, chance: Random, scenario: Scenario, n_events: int, seconds: float) -> Place:
        return {
            "how": chance.choice(("flip", "flip", "flip", "cut", "empty", "swap", "gone")),
            "which": chance.random(),
            "where": chance.random(),
            "bit": chance.randrange(8),
        }

    def damage(self, home: Path, place: Place) -> None:
        files = sorted(path for pattern in _PATTERNS for path in home.glob(pattern))
        self._kept = {path: path.read_bytes() for path in files}
        path = files[int(place["which"] * len(files))]
        data = bytearray(self._kept[path])
        where = int(place["where"] * len(data))
        match place["how"]:
            case "flip":
                data[where] ^= 1 << place["bit"]
            case "cut":
                del data[where:]
            case "empty":
                data.clear()
            case "swap":
                data = bytearray(self._kept[files[files.index(path) - 1]])
            case "gone":
                path.unlink()
                return
        path.write_bytes(data)

    def lift(self, world: World, home: Path, place: Place) -> None:
        # A copy is restored, unless the files were deleted on purpose.
        for path, data in self._kept.items():
            if path.parent.is_dir():
                path.write_bytes(data)
