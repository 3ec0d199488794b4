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
        lines = [f"repair would: {fault.repair.plan}"] if fault.repair is not None else []
        lines += [f"try: {fault.advice}"] if fault.advice else []
        output.tables.print(_lines(fault, lines), soft_wrap=True)
    wrong = [fault for fault in faults if fault.is_wrong]
    repairable = sum(fault.repair is not None for fault in wrong)
    n_jobs, n_folders = len(view.jobs.records), len(places.entries())
    output.say(
        f"{plural(n_jobs, 'job')} and {plural(n_folders, 'folder')} of runs, campaigns and sweeps: "
        + (
            f"{plural(len(wrong), 'fault')}, of which neuroqgan store repair can repair "
            f"{repairable}."
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


@click.command(short_help="Repair what can be repaired without losing anything.")
@click.option("--dry-run", is_flag=True, help="Print what would be done, and change nothing.")
@command
def repair(output: Output, dry_run: bool) -> None:
    """Repair what neuroqgan store check finds, as far as nothing is lost by it.

    \b
    Examples:
        neuroqgan store repair --dry-run
        neuroqgan store repair

    Bits that are missing or damaged are fetched from their service again; if it does not hand them
    out, the job is marked as lost. Damaged files and records that cannot be read are moved to the
    folder quarantine in NEUROQGAN_HOME, never deleted; only files that killed processes left are
    deleted. What is done is printed. The exit code is 1 if something is left to be done.
    """
    from neuroqgan.archive.examination import repair_faults
    from neuroqgan.archive.store_view import StoreView
    from neuroqgan.cli.store.store_bar import store_bar

    with store_bar(output, "Checking") as on_progress:
        outcomes = list(repair_faults(StoreView(on_progress=on_progress), dry_run=dry_run))
    for outcome in outcomes:
        text = outcome.done or outcome.failed or outcome.fault.advice or "cannot be repaired here"
        word = "" if outcome.done else "failed: " if outcome.failed else "left: "
        output.tables.print(_lines(outcome.fault, [f"{word}{text}"]), soft_wrap=True)
    left = [outcome for outcome in outcomes if outcome.fault.is_wrong and not outcome.done]
    n_done = sum(bool(outcome.done) for outcome in outcomes)
    verb = "would be repaired" if dry_run else "repaired"
    output.say(
        f"{plural(n_done, 'fault')} {verb}, {len(left)} left."
        if outcomes
        else "Nothing had to be repaired."
    )
    output.result(
        [
            {**outcome.fault.to_dict(), "done": outcome.done, "failed": outcome.failed}
            for outcome in outcomes
        ]
    )
    if left:
        raise click.exceptions.Exit(_FAILED)


def _lines(fault: Fault, lines: list[str]) -> Text:
    from rich.text import Text

    text = Text()
    text.append(f"{fault.kind:<17}", style="bold red" if fault.is_wrong else "yellow")
    text.append(f"{fault.subject}: {fault.description}")
    for line in lines:
        text.append(f"\n{'':<17}{line}")
    return text
