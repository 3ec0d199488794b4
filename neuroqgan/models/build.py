"""Training of any generator: the trainer that fits its kind, and the whole of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import TrainingError
from neuroqgan.models.base import LatentGenerator
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.trainer import HistoryTrainer
from neuroqgan.models.latent.adversarial_trainer import Trainer
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.memory.trainer import MemoryTrainer
from neuroqgan.simulation.threads import one_torch_thread
from neuroqgan.training.settings import TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.data.split import Split
    from neuroqgan.defaults import Device
    from neuroqgan.models.base import Generator
    from neuroqgan.training.base import BaseTrainer, StepReport

_AS_THE_PRESET = TrainingSettings()


def build_trainer(
    generator: Generator,
    split: Split,
    settings: TrainingSettings = _AS_THE_PRESET,
    device: Device = "cpu",
) -> BaseTrainer:
    """Return the trainer of a generator; after its last step call its ``finish``.

    Parameters
    ----------
    generator
        Built, with any weights; they are initialised again from the rates and the seed.
    split
        Of the recording, see `neuroqgan.data.split.split`. ``history`` learns from its
        whole trials as well as from its training windows, the other presets from the windows.
    settings
        How to train; anything not given has the default of the command line.
    device
        Where exact cells are evaluated, for presets with latents; the others are trained on the
        CPU.

    Raises
    ------
    TrainingError
        If the recording does not have the generator's shape, or its preset can only be trained on
        the CPU or with exact gradients and something else is requested.
    TrainingError
        If the settings leave nothing to train on, or have no effect on this preset.
    ConfigError
        If there is no such device.
    """
    _check_effect(generator, settings)
    if isinstance(generator, LatentGenerator):
        return Trainer(generator, split.train, settings, device)
    preset = generator.spec.preset
    for name, value, only in (
        ("device", device, "cpu"),
        ("gradient", settings.gradient, "adjoint"),
    ):
        if value != only:
            raise TrainingError(
                f"The {preset} preset is trained by its exact likelihood, on the CPU.",
                expected=f"{name} = {only}",
                got=f"{name} = {value}",
                hint=f"leave the {name} out",
            )
    if isinstance(generator, HistoryGenerator):
        return HistoryTrainer(generator, split.trials, settings, split.train)
    if isinstance(generator, MemoryGenerator):
        return MemoryTrainer(generator, split.train, settings)
    raise TypeError(f"no trainer for {type(generator).__name__}")


def _check_effect(generator: Generator, settings: TrainingSettings) -> None:
    preset = generator.spec.preset
    if isinstance(generator, LatentGenerator):
        if settings.statistics_weight == 0 == settings.for_preset(preset).critic_weight:
            raise TrainingError(
                f"Nothing is left for the {preset} preset to train on.",
                expected="statistics_weight or critic_weight above 0",
                got="statistics_weight = 0, critic_weight = 0",
                hint="leave one of them out",
            )
        return
    usual = _AS_THE_PRESET.for_preset(preset)
    useless = [
        name
        for name in ("shots", "exact", "gradient_cells")
        if getattr(settings, name) not in (None, getattr(usual, name))
    ]
    if useless:
        raise TrainingError(
            f"The {preset} preset makes no use of {' and '.join(useless)}.",
            expected="settings of a training by likelihood, which takes no shots",
            got=", ".join(f"{name} = {getattr(settings, name)}" for name in useless),
            hint=f"leave {' and '.join(useless)} out",
        )


def train_generator(
    generator: Generator,
    split: Split,
    settings: TrainingSettings = _AS_THE_PRESET,
    device: Device = "cpu",
    *,
    on_step: Callable[[StepReport], None] | None = None,
) -> Generator:
    """Train a generator from its first step to its last, in memory.

    The same preset, seed and recording give the same weights, bit for bit, as
    ``neuroqgan train``, which keeps metrics and checkpoints as well
    (`neuroqgan.training.loop.train`).

    Parameters
    ----------
    generator, split, settings, device
        See `build_trainer`.
    on_step
        Called after every step.

    Returns
    -------
    Generator
        The same one, with the averaged weights of the training.

    Raises
    ------
    TrainingError
        See `build_trainer`.
    DivergenceError
        If a loss or gradient is not finite.
    """
    trainer = build_trainer(generator, split, settings, device)
    with one_torch_thread():
        while not trainer.finished:
            report = trainer.step()
            if on_step is not None:
                on_step(report)
        trainer.finish()
    return trainer.generator
