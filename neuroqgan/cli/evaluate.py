"""``neuroqgan evaluate`` and ``neuroqgan report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, command
from neuroqgan.cli.options import read_options, reading_options
from neuroqgan.errors import CheckpointError, InputError, RasterError, RunNotFoundError
from neuroqgan.home import exists

if TYPE_CHECKING:
    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.evaluation.baselines.row import ModelRow
    from neuroqgan.evaluation.judge import Evaluation
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import Prepared

_MOST_LABELS = 10


@click.command()
@click.argument("generated", metavar="A")
@click.option("--against", metavar="B", help="Real raster or recording to judge against.")
@click.option("--training", metavar="C", help="Real raster that A was fitted to, for the floor.")
@reading_options
@click.option(
    "--baselines",
    metavar="[LIST]",
    is_flag=False,
    flag_value="fast",
    help="Fit classical models on the training windows and judge them too: names by commas, all, "
    "or fast, which is meant without a LIST and leaves out spike-gan.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Seed of everything random. [that of the run's last judgement, or 0]",
)
@command
def evaluate(
    output: Output,
    generated: str,
    against: str | None,
    training: str | None,
    baselines: str | None,
    seed: int | None,
    **flags: Any,
) -> None:
    """Judge a raster against a real one, or a run's last raster again.

    \b
    Examples:
        neuroqgan evaluate mine
        neuroqgan evaluate generated.npz --against recording.npz
        neuroqgan evaluate generated.npz --against spikes.csv --bin-width 0.02 --units 3,8
        neuroqgan evaluate generated.npz --against test.npz --training train.npz --json
        neuroqgan evaluate mine --baselines
        neuroqgan evaluate mine --baselines k-pairwise,spike-gan

    A ratio of 1 is as good as more recording. Without --training the floor, how far real data is
    from real data, comes from two halves of B.

    Flags about a recording, such as --array or --neurons, apply to B and C. A is read without
    them, except --bin-width, if that is possible; neurons are chosen from A too if it has more
    than B.
    """
    from neuroqgan.cli.showing import show_evaluation
    from neuroqgan.evaluation.judge import judge

    names = _names(baselines)
    if against is None:
        _refuse_reading(flags)
        _evaluate_run(output, generated, names, seed)
        return
    seed = seed or 0
    if names and training is None:
        raise InputError(
            "Classical models are fitted on training windows.",
            expected="--training with a real raster or recording",
            got="none",
            hint=f"neuroqgan evaluate {generated} --against {against} --training train.npz "
            "--baselines",
        )
    choice = flags.pop("neurons"), flags.pop("units")
    options = read_options(flags)
    real = _load(output, against, options, choice)
    sample = _load_generated(output, generated, options, choice, real.n_neurons)
    floor = None if training is None else _load(output, training, options, choice)
    real, floor = _windows(real, sample), None if floor is None else _windows(floor, sample)
    _note_labels(output, sample, real)
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
    """Draw the pictures of a run again, from the raster and figures of its last judgement.

    A run whose raster was never judged is judged first.

    \b
    Example:
        neuroqgan report mine
    """
    from neuroqgan.runs.stages import draw_run, judge_run

    folder, prepared, path, raster = _latest(run)
    evaluation, judged_path = _judged(folder)
    if evaluation is None:
        seed = _seed(folder, None)
        output.note(f"{path.name} has not been judged yet; judging it now with seed {seed}.")
        with output.progress.status("Judging ..."):
            evaluation = judge_run(folder, prepared, raster, path, seed)
    elif not judged_path.is_file():
        raise RunNotFoundError(
            f"The raster that was judged last for the run {run} is gone.",
            expected=str(judged_path),
            got="no such file",
            hint=f"neuroqgan evaluate {run}, which judges the newest raster",
        )
    elif judged_path != path:
        output.note(
            f"These are the pictures of {judged_path.name}, which was judged last. {path.name} is "
            f"newer; judge it with: neuroqgan evaluate {run}"
        )
        path, raster = judged_path, _read(judged_path)
    with output.progress.status("Drawing ..."):
        pictures = draw_run(folder, prepared, raster, evaluation)
    for picture in pictures:
        output.say(str(picture))
    output.result(
        {
            "run": folder.name,
            "raster": str(path),
            "evaluation": evaluation.to_dict(),
            "pictures": [str(picture) for picture in pictures],
        }
    )


def _judged(folder: RunFolder) -> tuple[Evaluation | None, Path]:
    """Return the stored evaluation, or None, and the path of the raster that it judged."""
    stored = folder.evaluation()
    name = "" if stored is None else str(stored.get("raster"))
    return folder.read_evaluation(), folder.rasters_path / name


def _seed(folder: RunFolder, asked: int | None) -> int:
    """Return the seed to judge with, so that the same raster gets the same figures again."""
    if asked is not None:
        return asked
    try:
        evaluation, _ = _judged(folder)
    except CheckpointError:
        # Judging again is how a damaged evaluation is mended.
        return 0
    return 0 if evaluation is None or evaluation.seed is None else evaluation.seed


def _read(path: Path) -> SpikeRaster:
    from neuroqgan.data.formats import read_recording

    return read_recording(path)


def _evaluate_run(output: Output, name: str, baselines: tuple[str, ...], asked: int | None) -> None:
    from neuroqgan.cli.showing import show_evaluation
    from neuroqgan.models.loading import load_generator
    from neuroqgan.runs.stages import judge_run

    if exists(Path(name)):
        raise InputError(
            "A raster file is judged against something.",
            expected="--against with a real raster or recording",
            got="none",
            hint=f"neuroqgan evaluate {name} --against recording.npz",
        )
    folder, prepared, raster_path, raster = _latest(name)
    seed = _seed(folder, asked)
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
    from neuroqgan.cli.missing import bring_missing
    from neuroqgan.runs.recording import prepare_run
    from neuroqgan.runs.store import RunStore

    folder = RunStore().get(name)
    bring_missing(folder)
    path = folder.latest_raster()
    return folder, prepare_run(folder), path, _read(path)


def _load(
    output: Output, source: str, options: ReadOptions, choice: tuple[str | None, str | None]
) -> SpikeRaster:
    """Read the chosen neurons of a recording, and say what was assumed."""
    from neuroqgan.data.neurons import choice_notes, choose_neurons
    from neuroqgan.data.registry import open_recording

    reading = open_recording(source, options)
    recording = choose_neurons(reading.raster, *choice)
    for note in (*reading.notes, *choice_notes(reading.raster, choice[0])):
        output.note(note)
    return recording


def _load_generated(
    output: Output,
    source: str,
    options: ReadOptions,
    choice: tuple[str | None, str | None],
    n_neurons: int,
) -> SpikeRaster:
    """Read the raster to be judged, as it is where that is enough."""
    from neuroqgan.data.neurons import choose_neurons
    from neuroqgan.data.reading import ReadOptions

    alone = ReadOptions(bin_width=options.bin_width)
    try:
        sample = _load(output, source, alone, (None, None))
    except InputError:
        if options == alone:
            raise
        sample = _load(output, source, options, (None, None))
    return choose_neurons(sample, *choice) if sample.n_neurons > n_neurons else sample


def _note_labels(output: Output, sample: SpikeRaster, real: SpikeRaster) -> None:
    """Say that neurons are compared by position, where their labels are of others."""
    from neuroqgan.raster import shorten

    mine, theirs = sample.neuron_labels, real.neuron_labels
    if mine != theirs and len(mine) == len(theirs):
        output.note(
            f"Warning: neurons are compared by position, and their labels differ: "
            f"{shorten(mine, _MOST_LABELS)} in A, {shorten(theirs, _MOST_LABELS)} in B."
        )


def _refuse_reading(flags: dict[str, Any]) -> None:
    """Refuse flags about recordings beside a run, whose recording is read as in its training."""
    given = [f"--{key.replace('_', '-')}" for key, value in flags.items() if value is not None]
    if given:
        raise InputError(
            (
                "A run is judged against the recording it was trained on, read as it was "
                "for training."
            ),
            expected="a run alone, or --against with a recording",
            got=", ".join(given),
            hint="leave these flags out",
        )


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
