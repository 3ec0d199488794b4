"""``neuroqgan store check|repair``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from neuroqgan.checks import plural
from neuroqgan.cli.command import Output, command

if TYPE_CHECKING:
    from rich.text import Text

    from neuroqgan.archive.faults import Fault

_FAILED = 1


@click.command(short_help="Read everything and list what is wrong.")
@command
def check(output: Output) -> None:
    """Read all jobs, payloads, runs and campaigns, and list what is wrong with them.

    \b
    Examples:
        neuroqgan store check
        neuroqgan store check --json > faults.json

    Checksums are compared, and damaged or missing files, records that cannot be read, files that
    killed processes left and files of unknown jobs are named, with what neuroqgan store repair
    would do. Nothing is changed and no network service is asked. The exit code is 1 if something is
    wrong.
    """
    from neuroqgan.archive.examination import find_faults
    from neuroqgan.archive.places import StorePlaces
    from neuroqgan.archive.store_view import StoreView
    from neuroqgan.cli.store.store_bar import store_bar

    places = StorePlaces()
    with store_bar(output, "Checking") as on_progress:
        view = StoreView(places, on_progress)
        faults = list(find_faults(view))
    for fault in faults:
        lines = [f"repair would: {fault.mend.plan}"] if fault.mend is not None else []
        lines += [f"try: {fault.advice}"] if fault.advice else []
        output.tables.print(_lines(fault, lines), soft_wrap=True)
    wrong = [fault for fault in faults if fault.is_wrong]
    mendable = sum(fault.mend is not None for fault in wrong)
    n_jobs, n_folders = len(view.jobs.records), len(places.entries())
    output.say(
        f"{plural(n_jobs, 'job')} and {plural(n_folders, 'folder')} of runs, campaigns and sweeps: "
        + (
            f"{plural(len(wrong), 'fault')}, of which neuroqgan store repair mends {mendable}."
            if wrong
            else "nothing is wrong."
        )
    )
    output.result(
        {
            "jobs": n_jobs,
            "folders": n_folders,
            "faults": [fault.to_dict() for fault in faults],
            "wrong": len(wrong),
        }
    )
    if wrong:
        raise click.exceptions.Exit(_FAILED)


@click.command(short_help="Mend what can be mended without losing anything.")
@click.option("--dry-run", is_flag=True, help="Print what would be done, and change nothing.")
@command
def repair(output: Output, dry_run: bool) -> None:
    """Mend what neuroqgan store check finds, as far as nothing is lost by it.

    \b
    Examples:
        neuroqgan store repair --dry-run
        neuroqgan store repair

    Bits that are missing or damaged are fetched from their service again; if it does not hand them
    out, the job is marked as lost. Damaged files and records that cannot be read are moved to the
    folder quarantine in NEUROQGAN_HOME, never deleted; only files that killed processes left are
    deleted. What is done is printed. The exit code is 1 if something is left to be done.
    """
    from neuroqgan.archive.examination import mend_faults
    from neuroqgan.archive.store_view import StoreView
    from neuroqgan.cli.store.store_bar import store_bar

    with store_bar(output, "Checking") as on_progress:
        acts = list(mend_faults(StoreView(on_progress=on_progress), dry_run=dry_run))
    for act in acts:
        said = act.done or act.failed or act.fault.advice or "cannot be mended here"
        word = "" if act.done else "failed: " if act.failed else "left: "
        output.tables.print(_lines(act.fault, [f"{word}{said}"]), soft_wrap=True)
    left = [act for act in acts if act.fault.is_wrong and not act.done]
    n_done = sum(bool(act.done) for act in acts)
    verb = "would be mended" if dry_run else "mended"
    output.say(
        f"{plural(n_done, 'fault')} {verb}, {len(left)} left."
        if acts
        else "Nothing had to be mended."
    )
    output.result([{**act.fault.to_dict(), "done": act.done, "failed": act.failed} for act in acts])
    if left:
        raise click.exceptions.Exit(_FAILED)


def _lines(fault: Fault, lines: list[str]) -> Text:
    from rich.text import Text

    text = Text()
    text.append(f"{fault.kind:<17}", style="bold red" if fault.is_wrong else "yellow")
    text.append(f"{fault.subject}: {fault.said}")
    for line in lines:
        text.append(f"\n{'':<17}{line}")
    return text
