"""Settings that contradict each other, or have no effect beside others: refused, not passed over.

Somebody who asks for ``latents`` of a preset without them would otherwise read a result as one of
the latents. All functions take plain mappings of values by key, and know of a preset only what it
declares.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from neuroqgan.errors import ConfigError
from neuroqgan.models.hyper_parameters import hyper_parameters
from neuroqgan.models.presets import find_preset, preset_names
from neuroqgan.runs.covariate_rules import check_covariates

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from neuroqgan.models.preset_type import Preset

BY_GRADIENTS_ONLY = ("shots", "exact", "gradient_cells", "device")
"""Settings without effect on a preset that is trained by its exact likelihood."""

RENAMED = {"second_readers": "redundant_readout"}
"""Keys of earlier versions, and what they are called now."""

# What this asks for is so with every preset, as the others never leave the processor.
_ALWAYS_TRUE: dict[str, Any] = {"device": "cpu"}


def accept_hyper_parameters(
    values: Mapping[str, Any], known: Container[str], where: str = ""
) -> dict[str, Any]:
    """Check keys and the values of hyper-parameters, and give those of earlier versions new names.

    Parameters
    ----------
    values
        By key.
    known
        All keys except those of hyper-parameters.
    where
        What to add to a message, such as `` in run.toml``.

    Raises
    ------
    ConfigError
        If a key or the preset is unknown, or a hyper-parameter is out of range.
    """
    accepted = {RENAMED.get(key, key): value for key, value in values.items()}
    name = accepted.get("preset")
    if name is not None and name not in preset_names():
        raise ConfigError(
            f"Impossible value for preset{where}.",
            expected=", ".join(preset_names()),
            got=repr(name),
            hint=f"`preset = {_nearest(str(name), preset_names())}`",
        )
    shared = hyper_parameters()
    for key, value in list(accepted.items()):
        if key in known:
            continue
        if key not in shared:
            raise ConfigError(
                f"Unknown key {key!r}{where}.",
                expected="a key that `neuroqgan config show` prints, or a hyper-parameter of a "
                f"preset: {', '.join(shared)}",
                got=key,
                hint=_closest(key, [*shared, *(known if isinstance(known, dict) else ())]),
            )
        if value is None:
            del accepted[key]
            continue
        # A name alone may be that of a run with another preset than the default.
        owner = name if name in shared[key].defaults else next(iter(shared[key].defaults))
        accepted[key] = _checked(find_preset(owner), key, value, where)
    return accepted


def _checked(preset: Preset, key: str, value: Any, where: str) -> Any:
    declared = next(one for one in preset.shape.hyper_parameters() if one.key == key)
    try:
        return getattr(preset.shape(**{declared.name: value}), declared.name)
    except ValidationError as error:
        message = error.errors()[0]["msg"]
        choices = hyper_parameters()[key].choices
        raise ConfigError(
            f"Impossible value for {key}{where}.",
            expected=message[:1].lower() + message[1:],
            got=repr(value),
            hint=f"`{key} = {choices[0]}`" if choices else f"`{key} = {declared.default}`",
        ) from error


def check_gradient(values: Mapping[str, Any]) -> None:
    """Check that the gradient suits the preset and the critic.

    Parameters
    ----------
    values
        Of a configuration, by key.

    Raises
    ------
    ConfigError
        If not.
    """
    gradient, preset = values["gradient"], find_preset(values["preset"])
    if gradient == "adjoint":
        return
    if values["exact"]:
        raise ConfigError(
            "A training without shots cannot be differentiated by shots.",
            expected="gradient = adjoint, since exact = true",
            got=f"gradient = {gradient}",
            hint="`gradient = adjoint`, or leave `exact` out",
        )
    if preset.by_likelihood:
        raise ConfigError(
            f"The {preset.name} preset is trained by its exact likelihood.",
            expected="gradient = adjoint",
            got=f"gradient = {gradient}",
            hint=f"leave `gradient` out, or {_preset_hint(_others(lambda p: not p.by_likelihood))}",
        )


def check_effect(values: Mapping[str, Any], given: Iterable[str]) -> None:
    """Check that settings have an effect.

    Parameters
    ----------
    values
        Of the configuration that they are part of, by key; None is decided by the preset.
    given
        Keys of the settings to check.

    Raises
    ------
    ConfigError
        If the preset, the gradient, or the missing critic leaves one without effect.
    """
    preset, gradient = find_preset(values["preset"]), values["gradient"]
    asked = [key for key in given if key not in _ALWAYS_TRUE or values[key] != _ALWAYS_TRUE[key]]
    useless = [key for key in asked if not _has_effect(preset, key)]
    if useless:
        others = _others(lambda other: all(_has_effect(other, key) for key in useless))
        own = [one.key for one in preset.shape.hyper_parameters()]
        raise ConfigError(
            f"The {preset.name} preset makes no use of {_and(useless)}.",
            expected=f"settings of that preset, such as {', '.join(own[:4] or ['steps'])}",
            got=_values(values, useless),
            hint=f"leave {_quoted(useless)} out"
            + (f", or {_preset_hint(others)}" if others else ""),
        )
    check_covariates(values, asked)
    by_shots = gradient != "adjoint"
    weight = values["critic_weight"]
    has_critic = bool(preset.recipe.critic_weight if weight is None else weight)
    if not (values["statistics_weight"] or has_critic or preset.by_likelihood):
        raise ConfigError(
            f"Nothing is left for the {preset.name} preset to train on.",
            expected="statistics_weight or critic_weight above 0",
            got="statistics_weight = 0, critic_weight = 0",
            hint="leave `statistics_weight` or `critic_weight` out",
        )
    if "gradient_cells" in asked and not by_shots:
        raise ConfigError(
            "An exact gradient differentiates all cell circuits.",
            expected="gradient = parameter-shift or spsa beside gradient_cells",
            got=f"{_values(values, ['gradient_cells'])}, gradient = {gradient}",
            hint="leave `gradient_cells` out, or `gradient = parameter-shift`",
        )
    if "device" in asked and by_shots:
        raise ConfigError(
            "Gradients from shots are computed on the processor.",
            expected="gradient = adjoint beside another compute device",
            got=f"{_values(values, ['device'])}, gradient = {gradient}",
            hint="leave `device` out, or `gradient = adjoint`",
        )
    if "shots" in asked and not by_shots and not has_critic:
        raise ConfigError(
            "A training without critic and with an exact gradient takes no shots.",
            expected="a critic, or gradient = parameter-shift or spsa, beside shots",
            got=f"{_values(values, ['shots'])}, critic_weight = 0, gradient = adjoint",
            hint="leave `shots` out",
        )


def check_samples(values: Mapping[str, Any], given: Iterable[str]) -> None:
    """Check that samples are either windows or whole trials.

    Parameters
    ----------
    values
        Of a configuration, by key.
    given
        Keys of the settings that were given.

    Raises
    ------
    ConfigError
        If numbers of both are given.
    """
    if values["trials"] is not None and "samples" in given:
        raise ConfigError(
            "Samples are either windows or whole trials.",
            expected="samples (of windows), or trials",
            got=_values(values, ["samples", "trials"]),
            hint="leave `samples` or `trials` out",
        )


def _has_effect(preset: Preset, key: str) -> bool:
    if key in BY_GRADIENTS_ONLY:
        return not preset.by_likelihood
    shared = hyper_parameters().get(key)
    return shared is None or preset.name in shared.defaults


def _others(is_fit: Any) -> list[str]:
    """Return the presets that would do, in their order."""
    defaults = {name: None for one in hyper_parameters().values() for name in one.defaults}
    return [name for name in defaults if is_fit(find_preset(name))]


def _preset_hint(names: list[str]) -> str:
    return f"`preset = {names[0]}`"


def _values(values: Mapping[str, Any], keys: Iterable[str]) -> str:
    return ", ".join(f"{key} = {values[key]}" for key in keys)


def _quoted(keys: list[str]) -> str:
    return _and([f"`{key}`" for key in keys])


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _closest(key: str, keys: list[str]) -> str:
    similar = difflib.get_close_matches(key, keys, n=1)
    return similar[0] if similar else "neuroqgan config show"


def _nearest(name: str, names: tuple[str, ...]) -> str:
    return (difflib.get_close_matches(name, names, n=1) or names)[0]
