"""The runs of the user: whether all of them can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.checks import plural
from neuroqgan.doctor.finding import Finding, Scope, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_runs(_: Scope) -> Iterator[Finding]:
    """Read what runs keep about themselves."""
    from neuroqgan.runs.overview import run_rows
    from neuroqgan.runs.store import RunStore

    store = RunStore()
    rows = run_rows(store)
    for row in rows:
        for error in row.problems:
            yield warning(f"the run {row.run} is damaged: {error.problem}", error.hint)
    yield ok(f"{plural(len(rows), 'run')} in {store.root}")
