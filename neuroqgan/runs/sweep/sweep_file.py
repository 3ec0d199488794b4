"""The file of a sweep: a configuration, and a table of keys with the values to try."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroqgan.checks import shorten
from neuroqgan.errors import ConfigError
from neuroqgan.home import exists
from neuroqgan.runs.config import RunConfig
from neuroqgan.runs.config_file import build_config, read_toml_tables
from neuroqgan.runs.config_keys import SAMPLING_KEYS
from neuroqgan.runs.setting_rules import RENAMED, accept_hyper_parameters, check_effect

if TYPE_CHECKING:
    from collections.abc import Mapping

    Settings = Mapping[str, Any]

GRID = "grid"
"""The table of keys with lists."""

MOST_COMBINATIONS = 10**12
"""More combinations of values are taken for a mistake."""

VALIDATION_EVERY = 5
"""One training trial in this many chooses settings, unless the file says otherwise."""

# What a point may not vary, as its weights would be the same.
_CONSTANT = SAMPLING_KEYS | {"checkpoint_every", "device", "name", "validation_every"}
_PLACES = ("data", "covariates")
# Numbers, words and switches; what else TOML knows is no value of a key.
_VALUES = (bool, int, float, str)


@dataclass(frozen=True)
class SweepFile:
    """What a sweep tries.

    Parameters
    ----------
    path
        The file.
    base
        Settings of all points, by key.
    grid
        Values to try, by key.
    name
        Name of the sweep, and what the names of its runs begin with; None if the file has none.

    Examples
    --------
    >>> grid = {"preset": ("history", "memory"), "seed": (0, 1, 2)}
    >>> sweep = SweepFile(Path("sweep.toml"), {"bins": 8}, grid)
    >>> sweep.n_points, sweep.settings(4)
    (6, {'preset': 'memory', 'seed': 1})
    """

    path: Path
    base: Settings
    grid: Mapping[str, tuple[Any, ...]]
    name: str | None = None

    @property
    def n_points(self) -> int:
        """Number of combinations of values."""
        return math.prod(map(len, self.grid.values()))

    @property
    def varied(self) -> tuple[str, ...]:
        """Keys with more than one value."""
        return tuple(key for key, values in self.grid.items() if len(values) > 1)

    def settings(self, point: int) -> dict[str, Any]:
        """Return what a point sets, by key; the last key changes from one point to the next.

        Parameters
        ----------
        point
            Its number, from 0.
        """
        return {key: self.grid[key][place] for key, place in self.places(point).items()}

    def places(self, point: int) -> dict[str, int]:
        """Return which of its values each key has, counted from 0; the inverse of `number`.

        Parameters
        ----------
        point
            Its number.
        """
        found = {}
        for key, values in reversed(list(self.grid.items())):
            point, found[key] = divmod(point, len(values))
        return {key: found[key] for key in self.grid}

    def number(self, places: Mapping[str, int]) -> int:
        """Return the number of a point.

        Parameters
        ----------
        places
            Which of its values each key has, counted from 0; the first if it is not named.
        """
        number = 0
        for key, values in self.grid.items():
            number = number * len(values) + places.get(key, 0)
        return number

    def config(self, point: int, name: str) -> RunConfig:
        """Return the configuration of a point.

        Parameters
        ----------
        point
            Its number.
        name
            Name of its run.

        Raises
        ------
        ConfigError
            If its settings are impossible, or contradict each other.
        """
        settings = self.settings(point)
        values = {**self.base, **settings, "name": name}
        try:
            config = build_config(values)
            # What a grid varies was meant, even where it is the default.
            check_effect(config.model_dump(), sorted({*config.unusual, *settings} - {"preset"}))
        except ConfigError as error:
            told = ", ".join(f"{key} = {value}" for key, value in settings.items())
            raise ConfigError(
                f"Point {point} of the sweep ({told}) cannot be trained. {error.problem}",
                expected=error.expected,
                got=error.got,
                hint=f"in {self.path}: {_as_keys(error.hint)}",
            ) from error
        return config

    def to_dict(self) -> dict[str, Any]:
        """Return what decides the points, ready for JSON; files are named by their full path."""
        grid = {key: [_located(key, one) for one in values] for key, values in self.grid.items()}
        base = {key: _located(key, value) for key, value in sorted(self.base.items())}
        return {"settings": base, GRID: grid}


def read_sweep(path: Path) -> SweepFile:
    """Read the file of a sweep.

    Parameters
    ----------
    path
        TOML with the keys of a configuration, and a table ``[grid]`` of keys with lists.

    Raises
    ------
    ConfigError
        If it is missing or is not TOML, has unknown keys, no grid, or an impossible grid.
    """
    values = {RENAMED.get(key, key): value for key, value in read_toml_tables(path).items()}
    grid = values.pop(GRID, None)
    if not isinstance(grid, dict) or not grid:
        raise ConfigError(
            f"The sweep {path} has nothing to vary.",
            expected=f"a table [{GRID}] of keys with lists, such as learning_rate = [0.01, 0.03]",
            got="no such table" if grid is None else f"{GRID}={grid!r:.80}",
        )
    grid = {RENAMED.get(key, key): value for key, value in grid.items()}
    _check_keys(path, values, grid)
    for key, value in values.items():
        _check_value(path, key, value)
    checked = {key: _values(path, key, value) for key, value in grid.items()}
    name = values.pop("name", None)
    base = {"validation_every": VALIDATION_EVERY, **values}
    sweep = SweepFile(path, base, checked, name)
    if sweep.n_points > MOST_COMBINATIONS:
        raise ConfigError(
            f"The sweep {path} has too many combinations.",
            expected=f"at most {MOST_COMBINATIONS:,}",
            got=f"{sweep.n_points:.3g}",
            hint="fewer keys, or shorter lists",
        )
    return sweep


def _check_keys(path: Path, base: Settings, grid: Settings) -> None:
    for key in (*base, *grid):
        # Complains of unknown keys, and of nothing else.
        accept_hyper_parameters({key: None}, RunConfig.model_fields, f" in {path}")
    both = sorted(set(base) & set(grid))
    if both:
        raise ConfigError(
            f"The sweep {path} both sets and varies {shorten(both)}.",
            expected=f"a key either above [{GRID}] or in it",
            got=f"{both[0]} in both places",
            hint=f"delete one of the two lines of {both[0]}",
        )
    constant = sorted(_CONSTANT & set(grid))
    if constant:
        raise ConfigError(
            f"The sweep {path} cannot vary {shorten(constant)}.",
            expected=f"keys in [{GRID}] that decide what is trained, such as learning_rate or seed",
            got=shorten(constant),
            hint=f"move it above [{GRID}], with one value",
        )


def _values(path: Path, key: str, values: Any) -> tuple[Any, ...]:
    if not isinstance(values, list) or not values:
        raise ConfigError(
            f"The sweep {path} has no values to try for {key}.",
            expected=f"{key}=[...] with one value or more",
            got=f"{key}={values!r:.80}",
            hint="a list with the values" if values != [] else "add values, or delete the line",
        )
    for value in values:
        _check_value(path, key, value)
    # True and 1 are equal, and are two values nevertheless.
    distinct = sorted((str(type(value)), str(value)) for value in values)
    twice = [value for (_, value), other in pairwise(distinct) if other[1] == value]
    if twice:
        raise ConfigError(
            f"The sweep {path} names a value of {key} twice.",
            expected="different values",
            got=f"{key}={values!r:.80}",
            hint=f"name {twice[0]} once",
        )
    return tuple(values)


def _check_value(path: Path, key: str, value: Any) -> None:
    is_infinite = isinstance(value, float) and not math.isfinite(value)
    if not isinstance(value, _VALUES) or is_infinite:
        raise ConfigError(
            f"Impossible value for {key} in {path}.",
            expected=f"a number, a word, or true or false; lists only in [{GRID}]",
            got=f"{value!r:.80}",
            hint="see neuroqgan config show for all keys",
        )


def _located(key: str, value: Any) -> Any:
    """Return a value; a file that exists by its full path, from wherever the sweep is repeated."""
    if key in _PLACES and isinstance(value, str) and exists(Path(value).expanduser()):
        return str(Path(value).expanduser().resolve())
    return value


def _as_keys(hint: str) -> str:
    """Return a hint as one about keys of a file, which the command line leaves as it is."""
    return re.sub(r"(\w) = ", r"\1=", hint.replace("`", ""))
