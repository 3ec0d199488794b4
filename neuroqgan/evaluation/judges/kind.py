"""What a judge is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Answer = Callable[
        [NDArray[np.bool_], NDArray[np.intp], NDArray[np.bool_], int], NDArray[np.bool_]
    ]
    Score = Callable[[NDArray[np.bool_]], NDArray[np.float64]]
    Learn = Callable[[NDArray[np.bool_], NDArray[np.intp], int], Score]


@dataclass(frozen=True)
class Judge:
    """A classifier that tries to distinguish two kinds of windows.

    Parameters
    ----------
    key
        Name in Python and in JSON.
    title
        Name in tables and notes.
    answer
        Function of labelled windows, ``(n_windows, n_bins, n_neurons)``, their labels 0 and 1, as
        many of each, windows that it has not seen, and a seed. Returns whether each unseen window
        is of kind 1. It runs in a thread beside others: it draws from its seed alone, and on one
        thread.
    max_spikes
        Number of windows times bins times neurons, of each kind, that it is given at most, so that
        large windows take no longer; but never fewer than 1,000 windows.
    learn
        Function of labelled windows, their labels and a seed, as in ``answer``. Returns a function
        of windows that returns the log odds of kind 1 for each: what explains an answer
        (`neuroqgan.evaluation.explain`). None if the judge has no such score.
    """

    key: str
    title: str
    answer: Answer
    max_spikes: int = 4_000_000
    learn: Learn | None = None

    def __repr__(self) -> str:
        return f"Judge({self.key!r})"
