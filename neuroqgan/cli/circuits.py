"""``neuroqgan circuits``: the circuits of a generator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, account_option, command
from neuroqgan.cli.options import build_config, generator_options
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from neuroqgan.circuits.drawing import Compiled
    from neuroqgan.models.base import Generator

# Any will do where no run is shown.
_BIN_WIDTH, _RATE = 0.02, 0.05


@click.group()
def circuits() -> None:
    """Show and export the circuits of a generator.

    \b
    Examples:
        neuroqgan circuits show --neurons 0:6
        neuroqgan circuits show mine --backend fake_fez
        neuroqgan circuits export mine cells/
    """


@circuits.command()
@click.argument("run", required=False)
@generator_options
@click.option("--neurons", metavar="LIST", help="Without a run: neurons. [0:8]")
@click.option("--bins", type=int, help="Without a run: bins a window. [16]")
@click.option(
    "--bins-per-job",
    type=int,
    metavar="N",
    help="Show the circuits of so many bins (history, past bin). [1]",
)
@click.option(
    "--backend", metavar="NAME", help="Also count gates as compiled for this device: fake_<device>."
)
@click.option("--device", hidden=True, help="Former name of --backend.")
@account_option
@command
def show(
    output: Output,
    run: str | None,
    neurons: str | None,
    bins_per_job: int | None,
    backend: str | None,
    device: str | None,
    **flags: Any,
) -> None:
    """Show parameters, depth, two-qubit gates and a drawing of every kind of circuit.

    Without a run the weights are random. For preset memory one bin is drawn, shortened. With
    --backend the gates are those of the plan by which a run is sampled there.

    \b
    Examples:
        neuroqgan circuits show --preset memory --mixing-layers 8
        neuroqgan circuits show --preset spiqgan --neurons 0:5
        neuroqgan circuits show mine --backend fake_brisbane
        neuroqgan circuits show --preset history --past bin --neurons 0:3 --bins-per-job 4
    """
    from neuroqgan.circuits.drawing import describe_circuits

    if device is not None:
        output.note("--device is now called --backend, as in the other commands.")
    backend = backend or device
    generator = _generator(run, neurons, flags)
    _check_bins(generator, bins_per_job)
    n_bins = bins_per_job or 1
    compiled = None if backend is None else _compile(generator, backend, n_bins)
    cells = describe_circuits(generator, n_bins, compiled)
    n_groups = sum(cell.n_groups for cell in cells)
    output.say(
        f"{generator.spec.preset}: {generator.n_parameters} parameters, "
        f"{generator.spec.n_neurons} neurons in {n_groups} group(s)"
    )
    for cell in cells:
        output.say(f"\n{cell.summary()}\n{cell.drawing}")
    output.result(
        {
            "preset": generator.spec.preset,
            "parameters": generator.n_parameters,
            "groups": n_groups,
            "cells": [cell.to_dict() for cell in cells],
        }
    )


@circuits.command()
@click.argument("run")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--bins-per-job",
    type=int,
    metavar="N",
    help="Bins of the circuit of several bins (history, past bin). [all]",
)
@click.option("--overwrite", is_flag=True, help="Replace files of the same names.")
@command
def export(
    output: Output, run: str, folder: Path, bins_per_job: int | None, overwrite: bool
) -> None:
    """Write the circuits of a run as QPY and OpenQASM 3, parameters open.

    \b
    Examples:
        neuroqgan circuits export mine cells/
        neuroqgan circuits export mine cells/ --bins-per-job 4
    """
    from neuroqgan.circuits.export import export_circuits
    from neuroqgan.runs.stages import make_folder

    generator = _generator(run, None, {})
    _check_bins(generator, bins_per_job)
    make_folder(folder)
    paths = export_circuits(generator, folder, bins_per_job=bins_per_job, overwrite=overwrite)
    for path in paths:
        output.say(str(path))
    output.result({"run": run, "files": [str(path) for path in paths]})


def _check_bins(generator: Generator, bins_per_job: int | None) -> None:
    from neuroqgan.runs.blocks import check_bins
    from neuroqgan.runs.config import RunConfig

    check_bins(generator.spec, RunConfig.build({"bins_per_job": bins_per_job}).bins_per_job)


def _compile(generator: Generator, name: str, n_bins: int) -> Compiled:
    """Have the circuits compiled as the plan of a run does it.

    Raises
    ------
    BackendNotFoundError
        If there is no such device.
    ConfigError
        If it is an ideal simulator, or too small.
    """
    from neuroqgan.backends.registry import resolve
    from neuroqgan.circuits.drawing import Compiled
    from neuroqgan.runs.planning import compiled_circuits

    backend = resolve(name)
    if backend.target is None:
        raise ConfigError(
            "An ideal simulator compiles nothing: it runs the circuits as they are.",
            expected="a device, such as fake_brisbane",
            got=backend.name,
            hint="--backend fake_brisbane, or leave --backend out",
        )
    room, needed = backend.target.num_qubits, n_bins * generator.qubits_needed()
    if room < needed:
        fewer = room // generator.qubits_needed() if n_bins > 1 else 0
        raise ConfigError(
            "The circuit does not fit on the device.",
            expected=f"{room} qubits or fewer",
            got=f"{needed} qubits",
            hint=f"--bins-per-job {fewer}" if fewer else "a larger device, or smaller circuits",
        )
    return Compiled(backend.name, compiled_circuits(generator, backend, n_bins))


def _generator(run: str | None, neurons: str | None, flags: dict[str, Any]) -> Generator:
    import numpy as np

    from neuroqgan.data.neurons import parse_neurons
    from neuroqgan.models.registry import build_generator
    from neuroqgan.models.loading import load_generator
    from neuroqgan.runs.stages import generator_spec
    from neuroqgan.runs.store import RunStore

    if run is not None:
        given = [key for key, value in (flags | {"neurons": neurons}).items() if value is not None]
        if given:
            words = ", ".join("--" + key.replace("_", "-") for key in given)
            raise ConfigError(
                (f"The circuits of a run are fixed by its training: {words} would change nothing."),
                expected="either a run or flags that describe a generator",
                got=f"the run {run} and {words}",
                hint=f"leave {words} out, or leave {run} out",
            )
        return load_generator(RunStore().get(run).generator_path)
    config = build_config(None, flags).resolved()
    generator = build_generator(
        generator_spec(config, len(parse_neurons(neurons or "0:8")), _BIN_WIDTH)
    )
    generator.initialise(np.full(generator.spec.n_neurons, _RATE), config.seed)
    return generator
