"""What a raster will take on a quantum device, and whether that is agreed to."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from neuroqgan.cli.streams import echo
from neuroqgan.errors import ConsentError

if TYPE_CHECKING:
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.backends.remote import Allowance
    from neuroqgan.cli.command import Output
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.raster_estimate import RasterEstimate
    from neuroqgan.sampling.source import RasterSource

_FOR_HARDWARE = (
    "dynamical_decoupling",
    "twirling",
    "fractional_gates",
    "rep_delay",
    "max_execution_time",
    "private",
)


def is_charged(backend: Backend) -> bool:
    """Return whether a backend may charge for its time; of a plugin that is not known."""
    return backend.charges


def show_plan(source: RasterSource, order: RasterOrder, backend: Backend, output: Output) -> None:
    """Say what the samples take on a quantum device, and do nothing else."""
    from neuroqgan.sampling.raster_estimate import estimate_raster

    planned, allowance = estimate_raster(source, order, backend), _allowance(backend)
    for line in _lines(order, backend, planned, allowance):
        output.say(line)
    output.result(
        {
            "run": order.run,
            "backend": backend.name,
            "plan": planned.to_dict(),
            "allowance": None
            if allowance is None
            else {"used": allowance.used, "limit": allowance.limit, "left": allowance.left},
        }
    )


def agree(
    source: RasterSource, order: RasterOrder, backend: Backend, output: Output, *, yes: bool
) -> None:
    """Say what the samples take on a quantum device that may be charged, and ask.

    Raises
    ------
    ConsentError
        If standard input is not a terminal, and ``yes`` was not given.
    """
    from neuroqgan.sampling.raster_estimate import estimate_raster

    planned, allowance = estimate_raster(source, order, backend), _allowance(backend)
    # What has to be agreed to is shown even with --quiet.
    say = output.note if yes else partial(echo, err=True)
    for line in _lines(order, backend, planned, allowance):
        say(line)
    left = None if allowance is None else allowance.left
    if left is not None and planned.seconds > left:
        say(f"Warning: this is more than the {left:.0f} s that are left.")
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConsentError(
            f"Time on {backend.name} may be charged. Confirmation is needed, but standard input is "
            "not a terminal.",
            expected="an answer at a terminal, or --yes",
            got="neither",
            hint="--yes to use the time, --dry-run to see the plan",
        )
    question = f"Use about {planned.seconds:.0f} s of {backend.name}?"
    click.confirm(question, abort=True, err=True)


def check_options(asked: RunConfig, backend: Backend) -> None:
    """Check that an IBM device supports the options of its jobs.

    Raises
    ------
    ConfigError
        If it does not.
    """
    backend.check_options(asked.job_options)


def note_options(asked: RunConfig, backend: Backend, output: Output) -> None:
    """Warn of options that have no effect, and of one that cannot be undone."""
    from neuroqgan.backends.remote import is_remote

    if not is_remote(backend):
        options = asked.job_options.to_dict()
        given = [
            f"--{name.replace('_', '-')}"
            for name in _FOR_HARDWARE
            if options[name] not in (None, False, "none")
        ]
        if backend.target is not None and "rx" in backend.target.operation_names:
            given = [flag for flag in given if flag != "--fractional-gates"]
        if backend.target is None:
            unplaced = {"--tiles": asked.tiles, "--redundant-readout": asked.redundant_readout}
            given += [flag for flag, value in unplaced.items() if value]
        if given:
            output.note(f"Warning: {', '.join(given)} has no effect on {backend.name}.")
        if asked.mitigate == "readout" and backend.target is None:
            output.note(f"Warning: there are no readout errors to correct on {backend.name}.")
    elif asked.private:
        output.note(
            "Warning: the service hands out the result of a private job only once. If this machine "
            "fails before the result is on disk, the spikes are lost, but still billed."
        )


def _allowance(backend: Backend) -> Allowance | None:
    from neuroqgan.backends.remote import is_remote

    return backend.service.allowance() if is_remote(backend) else None


def _lines(
    order: RasterOrder, backend: Backend, planned: RasterEstimate, allowance: Allowance | None
) -> list[str]:
    lines = [f"{order.n_samples} samples of {order.run} on {backend.name}"]
    lines += [f"{label:<12}{text}" for label, text in planned.lines()]
    account = getattr(getattr(backend, "service", None), "saved_account", None)
    if account is not None:
        others = f"; others: {', '.join(account.others)}" if account.others else ""
        lines.append(f"{'Account':<12}{account.label}{others}")
    if allowance is not None:
        left = "unlimited, or unknown" if allowance.left is None else f"{allowance.left:.0f} s"
        lines.append(f"{'Allowance':<12}{left} left in the current period of the instance")
    return lines
