"""Checks of what users hand in: a value that is refused is named, and so is what would fit."""

from __future__ import annotations

import contextlib
import difflib
import errno
import math
import os
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def shape(
    name: str,
    received: Sequence[int],
    error: type[InputError] = InputError,
    /,
    **dimensions: int | None,
) -> None:
    """Check the shape of an array, and name its dimensions if it is another.

    Parameters
    ----------
    name
        Name of the array.
    received
        Its shape.
    error
        The class of the error.
    **dimensions
        Expected size of each dimension, in their order; None if any size will do.

    Raises
    ------
    InputError
        If the number of dimensions or one of the sizes differs.

    Examples
    --------
    >>> shape("angles", (5, 6), n_cells=None, n_angles=6)
    >>> shape("angles", (5, 7), n_cells=None, n_angles=6)
    Traceback (most recent call last):
        ...
    neuroqgan.errors.InputError: The array angles has another shape.
      expected: (n_cells, n_angles), n_angles = 6
      got: (5, 7)
    """
    sizes = list(dimensions.values())
    if len(received) == len(sizes) and all(
        wanted is None or wanted == size for wanted, size in zip(sizes, received, strict=True)
    ):
        return
    known = [f"{dimension} = {size}" for dimension, size in dimensions.items() if size is not None]
    comma = "," if len(sizes) == 1 else ""
    raise error(
        f"The array {name} has another shape.",
        expected=", ".join([f"({', '.join(dimensions)}{comma})", *known]),
        got=str(tuple(received)),
    )


def shorten(values: Iterable[object], most: int = 8) -> str:
    """Return a listing for a message: the first few values, and how many there are.

    Examples
    --------
    >>> shorten(range(20), most=3)
    '0, 1, 2, ... (20 in all)'
    """
    listed = [str(value) for value in values]
    if len(listed) <= most:
        return ", ".join(listed) or "none"
    return f"{', '.join(listed[:most])}, ... ({len(listed)} in all)"


def plural(count: int, noun: str) -> str:
    """Return a count of things in words.

    Examples
    --------
    >>> plural(1, "bin"), plural(1200, "bin")
    ('1 bin', '1200 bins')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def choice(name: str, value: Any, choices: Iterable[Any]) -> None:
    """Check that a value is one of several.

    Parameters
    ----------
    name
        The setting.
    value
        Its value.
    choices
        What it may be.

    Raises
    ------
    ConfigError
        If it is none of them; the hint is the choice that is spelt most like it.

    Examples
    --------
    >>> choice("gradient", "adjoint", ["adjoint", "spsa"])
    """
    there = list(choices)
    if value in there and not isinstance(value, bool):
        return
    words = [word for word in there if isinstance(word, str)]
    similar = difflib.get_close_matches(str(value), words, n=1)
    raise ConfigError(
        f"There is no {name} {value!r}.",
        expected=", ".join("None" if word is None else str(word) for word in there),
        got=repr(value),
        hint=f"{name} = {similar[0] if similar else there[0]}",
    )


def whole(name: str, value: Any, lowest: int) -> int:
    """Return a whole number as a Python int, which JSON can hold.

    Parameters
    ----------
    name
        The setting.
    value
        Its value.
    lowest
        The lowest number allowed.

    Raises
    ------
    ConfigError
        If it is not a whole number, or below the lowest.

    Examples
    --------
    >>> whole("steps", 100, 1)
    100
    """
    # NumPy integers are as good as Python's; True is not a number here.
    if not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= lowest:
        return int(value)
    raise _impossible(name, value, f"a whole number, {lowest} or more")


def number(
    name: str,
    value: Any,
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    below: float = math.inf,
    most: float = math.inf,
) -> float:
    """Return a finite number as a Python float.

    Parameters
    ----------
    name
        The setting.
    value
        Its value.
    above, below
        Limits that the number must not reach.
    least, most
        Limits that the number may reach.

    Raises
    ------
    ConfigError
        If it is not a finite number, or beyond a limit.

    Examples
    --------
    >>> number("learning_rate", 0.03, above=0)
    0.03
    """
    if not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value):
        found = float(value)
        if above < found < below and least <= found <= most:
            return found
    limits = (
        ("above", above),
        ("from", least),
        ("below", below),
        ("up to", most),
    )
    words = [f"{word} {limit:g}" for word, limit in limits if math.isfinite(limit)]
    raise _impossible(name, value, " ".join(["a number", *words]))


def path(source: str | Path, error: type[InputError] = InputError) -> Path:
    """Return a path, with the home folder for ``~``, if a file can have this name.

    Parameters
    ----------
    source
        The path; nothing need be there.
    error
        The class of the error.

    Raises
    ------
    InputError
        If the system allows no such name: one too long, or with characters that no name has.

    Examples
    --------
    >>> path("recording.npz").name
    'recording.npz'
    """
    found = Path(source)
    try:
        # There may be no such user.
        with contextlib.suppress(RuntimeError):
            found = found.expanduser()
        os.lstat(found)
    except OSError as problem:
        if problem.errno == errno.ENAMETOOLONG:
            raise _no_name(source, "fewer characters", error) from problem
    except ValueError as problem:
        raise _no_name(source, "characters of Unicode, without NUL", error) from problem
    return found


def _no_name(source: str | Path, expected: str, error: type[InputError]) -> InputError:
    name = str(source)
    return error(
        "No file can have this name.",
        expected=expected,
        got=f"{name[:40]!a}{'...' if len(name) > 40 else ''}, {plural(len(name), 'character')}",
    )


def flag(name: str, value: Any) -> None:
    """Check that a value is True or False.

    Parameters
    ----------
    name
        The setting.
    value
        Its value.

    Raises
    ------
    ConfigError
        If it is anything else.

    Examples
    --------
    >>> flag("exact", True)
    """
    if not isinstance(value, bool):
        raise _impossible(name, value, "True or False")


def _impossible(name: str, value: Any, expected: str) -> ConfigError:
    return ConfigError(
        f"The setting {name} is out of its range.", expected=expected, got=repr(value)
    )
