"""The parameters of phy, ``params.py``: assignments that are read, never executed."""

from __future__ import annotations

import ast
import math
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

# phy's own have ten lines.
_MOST_BYTES = 100_000


def literals(path: Path) -> dict[str, Any]:
    """Return what a file of parameters assigns literally: numbers, texts, lists of them.

    Parameters
    ----------
    path
        The file; it need not exist.

    Returns
    -------
    dict
        Values by name, nothing if it cannot be read. Whatever would have to be computed is left
        out.
    """
    try:
        with path.open("rb") as handle:
            text = handle.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            return {}
        with warnings.catch_warnings():
            # About the style of somebody else's code.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found = {}
    for line in tree.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            try:
                found[line.targets[0].id] = ast.literal_eval(line.value)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue
    return found


def sampling_rate(path: Path) -> float | None:
    """Return the samples per second that a file of parameters states, or None.

    Parameters
    ----------
    path
        The file; it need not exist.
    """
    value = literals(path).get("sample_rate")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value > 0 else None
