"""Numbers as people and spreadsheets write them, and round numbers for advice."""

from __future__ import annotations

import math
import re
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
# Of numbers alone: with others, Python's own reading would accept more than numbers.
_PLAIN = frozenset("0123456789+-.eE")
_PLAIN_DIGITS = frozenset("0123456789+-")
_SINGLE_DIGITS = 7
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


def as_number(text: str) -> float:
    """Return the number that a text stands for; NaN for others, also ``1_000``, ``nan``, ``inf``.

    Examples
    --------
    >>> as_number(" 1e-3"), as_number("1_000")
    (0.001, nan)
    """
    stripped = text.strip()
    return float(stripped) if _NUMBER.fullmatch(stripped) else math.nan


def parse_numbers(texts: Sequence[str]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the numbers of a column of texts, and how coarsely each was rounded at most.

    Whole numbers are returned as int64, and numbers that were written from float32 as float32;
    whatever is not a number is NaN. A column is written with a fixed number of decimals or of
    digits, and zeros at the end may be left out. So each number was rounded to the last decimal of
    any, or to as many digits as the longest has, whichever is coarser.

    Returns
    -------
    ndarray
        The numbers, shape ``(n_texts,)``.
    ndarray
        Half a unit of the last digit of each, or a unit where there are so many digits that the
        numbers may have been float32 before; shape ``(n_texts,)``, 0 for exact numbers.

    Examples
    --------
    >>> parse_numbers(["0.25", "1.5"])
    (array([0.25, 1.5 ]), array([0.005, 0.05 ]))
    >>> parse_numbers(["7.866667", "65.73333"])[1]
    array([1.e-06, 1.e-05])
    """
    found = set().union(*texts)
    if found <= _PLAIN_DIGITS and all(map(_INTEGER.fullmatch, texts)):
        return np.array([int(text) for text in texts], dtype=np.int64), np.zeros(len(texts))
    if found <= _PLAIN:
        try:
            values = np.array([float(text) for text in texts], dtype=np.float64)
        except ValueError:
            values = np.array([as_number(text) for text in texts], dtype=np.float64)
    else:
        values = np.array([as_number(text) for text in texts], dtype=np.float64)
    if _are_single(texts, values):
        # Texts with as many digits by chance were rounded as decimals.
        return values.astype(np.float32), _rounding(texts, values)
    return values, _rounding(texts, values)


def _rounding(texts: Sequence[str], values: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.abs(values)
    numbers = [text for text, value in zip(texts, size, strict=True) if math.isfinite(value)]
    decimals = max(map(_decimals, numbers), default=0)
    digits = max(map(_digits, numbers), default=0)
    is_usual = np.isfinite(size) & (size > 0)
    exponent = np.full(len(values), -decimals)
    leading = np.floor(np.log10(size[is_usual])).astype(np.int64)
    exponent[is_usual] = np.maximum(-decimals, leading - digits + 1)
    # Rounded twice where they were float32, to the nearest of those and then to digits.
    units = 1.0 if digits >= _SINGLE_DIGITS else 0.5
    return np.asarray(units * np.power(10.0, exponent), dtype=np.float64)


def _digits(text: str) -> int:
    mantissa = text.strip().lower().partition("e")[0]
    return len(mantissa.lstrip("+-0.").replace(".", ""))


def _are_single(texts: Sequence[str], values: NDArray[np.float64]) -> bool:
    """Whether texts are the shortest of float32 numbers, which have seven to nine digits."""
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    if not all(str(number) == text.strip() for number, text in zip(single, texts, strict=True)):
        return False
    # Fewer digits are written in the same way whatever they come from.
    return max(map(_digits, texts)) >= 8


def roundest(low: float, high: float) -> float:
    """Return the number between two numbers with the fewest digits; the largest of several.

    Examples
    --------
    >>> roundest(9.93, 10.02), roundest(3573.1, 3600.02), roundest(-0.3, 0.2)
    (10.0, 3600.0, 0.0)
    """
    if low <= 0 <= high:
        return 0.0
    highest = min(math.ceil(math.log10(max(abs(low), abs(high)))), sys.float_info.max_10_exp)
    # A double has no more digits than these.
    for exponent in range(highest, max(highest - 18, -16), -1):
        # Scaled by a whole number either way, since 10.0**-3 is not exactly a thousandth.
        unit = float(10 ** abs(exponent))
        best = math.floor(high / unit) * unit if exponent >= 0 else math.floor(high * unit) / unit
        if low <= best <= high:
            return best
    return high


def _decimals(text: str) -> int:
    if "e" not in text and "E" not in text:
        return len(text.partition(".")[2])
    mantissa, _, exponent = text.strip().lower().partition("e")
    written = len(mantissa.partition(".")[2])
    return written - (int(exponent) if _INTEGER.fullmatch(exponent) else 0)


def plain(value: float) -> str:
    """Return a number as people write it: ``1,799,995``, ``0.25``, ``3600``.

    Examples
    --------
    >>> plain(1799995.0), plain(0.2512345)
    ('1,799,995', '0.2512')
    """
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if 10_000 <= abs(value) < 1e15 else f"{value:.4g}"


def rows_like_it(count: int) -> str:
    """Return how many rows are wrong in the same way, for messages that name one of them."""
    return "the only such row" if count == 1 else f"{count:,} such rows"


def percent(part: float, whole: float) -> str:
    """Return a share as text, e.g. ``4.2 %``."""
    return f"{100 * part / whole:.2g} %" if 0 < part < whole / 10 else f"{100 * part / whole:.0f} %"
