"""``neuroqgan circuits``: the circuits of a generator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from neuroqgan.circuits.multi_bin import AUTO, MultiBinChoice
from neuroqgan.cli.command import Output, account_option, command
from neuroqgan.cli.grouped_option import GroupedOption
from neuroqgan.cli.option_groups import GroupedCommand
from neuroqgan.cli.options import config_from_options, generator_options
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neuroqgan.circuits.drawing import CompiledCircuits
    from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    from neuroqgan.models.base import Generator

# Any will do if no run is shown.
_BIN_WIDTH = 0.02

_multi_bin_option = click.option(
    "--multi-bin-circuit",
    cls=GroupedOption,
    group="Sampling",
    type=click.Choice(get_args(MultiBinChoice)),
    default=AUTO,
    help="How one circuit measures several time bins. [auto: the first that the generator has]",
)


@click.group()
def circuits() -> None:
    """Show and export the circuits of a generator.

    \b
    Examples:
        neuroqgan circuits show --neurons 0:6
        neuroqgan circuits show mine --backend fake_fez
        neuroqgan circuits export mine cells/
    """


@circuits.command(cls=GroupedCommand)
@click.argument("run", required=False)
@generator_options
@click.option(
    "--neurons",
    cls=GroupedOption,
    group="Recording",
    metavar="LIST",
    help="Neurons of a generator without a run. [0:8]",
)
@click.option(
    "--bins",
    cls=GroupedOption,
    group="Recording",
    type=int,
    help="Time bins per window of a generator without a run. [16]",
)
@click.option(
    "--bins-per-job",
    cls=GroupedOption,
    group="Sampling",
    type=int,
    metavar="N",
    help="Show the circuits of this many time bins, if the generator has them. [1]",
)
@_multi_bin_option
@click.option(
    "--backend",
    cls=GroupedOption,
    group="Quantum hardware",
    metavar="NAME",
    help="Also count the gates as compiled for this quantum device, such as fake_brisbane.",
)
@click.option("--device", hidden=True, help="Former name of --backend.")
@account_option
@command
def show(
    output: Output,
    run: str | None,
    neurons: str | None,
    bins_per_job: int | None,
    multi_bin_circuit: str,
    backend: str | None,
    device: str | None,
    **given: Any,
) -> None:
    """Show parameters, depth, two-qubit gates and a drawing of every kind of circuit.

    Without a run the weights are random. A circuit that repeats itself is drawn in part. With
    --backend the gates are those of the plan by which a run is sampled there.

    \b
    Examples:
        neuroqgan circuits show --preset memory --mixing-layers 8
        neuroqgan circuits show --preset spiqgan --neurons 0:5
        neuroqgan circuits show mine --backend fake_brisbane
        neuroqgan circuits show --preset history --past one-bin --neurons 0:3 --bins-per-job 4
    """
    from neuroqgan.circuits.drawing import describe_circuits
    from neuroqgan.models.sizes import weights_in_words

    if device is not None:
        output.note("--device is now called --backend, as in the other commands.")
    backend = backend or device
    generator = _generator(run, neurons, given)
    generator = _chosen(generator, bins_per_job, multi_bin_circuit)
    n_bins = bins_per_job or (1 if multi_bin_circuit == AUTO else generator.spec.n_bins)
    compiled = None if backend is None else _compile(generator, backend, n_bins)
    cells = describe_circuits(generator.circuits(n_bins), compiled)
    n_groups = sum(cell.n_groups for cell in cells)
    output.say(
        f"{generator.spec.preset}: {weights_in_words(generator)}, "
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
    help="Time bins of the circuit of several bins, if the generator has one. [all]",
)
@_multi_bin_option
@click.option(
    "--bound",
    is_flag=True,
    help="Bind the angles: write the circuits of the first sample as they are executed.",
)
@click.option("--seed", type=int, help="Seed of the sample whose angles are bound. [0]")
@click.option("--overwrite", is_flag=True, help="Replace files of the same names.")
@command
def export(
    output: Output,
    run: str,
    folder: Path,
    bins_per_job: int | None,
    multi_bin_circuit: str,
    bound: bool,
    seed: int | None,
    overwrite: bool,
) -> None:
    """Write the circuits of a run as QPY and OpenQASM 3, with parameters open or bound.

    \b
    Examples:
        neuroqgan circuits export mine circuits/
        neuroqgan circuits export mine circuits/ --bins-per-job 4
        neuroqgan circuits export mine circuits/ --bound --seed 3
    """
    from neuroqgan.atomic import make_folder
    from neuroqgan.circuits.export import bind_angles, export_circuits
    from neuroqgan.models.given import source_for

    if seed is not None and not bound:
        raise ConfigError(
            "--seed chooses the angles to bind, and they are left open.",
            expected="--bound together with --seed",
            got=f"--seed {seed}",
            hint="--bound, or leave --seed out",
        )
    generator = _generator(run, None, {})
    generator = _chosen(generator, bins_per_job, multi_bin_circuit)
    make_folder(folder)
    found: Iterable[GeneratorCircuit]
    if bound:
        n_bins = generator.spec.n_bins if generator.bins_at_once != 1 else 1
        n_bins = bins_per_job or n_bins
        source = source_for(generator, 1, n_bins, seed or 0)
        past = source.initial_past(1, seed or 0)
        program = source.next_program(past, 0, n_bins, seed or 0)
        found = bind_angles(generator.circuits(n_bins), program)
    else:
        found = generator.circuits()
        if (generator.bins_at_once or 1) > 1:
            found += generator.circuits(bins_per_job or generator.spec.n_bins)
    paths = export_circuits(found, folder, overwrite=overwrite)
    for path in paths:
        output.say(str(path))
    output.result({"run": run, "files": [str(path) for path in paths]})


def _chosen(generator: Generator, bins_per_job: int | None, multi_bin_circuit: str) -> Generator:
    """Return the generator with the circuit of several bins that is meant."""
    from neuroqgan.sampling.order import RasterOrder, check_bins_per_job

    order = RasterOrder(1, bins_per_job=bins_per_job, multi_bin_circuit=multi_bin_circuit)
    check_bins_per_job(generator, order)
    if multi_bin_circuit == AUTO:
        return generator
    return generator.with_multi_bin_circuit(multi_bin_circuit)


def _compile(generator: Generator, name: str, n_bins: int) -> CompiledCircuits:
    """Compile the circuits as the plan of a run does.

    Raises
    ------
    BackendNotFoundError
        If there is no such device.
    ConfigError
        If it is an ideal simulator, or too small.
    """
    from neuroqgan.backends.registry import resolve
    from neuroqgan.circuits.drawing import CompiledCircuits
    from neuroqgan.models.given import source_to_plan
    from neuroqgan.sampling.plans import compiled_circuits

    backend = resolve(name)
    if backend.target is None:
        raise ConfigError(
            "An ideal simulator compiles nothing: it runs the circuits as they are.",
            expected="a quantum device, such as fake_brisbane",
            got=backend.name,
            hint="--backend fake_brisbane, or leave --backend out",
        )
    room, needed = backend.target.num_qubits, generator.qubits_needed(n_bins)
    if room < needed:
        fewer = room // generator.qubits_needed() if n_bins > 1 else 0
        raise ConfigError(
            "The circuit does not fit on the quantum device.",
            expected=f"{room} qubits or fewer",
            got=f"{needed} qubits",
            hint=f"--bins-per-job {fewer}" if fewer else "a larger device, or smaller circuits",
        )
    source = source_to_plan(generator, backend.target.num_qubits)
    return CompiledCircuits(backend.name, compiled_circuits(source, backend, n_bins))


def _generator(run: str | None, neurons: str | None, given: dict[str, Any]) -> Generator:
    from neuroqgan.data.neurons import parse_neurons
    from neuroqgan.runs.kept_run import Run
    from neuroqgan.runs.stages import untrained
    from neuroqgan.runs.store import RunStore

    if run is not None:
        named = [key for key, value in (given | {"neurons": neurons}).items() if value is not None]
        if named:
            words = ", ".join("--" + key.replace("_", "-") for key in named)
            raise ConfigError(
                f"The circuits of a run are fixed by its training: {words} would change nothing.",
                expected="either a run or options that describe a generator",
                got=f"the run {run} and {words}",
                hint=f"leave {words} out, or leave {run} out",
            )
        return Run(RunStore().get(run)).generator
    config = config_from_options(None, given).resolved()
    return untrained(config, len(parse_neurons(neurons or "0:8")), _BIN_WIDTH)
