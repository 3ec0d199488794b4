"""Records of jobs as they are given away: without account, machine and folders."""

from __future__ import annotations

import math
import re
from dataclasses import fields
from datetime import datetime
from typing import Any

from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import JobState

_PRIVATE = (
    *("account", "account_name", "session", "collected", "message", "owner", "version"),
    *("user", "raster_sha256"),
)
_ID = re.compile(r"[0-9a-f]{32}")
_TIMES = ("created", "submitted", "finished", "retrieved", "updated")
_TEXTS = ("tag", "request_hash", "kind", "backend", "provider_id", "run", "bits_sha256")
_REFERENCES = ("request", "series", "after")
_NUMBERS = ("part", "parts", "samples", "first_sample", "series_samples")
_LARGEST = 2**63
"""Of a count; seeds may be larger, and are kept as text."""
_TABLES = ("options", "estimate", "client")
_NULLABLE = {
    "provider_id",
    "run",
    "bits_sha256",
    "series",
    "after",
    "series_samples",
    "seconds",
    "submitted",
    "finished",
    "retrieved",
}


def public_record(job: JobRecord) -> dict[str, Any]:
    """Return a record, ready for JSON, without anything about the account or this machine.

    Parameters
    ----------
    job
        The record.

    Returns
    -------
    dict
        Its fields; of files that options name, the last part only.
    """
    values = {key: value for key, value in job.to_dict().items() if key not in _PRIVATE}
    return values | {name: _without_folders(values[name]) for name in _TABLES}


def record_from_public(values: dict[str, Any]) -> JobRecord:
    """Read what `public_record` returned, from a file that may come from a stranger.

    Parameters
    ----------
    values
        Parsed JSON.

    Raises
    ------
    LookupError, TypeError, ValueError
        If it is something else.
    """
    found: dict[str, Any] = {"id": _id(values["id"])}
    for names, read in (
        (_REFERENCES, _id),
        (_TEXTS, _text),
        (_NUMBERS, _number),
        (_TABLES, _table),
        (_TIMES, datetime.fromisoformat),
        (("seconds",), _seconds),
        (("seed",), _seed),
    ):
        for name in names:
            value = values[name]
            found[name] = None if value is None and name in _NULLABLE else read(value)
    in_bins = found["series"] is not None
    found["first_bin"] = _number(values["first_bin"]) if in_bins else 0
    found["n_bins"] = _number(values["n_bins"]) if in_bins else 1
    found["state"] = JobState(values["state"])
    found["private"] = bool(values["private"])
    unknown: dict[str, Any] = dict.fromkeys(_PRIVATE) | {"message": "", "version": 1}
    others = {field.name for field in fields(JobRecord)} - unknown.keys() - found.keys()
    more = {name: _scalar(values[name]) for name in sorted(others & values.keys())}
    return JobRecord(**(unknown | more | found))


def _without_folders(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_folders(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_folders(inner) for inner in value]
    return re.split(r"[/\\]", value)[-1] if isinstance(value, str) else value


def _id(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError(f"{str(value)[:40]!r} is not an id of a job or request")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 1000:
        raise TypeError(f"{str(value)[:40]!r} instead of a text")
    return value


def _scalar(value: Any) -> str | float | None:
    if value is not None and not isinstance(value, str | int | float):
        raise TypeError(f"{str(value)[:40]!r} instead of a number or text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < _LARGEST:
        raise TypeError(f"{str(value)[:40]!r} instead of a count")
    return value


def _seed(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError(f"{str(value)[:40]!r} instead of a seed")
    return value


def _seconds(value: Any) -> float:
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise TypeError(f"{str(value)[:40]!r} instead of seconds")
    return float(value)


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{str(value)[:40]!r} instead of a table")
    return value
