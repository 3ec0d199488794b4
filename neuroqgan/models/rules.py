"""Settings that make no sense for a preset, and rasters that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan import checks
from neuroqgan.errors import ConfigError, TrainingError

if TYPE_CHECKING:
    from neuroqgan.circuits.own_ansatz import GivenAnsatz
    from neuroqgan.models.preset_type import Preset
    from neuroqgan.training.settings import Device, TrainingSettings


def check_by_likelihood(preset: Preset, settings: TrainingSettings, device: Device) -> None:
    """Refuse settings without effect on a preset that is trained by its exact likelihood.

    Raises
    ------
    TrainingError
        If gradients from shots, another compute device, or settings of shots are asked for.
    """
    for name, value, only in (
        ("device", device, "cpu"),
        ("gradient", settings.gradient, "adjoint"),
    ):
        if value != only:
            raise TrainingError(
                f"The {preset.name} preset is trained by its exact likelihood, on the CPU.",
                expected=f"{name} = {only}",
                got=f"{name} = {value}",
                hint=f"leave the {name} out",
            )
    usual = type(settings)().with_defaults(preset.recipe.defaults())
    useless = [
        name
        for name in ("shots", "exact", "gradient_cells")
        if getattr(settings, name) not in (None, getattr(usual, name))
    ]
    if useless:
        raise TrainingError(
            f"The {preset.name} preset makes no use of {' and '.join(useless)}.",
            expected="settings of a training by likelihood, which takes no shots",
            got=", ".join(f"{name} = {getattr(settings, name)}" for name in useless),
            hint=f"leave {' and '.join(useless)} out",
        )


def check_something_is_left(preset: Preset, settings: TrainingSettings) -> None:
    """Refuse to train by neither statistics nor critic.

    Raises
    ------
    TrainingError
        If both weights are zero.
    """
    weight = settings.with_defaults(preset.recipe.defaults(settings.gradient)).critic_weight
    if settings.statistics_weight == 0 == weight:
        raise TrainingError(
            f"Nothing is left for the {preset.name} preset to train on.",
            expected="statistics_weight or critic_weight above 0",
            got="statistics_weight = 0, critic_weight = 0",
            hint="leave one of them out",
        )


def check_critic(preset: Preset, critic_weight: float | None, n_neurons: int) -> None:
    """Refuse a critic that was asked for and cannot take part.

    A critic that the preset brings along by default is left out of large populations in silence.

    Parameters
    ----------
    preset
        The preset.
    critic_weight
        Its weight; None if the preset decides.
    n_neurons
        Number of neurons.

    Raises
    ------
    ConfigError
        If it has a weight other than the preset's own, and there are too many neurons for one.
    """
    most = preset.max_critic_neurons
    own = critic_weight in (None, 0, preset.recipe.critic_weight)
    if own or most is None or n_neurons <= most:
        return
    raise ConfigError(
        f"The {preset.name} preset trains without critics above {most} neurons.",
        expected=f"critic_weight = 0, or at most {most} neurons",
        got=f"critic_weight = {critic_weight:g}, {n_neurons} neurons",
        hint="critic_weight = 0",
    )


def with_ansatz(
    preset: str, ansatz: GivenAnsatz, given: dict[str, Any], *, taken: bool
) -> dict[str, Any]:
    """Return the hyper-parameters of a generator with an ansatz of the user's own.

    Parameters
    ----------
    preset
        Name of the preset.
    ansatz
        The user's circuit, or the function that builds it.
    given
        Hyper-parameters that were given, by Python name.
    taken
        Whether the preset can be trained with such an ansatz.

    Raises
    ------
    ConfigError
        If it cannot, or hyper-parameters are given that the ansatz itself decides.
    """
    if not taken:
        raise ConfigError(
            f"The preset {preset} cannot be trained with an ansatz of your own.",
            expected="no ansatz, or a preset that is trained by shots",
            got="an ansatz of your own",
            hint="preset = stationary",
        )
    fixed = sorted({"n_layers", "entangling"} & set(given))
    if fixed:
        raise ConfigError(
            f"With an ansatz of your own, {' and '.join(fixed)} cannot be chosen.",
            expected="layers and gates as the ansatz has them",
            got=", ".join(f"{name} = {given[name]}" for name in fixed),
            hint=f"leave {' and '.join(fixed)} out",
        )
    n_qubits = getattr(ansatz, "num_qubits", None)
    return given if n_qubits is None else {"group_size": n_qubits, **given}


def check_raster_size(n_samples: int, n_bins: int) -> None:
    """Refuse an empty raster.

    Raises
    ------
    ConfigError
        If it has no sample or no bin.
    """
    checks.whole("n_samples", n_samples, 1)
    checks.whole("n_bins", n_bins, 1)
