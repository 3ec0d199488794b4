"""``neuroqgan evaluate`` and ``neuroqgan report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, command
from neuroqgan.errors import InputError, RasterError

if TYPE_CHECKING:
    from neuroqgan.evaluation.baselines.row import ModelRow
    from neuroqgan.evaluation.judge import Evaluation
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import Prepared


@click.command()
@click.argument("generated", metavar="A")
@click.option("--against", metavar="B", help="Real raster or recording to judge against.")
@click.option("--training", metavar="C", help="Real raster that A was fitted to, for the floor.")
@click.option("--neurons", metavar="LIST", help="Neurons of B and C, and of A if it has as many.")
@click.option("--bin-width", type=float, metavar="SECONDS", help="Where a file lacks it.")
@click.option(
    "--baselines",
    metavar="[LIST]",
    is_flag=False,
    flag_value="fast",
    help="Fit classical models on the training windows and judge them too: names by commas, all, "
    "or fast, which is meant without a LIST and leaves out spike-gan.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Of all that is random.")
@command
def evaluate(
    output: Output,
    generated: str,
    against: str | None,
    training: str | None,
    neurons: str | None,
    bin_width: float | None,
    baselines: str | None,
    seed: int,
) -> None:
    """Judge a raster against a real one, or a run's last raster again.

    \b
    Examples:
        neuroqgan evaluate mine
        neuroqgan evaluate generated.npz --against recording.npz
        neuroqgan evaluate generated.npz --against test.npz --training train.npz --json
        neuroqgan evaluate mine --baselines
        neuroqgan evaluate mine --baselines k-pairwise,spike-gan

    A ratio of 1 is as good as more recording. Without --training the floor, how far real data is
    from real data, comes from two halves of B.
    """
    from neuroqgan.cli.showing import show_evaluation
    from neuroqgan.evaluation.judge import judge

    names = _names(baselines)
    if against is None:
        _evaluate_run(output, generated, names, seed)
        return
    if names and training is None:
        raise InputError(
            "Classical models are fitted on training windows.",
            expected="--training with a real raster or recording",
            got="none",
            hint=f"neuroqgan evaluate {generated} --against {against} --training train.npz "
            "--baselines",
        )
    sample = _load(generated, None, bin_width)
    if neurons is not None and sample.n_neurons > _count(neurons, sample.n_neurons):
        sample = _load(generated, neurons, bin_width)
    real = _windows(_load(against, neurons, bin_width), sample)
    floor = None if training is None else _windows(_load(training, neurons, bin_width), sample)
    with output.progress.status("Judging ..."):
        evaluation = judge(sample, real, floor, seed=seed)
    show_evaluation(output, real, sample, evaluation)
    result: dict[str, Any] = {
        "generated": generated,
        "against": against,
        "evaluation": evaluation.to_dict(),
    }
    if floor is not None and names:
        mine = (Path(generated).stem, evaluation, None)
        result["baselines"] = _compare(output, names, mine, floor, real, sample.n_samples, seed)
    output.result(result)


@click.command()
@click.argument("run")
@command
def report(output: Output, run: str) -> None:
    """Draw the pictures of a run again.

    \b
    Example:
        neuroqgan report mine
    """
    from neuroqgan.runs.stages import draw_run, judge_run

    folder, prepared, raster_path, raster = _latest(run)
    with output.progress.status("Judging and drawing ..."):
        evaluation = judge_run(folder, prepared, raster, raster_path, 0)
        pictures = draw_run(folder, prepared, raster, evaluation)
    for picture in pictures:
        output.say(str(picture))
    output.result({"run": folder.name, "pictures": [str(picture) for picture in pictures]})


def _evaluate_run(output: Output, name: str, baselines: tuple[str, ...], seed: int) -> None:
    from neuroqgan.circuits.weights import load_generator
    from neuroqgan.cli.showing import show_evaluation
    from neuroqgan.runs.stages import judge_run

    if Path(name).exists():
        raise InputError(
            "A raster file is judged against something.",
            expected="--against with a real raster or recording",
            got="none",
            hint=f"neuroqgan evaluate {name} --against recording.npz",
        )
    folder, prepared, raster_path, raster = _latest(name)
    with output.progress.status("Judging ..."):
        evaluation = judge_run(folder, prepared, raster, raster_path, seed)
    show_evaluation(output, prepared.split.held_out, raster, evaluation)
    result: dict[str, Any] = {
        "run": name,
        "raster": str(raster_path),
        "evaluation": evaluation.to_dict(),
    }
    if baselines:
        mine = (name, evaluation, load_generator(folder.generator_path).n_parameters)
        split = prepared.split
        result["baselines"] = _compare(
            output, baselines, mine, split.train, split.held_out, raster.n_samples, seed
        )
    output.result(result)


def _names(baselines: str | None) -> tuple[str, ...]:
    if baselines is None:
        return ()
    from neuroqgan.evaluation.baselines.registry import parse_baselines

    return parse_baselines(baselines)


def _compare(
    output: Output,
    names: tuple[str, ...],
    mine: tuple[str, Evaluation, int | None],
    training: SpikeRaster,
    held_out: SpikeRaster,
    n_samples: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Judge classical models beside what was judged already, and print one table of all."""
    from neuroqgan.evaluation.baselines.contest import judge_baselines
    from neuroqgan.evaluation.baselines.row import ModelRow

    rows: list[ModelRow] = []
    with output.progress.status("Fitting classical models ...") as status:
        for row in judge_baselines(names, training, held_out, n_samples=n_samples, seed=seed):
            rows.append(row)
            status.update(f"Fitting classical models: {len(rows)} of {len(names)} done ...")
    if not output.quiet:
        from neuroqgan.report.models import models_table

        output.tables.print(models_table([ModelRow.of(*mine), *rows]))
    return [row.to_dict() for row in rows]


def _latest(name: str) -> tuple[RunFolder, Prepared, Path, SpikeRaster]:
    """Return a run, its recording, and the raster that it generated last."""
    from neuroqgan.data.formats import read_recording
    from neuroqgan.runs.recording import prepare_run
    from neuroqgan.runs.store import RunStore

    folder = RunStore().get(name)
    path = folder.latest_raster()
    return folder, prepare_run(folder), path, read_recording(path)


def _load(source: str, neurons: str | None, bin_width: float | None) -> SpikeRaster:
    from neuroqgan.data.neurons import parse_neurons
    from neuroqgan.data.registry import load_recording

    raster = load_recording(source, bin_width=bin_width)
    if neurons is None:
        return raster
    return raster.select(parse_neurons(neurons, raster.n_neurons))


def _count(neurons: str, n_neurons: int) -> int:
    from neuroqgan.data.neurons import parse_neurons

    return len(parse_neurons(neurons, n_neurons))


def _windows(real: SpikeRaster, sample: SpikeRaster) -> SpikeRaster:
    """Cut a recording into windows as long as the samples."""
    if real.n_bins < sample.n_bins:
        raise RasterError(
            "The real raster is shorter than the generated one.",
            expected=f"{sample.n_bins} bins or more",
            got=f"{real.n_bins} bins",
            hint="swap the two, or generate with fewer --bins",
        )
    return real.windows(sample.n_bins)
