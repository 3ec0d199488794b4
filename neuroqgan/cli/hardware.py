"""What a raster will take on a quantum device, and whether that is agreed to."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.setting_names import with_options
from neuroqgan.cli.streams import echo
from neuroqgan.errors import AccountError, AllowanceError, ConsentError, ServiceError

if TYPE_CHECKING:
    from neuroqgan.backends.allowance import Allowance
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.cli.command import Output
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.sampling.budget import Budget
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.raster_estimate import RasterEstimate
    from neuroqgan.sampling.source import RasterSource
    from neuroqgan.sampling.walk import RasterWalk

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


def show_plan(
    source: RasterSource,
    order: RasterOrder,
    backend: Backend,
    output: Output,
    *,
    asks_service: bool = False,
) -> RasterEstimate:
    """Say what the samples take on a quantum device, and return it; nothing else is done.

    Parameters
    ----------
    source
        The generator.
    order
        Which raster.
    backend
        Where it is to be sampled.
    output
        Where words go.
    asks_service
        Whether to have the service of the device make a dry run of its own.
    """
    from neuroqgan.sampling.raster_estimate import estimate_raster

    planned, allowance = estimate_raster(source, order, backend), _allowance(backend)
    for line in _lines(order, backend, planned, allowance):
        output.say(line)
    service = _asked(source, order, backend, planned, output) if asks_service else None
    budget = _budget(order, planned, allowance)
    for warning in budget.warnings():
        output.say(f"{'Warning':<12}{warning}")
    refused = None
    try:
        budget.check()
    except AllowanceError as error:
        refused = error.problem
        output.say(f"{'Refused':<12}{with_options(str(error))}")
    output.result(
        {
            "run": order.run,
            "backend": backend.name,
            "plan": planned.to_dict(),
            "allowance": None
            if allowance is None
            else {"used": allowance.used, "limit": allowance.limit, "left": allowance.left},
            "refused": refused,
            "service": service,
        }
    )
    return planned


def _asked(
    source: RasterSource,
    order: RasterOrder,
    backend: Backend,
    planned: RasterEstimate,
    output: Output,
) -> dict[str, Any] | None:
    """Say what the service of a device expects, and return it ready for JSON."""
    from neuroqgan.backends.remote import is_remote
    from neuroqgan.sampling.service_estimate import ask_service

    if not is_remote(backend):
        output.say(f"{'Service':<12}{backend.name} has no service to ask")
        return None
    output.note(f"Asking the service of {backend.name} for a dry run, which costs nothing.")
    asked = ask_service(
        source,
        order,
        backend,
        planned,
        on_wait=lambda seconds: output.note(
            f"{backend.name} accepts no more jobs for now; asking again in {seconds:.0f} s."
        ),
    )
    output.say(f"{'Service':<12}{asked.in_words()}")
    return asked.to_dict()


def agree(
    source: RasterSource,
    order: RasterOrder,
    backend: Backend,
    output: Output,
    *,
    yes: bool,
    walk: RasterWalk | None = None,
) -> None:
    """Say what the samples take on a quantum device that may be charged, and ask.

    Parameters
    ----------
    source, order, backend, output
        See `show_plan`.
    yes
        Whether it is agreed to already.
    walk
        The raster on its way, which may have used time already; None if it is still to be begun.

    Raises
    ------
    AllowanceError
        If it takes more than it may use, or than is left.
    ConsentError
        If standard input is not a terminal, and ``yes`` was not given.
    """
    from neuroqgan.sampling.raster_estimate import estimate_raster

    planned, allowance = estimate_raster(source, order, backend), _allowance(backend)
    # What has to be agreed to is shown even with --quiet.
    say = output.note if yes else partial(echo, err=True)
    for line in _lines(order, backend, planned, allowance):
        say(line)
    budget = _budget(order, planned, allowance) if walk is None else walk.budget()
    budget.check()
    for warning in budget.warnings():
        say(f"Warning: {warning}")
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
    from neuroqgan.sampling.calibration_watch import REFRESH

    if not is_remote(backend):
        options = asked.job_options.to_dict()
        given = [
            f"--{name.replace('_', '-')}"
            for name in _FOR_HARDWARE
            if options[name] not in (None, False, "none")
        ]
        given += ["--calibration"] if asked.calibration == REFRESH else []
        if not backend.charges:
            limits = {
                "--max-qpu-seconds": asked.max_qpu_seconds,
                "--over-allowance": asked.over_allowance,
            }
            given += [flag for flag, value in limits.items() if value not in (None, False)]
        if backend.target is not None and "rx" in backend.target.operation_names:
            given = [flag for flag in given if flag != "--fractional-gates"]
        if backend.target is None:
            unplaced = {
                "--tiles": asked.tiles,
                "--redundant-readout": asked.redundant_readout,
                "--qubits": asked.qubits,
                "--avoid-qubits": asked.avoid_qubits,
            }
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


def _budget(order: RasterOrder, planned: RasterEstimate, allowance: Allowance | None) -> Budget:
    from neuroqgan.sampling.budget import Budget

    return Budget(
        planned.seconds,
        maximum=order.max_qpu_seconds,
        allowance=allowance,
        over_allowance=order.over_allowance,
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
    lifetime = _batch_seconds(backend) if planned.n_requests > 1 else None
    if lifetime is not None:
        lines.append(f"{'Batch':<12}the jobs are sent in batches of {_span(lifetime)} at most")
    return lines


def _batch_seconds(backend: Backend) -> float | None:
    from neuroqgan.backends.remote import is_remote

    try:
        return backend.batch_seconds() if is_remote(backend) else None
    except (AccountError, ServiceError):
        # Good to know, and no reason to fail.
        return None


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds < 3600 else f"{seconds / 3600:.0f} hours"
