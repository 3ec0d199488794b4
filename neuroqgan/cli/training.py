"""Training with a progress bar or curves, and an orderly end on Ctrl-C."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from neuroqgan.training.interruption import stop_on_interrupt
from neuroqgan.training.progress import training_bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.cli.command import Output
    from neuroqgan.models.base import Generator
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.selection import Selection
    from neuroqgan.training.base import BaseTrainer, StepReport
    from neuroqgan.training.trackers.tracking import Tracking


def train_with_progress(
    selection: Selection,
    output: Output,
    *,
    watch: bool = False,
    tracking: Tracking | None = None,
) -> Generator | None:
    """Train a selected run, or load it if it is trained or made of pretrained weights.

    Parameters
    ----------
    selection
        The run.
    output
        Where progress and notes go.
    watch
        Whether curves are shown in place of a bar.
    tracking
        What writes the training down beside the run's own files.

    Returns
    -------
    Generator or None
        The trained generator, or None if Ctrl-C stopped the training after a checkpoint.
    """
    from neuroqgan.models.finetuning.after_fit import check_finetuning
    from neuroqgan.models.latent.engines import check_device
    from neuroqgan.models.presets import find_preset, generator_class
    from neuroqgan.models.rules import check_critic
    from neuroqgan.runs.finetuned import finetuning_of
    from neuroqgan.runs.folder import RunState
    from neuroqgan.runs.pretrained import install, install_weights
    from neuroqgan.runs.recording import remember
    from neuroqgan.runs.stages import load_trained, start_run, train_run

    folder, config = selection.folder, selection.config
    if folder.state is RunState.TRAINED:
        output.note(f"Using the trained run {folder.name}.")
        generator = load_trained(folder, config, selection.n_neurons, selection.bin_width)
        return _tracked(generator, selection, tracking)
    if selection.pretrained is not None:
        if selection.is_new:
            with selection.store.staged(folder.name) as draft:
                install(selection.pretrained, draft, config, selection.prepared)
        else:
            with selection.store.locked(folder):
                install_weights(selection.pretrained, folder)
        output.note(f"Using pretrained weights {selection.pretrained.name}, {config.preset}.")
        generator = load_trained(folder, config, selection.n_neurons, selection.bin_width)
        return _tracked(generator, selection, tracking)
    check_device(config.device)
    prepared = selection.recording
    preset = find_preset(config.preset)
    check_critic(preset, config.critic_weight, prepared.split.train.n_neurons)
    check_finetuning(generator_class(config.preset), config.finetune_on)
    if selection.is_new:
        with selection.store.staged(folder.name) as draft:
            start_run(draft, config, prepared, replays=selection.replays)
    with selection.store.locked(folder), stop_on_interrupt() as should_stop:
        if not selection.is_new:
            remember(folder, config)
        if folder.state is RunState.UNFINISHED:
            output.note(f"Continuing the unfinished run {folder.name}.")
        windows = prepared.split.train
        for note in prepared.notes:
            output.note(note)
        if prepared.covariates.reason:
            output.note(f"Covariates: {prepared.covariates.found}.")
        output.note(
            f"Training {folder.name} on {windows.n_samples} windows of {windows.n_bins} bins, "
            f"{windows.n_neurons} neurons."
        )
        if tracking is not None and tracking.where:
            output.note(f"Tracked; look at it with: {tracking.where}")
        with _shown(selection, output, watch=watch) as (on_step, on_checkpoint):
            trained = train_run(
                folder,
                config,
                prepared,
                on_step=on_step,
                should_stop=should_stop,
                on_finish=partial(_say_what_follows, config, output),
                on_checkpoint=on_checkpoint,
                tracking=tracking,
            )
        done = finetuning_of(folder)
        if trained is not None and done is not None:
            output.note(done.line())
        return trained


def _say_what_follows(config: RunConfig, output: Output) -> None:
    if config.finetune_on is not None:
        output.note(f"Finetuning on {config.finetune_on}, which takes a few minutes.")


def _tracked(generator: Generator, selection: Selection, tracking: Tracking | None) -> Generator:
    from neuroqgan.runs.tracked import track_trained

    if tracking is not None:
        track_trained(tracking, selection.folder, selection.config, generator)
    return generator


@contextmanager
def _shown(
    selection: Selection, output: Output, *, watch: bool
) -> Iterator[tuple[Callable[[StepReport], None], Callable[[BaseTrainer], None]]]:
    """Show a training as a bar, or as curves."""
    total = int(selection.config.steps or 0)
    if not watch:
        with training_bar(total, output.progress) as on_step:
            yield on_step, lambda _: None
        return
    from neuroqgan.cli.watching import Watch, watched
    from neuroqgan.runs.tracked import course_of

    course = course_of(selection.folder, total)
    view = Watch(selection.folder.name, course, selection.recording.split)
    with watched(view, output) as calls:
        yield calls
