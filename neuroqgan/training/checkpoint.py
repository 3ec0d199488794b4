"""Checkpoints: everything a trainer needs to continue bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from neuroqgan.errors import CheckpointError
from neuroqgan.tensors import check_recorded, fit, read_tensors, recorded, write_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from neuroqgan.training.base import BaseTrainer

FORMAT = "neuroqgan-checkpoint-2"
RELEASED = "neuroqgan-checkpoint-1"
"""The format of version 0.1: a flat spec, and other names of some weights."""


def save_checkpoint(trainer: BaseTrainer, path: Path, recording: str | None = None) -> None:
    """Write the state of a trainer.

    Parameters
    ----------
    trainer
        Between two steps.
    path
        The checkpoint; one that is there is replaced.
    recording
        SHA-256 of the spikes that it is trained on.

    Raises
    ------
    StorageError
        If the file cannot be written; the checkpoint before it stays.
    """
    metadata = {
        "format": FORMAT,
        "steps_done": trainer.steps_done,
        "n_averaged": trainer.average.n_updates,
        "spec": trainer.generator.spec.to_dict(),
        "settings": trainer.settings.to_dict(),
    } | recorded(recording)
    write_tensors(path, _state(trainer), metadata)


def load_checkpoint(trainer: BaseTrainer, path: Path, recording: str | None = None) -> None:
    """Put a trainer back where the checkpoint was written.

    Parameters
    ----------
    trainer
        Built from the same spec, windows and settings.
    path
        The checkpoint.
    recording
        SHA-256 of the spikes that the trainer has, or None for any.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, or of another format.
    CheckpointError
        If it was written with another generator, other settings, or on another recording.
    """
    tensors, metadata = read_tensors(path, FORMAT, RELEASED)
    check_recorded(metadata, recording, path)
    spec = trainer.generator.spec
    if metadata["format"] == RELEASED:
        metadata["spec"] = spec.from_dict(metadata["spec"]).to_dict()
        tensors = {_name_now(name, trainer.generator.renamed): t for name, t in tensors.items()}
    for mine, saved in (
        (_flat(spec.to_dict()), _flat(metadata["spec"])),
        (trainer.settings.to_dict(), metadata["settings"]),
    ):
        # How often a checkpoint is written changes nothing of what is trained.
        keys = (saved.keys() | mine.keys()) - {"checkpoint_every"}
        differing = sorted(key for key in keys if saved.get(key) != mine.get(key))
        if differing:
            raise CheckpointError(
                "The checkpoint was written with other settings.",
                expected=", ".join(f"{key} = {saved.get(key)}" for key in differing),
                got=", ".join(f"{key} = {mine.get(key)}" for key in differing),
                hint="resume with the settings of the run, or train a new one",
            )
    fit(_state(trainer), tensors, path)
    trainer.steps_done = metadata["steps_done"]
    trainer.average.n_updates = metadata["n_averaged"]


def steps_in(path: Path) -> int:
    """Return how many steps were done when a checkpoint was written.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, or of another format.
    """
    _, metadata = read_tensors(path, FORMAT, RELEASED)
    return int(metadata["steps_done"])


def _name_now(name: str, renamed: Mapping[str, str]) -> str:
    """Return what version 0.1 called a tensor as it is called now."""
    kind, _, weight = name.partition(".")
    return f"{kind}.{renamed.get(weight, weight)}" if kind in {"generator", "average"} else name


def _flat(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a spec with its hyper-parameters beside its sizes, as they are read out."""
    sizes = {key: value for key, value in spec.items() if key != "shape"}
    return {**sizes, **spec["shape"]}


def _state(trainer: BaseTrainer) -> dict[str, torch.Tensor]:
    """All tensors of a trainer by name; they are its own, so writing to them changes it."""
    state = {f"generator.{n}": w.detach() for n, w in trainer.generator.named_parameters()}
    state |= {f"average.{name}": weight for name, weight in trainer.average.weights.items()}
    state |= _moments("generator_adam", trainer.optimiser)
    if trainer.adversary is not None:
        critic = trainer.adversary.critic
        state |= {f"critic.{name}": weight.detach() for name, weight in critic.named_parameters()}
        state |= _moments("critic_adam", trainer.adversary.optimiser)
    state |= {f"own.{name}": tensor for name, tensor in trainer.own_state().items()}
    return state


def _moments(prefix: str, optimiser: torch.optim.Adam) -> dict[str, torch.Tensor]:
    """Moment estimates of Adam; made here, as zeros, where no step was done yet."""
    state: dict[str, torch.Tensor] = {}
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    for i, weight in enumerate(weights):
        slots = optimiser.state[weight]
        if not slots:
            slots["step"] = torch.tensor(0.0)
            slots["exp_avg"] = torch.zeros_like(weight)
            slots["exp_avg_sq"] = torch.zeros_like(weight)
        state |= {f"{prefix}.{i}.{name}": slot for name, slot in slots.items()}
    return state
