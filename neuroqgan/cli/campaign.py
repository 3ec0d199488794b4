"""``neuroqgan campaign``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from neuroqgan.cli.command import Output, account_option, ask, command
from neuroqgan.errors import ConfigError, NotReadyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.models.base import Generator
    from neuroqgan.runs.campaign.campaign_folder import CampaignFolder
    from neuroqgan.runs.campaign.planned_step import CampaignSettings, LeftOut, PlannedStep
    from neuroqgan.runs.campaign.step_results import StepResult
    from neuroqgan.runs.campaign.step_walk import StepWalk

_MOST_SECONDS = 300


@click.command(short_help="Compare generators and mitigations on a quantum device, on one page.")
@click.argument("device", metavar="DEVICE")
@click.option(
    "--run",
    "runs",
    metavar="RUN",
    multiple=True,
    help="Sample this run instead of the prepared generators; may be repeated.",
)
@click.option(
    "--data",
    metavar="PATH|NAME",
    help="Recording to judge against. [salamander, or that of each run]",
)
@click.option(
    "--samples", default=1000, show_default=True, type=click.IntRange(1), help="Samples per raster."
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="Seed of all samples."
)
@click.option(
    "--steps", metavar="LIST", help="Steps or generators to sample, separated by commas. [all]"
)
@click.option(
    "--max-qpu-seconds",
    default=_MOST_SECONDS,
    show_default=True,
    type=click.IntRange(0),
    help="Refuse a plan that takes more seconds of the quantum processor than this.",
)
@click.option("--name", metavar="NAME", help="Name of the campaign. [that of the device]")
@click.option("--no-wait", is_flag=True, help="Send jobs and return; repeat the command later.")
@click.option("--dry-run", is_flag=True, help="Only show the plan.")
@click.option("--yes", is_flag=True, help="Use time on the device, which may be charged.")
@account_option
@command
def campaign(
    output: Output,
    device: str,
    runs: tuple[str, ...],
    data: str | None,
    samples: int,
    seed: int,
    steps: str | None,
    max_qpu_seconds: int,
    name: str | None,
    no_wait: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Sample prepared generators ideally, with simulated noise and on a device, and compare.

    \b
    Examples:
        neuroqgan campaign ibm_fez --dry-run
        neuroqgan campaign ibm_fez
        neuroqgan campaign fake_fez --run mine --steps latent-ideal,latent-raw --samples 100

    Every step is one raster: a generator, where it is sampled, and how (readout correction,
    twirling, decoupling, redundant readout, several bins in one job). All rasters are judged
    against the same recording and put on one page, with the bundles of all jobs beside it; see
    neuroqgan jobs bundle.

    First the plan is shown: jobs, executions and seconds of every step. A plan of more than 300 s
    is refused, so that it fits the 10 minutes of IBM's Open Plan; then you are asked. The command
    may be interrupted at any time: jobs at a service continue, and the same command goes on without
    paying for anything twice. The exit code is 3 if jobs are still under way, and 1 if a step
    failed; the same command then asks before it sends that step again.
    """
    from neuroqgan.backends.registry import resolve
    from neuroqgan.cli.campaign_plan import (
        check_allowance,
        check_seconds,
        plan_as_json,
        qpu_seconds,
        show_campaign_plan,
        used_seconds,
    )
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.runs.campaign.campaign_folder import CampaignFolder
    from neuroqgan.runs.campaign.planned_step import CampaignSettings, PlannedStep, plan_steps
    from neuroqgan.runs.campaign.steps import choose_steps

    _check_device(device)
    chosen = choose_steps(steps)
    backend = resolve(device)
    data = "salamander" if data is None and not runs else data
    settings = CampaignSettings(str(backend.name), samples, seed, data, runs)
    folder = CampaignFolder.of(name or str(backend.name))
    folder.check(settings)
    context = JobContext()
    with output.progress.status("Planning ..."):
        found = list(plan_steps(settings, chosen, backend))
    planned = [step for step in found if isinstance(step, PlannedStep)]
    left_out = [step for step in found if not isinstance(step, PlannedStep)]
    walks = _begun(context, planned)
    show_campaign_plan(planned, walks, left_out, output, folder, to_stdout=dry_run, asks=not yes)
    seconds = qpu_seconds(planned, walks)
    if dry_run:
        output.result(plan_as_json(folder, planned, walks, left_out, seconds))
        return
    if not planned:
        raise ConfigError(
            "There is nothing to sample.",
            expected="a step that a run can take",
            got=f"{len(left_out)} steps that were left out" if left_out else "none of this preset",
            hint="`steps`, or a `run` of another preset",
        )
    context.store.check_writable()
    check_seconds(backend.charges, seconds, max_qpu_seconds)
    check_allowance(backend, seconds, output)
    is_sent = any(
        step.is_charged and not (step in walks and walks[step].walk.is_agreed()) for step in planned
    )
    if is_sent and not yes:
        ask(f"Use about {seconds - used_seconds(walks):.0f} s of {backend.name}?")
    folder.begin(settings)
    done = _sample(context, planned, walks, output, wait=not no_wait)
    results = _finish(context, done, folder, settings, output)
    _end(folder, results, left_out, output)


def _check_device(device: str) -> None:
    from neuroqgan.backends.names import LEAST_BUSY

    if device.endswith(f":{LEAST_BUSY}"):
        raise ConfigError(
            "A campaign needs the name of a device, so that the same command continues with it.",
            expected="the name of one device, such as ibm_fez",
            got=repr(device),
            hint="neuroqgan backends list shows the shortest queue first",
        )


def _begun(context: JobContext, planned: Sequence[PlannedStep]) -> dict[PlannedStep, StepWalk]:
    """Return what of the steps of trained runs is here already."""
    from neuroqgan.runs.campaign.step_walk import begin
    from neuroqgan.runs.folder import RunState
    from neuroqgan.runs.stages import load_trained

    found: dict[PlannedStep, StepWalk] = {}
    generators: dict[str, Generator] = {}
    for step in planned:
        selection = step.selection
        run = selection.folder
        if run.state is not RunState.TRAINED:
            continue
        if run.name not in generators:
            generators[run.name] = load_trained(
                run, selection.config, selection.n_neurons, selection.bin_width
            )
        found[step] = begin(context, step, generators[run.name])
    return found


def _sample(
    context: JobContext,
    planned: Sequence[PlannedStep],
    begun: dict[PlannedStep, StepWalk],
    output: Output,
    *,
    wait: bool,
) -> list[StepWalk]:
    """Train what is not trained yet, and sample all steps."""
    from neuroqgan.cli.training import train_with_progress
    from neuroqgan.runs.campaign.step_walk import begin, go_on

    generators: dict[str, Generator] = {}
    walks = []
    for step in planned:
        run = step.selection.folder.name
        if step in begun:
            walks.append(begun[step])
            continue
        if run not in generators:
            generator = train_with_progress(step.selection, output)
            if generator is None:
                raise click.Abort
            generators[run] = generator
        walks.append(begin(context, step, generators[run]))

    def tell(walk: StepWalk) -> None:
        output.note(f"{walk.planned.label}: {walk.state}")

    go_on(walks, wait=wait, on_change=tell)
    return walks


def _finish(
    context: JobContext,
    walks: Sequence[StepWalk],
    folder: CampaignFolder,
    settings: CampaignSettings,
    output: Output,
) -> list[StepResult]:
    """Judge and bundle what is here, and write the page."""
    from neuroqgan.runs.campaign.step_results import finish_step, write_campaign_page

    results = []
    for walk in walks:
        with output.progress.status(f"Judging {walk.planned.label} ..."):
            results.append(finish_step(context, walk, folder))
    title = f"Campaign on {settings.device}"
    with output.progress.status("Writing the page ..."):
        page = write_campaign_page(folder.page_path, results, context, title)
    folder.write_results({**settings.to_dict(), "steps": [one.to_dict() for one in results]})
    _show_results(results, output)
    if page is not None:
        output.say(f"Page     {page}")
    output.say(f"Bundles  {folder.path / 'bundles'}")
    return results


def _end(
    folder: CampaignFolder,
    results: Sequence[StepResult],
    left_out: Sequence[LeftOut],
    output: Output,
) -> None:
    """Say what went wrong and print the result; the exit code says whether all is here."""
    from neuroqgan.cli.campaign_plan import left_out_as_json

    for result in results:
        if problem := result.to_dict()["problem"]:
            output.note(f"Warning: {result.walk.planned.label}. {problem}")
    output.result(
        {
            "campaign": folder.name,
            "folder": str(folder.path),
            "page": str(folder.page_path) if folder.page_path.is_file() else None,
            "steps": [result.to_dict() for result in results],
            "left_out": [left_out_as_json(step) for step in left_out],
            "qpu_seconds_used": sum(result.walk.seconds_used for result in results),
        }
    )
    if any(result.walk.error is not None for result in results):
        output.note("The same command asks before it sends the failed steps again.")
        raise click.exceptions.Exit(1)
    if not all(result.walk.is_over for result in results):
        output.note("Jobs are under way; the same command goes on.")
        raise click.exceptions.Exit(NotReadyError.exit_code)


def _show_results(results: Sequence[StepResult], output: Output) -> None:
    if output.quiet:
        return
    from rich.table import Column, Table

    from neuroqgan.runs.campaign.step_results import CAPTION, HEADINGS

    # The plan has shown the settings, and they would not fit.
    shown = [i for i, heading in enumerate(HEADINGS) if heading not in {"settings", "jobs"}]
    columns = (Column(HEADINGS[i], no_wrap=True) for i in shown)
    table = Table(*columns, box=None, header_style="bold")
    for result in results:
        cells = result.cells()
        table.add_row(*(cells[i] for i in shown))
    output.tables.print(table)
    output.say(CAPTION)
