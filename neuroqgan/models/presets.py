"""Presets by name: the built-in ones, and those of other packages.

Another package adds a preset with an entry point in the group ``neuroqgan.generators`` that loads
a `Preset`.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from neuroqgan import checks
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from neuroqgan.models.preset_type import Preset

GROUP = "neuroqgan.generators"
"""Entry points of this group are presets of other packages."""

_BUILT_IN = {
    "stationary": "neuroqgan.models.latent.presets:STATIONARY",
    "history": "neuroqgan.models.history.preset:HISTORY",
    "memory": "neuroqgan.models.memory.preset:MEMORY",
    "spiqgan": "neuroqgan.models.latent.presets:SPIQGAN",
}


@cache
def preset_names() -> tuple[str, ...]:
    """Return the names of all presets, built-in ones first.

    Examples
    --------
    >>> from neuroqgan import preset_names
    >>> preset_names()[:4]
    ('stationary', 'history', 'memory', 'spiqgan')
    """
    others = sorted(point.name for point in entry_points(group=GROUP))
    return (*_BUILT_IN, *(name for name in others if name not in _BUILT_IN))


@cache
def find_preset(name: str) -> Preset:
    """Return a preset.

    Parameters
    ----------
    name
        Its name.

    Raises
    ------
    ConfigError
        If there is none of that name, or its package does not provide one.
    """
    from neuroqgan.models.preset_type import Preset

    if name in _BUILT_IN:
        found = resolve_name(_BUILT_IN[name])
    else:
        checks.choice("preset", name, preset_names())
        (point, *_) = entry_points(group=GROUP, name=name)
        found = point.load()
    if not isinstance(found, Preset) or found.name != name:
        raise ConfigError(
            f"The entry point {name} does not provide a preset of that name.",
            expected=f"a neuroqgan.models.preset_type.Preset named {name}",
            got=repr(found),
        )
    return found


@cache
def generator_class(preset: str) -> type[Any]:
    """Return the class that implements a preset.

    Parameters
    ----------
    preset
        Its name.

    Raises
    ------
    ConfigError
        If there is no such preset.
    """
    found: type[Any] = resolve_name(find_preset(preset).generator)
    return found
