"""Settings that contradict each other, or have no effect beside others: refused, not passed over.

Somebody who asks for `--latents` of a preset without them would otherwise read a result as one of
the latents. A value that is the default anyway may stay in a file, since `neuroqgan config show`
writes them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neuroqgan.runs.config import RunConfig

_CELLS = ("stationary", "history", "spiqgan")
_LATENTS = ("stationary", "spiqgan")

PRESETS: dict[str, tuple[str, ...]] = {
    "layers": _CELLS,
    "group_size": _CELLS,
    "entangling": _CELLS,
    "latents": ("stationary",),
    "own_latents": ("stationary",),
    "memory_qubits": ("memory",),
    "mixing_layers": ("memory",),
    "emission_qubits": ("memory",),
    "past": ("history",),
    "shots": _LATENTS,
    "exact": _LATENTS,
    "gradient_cells": _LATENTS,
    "device": _LATENTS,
}
"""The presets for which a setting has an effect; one that is not named here has it for all."""

# What this asks for is so with every preset, as the others never leave the processor.
_ALWAYS_TRUE: dict[str, Any] = {"device": "cpu"}


def unusual(config: RunConfig) -> list[str]:
    """Return the keys that were given with values other than they would have had anyway."""
    usual = {key: field.default for key, field in type(config).model_fields.items()}
    decided = config.decided
    return [
        key
        for key in sorted(config.model_fields_set)
        if getattr(config, key) not in (usual[key], decided.get(key, usual[key]))
    ]


def check_gradient(config: RunConfig) -> None:
    """Check that what is asked for can be differentiated as it is asked for.

    Raises
    ------
    ConfigError
        If not.
    """
    if config.gradient == "adjoint":
        return
    if config.exact:
        raise ConfigError(
            "A training without shots cannot be differentiated by shots.",
            expected="gradient = adjoint beside --exact",
            got=f"gradient = {config.gradient}",
            hint="--gradient adjoint, or leave --exact out",
        )
    if config.preset in {"history", "memory"}:
        raise ConfigError(
            f"The {config.preset} preset is trained by its exact likelihood.",
            expected="gradient = adjoint",
            got=f"gradient = {config.gradient}",
            hint="leave --gradient out, or --preset stationary",
        )


def check_effect(config: RunConfig, given: Iterable[str]) -> None:
    """Check that settings have an effect.

    Parameters
    ----------
    config
        The configuration that they are part of.
    given
        Their keys.

    Raises
    ------
    ConfigError
        If the preset, the gradient, or the missing critic leaves one without effect.
    """
    asked = [
        key for key in given if key not in _ALWAYS_TRUE or getattr(config, key) != _ALWAYS_TRUE[key]
    ]
    useless = [key for key in asked if config.preset not in PRESETS.get(key, (config.preset,))]
    if useless:
        others = [p for p in (*_CELLS, "memory") if all(p in PRESETS[key] for key in useless)]
        raise ConfigError(
            f"The {config.preset} preset makes no use of {_and(useless)}.",
            expected=f"settings of that preset, such as {', '.join(_own(config.preset))}",
            got=_values(config, useless),
            hint=_leave_out(useless) + (f", or --preset {others[0]}" if others else ""),
        )
    by_shots = config.gradient != "adjoint"
    weight = config.critic_weight
    has_critic = bool(config.decided["critic_weight"] if weight is None else weight)
    if not (config.statistics_weight or has_critic) and config.preset in _LATENTS:
        raise ConfigError(
            f"Nothing is left for the {config.preset} preset to train on.",
            expected="statistics_weight or critic_weight above 0",
            got="statistics_weight = 0, critic_weight = 0",
            hint="leave --statistics-weight or --critic-weight out",
        )
    if "gradient_cells" in asked and not by_shots:
        raise ConfigError(
            "An exact gradient differentiates all cells.",
            expected="gradient = parameter-shift or spsa beside gradient_cells",
            got=f"{_values(config, ['gradient_cells'])}, gradient = {config.gradient}",
            hint="leave --gradient-cells out, or --gradient parameter-shift",
        )
    if "device" in asked and by_shots:
        raise ConfigError(
            "Shots come from the processor.",
            expected="gradient = adjoint beside another device",
            got=f"{_values(config, ['device'])}, gradient = {config.gradient}",
            hint="leave --device out, or --gradient adjoint",
        )
    if "shots" in asked and not by_shots and not has_critic:
        raise ConfigError(
            "A training without critic and with an exact gradient takes no shots.",
            expected="a critic, or gradient = parameter-shift or spsa, beside shots",
            got=f"{_values(config, ['shots'])}, critic_weight = 0, gradient = adjoint",
            hint="leave --shots out",
        )


def _own(preset: str) -> list[str]:
    return [key for key, presets in PRESETS.items() if preset in presets][:4]


def _values(config: RunConfig, keys: list[str]) -> str:
    return ", ".join(f"{key} = {getattr(config, key)}" for key in keys)


def _leave_out(keys: list[str]) -> str:
    return f"leave {_and(['--' + key.replace('_', '-') for key in keys])} out"


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
