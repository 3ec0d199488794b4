"""``neuroqgan doctor``: whether everything around neuroqgan is as it should be."""

from __future__ import annotations

import click

from neuroqgan.cli.command import Output, command

_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}
_FAILED = 1


@click.command()
@click.option("--online", is_flag=True, help="Also ask the service whether the account is valid.")
@command
def doctor(output: Output, online: bool) -> None:
    """Check packages, account, job store, file system, threads and clock.

    \b
    Examples:
        neuroqgan doctor
        neuroqgan doctor --online
        neuroqgan doctor --json > doctor.json

    Each line is ok, a warning (something may go wrong) or a problem (something does not work), with
    what to do about it. Nothing is changed, and without --online no network is used. The exit code
    is 1 if there is a problem.
    """
    from rich.text import Text

    from neuroqgan.doctor.check_registry import examine
    from neuroqgan.doctor.finding import Level, Scope

    rows = []
    for check, findings in examine(Scope(online)):
        for finding in findings:
            rows.append({"check": check.name, **finding.to_dict()})
            line = Text()
            line.append(f"{finding.level:<9}", style=_STYLES[finding.level])
            line.append(f"{check.name:<14}{finding.said}")
            if finding.advice:
                line.append(f"\n{'':<23}try: {finding.advice}")
            output.tables.print(line, soft_wrap=True)
    counts = {level: sum(row["level"] == level for row in rows) for level in Level}
    problems, warnings = counts[Level.PROBLEM], counts[Level.WARNING]
    output.say(
        f"{problems} problems, {warnings} warnings."
        if problems or warnings
        else "Everything is in order."
    )
    output.result({"checks": rows, "problems": problems, "warnings": warnings})
    if problems:
        raise click.exceptions.Exit(_FAILED)
