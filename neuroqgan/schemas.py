"""Schemas: what comes from a file is checked against the types of a dataclass, once, at its door.

The annotations of a dataclass are its schema, read by pydantic; nothing is written down twice.
"""

from __future__ import annotations

import json
import math
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_Object = TypeVar("_Object")
_MOST_CHARACTERS = 60


class SchemaError(ValueError):
    """Values of other types than a schema has; says which, what was expected and what came."""


def parse_json(text: str | bytes) -> Any:
    """Return what a text of JSON holds, which can be written as JSON again.

    Parameters
    ----------
    text
        The text, or its bytes.

    Raises
    ------
    ValueError
        If it is not JSON, holds NaN or numbers beyond all floats, or is nested too deeply.

    Examples
    --------
    >>> parse_json('{"x": 1e400}')
    Traceback (most recent call last):
        ...
    ValueError: 1e400 is too large
    """
    try:
        return _DECODER.decode(text if isinstance(text, str) else text.decode())
    except RecursionError as error:
        raise ValueError("lists or objects within each other, too many of them") from error


def checked(kind: type[_Object], values: Any) -> _Object:
    """Return values as an object of a dataclass, after checking the types of all fields.

    Parameters
    ----------
    kind
        A dataclass, whose annotations are the schema; dataclasses within are checked as well.
    values
        Its fields by name, as parsed from a file, or an object of it that was made without a check,
        which is returned as it is.

    Raises
    ------
    SchemaError
        If a field is missing or has another type.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Point:
    ...     x: float
    ...     label: str = ""
    >>> checked(Point, {"x": 2})
    Point(x=2.0, label='')
    >>> checked(Point, Point("two"))
    Traceback (most recent call last):
        ...
    neuroqgan.schemas.SchemaError: x: input should be a valid number, got 'two'
    """
    from dataclasses import asdict, is_dataclass

    from pydantic import ValidationError

    made = is_dataclass(values) and not isinstance(values, type)
    fields = asdict(values) if made else values
    try:
        # As JSON, in which lists stand for tuples: everything else has to be of its own type.
        text = json.dumps(fields)
        found: _Object = _adapter(cast("Any", kind)).validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or kind.__name__
        got = "" if first["type"] == "missing" else f", got {_brief(first['input'])}"
        message = first["msg"][:1].lower() + first["msg"][1:]
        raise SchemaError(f"{key}: {message}{got}") from error
    return cast("_Object", values) if made else found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:40]} is too large")
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."
