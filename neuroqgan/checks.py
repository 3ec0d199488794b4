"""Checks of what users hand in: a value that is refused is named, and so is what would fit."""

from __future__ import annotations

import difflib
import math
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray


def shape(
    name: str,
    array: NDArray[Any],
    dimensions: Mapping[str, int | None],
    error: type[InputError] = InputError,
) -> None:
    """Check the dimensions of an array: their number, their sizes, and that none is empty.

    Parameters
    ----------
    name
        What the array is, for the message.
    array
        The array; a tensor of torch will do.
    dimensions
        The size of each dimension by its name, in order; None allows any size of 1 or more.
    error
        The class of the error.

    Raises
    ------
    InputError
        If the shape is another one; it says which was expected and which came.

    Examples
    --------
    >>> import numpy as np
    >>> shape("spikes", np.zeros((3, 5, 2)), {"n_samples": None, "n_bins": None, "n_neurons": 4})
    Traceback (most recent call last):
    neuroqgan.errors.InputError: The array spikes has the wrong shape.
      expected: (n_samples, n_bins, n_neurons) = (any, any, 4)
      got: (3, 5, 2)
    """
    found = tuple(array.shape)
    sizes = tuple(dimensions.values())
    if len(found) == len(sizes) and all(
        n >= 1 and size in (None, n) for n, size in zip(found, sizes, strict=True)
    ):
        return
    names = ", ".join(dimensions) + ("," if len(dimensions) == 1 else "")
    wanted = ", ".join("any" if size is None else str(size) for size in sizes)
    wanted += "," if len(sizes) == 1 else ""
    raise error(
        f"The array {name} has the wrong shape.",
        expected=f"({names}) = ({wanted})",
        got=f"{found}",
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
        hint=f"{name}={similar[0] if similar else there[0]!r}",
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
