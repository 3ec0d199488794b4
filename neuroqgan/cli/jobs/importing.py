"""``neuroqgan jobs import``."""

from __future__ import annotations

from functools import partial

import click

from neuroqgan.cli.command import Output, account_option, command
from neuroqgan.errors import ConfigError


@click.command("import", short_help="Take over a job from the service, by the service's id.")
@click.argument("provider_id", metavar="ID")
@click.option(
    "--run", metavar="RUN", help="Run that the job belongs to. [as in the record of the job]"
)
@click.option(
    "--neurons-per-bin",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of a job that neuroqgan did not send: number of neurons, so that N bits in a row are one "
    "time bin.",
)
@click.option(
    "--bin-width",
    type=float,
    metavar="SECONDS",
    help="Of such a job: width of a time bin in seconds.",
)
@click.option(
    "--register",
    "registers",
    multiple=True,
    metavar="NAME",
    help="Of such a job: classical register to take; can be given several times, in the order of "
    "their bits. [all]",
)
@click.option(
    "--circuit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of such a job: circuit to take, from 1. [all, one after the other]",
)
@account_option
@command
def import_job(
    output: Output,
    provider_id: str,
    run: str | None,
    neurons_per_bin: int | None,
    bin_width: float | None,
    registers: tuple[str, ...],
    circuit: int | None,
) -> None:
    """Take over a job that is not known here, by the id that the page of the service shows.

    \b
    Examples:
        neuroqgan jobs import d3u1k2o8bqfc
        neuroqgan jobs import d3u1k2o8bqfc --account lab-b
        neuroqgan jobs import d3u1k2o8bqfc --neurons-per-bin 10 --bin-width 0.02
        neuroqgan jobs import d3u1k2o8bqfc --register c0 --neurons-per-bin 5 --bin-width 0.01

    A job that neuroqgan sent from another machine, or before the database was lost, brings its own
    record: which run, samples, seed and bins it is for, and which bit is which neuron. Afterwards
    jobs status, jobs retrieve and jobs export work on it as on any other.

    Of a job that neuroqgan did not send, only bits are known. Say how many of them are a time bin,
    and how wide that is: bit i of a shot is then neuron i mod N in bin i div N, and every shot is a
    sample. Its result is fetched at once. What was assumed is printed.
    """
    from neuroqgan.cli.jobs.display import next_step, say_job
    from neuroqgan.jobs.adoption import adopt
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.foreign_results import BitMap
    from neuroqgan.runs.adopted_run import belongs_to_run
    from neuroqgan.runs.store import RunStore

    given = {
        "--neurons-per-bin": neurons_per_bin,
        "--bin-width": bin_width,
        "--register": registers or None,
        "--circuit": circuit,
    }
    said = [flag for flag, value in given.items() if value is not None]
    if said and (neurons_per_bin is None or bin_width is None):
        raise ConfigError(
            "It is not said what the bits of the job mean.",
            expected="--neurons-per-bin and --bin-width",
            got=" and ".join(said),
            hint="give both, for a job that neuroqgan did not send; or neither",
        )
    bit_map = None
    if neurons_per_bin is not None and bin_width is not None:
        bit_map = BitMap(neurons_per_bin, bin_width, registers, circuit)
    if run is not None:
        RunStore().get(run)
    context = JobContext()
    context.store.check_writable()
    belongs = partial(belongs_to_run, context)
    found = adopt(context, provider_id, bit_map=bit_map, run=run, belongs=belongs)
    say_job(output, found.job)
    for note in found.notes:
        output.say(f"  {note}")
    output.say(f"  {next_step(found.job)}")
    output.result(found.job.to_dict() | {"imported": found.is_new, "notes": [*found.notes]})
