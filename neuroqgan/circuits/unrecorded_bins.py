"""Circuits of several bins that can begin by themselves, with bins that are not recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from neuroqgan import checks
from neuroqgan.circuits.multi_bin import MultiBinAnsatz
from neuroqgan.circuits.past_patterns import n_pattern_angles

if TYPE_CHECKING:
    from typing import Self

    from neuroqgan.circuits.cell import CellAnsatz


@dataclass(frozen=True)
class UnrecordedBinsAnsatz(MultiBinAnsatz):
    """Cell circuits of consecutive bins, the first of which need not be measured.

    Parameters
    ----------
    cell, n_bins
        See `MultiBinAnsatz`.
    n_unrecorded
        Bins before the first one that are run but not recorded. They begin in silence, and take
        the place of spikes that would have to be known before.

    Raises
    ------
    ConfigError
        If there is no bin, or a number is negative.
    """

    begins_itself: ClassVar[bool] = True

    n_unrecorded: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        n_unrecorded = checks.whole("n_unrecorded", self.n_unrecorded, 0)
        object.__setattr__(self, "n_unrecorded", n_unrecorded)

    @classmethod
    def of(cls, cell: CellAnsatz, n_bins: int, n_unrecorded: int = 0) -> Self:
        """See `MultiBinAnsatz.of`."""
        return cls(cell, n_bins, n_unrecorded)

    @property
    def n_angles(self) -> int:
        """See `MultiBinAnsatz.n_angles`."""
        later = self.cell.n_layers - 1
        return self.cell.n_neurons * (n_pattern_angles(self.past_bins, self.n_all_bins) + later)

    @property
    def n_all_bins(self) -> int:
        """Recorded and unrecorded bins together."""
        return self.n_unrecorded + self.n_bins
