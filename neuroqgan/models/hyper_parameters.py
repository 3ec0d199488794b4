"""The hyper-parameters of all presets by key: for options, configuration files and checks.

Nothing heavy is imported here, so that the command line lists its options without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from neuroqgan.models.presets import find_preset, preset_names
from neuroqgan.models.spec import shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.models.preset_type import Preset
    from neuroqgan.models.shape import Shape


@dataclass(frozen=True)
class SharedHyperParameter:
    """A hyper-parameter with the presets that have it.

    Parameters
    ----------
    key
        Its name in configuration files; the option is the same with hyphens.
    annotation
        Its type, such as ``int`` or a ``Literal`` of choices.
    help
        What it means, a phrase that stands on its own.
    lowest, highest
        Limits of a number, both allowed, or None.
    group
        Heading under which the option is listed.
    defaults
        Its default by preset, for all presets that have it.
    """

    key: str
    annotation: Any
    help: str
    lowest: int | None
    highest: int | None
    group: str
    defaults: dict[str, Any]

    @property
    def choices(self) -> tuple[str, ...]:
        """All possible values if they are words, otherwise nothing."""
        return tuple(map(str, get_args(self.annotation)))


def hyper_parameters() -> dict[str, SharedHyperParameter]:
    """Return the hyper-parameters of all presets by key, in the order of their declarations.

    If presets share a key, type, limits and help are those of the first one. A preset of another
    package that cannot be loaded is left out; choosing it says what is wrong with it.

    Examples
    --------
    >>> from neuroqgan.models.hyper_parameters import hyper_parameters
    >>> hyper_parameters()["memory_qubits"].defaults
    {'memory': 5}
    """
    return dict(_shared(preset_names()))


@cache
def _shared(names: tuple[str, ...]) -> dict[str, SharedHyperParameter]:
    found: dict[str, SharedHyperParameter] = {}
    for preset in _loadable(names):
        for declared in preset.shape.hyper_parameters():
            shared = found.setdefault(
                declared.key,
                SharedHyperParameter(
                    declared.key,
                    declared.annotation,
                    declared.help,
                    declared.lowest,
                    declared.highest,
                    declared.group,
                    {},
                ),
            )
            shared.defaults[preset.name] = declared.default
    return found


def default_values(preset: str) -> dict[str, Any]:
    """Return the defaults of a preset's hyper-parameters by key.

    Parameters
    ----------
    preset
        Its name.

    Raises
    ------
    ConfigError
        If there is no such preset.
    """
    return {one.key: one.default for one in find_preset(preset).shape.hyper_parameters()}


def shape_from_keys(preset: str, values: Mapping[str, Any]) -> Shape:
    """Return the hyper-parameters of a preset, from values by key.

    Parameters
    ----------
    preset
        Its name.
    values
        By key; those not given have the preset's defaults, and other keys are ignored.

    Raises
    ------
    ConfigError
        If there is no such preset, or a value is out of range.
    """
    declared = find_preset(preset).shape.hyper_parameters()
    return shape_of(preset, {one.name: values[one.key] for one in declared if one.key in values})


def _loadable(names: tuple[str, ...]) -> list[Preset]:
    """Return presets by name, except those of other packages that cannot be loaded."""
    found = []
    for name in names:
        try:
            found.append(find_preset(name))
        # Whatever another package raises, help and all other presets must not depend on it.
        except Exception:  # noqa: BLE001, S112  # said when the preset is chosen
            continue
    return found
