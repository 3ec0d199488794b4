"""``neuroqgan backends``: where circuits can run, and what the devices are like."""

from __future__ import annotations

import click

from neuroqgan.cli.command import Output, command


@click.group()
def backends() -> None:
    """List backends, and show a device and what a run would take there.

    \b
    Examples:
        neuroqgan backends list
        neuroqgan backends show fake_brisbane --run mine
    """


@backends.command("list")
@command
def list_backends(output: Output) -> None:
    """List all backends.

    \b
    Example:
        neuroqgan backends list --json
    """
    from neuroqgan.backends.names import snapshot_qubits

    qubits = snapshot_qubits()
    rows: list[dict[str, str | int | None]] = [
        {"backend": "aer", "kind": "ideal simulator", "qubits": None}
    ]
    rows += [
        {"backend": name, "kind": "noisy simulation of a device", "qubits": number}
        for name, number in sorted(qubits.items(), key=lambda item: (-item[1], item[0]))
    ]
    output.result(rows)
    from rich.table import Table

    table = Table("backend", "qubits", "kind", box=None, header_style="bold")
    for row in rows:
        table.add_row(str(row["backend"]), str(row["qubits"] or "-"), str(row["kind"]))
    output.tables.print(table)


@backends.command()
@click.argument("name")
@click.option("--run", metavar="RUN", help="Also say what this run would take there.")
@click.option("--samples", type=int, default=1000, show_default=True, help="Samples of the run.")
@command
def show(output: Output, name: str, run: str | None, samples: int) -> None:
    """Show the qubits, gates and errors of a device.

    \b
    Examples:
        neuroqgan backends show fake_brisbane
        neuroqgan backends show fake_fez --run mine --samples 4000
    """
    from neuroqgan.backends.device import describe_device
    from neuroqgan.backends.registry import resolve

    device = describe_device(resolve(name))
    for label, text in device.lines():
        output.say(f"{label:<12}{text}")
    result = device.to_dict()
    if run is not None:
        from neuroqgan.runs.planning import estimate_run
        from neuroqgan.runs.recording import prepare
        from neuroqgan.runs.stages import generator_spec
        from neuroqgan.runs.store import RunStore

        config = RunStore().get(run).config()
        windows = prepare(config).split.train
        spec = generator_spec(config, windows.n_neurons, windows.bin_width)
        planned = estimate_run(spec, name, samples)
        output.say(f"\n{samples} samples of {run}")
        for label, text in planned.lines():
            output.say(f"{label:<12}{text}")
        result["run"] = planned.to_dict()
    output.result(result)
