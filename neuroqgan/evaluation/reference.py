"""Which real windows a raster is judged against, and which give the floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from neuroqgan.data.split import Split
from neuroqgan.errors import InputError
from neuroqgan.evaluation.judges.folds import fold_numbers, trials_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.evaluation.judges.folds import Trials
    from neuroqgan.raster import SpikeRaster

    KnownTrials: TypeAlias = tuple[Trials | None, Trials | None]


@dataclass(frozen=True)
class Reference:
    """Real windows to judge against.

    Parameters
    ----------
    held_out
        All windows that the generator was not trained on.
    training
        Windows that it was trained on, or None if they are not known.
    held_out_trials, training_trials
        Trial of every window, by which judges divide them; None if it is not known.
    """

    held_out: SpikeRaster
    training: SpikeRaster | None
    held_out_trials: Trials | None = None
    training_trials: Trials | None = None

    @property
    def compared(self) -> SpikeRaster:
        """Windows that statistics are compared with.

        Half of them without training windows: those of every other trial, or, if no trials are
        known, every other window.
        """
        return self.held_out if self.training is not None else self.held_out.take(self._half(0))

    @property
    def floor(self) -> SpikeRaster:
        """Real windows whose distance from `compared` is the floor."""
        return self.held_out.take(self._half(1)) if self.training is None else self.training

    @property
    def compared_trials(self) -> Trials | None:
        """Trial of every window of `compared`."""
        trials = trials_of(self.held_out, self.held_out_trials)
        return trials if trials is None or self.training is not None else trials[self._half(0)]

    @property
    def floor_trials(self) -> Trials | None:
        """Trial of every window of `floor`."""
        if self.training is not None:
            return trials_of(self.training, self.training_trials)
        trials = trials_of(self.held_out, self.held_out_trials)
        return None if trials is None else trials[self._half(1)]

    @property
    def floor_source(self) -> Literal["training", "halves"]:
        """Where the floor comes from: ``training`` or ``halves``."""
        return "halves" if self.training is None else "training"

    @property
    def floor_name(self) -> str:
        """What the windows of the floor are called in pictures."""
        return "the other half" if self.training is None else "training"

    def _half(self, number: int) -> NDArray[np.int64]:
        trials = trials_of(self.held_out, self.held_out_trials)
        every = np.arange(self.held_out.n_samples)
        return np.flatnonzero(fold_numbers(every if trials is None else trials) == number)


def real_windows(
    real: SpikeRaster | Split,
    training: SpikeRaster | None = None,
    trials: KnownTrials = (None, None),
) -> Reference:
    """Sort real windows into those to judge against and those that give the floor.

    Parameters
    ----------
    real
        A split of a recording, or held-out windows.
    training
        Training windows beside held-out ones.
    trials
        Trial of every held-out and of every training window, where that is known; a split knows
        its own.

    Raises
    ------
    InputError
        If training windows are given beside a split, which has its own.
    """
    if not isinstance(real, Split):
        return Reference(real, training, *trials)
    if training is not None:
        raise InputError(
            "A split holds its own training windows.",
            expected="a split, or held-out windows and training windows",
            got="a split and training windows",
        )
    return Reference(real.held_out, real.train, *trials_of_split(real))


def trials_of_split(split: Split) -> KnownTrials:
    """Return the trial of every held-out and of every training window, or None."""
    held_out, train = split.held_out_places, split.train_places
    return None if held_out is None else held_out[0], None if train is None else train[0]
