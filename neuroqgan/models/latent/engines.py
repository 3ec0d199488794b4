"""Moment engines by the name of their gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from neuroqgan import checks
from neuroqgan.errors import ConfigError
from neuroqgan.gradients.adjoint import AdjointEngine
from neuroqgan.training.settings import Device

if TYPE_CHECKING:
    from neuroqgan.gradients.moments import MomentEngine
    from neuroqgan.training.settings import TrainingSettings


def build_engine(settings: TrainingSettings, device: Device = "cpu") -> MomentEngine:
    """Return the moment engine for the settings.

    Parameters
    ----------
    settings
        Settings of the training.
    device
        Compute device for exact cells; ``auto`` takes a CUDA device if torch finds one.

    Raises
    ------
    ConfigError
        If there is no such compute device, or the gradient comes from shots, which need the CPU.
    """
    on_cuda = check_device(device)
    if settings.gradient != "adjoint" and device != "cpu":
        raise ConfigError(
            "Shots are simulated on the CPU.",
            expected="device = cpu with a gradient from shots",
            got=f"device = {device}, gradient = {settings.gradient}",
            hint="leave the device out, or gradient = adjoint",
        )
    if settings.gradient == "adjoint":
        if not on_cuda:
            return AdjointEngine()
        import torch

        from neuroqgan.gradients.torch_engine import TorchEngine

        return TorchEngine(torch.device("cuda"))
    from neuroqgan.backends.local.shots import AerShots
    from neuroqgan.gradients.shifts import ParameterShift, Spsa
    from neuroqgan.gradients.shot_engine import ShotEngine

    rule = ParameterShift() if settings.gradient == "parameter-shift" else Spsa()
    return ShotEngine(rule, AerShots(), settings.shots, settings.gradient_cells)


def check_device(device: Device) -> bool:
    """Return whether cells are evaluated on a CUDA device.

    Raises
    ------
    ConfigError
        If there is no such kind of device, or a CUDA device is asked for and torch finds none.
    """
    checks.choice("device", device, get_args(Device))
    if device == "cpu":
        return False
    import torch

    found = torch.cuda.is_available()
    if device == "cuda" and not found:
        raise ConfigError(
            "There is no CUDA compute device.",
            expected="a CUDA device that torch finds, and a torch built for it",
            got=f"torch {torch.__version__}, no device",
            hint="device = cpu, or device = auto",
        )
    return found
