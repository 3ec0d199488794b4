"""Labels of neurons and trials: text, in natural order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.times.numbers import as_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

_DIGITS = re.compile(r"([0-9]+)")
_NUMBERED = re.compile(r"(?P<before>[^0-9]*)(?P<number>[0-9]{1,9})(?P<after>\.0+|[^0-9]*)")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,8})")


def natural_key(label: str) -> tuple[Any, ...]:
    """Return the key that labels are sorted by: numbers by value, then texts in natural order.

    Examples
    --------
    >>> sorted(["unit_10", "10", "unit_2", "-1", "2"], key=natural_key)
    ['-1', '2', '10', 'unit_2', 'unit_10']
    """
    parts = _DIGITS.split(label.casefold())
    # By length and digits, which is the order of their values however many there are.
    read = [
        (len(part.lstrip("0")), part.lstrip("0")) if i % 2 else part for i, part in enumerate(parts)
    ]
    value = as_number(label)
    return (0, value, read, label) if value == value else (1, read, label)  # NaN


def as_texts(column: pd.Series[Any], *, strip: bool = False) -> NDArray[np.object_]:
    """Return a column of labels as texts, or None for missing ones.

    Whole numbers are written without a decimal point even if the column holds floats, since a
    column of integers turns into floats as soon as a value is missing.
    """
    import pandas as pd

    codes, uniques = pd.factorize(column, use_na_sentinel=True)
    # As an array, since the index would widen float32 and print digits that nobody wrote.
    read = [_as_text(value) for value in np.asarray(uniques)]
    if strip:
        read = [None if text is None else text.strip() or None for text in read]
    texts = np.array([*read, None], dtype=object)
    # The code of a missing value is -1, the last text.
    return texts[codes]


def ranks(texts: Sequence[str] | NDArray[np.object_]) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return the rank of every row's label in natural order, and the labels in that order."""
    import pandas as pd

    codes, uniques = pd.factorize(np.asarray(texts, dtype=object))
    labels = [str(label) for label in uniques]
    order = sorted(range(len(labels)), key=lambda i: natural_key(labels[i]))
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order))
    return rank[codes] if len(codes) else np.zeros(0, np.intp), tuple(labels[i] for i in order)


def as_integers(labels: Sequence[str]) -> list[int] | None:
    """Return the whole numbers by which labels are numbered, or None if they are not.

    Labels are numbers, with or without zeros before or after them, or numbers within a text that is
    the same in all of them.

    Examples
    --------
    >>> as_integers(["-1", "2"]), as_integers(["trial_01", "trial_10"]), as_integers(["1.0", "2.0"])
    ([-1, 2], [1, 10], [1, 2])
    >>> as_integers(["left", "right"]), as_integers(["a1", "b2"])
    (None, None)
    """
    if all(map(_INTEGER.fullmatch, labels)):
        return [int(label) for label in labels]
    found = [_NUMBERED.fullmatch(label) for label in labels]
    matches = [match for match in found if match is not None]
    around = {(match["before"], match["after"]) for match in matches}
    if len(matches) < len(labels) or len(around) != 1:
        return None
    return [int(match["number"]) for match in matches]


def equal_numbers(labels: Sequence[str]) -> list[str]:
    """Return labels that are different texts but the same number, such as 1.1 and 1.10."""
    by_value: dict[float, list[str]] = {}
    for label in labels:
        value = as_number(label)
        if value == value:  # not NaN
            by_value.setdefault(value, []).append(label)
    return [label for same in by_value.values() if len(same) > 1 for label in same]


def _as_text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else str(value)
    return str(value) or None
