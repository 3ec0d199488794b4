"""``neuroqgan run --replay``: a run once more, and whether its raster is the same."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import INTERRUPTED
from neuroqgan.cli.streams import echo
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.cli.command import Output
    from neuroqgan.models.base import Generator
    from neuroqgan.runs.replay import Replay, ReplayOutcome

DIFFERENT = 1
"""Exit code if the raster is another one."""


def replay_run(output: Output, name: str, new_name: str | None, *, kept_weights: bool) -> None:
    """Train and sample a run again, compare its raster, and end the command with what came of it.

    Parameters
    ----------
    output
        Where words go.
    name
        Of the run.
    new_name
        Of the replay, or None.
    kept_weights
        Whether to sample with the kept weights.

    Raises
    ------
    click.exceptions.Exit
        If the raster is another one, or Ctrl-C stopped the training.
    """
    from neuroqgan.cli.training import train_with_progress
    from neuroqgan.runs.replay import compare, copy_weights, select_replay
    from neuroqgan.runs.stages import load_trained
    from neuroqgan.runs.store import RunStore

    started = time.monotonic()
    replay = select_replay(RunStore(), name, new_name, kept_weights=kept_weights)
    selection = replay.selection
    for note in replay.notes:
        output.note(f"Warning: {note}")
    generator: Generator | None
    if replay.retrains:
        generator = train_with_progress(selection, output)
    else:
        copy_weights(replay)
        generator = load_trained(
            selection.folder, selection.config, selection.n_neurons, selection.bin_width
        )
    if generator is None:
        new = selection.folder.name
        echo(f"Stopped; the checkpoint is in {selection.folder.path}.", err=True)
        echo(f"Continue with: neuroqgan run --replay {name} --name {new}", err=True)
        raise click.exceptions.Exit(INTERRUPTED)
    path = _sample(replay, generator, output)
    outcome = compare(replay, path)
    _report(replay, outcome, output)
    output.result(
        {
            "run": selection.folder.name,
            "folder": str(selection.folder.path),
            "replay_of": name,
            "original": str(replay.raster_path),
            "raster": str(path),
            "retrained": replay.retrains,
            "warnings": list(replay.notes),
            "seconds": round(time.monotonic() - started, 2),
            **outcome.to_dict(),
        }
    )
    if not outcome.equal:
        raise click.exceptions.Exit(DIFFERENT)


def refuse_others(given: dict[str, Any]) -> None:
    """Refuse settings beside a replay, which has those that the run kept.

    Raises
    ------
    ConfigError
        If there are any.
    """
    others = sorted(key for key, value in given.items() if value not in (None, False))
    if others:
        named = ", ".join(f"`{key}`" for key in others)
        raise ConfigError(
            "A replay has the settings that the run kept, and takes no others.",
            expected="only `name`, the name of the new run",
            got=named,
            hint=f"leave {named} out",
        )


def _sample(replay: Replay, generator: Generator, output: Output) -> Path:
    """Sample the raster anew, whatever the job store holds, and return its file."""
    from neuroqgan.backends.registry import resolve
    from neuroqgan.cli.raster_walk import walk_raster
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.runs.rasters import collect
    from neuroqgan.runs.samples import wanted_samples
    from neuroqgan.sampling.bins_per_job import choose_bins_per_job
    from neuroqgan.sampling.walk import RasterWalk

    selection, asked = replay.selection, replay.asked
    samples = wanted_samples(selection, generator, asked)
    source, order = samples.source(generator), samples.order(asked, selection.folder.name)
    backend = resolve(
        asked.backend, fractional_gates=asked.fractional_gates, min_qubits=source.qubits_needed()
    )
    context = JobContext()
    context.store.check_writable()
    order = choose_bins_per_job(context, source, order, backend, fresh=True)
    jobs = walk_raster(
        context,
        RasterWalk(context, source, order, backend, fresh=True),
        output,
        agree=lambda: None,
        wait_for_it=True,
        keep=partial(samples.keep, selection.folder, selection.bin_width),
    )
    path, _ = collect(context, jobs or [], selection.folder)
    return path


def _report(replay: Replay, outcome: ReplayOutcome, output: Output) -> None:
    old, new = replay.original.name, replay.selection.folder.name
    weights = "trained again" if replay.retrains else "kept"
    if outcome.equal:
        output.say(
            f"{new} gives the same raster as {old}, bit for bit: {outcome.n_bits:,} bits, SHA-256 "
            f"{outcome.sha256[:12]}..., with weights {weights}."
        )
        return
    share = outcome.n_differing / outcome.n_bits
    output.say(
        f"{new} gives another raster than {old}: {outcome.n_differing:,} of {outcome.n_bits:,} "
        f"bits differ ({share:.2%})."
    )
    if replay.retrains:
        also = "are the same" if outcome.weights_equal else "differ, so the training already did"
        output.say(f"The weights {also}.")
    if replay.sampled.covariates_sha256 is not None and outcome.weights_equal:
        output.say("The samples may have seen other covariates: check that their file is the same.")
