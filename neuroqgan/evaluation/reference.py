"""Which real windows a raster is judged against, and which give the floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.data.split import Split
from neuroqgan.errors import InputError

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster


@dataclass(frozen=True)
class Reference:
    """Real windows to judge against.

    Parameters
    ----------
    held_out
        All windows that the generator was not trained on.
    training
        Windows that it was trained on, or None if they are not known.
    """

    held_out: SpikeRaster
    training: SpikeRaster | None

    @property
    def compared(self) -> SpikeRaster:
        """Windows that statistics are compared with: every other one without training windows."""
        return self.held_out if self.training is not None else self.held_out.take(_HALVES[0])

    @property
    def floor(self) -> SpikeRaster:
        """Real windows whose distance from `compared` is the floor."""
        return self.held_out.take(_HALVES[1]) if self.training is None else self.training

    @property
    def floor_source(self) -> str:
        """Where the floor comes from: ``training`` or ``halves``."""
        return "halves" if self.training is None else "training"


_HALVES = slice(0, None, 2), slice(1, None, 2)


def real_windows(real: SpikeRaster | Split, training: SpikeRaster | None = None) -> Reference:
    """Sort real windows into those to judge against and those that give the floor.

    Parameters
    ----------
    real
        A split of a recording, or held-out windows.
    training
        Training windows beside held-out ones.

    Raises
    ------
    InputError
        If training windows are given beside a split, which has its own.
    """
    if not isinstance(real, Split):
        return Reference(real, training)
    if training is not None:
        raise InputError(
            "A split holds its own training windows.",
            expected="a split, or held-out windows and training windows",
            got="a split and training windows",
        )
    return Reference(real.held_out, real.train)
