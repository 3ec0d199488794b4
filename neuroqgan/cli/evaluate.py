"""``neuroqgan evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, command
from neuroqgan.cli.compared_rasters import (
    as_windows,
    load_generated,
    load_real,
    note_labels,
    places_of_windows,
)
from neuroqgan.cli.judged_runs import judging_seed, latest_raster
from neuroqgan.cli.judging_bar import judging_bar
from neuroqgan.cli.option_groups import GroupedCommand
from neuroqgan.cli.options import read_options, reading_options
from neuroqgan.errors import InputError
from neuroqgan.home import exists

if TYPE_CHECKING:
    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.evaluation.model_row import ModelRow
    from neuroqgan.raster import SpikeRaster


@click.command(cls=GroupedCommand)
@click.argument("generated", metavar="A")
@click.option("--against", metavar="B", help="Real raster or recording to judge A against.")
@click.option(
    "--training",
    metavar="C",
    help="Real raster that the generator of A was trained on; the floor is its distance from B.",
)
@reading_options
@click.option(
    "--baselines",
    metavar="[LIST]",
    is_flag=False,
    flag_value="fast",
    help="Fit and judge classical models as well: comma-separated names, `all`, or `fast` "
    "(default: all but spike-gan and nemos). `psth` models need covariates, and without are left "
    "out of `all` and `fast`, as nemos is where it is not installed.",
)
@click.option(
    "--suite",
    metavar="NAME",
    help="Add the figures of a published benchmark. `ldns`: population counts, correlations and "
    "intervals as in Kapoor et al., NeurIPS 2024.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Seed of the judgement. [seed of the run's last judgement, or 0]",
)
@command
def evaluate(
    output: Output,
    generated: str,
    against: str | None,
    training: str | None,
    baselines: str | None,
    suite: str | None,
    seed: int | None,
    **flags: Any,
) -> None:
    """Judge a raster against a real one, or judge a run's last raster again.

    \b
    Examples:
        neuroqgan evaluate mine
        neuroqgan evaluate generated.npz --against recording.npz
        neuroqgan evaluate generated.npz --against spikes.csv --bin-width 0.02 --units 3,8
        neuroqgan evaluate generated.npz --against test.npz --training train.npz --json
        neuroqgan evaluate mine --baselines
        neuroqgan evaluate mine --baselines k-pairwise,spike-gan
        neuroqgan evaluate mine --suite ldns

    The floor is the difference between real data and other real data, and a ratio of 1 means that
    generated data are as close to held-out data as the training data are. Without --training, the
    floor comes from two halves of B.

    Options about a recording, such as --array or --neurons, apply to B and C. A is read without
    them if possible, except for --bin-width. If A has more neurons than B, --neurons and --units
    choose from A as well.
    """
    from neuroqgan.cli.judging import show_evaluation
    from neuroqgan.evaluation.judge import judge
    from neuroqgan.evaluation.suites.suite_registry import find_suite

    # Unknown names are refused before any work; whether a run has covariates is not known yet.
    names = _names(baselines, has_covariates=against is None)
    if suite is not None:
        find_suite(suite)
    if against is None:
        _refuse_reading(flags)
        _evaluate_run(output, generated, baselines, suite, seed)
        return
    seed = seed or 0
    if names and training is None:
        raise InputError(
            "Classical models need training windows.",
            expected="--training with a real raster or recording",
            got="none",
            hint=f"neuroqgan evaluate {generated} --against {against} --training train.npz "
            "--baselines",
        )
    choice = flags.pop("neurons"), flags.pop("units")
    options = read_options(flags)
    real = load_real(output, against, options, choice)
    sample = load_generated(output, generated, options, choice, real.n_neurons)
    held_out, train = as_windows(real, sample), None
    held_out_places, train_places = places_of_windows(real, sample), None
    if training is not None:
        recording = load_real(output, training, options, choice)
        train, train_places = as_windows(recording, sample), places_of_windows(recording, sample)
    note_labels(output, sample, real)
    trials = held_out_places and held_out_places[0], train_places and train_places[0]
    with judging_bar(output) as on_stage:
        evaluation = judge(
            sample, held_out, train, seed=seed, suite=suite, trials=trials, on_stage=on_stage
        )
    show_evaluation(output, held_out, sample, evaluation)
    result: dict[str, Any] = {
        "generated": generated,
        "against": against,
        "evaluation": evaluation.to_dict(),
    }
    if train is not None and names:
        from neuroqgan.data.split import Split

        mine = (Path(generated).stem, evaluation, None)
        split = Split(
            train, held_out, train, train_places=train_places, held_out_places=held_out_places
        )
        rows = _compare(output, names, mine, split, sample, seed)
        result["baselines"] = [row.to_dict() for row in rows]
    output.result(result)


def _evaluate_run(
    output: Output,
    name: str,
    baselines: str | None,
    suite: str | None,
    requested_seed: int | None,
) -> None:
    from neuroqgan.cli.judging import show_evaluation
    from neuroqgan.models.loading import load_generator
    from neuroqgan.runs.judgements import keep_baselines
    from neuroqgan.runs.stages import judge_run

    if exists(Path(name)):
        raise InputError(
            "A raster file needs a recording to be judged against.",
            expected="--against with a real raster or recording",
            got="none",
            hint=f"neuroqgan evaluate {name} --against recording.npz",
        )
    folder, prepared, raster_path, raster = latest_raster(name)
    seed = judging_seed(folder, requested_seed)
    split = prepared.split
    names = _names(baselines, has_covariates=split.covariates is not None)
    with judging_bar(output) as on_stage:
        evaluation = judge_run(
            folder, prepared, raster, raster_path, seed, suite, on_stage=on_stage
        )
    show_evaluation(output, prepared.split.held_out, raster, evaluation)
    result: dict[str, Any] = {
        "run": name,
        "raster": str(raster_path),
        "evaluation": evaluation.to_dict(),
    }
    if names:
        mine = (name, evaluation, load_generator(folder.generator_path).n_parameters)
        rows = _compare(output, names, mine, split, raster, seed)
        result["baselines"] = [row.to_dict() for row in rows]
        # The page of the run shows them.
        keep_baselines(folder, rows)
    output.result(result)


def _names(baselines: str | None, *, has_covariates: bool) -> tuple[str, ...]:
    if baselines is None:
        return ()
    from neuroqgan.evaluation.classical.model_registry import parse_model_names

    return parse_model_names(baselines, has_covariates=has_covariates)


def _compare(
    output: Output,
    names: tuple[str, ...],
    mine: tuple[str, Evaluation, int | None],
    split: Split,
    generated: SpikeRaster,
    seed: int,
) -> list[ModelRow]:
    """Judge classical models beside what was judged already, and print one table of all."""
    from neuroqgan.evaluation.classical.judging import judge_classical_models
    from neuroqgan.evaluation.model_row import ModelRow
    from neuroqgan.evaluation.reference import trials_of_split

    rows: list[ModelRow] = []
    # All models see what the generator saw: the training trials, and the samples' covariates.
    generated = generated.windows(split.n_bins)
    judged = judge_classical_models(
        names,
        split.train,
        split.held_out,
        n_samples=generated.n_samples,
        trials=split.trials,
        covariates=None if split.covariates is None else generated.covariates,
        seed=seed,
        window_trials=trials_of_split(split),
    )
    with output.progress.status("Fitting classical models ...") as status:
        for row in judged:
            rows.append(row)
            status.update(f"Fitting classical models: {len(rows)} of {len(names)} done ...")
    if not output.quiet:
        from neuroqgan.report.models_table import models_table

        output.tables.print(models_table([ModelRow.of(*mine), *rows]))
    return rows


def _refuse_reading(flags: dict[str, Any]) -> None:
    """Refuse options about recordings beside a run, whose recording is read as in its training."""
    given = [f"--{key.replace('_', '-')}" for key, value in flags.items() if value is not None]
    if given:
        raise InputError(
            "A run is judged against the recording it was trained on, read as it was for training.",
            expected="a run alone, or --against with a recording",
            got=", ".join(given),
            hint="leave these options out",
        )
