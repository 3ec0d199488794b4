"""Finetuning as the last part of a training, if its settings ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.models.finetuning.finetuning import finetune, open_device

if TYPE_CHECKING:
    from neuroqgan.data.split import Split
    from neuroqgan.models.contract import GeneratorContract
    from neuroqgan.training.settings import TrainingSettings


def check_finetuning(
    generator: type[GeneratorContract] | GeneratorContract, device: str | None
) -> None:
    """Check, before a training, that its generator can be finetuned afterwards.

    Parameters
    ----------
    generator
        The generator, or its class.
    device
        Setting ``finetune_on``; None for no device.

    Raises
    ------
    ConfigError
        If the device is not a simulated one, or the generator has no drives.
    BackendNotFoundError
        If there is no such device.
    """
    if device is not None:
        open_device(generator, device)


def finetune_fitted(generator: GeneratorContract, split: Split, settings: TrainingSettings) -> None:
    """Finetune a generator that was just trained, if the settings ask for it.

    Parameters
    ----------
    generator
        Its weights are changed.
    split
        Its recording.
    settings
        Of the training.
    """
    if settings.finetune_on is not None:
        finetune(generator, split, settings.finetune_on, seed=settings.seed)
