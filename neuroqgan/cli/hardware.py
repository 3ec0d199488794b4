"""What a device will be asked to do, and whether that is agreed to."""

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
    from neuroqgan.runs.estimate import RunEstimate
    from neuroqgan.runs.selection import Selection

_FOR_HARDWARE = (
    "dynamical_decoupling",
    "twirling",
    "fractional_gates",
    "rep_delay",
    "max_execution_time",
    "private",
)


def is_charged(backend: Backend) -> bool:
    """Whether somebody may have to pay for what a backend does; of plugins nobody knows."""
    return backend.charges


def show_plan(selection: Selection, asked: RunConfig, backend: Backend, output: Output) -> None:
    """Say what the samples take on a device, and do nothing else."""
    planned = _estimate(selection, asked, backend)
    allowance = _allowance(backend)
    for line in _lines(selection, asked, backend, planned, allowance):
        output.say(line)
    output.result(
        {
            "run": selection.folder.name,
            "backend": backend.name,
            "plan": planned.to_dict(),
            "allowance": None
            if allowance is None
            else {"used": allowance.used, "limit": allowance.limit, "left": allowance.left},
        }
    )


def agree(
    selection: Selection, asked: RunConfig, backend: Backend, output: Output, *, yes: bool
) -> None:
    """Say what the samples take on a device that costs, and ask.

    Raises
    ------
    ConsentError
        If nobody is there to be asked, and ``yes`` was not given.
    """
    planned, allowance = _estimate(selection, asked, backend), _allowance(backend)
    # Nobody agrees to what was not shown, however quiet it should be.
    say = output.note if yes else partial(echo, err=True)
    for line in _lines(selection, asked, backend, planned, allowance):
        say(line)
    left = None if allowance is None else allowance.left
    if left is not None and planned.seconds > left:
        say(f"Warning: that is more than the {left:.0f} s that are left.")
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConsentError(
            f"Time on {backend.name} may be charged, and nobody was there to agree.",
            expected="a person at a terminal, or --yes",
            got="neither",
            hint="--yes to spend, --dry-run to see the plan",
        )
    question = f"Spend about {planned.seconds:.0f} s of {backend.name}?"
    click.confirm(question, abort=True, err=True)


def check_options(asked: RunConfig, backend: Backend) -> None:
    """Check that a device of IBM's takes the options of its jobs.

    Raises
    ------
    ConfigError
        If it does not.
    """
    backend.check_options(asked.job_options)


def note_options(asked: RunConfig, backend: Backend, output: Output) -> None:
    """Warn of options that have no effect, or one that cannot be undone."""
    from neuroqgan.backends.remote import is_remote

    if not is_remote(backend):
        options = asked.job_options.to_dict()
        given = [
            f"--{name.replace('_', '-')}"
            for name in _FOR_HARDWARE
            if options[name] not in (None, False, "none")
        ]
        if backend.target is None:
            unplaced = {"--tiles": asked.tiles, "--redundant-readout": asked.redundant_readout}
            given += [flag for flag, value in unplaced.items() if value]
        if given:
            output.note(f"Warning: {', '.join(given)} has no effect on {backend.name}.")
        if asked.mitigate == "readout" and backend.target is None:
            output.note(f"Warning: there are no readout errors to correct on {backend.name}.")
    elif asked.private:
        output.note(
            "Warning: the service gives a private result once. If the machine dies between its "
            "last byte and the disk, the spikes are lost and paid for."
        )


def _estimate(selection: Selection, asked: RunConfig, backend: Backend) -> RunEstimate:
    from neuroqgan.runs.planning import estimate_run
    from neuroqgan.runs.stages import generator_spec

    spec = generator_spec(selection.config, selection.n_neurons, selection.bin_width)
    return estimate_run(
        spec,
        backend,
        asked.samples,
        asked.job_options,
        asked.placement,
        asked.bins_per_job,
    )


def _allowance(backend: Backend) -> Allowance | None:
    from neuroqgan.backends.remote import is_remote

    return backend.service.allowance() if is_remote(backend) else None


def _lines(
    selection: Selection,
    asked: RunConfig,
    backend: Backend,
    planned: RunEstimate,
    allowance: Allowance | None,
) -> list[str]:
    lines = [f"{asked.samples} samples of {selection.folder.name} on {backend.name}"]
    lines += [f"{label:<12}{text}" for label, text in planned.lines()]
    account = getattr(getattr(backend, "service", None), "saved_account", None)
    if account is not None:
        others = f"; others: {', '.join(account.others)}" if account.others else ""
        lines.append(f"{'Account':<12}{account.label}{others}")
    if allowance is not None:
        left = "unlimited, or not said" if allowance.left is None else f"{allowance.left:.0f} s"
        lines.append(f"{'Allowance':<12}{left} left of the instance's period")
    return lines
