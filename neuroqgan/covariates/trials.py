"""Covariates of whole trials: numbers of shape ``(n_trials, n_bins, n_columns)`` with names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import plural, shorten
from neuroqgan.errors import RasterError
from neuroqgan.escaping.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Covariates:
    """What was recorded beside the spikes, in the bins of the trials.

    Parameters
    ----------
    values
        Finite numbers of shape ``(n_trials, n_bins, n_columns)``. An array of shape
        ``(n_bins, n_columns)`` holds for all trials alike, as a stimulus that every trial repeats.
    names
        One name per column; ``column 0``, ``column 1``, ... if none are given.
    source
        Where they come from, such as the name of a file.

    Raises
    ------
    RasterError
        If the array has another shape, is empty, or holds a value that is not finite.
    RasterError
        If there is not one distinct name per column.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan import Covariates
    >>> speed = np.linspace(0, 1, 400)[:, None]
    >>> Covariates(speed, names=["speed"])
    Covariates(speed; 400 bins, the same in all trials)
    """

    values: NDArray[np.float32]
    names: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _as_values(self.values))
        names = tuple(str(name).strip() for name in self.names)
        if not names:
            names = tuple(f"column {i}" for i in range(self.n_columns))
        if len(names) != self.n_columns or len(set(names)) < len(names) or "" in names:
            raise RasterError(
                "The names of the covariates do not fit.",
                expected=f"{plural(self.n_columns, 'distinct name')}, one per column",
                got=shorten(names),
            )
        object.__setattr__(self, "names", names)

    @property
    def n_trials(self) -> int:
        """Number of trials; 1 if all trials share the values."""
        return int(self.values.shape[0])

    @property
    def is_shared(self) -> bool:
        """Whether all trials share the values."""
        return self.n_trials == 1

    @property
    def n_bins(self) -> int:
        """Time bins of a trial."""
        return int(self.values.shape[1])

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return int(self.values.shape[2])

    @property
    def sha256(self) -> str:
        """SHA-256 of names and values, as a hexadecimal number."""
        content = "\n".join(self.names).encode() + str(self.values.shape).encode()
        return hashlib.sha256(content + np.ascontiguousarray(self.values).tobytes()).hexdigest()

    def take(self, trials: slice | Sequence[int]) -> Covariates:
        """Return those of some trials, in that order; shared ones stay as they are.

        Parameters
        ----------
        trials
            Positions of trials.
        """
        if self.is_shared:
            return self
        return Covariates(self.values[trials], self.names, self.source)

    def select(self, names: Sequence[str]) -> Covariates:
        """Return some of the columns, in that order.

        Parameters
        ----------
        names
            Names of columns. A name without a column of its own stands for the columns ``name[0]``,
            ``name[1]`` and so on.

        Raises
        ------
        RasterError
            If there is no column of some name.
        """
        names = [column for name in names for column in self._stands_for(name)]
        missing = [name for name in names if name not in self.names]
        if missing:
            raise RasterError(
                f"The covariates have no column {shorten(missing)}.",
                expected=", ".join(names),
                got=shorten(self.names),
            )
        columns = [self.names.index(name) for name in names]
        return Covariates(self.values[..., columns], tuple(names), self.source)

    def _stands_for(self, name: str) -> list[str]:
        if name in self.names:
            return [name]
        parts = [column for column in self.names if column.rpartition("[")[0] == name]
        return parts or [name]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Covariates):
            return NotImplemented
        return self.names == other.names and np.array_equal(self.values, other.values)

    __hash__ = None  # type: ignore[assignment]  # arrays may change

    def __repr__(self) -> str:
        trials = "the same in all trials" if self.is_shared else plural(self.n_trials, "trial")
        names = one_line(shorten(self.names))
        return f"Covariates({names}; {plural(self.n_bins, 'bin')}, {trials})"


def _as_values(given: ArrayLike) -> NDArray[np.float32]:
    try:
        values = np.asarray(given, np.float32)
    except (TypeError, ValueError) as error:
        raise RasterError(
            "Covariates are numbers.", expected="an array of numbers", got=str(error)
        ) from error
    if values.ndim == 2:
        values = values[None]
    if values.ndim != 3 or not values.size:
        raise RasterError(
            "The covariates have the wrong shape.",
            expected="(n_trials, n_bins, n_columns), or (n_bins, n_columns) for all trials alike",
            got=str(np.shape(given)),
        )
    bad = ~np.isfinite(values)
    if bad.any():
        trial, time, column = (int(i) for i in np.argwhere(bad)[0])
        raise RasterError(
            f"{plural(int(bad.sum()), 'value')} of the covariates cannot be used.",
            expected="finite numbers",
            got=f"{values[trial, time, column]} in trial {trial}, bin {time}, column {column}",
            hint="fill the gaps, such as by interpolation, or leave the column out",
        )
    return values
