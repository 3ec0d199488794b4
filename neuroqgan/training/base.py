"""What all trainers have in common: steps, averages, and what they report."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import torch

from neuroqgan.errors import DivergenceError, TrainingError
from neuroqgan.training.averaging import WeightAverage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.data.split import Split
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.training.adversary import Adversary
    from neuroqgan.training.settings import Device, TrainingSettings

_FINAL_SHARE = 0.01


class Described(Protocol):
    """What fixes a trained model except its weights."""

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""

    @property
    def n_bins(self) -> int:
        """Time bins of a training window."""

    @property
    def bin_width(self) -> float:
        """Width of a bin in seconds."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Described:
        """Read what `to_dict` wrote, in this version or in one before."""


class TrainedModel(torch.nn.Module):
    """What a trainer needs to know of what it trains, beside its weights."""

    renamed: ClassVar[Mapping[str, str]]
    """Names of weights in files of version 0.1, and their names now."""

    @property
    def spec(self) -> Described:
        """Sizes and hyper-parameters."""
        raise NotImplementedError


@dataclass(frozen=True)
class StepReport:
    """What one step did; a line of the metrics file.

    Parameters
    ----------
    step
        Number of the step, from 1.
    loss
        What the generator minimised.
    statistics_loss
        Mean squared deviation of the moments in standard errors of the recording, unbiased; None
        where only the likelihood is trained.
    distance
        What the critic finds between rasters and recording: the Wasserstein distance, as it
        estimates it, or with ``history`` the difference of mean verdicts. None before it joins.
    gradient_norm
        Norm of the generator's gradient before clipping.
    learning_rate
        Of the generator.
    """

    step: int
    loss: float
    statistics_loss: float | None
    distance: float | None
    gradient_norm: float
    learning_rate: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


class BaseTrainer(ABC):
    """A training that does one step at a time and can be put aside between two.

    All randomness is addressed by the step, so a trainer that was saved and loaded goes on bit
    for bit like one that was not.

    Parameters
    ----------
    generator
        Its weights are set already.
    settings
        How to train.
    """

    generator: TrainedModel
    adversary: Adversary | None = None

    def __init__(self, generator: TrainedModel, settings: TrainingSettings) -> None:
        self.generator = generator
        self.settings = settings
        self.steps_done = 0
        self.average = WeightAverage(generator)
        self.optimiser = torch.optim.Adam(generator.parameters(), settings.learning_rate)

    @classmethod
    @abstractmethod
    def on_split(
        cls, generator: Any, split: Split, settings: TrainingSettings, device: Device
    ) -> BaseTrainer:
        """Return the trainer of a generator on the training part of a recording.

        Parameters
        ----------
        generator
            A generator of the family that the trainer is for.
        split
            The recording.
        settings
            How to train; what is not given is as the preset has it.
        device
            Compute device on which exact cells are evaluated, if there is a choice.

        Raises
        ------
        TrainingError
            If the recording does not have the generator's sizes.
        """

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.steps_done >= self.settings.steps

    @abstractmethod
    def step(self) -> StepReport:
        """Do one step.

        Raises
        ------
        DivergenceError
            If the loss or the gradient is not finite; the weights are as before the step.
        """

    def finish(self) -> None:
        """Put the averaged weights in; called once, after the last step."""
        self.average.apply(self.generator)

    def own_state(self) -> dict[str, torch.Tensor]:
        """Return what else a checkpoint has to keep; the tensors are the trainer's own."""
        return {}

    def _learning_rate(self, progress: float) -> float:
        """Return half a cosine, from the rate of the settings down to a hundredth of it."""
        cosine = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
        return self.settings.learning_rate * (_FINAL_SHARE + (1 - _FINAL_SHARE) * cosine)

    def _set_learning_rate(self, progress: float) -> float:
        rate = self._learning_rate(progress)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        return rate

    def _descend(self, loss: torch.Tensor, clip: float, average_from: float) -> float:
        """Follow a loss downhill by one step, and return the gradient's norm before clipping."""
        progress = self.steps_done / self.settings.steps
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        norm = float(torch.nn.utils.clip_grad_norm_(self.generator.parameters(), clip))
        self._check_finite(float(loss.detach()), norm)
        self.optimiser.step()
        if progress >= average_from:
            self.average.update(self.generator)
        self.steps_done += 1
        return norm

    def _check_finite(self, loss: float, norm: float, distance: float | None = None) -> None:
        if all(math.isfinite(value) for value in (loss, norm, distance or 0.0)):
            return
        raise DivergenceError(
            f"The training diverged at step {self.steps_done + 1}.",
            expected="a finite loss and gradient",
            got=f"loss {loss:g}, gradient norm {norm:g}, critic's distance {distance}",
            hint=f"--learning-rate {self.settings.learning_rate / 3:.2g} under a new --name; "
            "the last checkpoint is kept",
        )


def check_kind(generator: TrainedModel, kind: type[Any], trainer: str) -> None:
    """Check that a trainer can train a generator, before it touches the weights.

    Raises
    ------
    TrainingError
        If it cannot.
    """
    if not isinstance(generator, kind):
        preset = getattr(getattr(generator, "spec", None), "preset", None)
        raise TrainingError(
            f"{trainer} does not train this generator.",
            expected=f"a {kind.__name__}",
            got=type(generator).__name__ + (f", preset {preset}" if preset else ""),
            hint="generator.trainer(split, settings) returns the trainer that fits",
        )


def check_windows(generator: TrainedModel, windows: SpikeRaster) -> None:
    """Check that windows have the generator's shape.

    Raises
    ------
    TrainingError
        If they have not.
    """
    wanted = (generator.spec.n_bins, generator.spec.n_neurons)
    if (windows.n_bins, windows.n_neurons) != wanted:
        raise TrainingError(
            "The windows do not fit the generator.",
            expected=f"{wanted[0]} bins of {wanted[1]} neurons",
            got=f"{windows.n_bins} bins of {windows.n_neurons} neurons",
        )
    check_bin_width(generator, windows)


def check_bin_width(generator: TrainedModel, recording: SpikeRaster) -> None:
    """Check that bins are as wide as those that the generator will say it makes.

    Raises
    ------
    TrainingError
        If they are not.
    """
    wanted = generator.spec.bin_width
    # What is 0.02 in single precision is meant to be 0.02.
    if not math.isclose(recording.bin_width, wanted, rel_tol=1e-6):
        raise TrainingError(
            "The bins of the recording do not fit the generator.",
            expected=f"bins of {wanted:g} s",
            got=f"bins of {recording.bin_width:g} s",
            hint=f"bin_width = {recording.bin_width:g}",
        )
