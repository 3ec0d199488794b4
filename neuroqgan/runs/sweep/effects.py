"""What mattered in a sweep: how the figure depends on each key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from neuroqgan.runs.sweep.sweep_file import SweepFile
    from neuroqgan.runs.sweep.sweep_table import SweepRow


@dataclass(frozen=True)
class KeyEffect:
    """How the figure of a sweep depends on one key.

    Parameters
    ----------
    key
        The key.
    choices
        Its values, those of numbers ascending.
    values
        Figures of all finished points for every choice.
    share
        Share of the variance of all figures that the mean by choice explains; with few points some
        of it is chance. None if all figures are equal.
    """

    key: str
    choices: tuple[Any, ...]
    values: tuple[NDArray[np.float64], ...]
    share: float | None

    @property
    def means(self) -> tuple[float | None, ...]:
        """Mean figure for every choice; None if no point is finished."""
        return tuple(float(found.mean()) if len(found) else None for found in self.values)

    def to_dict(self) -> dict[str, Any]:
        """Return the effect, ready for JSON."""
        return {
            "key": self.key,
            "choices": list(self.choices),
            "means": list(self.means),
            "points": [len(found) for found in self.values],
            "share": self.share,
        }


def key_effects(file: SweepFile, rows: Sequence[SweepRow]) -> tuple[KeyEffect, ...]:
    """Return the effect of every key that varies, the largest first.

    Parameters
    ----------
    file
        What was varied.
    rows
        Of the table.

    Examples
    --------
    >>> from pathlib import Path
    >>> from neuroqgan.runs.sweep.point_training import PointState
    >>> from neuroqgan.runs.sweep.sweep_file import SweepFile
    >>> from neuroqgan.runs.sweep.sweep_table import SweepRow
    >>> file = SweepFile(Path("sweep.toml"), {}, {"layers": (1, 2), "seed": (0, 1)})
    >>> rows = [
    ...     SweepRow(i, file.settings(i), value, 1.0, f"sweep-{i}", PointState.DONE)
    ...     for i, value in enumerate((0.9, 0.8, 0.6, 0.5))
    ... ]
    >>> [(effect.key, round(effect.share, 2)) for effect in key_effects(file, rows)]
    [('layers', 0.9), ('seed', 0.1)]
    """
    done = [row for row in rows if row.value is not None]
    effects = [_effect(key, _sorted(file.grid[key]), done) for key in file.varied]
    return tuple(sorted(effects, key=lambda effect: -(effect.share or 0.0)))


def _effect(key: str, choices: tuple[Any, ...], done: Sequence[SweepRow]) -> KeyEffect:
    groups = tuple(
        np.array([row.value for row in done if _same(row.settings[key], choice)], float)
        for choice in choices
    )
    together = np.concatenate(groups)
    total = float(((together - together.mean()) ** 2).sum()) if len(together) else 0.0
    between = sum(len(one) * (one.mean() - together.mean()) ** 2 for one in groups if len(one))
    # Equal figures differ by rounding.
    differs = total > len(together) * (1e-12 * abs(float(together.mean()))) ** 2 if total else False
    return KeyEffect(key, choices, groups, float(between) / total if differs else None)


def _sorted(choices: tuple[Any, ...]) -> tuple[Any, ...]:
    is_number = all(type(one) in (int, float) for one in choices)
    return tuple(sorted(choices)) if is_number else choices


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are the same; true and 1 are not."""
    return type(one) is type(other) and bool(one == other)
