"""Moment engines by the name of their gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from neuroqgan.connector.adjoint import AdjointEngine
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from neuroqgan.connector.moments import MomentEngine
    from neuroqgan.training.settings import TrainingSettings

Device = Literal["cpu", "cuda", "auto"]


def build_engine(settings: TrainingSettings, device: Device = "cpu") -> MomentEngine:
    """Return the engine that the settings ask for.

    Parameters
    ----------
    settings
        Of the training.
    device
        Where exact cells are evaluated; ``auto`` takes a CUDA device where torch finds one. Shots
        always come from the processor.

    Raises
    ------
    ConfigError
        If a device is asked for and there is none.
    """
    if settings.gradient == "adjoint":
        if not check_device(device):
            return AdjointEngine()
        import torch

        from neuroqgan.connector.torch_engine import TorchEngine

        return TorchEngine(torch.device("cuda"))
    from neuroqgan.backends.shots import AerShots
    from neuroqgan.connector.shifts import ParameterShift, Spsa
    from neuroqgan.connector.shot_engine import ShotEngine

    rule = ParameterShift() if settings.gradient == "parameter-shift" else Spsa()
    return ShotEngine(rule, AerShots(), settings.shots, settings.gradient_cells)


def check_device(device: Device) -> bool:
    """Return whether cells are evaluated on a CUDA device.

    Raises
    ------
    ConfigError
        If one is asked for and torch finds none.
    """
    if device == "cpu":
        return False
    import torch

    found = torch.cuda.is_available()
    if device == "cuda" and not found:
        raise ConfigError(
            "There is no CUDA device.",
            expected="a device that torch finds, and a torch built for it",
            got=f"torch {torch.__version__}, no device",
            hint="--device cpu, or --device auto",
        )
    return found
