"""``neuroqgan jobs list``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, command
from neuroqgan.cli.jobs.all_users import all_users_option
from neuroqgan.errors import InputError

if TYPE_CHECKING:
    from neuroqgan.jobs.store import JobStore

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST = 36525 * 86400
_ROWS = 50


class Age(click.ParamType[timedelta]):
    """A length of time such as 90s, 15min, 12h, 7d or 2w."""

    name = "age"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        """Turn text into a length of time."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|h|d|w)", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is not a length of time such as 90s, 15min, 12h, 7d or 2w")
        seconds = float(found[1]) * _UNITS[found[2]]
        if seconds > _LONGEST:
            self.fail(f"{value!r} is longer than a century; 36525d is the maximum")
        return timedelta(seconds=seconds)


@click.command("list", short_help="List jobs, newest first.")
@click.option(
    "--state",
    multiple=True,
    metavar="STATE",
    help="Only jobs in this state, such as queued; can be given several times.",
)
@click.option("--backend", metavar="NAME", help="Only jobs on this backend.")
@click.option("--run", metavar="RUN", help="Only jobs of this run.")
@click.option(
    "--newer", type=Age(), metavar="AGE", help="Only jobs created within this time, such as 7d."
)
@click.option(
    "--older", type=Age(), metavar="AGE", help="Only jobs created longer ago than this, such as 7d."
)
@click.option(
    "--limit",
    # As many as databases count.
    type=click.IntRange(1, 2**31 - 1),
    help="Maximum number of rasters, or of jobs with --all or --json. [50 in a table, all with "
    "--json]",
)
@all_users_option(
    "Jobs of everybody, in a store that several people share, and whose they are. [your own]"
)
@click.option("--all", "every", is_flag=True, help="One row per job instead of one per raster.")
@command
def list_jobs(
    output: Output,
    state: tuple[str, ...],
    backend: str | None,
    run: str | None,
    newer: timedelta | None,
    older: timedelta | None,
    limit: int | None,
    every: bool,
    all_users: bool,
) -> None:
    """List jobs, newest first, in the state that was last recorded here.

    \b
    Examples:
        neuroqgan jobs list
        neuroqgan jobs list --state queued --state running --backend ibm_fez
        neuroqgan jobs list --run mine --newer 7d --json
        neuroqgan jobs list --all-users

    A raster may need several jobs, for example one per time bin. They share a row: id and state are
    those of the newest job, and the last columns show how many jobs there are and how much of the
    raster has been retrieved. --all and --json list every job. In a store that a group shares, your
    own jobs are listed, and those of earlier versions, which name nobody. No service is contacted;
    neuroqgan jobs status and neuroqgan jobs retrieve do that.
    """
    from neuroqgan.cli.jobs.display import print_jobs, print_rasters
    from neuroqgan.jobs.store import JobStore

    store = JobStore()
    wanted: dict[str, Any] = {
        "states": [_state(name) for name in state],
        "backend": backend,
        "run": run,
        "newer": newer,
        "older": older,
        "mine": store.is_shared and not all_users,
    }
    if output.as_json:
        output.result([job.to_dict() for job in store.find(**wanted, limit=limit)])
        return
    shown = limit or _ROWS
    jobs = store.find(**wanted, limit=shown + 1) if every else []
    rasters = [] if every else store.rasters(**wanted, limit=shown + 1)
    if not (jobs or rasters):
        output.say(_why_none(any(map(_is_given, (state, backend, run, newer, older))), store))
        return
    if every:
        print_jobs(output, jobs[:shown], users=all_users)
    else:
        print_rasters(output, rasters[:shown], users=all_users)
    if len(jobs) + len(rasters) > shown:
        number = store.count(**wanted) if every else store.count_rasters(**wanted)
        of = f"{number} {'jobs' if every else 'rasters'}"
        output.say(f"The newest {shown} of {of}; --limit shows more.")


def _why_none(is_filtered: bool, store: JobStore) -> str:
    if is_filtered:
        return "No such jobs."
    if store.is_shared and (others := store.count()):
        return f"No jobs of yours. Others have {others}: neuroqgan jobs list --all-users"
    return "No jobs yet. Create one with: neuroqgan run"


def _is_given(value: object) -> bool:
    return value is not None and value != ()


def _state(name: str) -> Any:
    from neuroqgan.jobs.state import JobState

    try:
        return JobState(name.lower())
    except ValueError as error:
        raise InputError(
            f"There is no state {name!r}.",
            expected=", ".join(JobState),
            got=name,
            hint="neuroqgan jobs list --state queued",
        ) from error
