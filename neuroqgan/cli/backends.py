"""``neuroqgan backends``: simulators and quantum devices on which circuits can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from neuroqgan.cli.command import Output, account_option, command
from neuroqgan.cli.device_picture import picture_option
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.backends.placement.chip import Chip

    Row = dict[str, str | int | None]


@click.group()
def backends() -> None:
    """List simulators and quantum devices, and show what a run would take on one of them.

    \b
    Examples:
        neuroqgan backends list
        neuroqgan backends show fake_brisbane --run mine
    """


@backends.command(
    "list", short_help="List simulators, simulated devices, plugins and quantum devices."
)
@click.option(
    "--ibm",
    is_flag=True,
    help="Fail if IBM's devices cannot be listed, for instance without an account.",
)
@account_option
@command
def list_backends(output: Output, ibm: bool) -> None:
    """List all backends. With an account, IBM's devices and their queues are included.

    \b
    Examples:
        neuroqgan backends list
        neuroqgan backends list --ibm --json
    """
    from neuroqgan.backends.ibm.account import has_account
    from neuroqgan.backends.names import schemes, snapshot_qubits

    rows: list[Row] = [_row("aer", "ideal simulator"), _row("exact", "exact sampling, fast")]
    if ibm or has_account():
        rows += _ibm_rows(output, insist=ibm)
    else:
        output.note("To include IBM's devices, save an account: neuroqgan account save")
    rows += [_row(f"{scheme}:<device>", "plugin") for scheme in schemes()]
    qubits = snapshot_qubits()
    rows += [
        _row(name, "simulated device with noise", qubits=number)
        for name, number in sorted(qubits.items(), key=lambda item: (-item[1], item[0]))
    ]
    output.result(rows)
    from rich.table import Table

    table = Table("backend", "qubits", "kind", "queue", "status", box=None, header_style="bold")
    for row in rows:
        table.add_row(*("-" if value is None else str(value) for value in row.values()))
    output.tables.print(table)


@backends.command()
@click.argument("name")
@click.option("--run", metavar="RUN", help="Also show what sampling this run would take.")
@click.option("--samples", type=int, help="Number of samples for --run. [2000]")
@picture_option
@click.option("--overwrite", is_flag=True, help="Replace the file of --picture.")
@account_option
@command
def show(
    output: Output,
    name: str,
    run: str | None,
    samples: int | None,
    picture: Path | None,
    overwrite: bool,
) -> None:
    """Show the qubits, gates and errors of a quantum device, and the queue of an IBM device.

    \b
    Examples:
        neuroqgan backends show ibm:least-busy
        neuroqgan backends show fake_brisbane
        neuroqgan backends show fake_fez --run mine --samples 4000
        neuroqgan backends show ibm_fez --run mine --picture map.png

    The picture shows every qubit with its readout error, every coupler with the error of its gate,
    and, with --run, where the cell circuits would lie.
    """
    from neuroqgan.backends.device import describe_device
    from neuroqgan.backends.registry import resolve
    from neuroqgan.cli.device_picture import device_chip, write_picture
    from neuroqgan.cli.output_file import PICTURE, check_output
    from neuroqgan.runs.config_file import build_config
    from neuroqgan.runs.store import RunStore

    if run is None and samples is not None:
        raise ConfigError(
            "--samples needs a run to plan.",
            expected="--run together with --samples",
            got=f"--samples {samples} without --run",
            hint="add --run RUN, or leave out --samples",
        )
    check_output(picture, overwrite, PICTURE)
    # The default is that of a run.
    samples = build_config({"samples": samples}).samples
    folder = None if run is None else RunStore().get(run)
    config = None if folder is None else folder.config()
    backend = resolve(name, fractional_gates=config is not None and config.fractional_gates)
    device = describe_device(backend)
    for label, text in device.lines():
        output.say(f"{label:<12}{text}")
    result = device.to_dict()
    chip: Chip | None = None
    labels: tuple[str, ...] = ()
    if folder is not None and config is not None:
        from neuroqgan.models.given import source_to_plan
        from neuroqgan.runs.stages import untrained
        from neuroqgan.sampling.order import RasterOrder
        from neuroqgan.sampling.raster_estimate import estimate_raster

        recording = folder.trained_on()
        generator = untrained(
            config, recording.n_neurons, recording.bin_width, recording.covariates.spec_to_plan
        )
        source = source_to_plan(generator, samples)
        order = RasterOrder(samples, options=config.job_options)
        planned = estimate_raster(source, order, backend)
        output.say(f"\n{samples} samples of {run}")
        for label, text in planned.lines():
            output.say(f"{label:<12}{text}")
        result["run"] = planned.to_dict()
        chip, labels = planned.chip, recording.labels
    if picture is not None:
        write_picture(chip or device_chip(backend), labels, picture, output, overwrite=overwrite)
        result["picture"] = str(picture)
    output.result(result)


def _row(
    backend: str,
    kind: str,
    *,
    qubits: int | None = None,
    queue: int | None = None,
    status: str | None = None,
) -> Row:
    return {"backend": backend, "qubits": qubits, "kind": kind, "queue": queue, "status": status}


def _ibm_rows(output: Output, *, insist: bool) -> list[Row]:
    """Return IBM's devices; unless they are insisted on, a failure only causes a note."""
    from neuroqgan.backends.ibm.connection import ibm_service
    from neuroqgan.errors import AccountError, ServiceError

    try:
        with output.progress.status("Contacting IBM Quantum ..."):
            devices = ibm_service().devices()
    except (AccountError, ServiceError) as error:
        if insist:
            raise
        output.note(f"IBM's devices cannot be listed. {error}")
        return []
    return [
        _row(d.name, "IBM device", qubits=d.qubits, queue=d.queue, status=d.status) for d in devices
    ]
