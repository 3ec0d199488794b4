"""Units chosen by what a file says about them, such as ``quality == "good" and depth < 500``.

Nothing is executed: the text is parsed, and only comparisons of columns with numbers, texts and
lists of them are known, joined by ``and``, ``or`` and ``not``.
"""

from __future__ import annotations

import ast
import operator
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[Any]]

_LONGEST = 2000
_LOOKS_LIKE_ONE = re.compile(r"[=<>!]|\b(?:in|not)\b")
_QUOTED = re.compile(r"`([^`]*)`")
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_TRUTHS = {"true": True, "false": False}
_EXAMPLE = """`units = 'quality == "good"'`"""


def is_query(text: str, columns: Columns) -> bool:
    """Return whether a choice of units is a query, and no list of labels.

    Parameters
    ----------
    text
        The choice.
    columns
        What is known about the units, by column.

    Examples
    --------
    >>> is_query('quality == "good"', {}), is_query("3,7,9", {})
    (True, False)
    """
    bare = text.strip().strip("`")
    is_switch = bare in columns and columns[bare].dtype == np.bool_
    return is_switch or bool(_LOOKS_LIKE_ONE.search(text))


def matching(text: str, columns: Columns) -> NDArray[np.bool_]:
    """Return which units fit a query.

    Parameters
    ----------
    text
        The query. Names of columns that are not identifiers are put between backticks.
    columns
        What is known about the units, by column; each of shape ``(n_units,)``.

    Returns
    -------
    numpy.ndarray
        Booleans of shape ``(n_units,)``.

    Raises
    ------
    ConfigError
        If the text cannot be read, holds anything but comparisons, or compares a column that is
        not there, or a text with a number.

    Examples
    --------
    >>> import numpy as np
    >>> columns = {"quality": np.array(["good", "mua", "good"]), "depth": np.array([90, 200, 800])}
    >>> matching('quality == "good" and depth < 500', columns).tolist()
    [True, False, False]
    >>> matching('not quality in ["mua", "noise"]', columns).tolist()
    [True, False, True]
    """
    return _Query(text, columns).evaluate()


class _Query:
    """A query, and the columns that it is about."""

    def __init__(self, text: str, columns: Columns) -> None:
        self._text = text
        self._columns = columns
        self._names: dict[str, str] = {}

    def evaluate(self) -> NDArray[np.bool_]:
        """Return which units fit."""
        if len(self._text) > _LONGEST:
            raise self._unreadable(f"{len(self._text):,} characters")
        text = _QUOTED.sub(self._placeholder, self._text.strip())
        try:
            return self._truth(ast.parse(text, mode="eval").body)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise self._unreadable(str(error).partition(" (")[0]) from error

    def _placeholder(self, match: re.Match[str]) -> str:
        name = f"_column_{len(self._names)}"
        self._names[name] = match[1]
        return name

    def _truth(self, node: ast.expr) -> NDArray[np.bool_]:
        if isinstance(node, ast.BoolOp):
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return np.asarray(join.reduce([self._truth(value) for value in node.values]), np.bool_)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~self._truth(node.operand)
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            pairs = zip(sides, node.ops, sides[1:], strict=False)
            return np.asarray(np.logical_and.reduce([self._compared(*pair) for pair in pairs]))
        if isinstance(node, ast.Name):
            values = self._column(node)
            if values.dtype == np.bool_:
                return values
        raise self._unreadable(repr(ast.unparse(node)[:80]))

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> NDArray[np.bool_]:
        if isinstance(op, ast.In | ast.NotIn):
            is_in = self._is_in(left, right)
            return is_in if isinstance(op, ast.In) else ~is_in
        compare = _COMPARISONS.get(type(op))
        names = [self._is_column(side) for side in (left, right)]
        if compare is None or not any(names):
            raise self._unreadable(
                repr(ast.unparse(ast.Compare(left=left, ops=[op], comparators=[right]))[:80])
            )
        one, other = (
            self._column(side) if self._is_column(side) else np.asarray(self._constant(side))
            for side in (left, right)
        )
        self._check_kinds(one, other)
        return np.asarray(compare(one, other), np.bool_)

    def _is_in(self, left: ast.expr, right: ast.expr) -> NDArray[np.bool_]:
        if not self._is_column(left) or not isinstance(right, ast.List | ast.Tuple | ast.Set):
            raise self._unreadable(f"{ast.unparse(left)[:40]} in {ast.unparse(right)[:40]}")
        column = self._column(left)
        found = np.zeros(column.shape, np.bool_)
        for element in right.elts:
            value = np.asarray(self._constant(element))
            self._check_kinds(column, value)
            found |= column == value
        return found

    def _is_column(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and not (
            node.id.lower() in _TRUTHS and node.id not in self._columns
        )

    def _column(self, node: ast.expr) -> NDArray[Any]:
        name = node.id if isinstance(node, ast.Name) else ""
        name = self._names.get(name, name)
        if name not in self._columns:
            raise ConfigError(
                f"The units have no column {name}.",
                expected=f"one of their columns: {shorten(self._columns, 20)}",
                got=self._text,
                hint=f"{_EXAMPLE}: texts need quotes",
            )
        return self._columns[name]

    def _constant(self, node: ast.expr) -> float | str | bool:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self._constant(node.operand)
            if not isinstance(value, str):
                return -value
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
            return node.value
        if isinstance(node, ast.Name) and node.id.lower() in _TRUTHS:
            return _TRUTHS[node.id.lower()]
        raise self._unreadable(repr(ast.unparse(node)[:80]))

    def _check_kinds(self, one: NDArray[Any], other: NDArray[Any]) -> None:
        if (one.dtype.kind == "U") != (other.dtype.kind == "U"):
            column, constant = (one, other) if one.ndim else (other, one)
            held = "texts" if column.dtype.kind == "U" else "numbers"
            raise ConfigError(
                "A text is compared with a number.",
                expected=f"{held}, as the column holds: {shorten(np.unique(column)[:8].tolist())}",
                got=f"{constant.tolist()!r} in {self._text}" if constant.ndim == 0 else self._text,
            )

    def _unreadable(self, got: str) -> ConfigError:
        return ConfigError(
            "The choice of units cannot be read.",
            expected="labels separated by commas, or comparisons of columns with numbers and "
            "quoted texts: ==, !=, <, <=, >, >=, in [...], joined by and, or, not",
            got=f"{got} in {self._text[:200]!r}",
            hint=_EXAMPLE,
        )
