"""The finetuning of a run: after its training, round by round, and continued after a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.models.finetuning.finetuning import Finetuning, finetune
from neuroqgan.runs.records import damaged, read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.data.split import Split
    from neuroqgan.models.base import Generator
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder


def finetuned(
    folder: RunFolder,
    config: RunConfig,
    generator: Generator,
    split: Split,
    should_stop: Callable[[], bool],
) -> bool:
    """Finetune a trained generator if its run asks for it, and keep a record of every round.

    Parameters
    ----------
    folder, config
        Of the run.
    generator
        With the weights of the training; they are changed.
    split
        Its recording.
    should_stop
        Asked before every round.

    Returns
    -------
    bool
        False if it was stopped before the end.

    Raises
    ------
    CheckpointError
        If the record is damaged.
    StorageError
        If it cannot be written.
    """
    if config.finetune_on is None:
        return True

    def keep(done: Finetuning) -> None:
        write_record(folder.finetuning_path, done.to_dict())

    return finetune(
        generator,
        split,
        config.finetune_on,
        seed=config.seed,
        so_far=finetuning_of(folder),
        should_stop=should_stop,
        on_round=keep,
    ).is_finished


def finetuning_of(folder: RunFolder) -> Finetuning | None:
    """Read how a run was finetuned, as far as it was; None if it was not.

    Raises
    ------
    CheckpointError
        If the record is damaged.
    """
    path = folder.finetuning_path
    if not path.exists():
        return None
    hint = f"remove {path.name}, and train again with `resume`"
    try:
        return Finetuning.from_dict(read_record(path, hint))
    except ValueError as error:
        raise damaged(path, str(error), hint) from error
