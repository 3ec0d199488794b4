"""``neuroqgan store export|import``."""

from __future__ import annotations

from pathlib import Path

import click

from neuroqgan.checks import plural
from neuroqgan.cli.command import Output, command


@click.command(short_help="Write everything to one file.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--overwrite", is_flag=True, help="Replace an existing file of that name.")
@command
def export(output: Output, file: Path, overwrite: bool) -> None:
    """Write all jobs, payloads, runs, campaigns and sweeps to one zip archive.

    \b
    Examples:
        neuroqgan store export backup.zip
        neuroqgan store export backup.zip --overwrite --json

    Other commands may go on working: records are those of one moment, and every payload that they
    speak of is in the archive. It holds a SHA-256 of every part, and no token or password. It does
    not matter in which database the jobs are: what was exported from SQLite can be imported into
    PostgreSQL, and back.
    """
    from neuroqgan.archive.exporting import export_store
    from neuroqgan.archive.places import StorePlaces
    from neuroqgan.cli.output_file import ARCHIVE, check_output
    from neuroqgan.cli.store.store_bar import store_bar

    check_output(file, overwrite, ARCHIVE)
    with store_bar(output, "Writing") as on_progress:
        done = export_store(file, StorePlaces(), overwrite=overwrite, on_progress=on_progress)
    for note in done.notes:
        output.note(f"Note: {note}")
    counts = done.counts
    jobs, payloads, files = (
        plural(counts.get(f"{noun}s", 0), noun) for noun in ("job", "payload", "file")
    )
    output.say(f"{jobs} with {payloads}, and {files} of runs, campaigns and sweeps in {done.path}")
    output.say(f"SHA-256 of its content: {done.sha256}")
    output.result(
        {
            "archive": str(done.path),
            "sha256": done.sha256,
            "counts": counts,
            "notes": [*done.notes],
        }
    )


@click.command("import", short_help="Read an archive back.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@command
def import_archive(output: Output, file: Path) -> None:
    """Read an archive of neuroqgan store export into the store, which may be empty or not.

    \b
    Examples:
        neuroqgan store import backup.zip
        neuroqgan store import backup.zip --json

    Every checksum and record is checked before anything is written. Nothing that is here is
    overwritten: what is equal is skipped, and of what differs the version of the archive is kept
    beside, with a note. A run whose name is taken by another run gets a longer name. If the import
    is interrupted, repeat it. To move jobs into PostgreSQL, set NEUROQGAN_DATABASE_URL and import.
    """
    from neuroqgan.archive.importing_store import import_store
    from neuroqgan.archive.places import StorePlaces
    from neuroqgan.cli.store.store_bar import store_bar

    with store_bar(output, "Importing") as on_progress:
        done = import_store(file, StorePlaces(), on_progress=on_progress)
    for note in done.notes:
        output.note(f"Note: {note}")
    for kind in ("jobs", "payloads", "files"):
        found = [
            f"{done.counts[f'{kind} {how}']} {how}"
            for how in ("new", "equal", "different", "refused")
            if done.counts.get(f"{kind} {how}")
        ]
        output.say(f"{kind:<10}{', '.join(found) or 'none'}")
    output.result({"sha256": done.sha256, "counts": done.counts, "notes": [*done.notes]})
