"""Options generated from the declarations of settings: of runs, trainings and generators."""

from __future__ import annotations

from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from neuroqgan.cli.grouped_option import GroupedOption
from neuroqgan.models.hyper_parameters import hyper_parameters
from neuroqgan.models.presets import find_preset, preset_names
from neuroqgan.runs.config import RunConfig, keys
from neuroqgan.runs.setting_rules import BY_GRADIENTS_ONLY, RENAMED

if TYPE_CHECKING:
    import click
    from pydantic.fields import FieldInfo


def options_of(wanted: tuple[str, ...]) -> list[click.Option]:
    """Return options for keys of the configuration.

    Parameters
    ----------
    wanted
        Keys, or headings that stand for all of their keys.
    """
    return list(_options_of(wanted, preset_names()))


@cache
def _options_of(wanted: tuple[str, ...], _presets: tuple[str, ...]) -> tuple[click.Option, ...]:
    shared = hyper_parameters()
    made: list[click.Option] = []
    for key in keys():
        heading = (
            shared[key].group if key in shared else _says(RunConfig.model_fields[key])["group"]
        )
        if key not in wanted and heading not in wanted:
            continue
        if key in shared:
            one = shared[key]
            text = f"{one.help}. [{_by_preset(one.defaults)}]"
            made.append(_option(key, one.annotation, text, heading, None))
        else:
            field = RunConfig.model_fields[key]
            text = f"{field.description}.{_shown(key, field)}"
            option = _option(key, field.annotation, text, heading, _says(field)["metavar"])
            if key == "preset":
                presets = [find_preset(name) for name in preset_names()]
                option.explained = [(preset.name, preset.summary) for preset in presets]
            made.append(option)
        made += [
            GroupedOption([_flag(old), old], hidden=True, type=_type(field.annotation))
            for old, new in RENAMED.items()
            if new == key
        ]
    return tuple(made)


def _option(
    key: str, annotation: Any, text: str, heading: str, metavar: str | None
) -> GroupedOption:
    kind = _type(annotation)
    if kind is bool:
        return GroupedOption([_flag(key)], is_flag=True, default=None, help=text, group=heading)
    choices = _choices(annotation)
    return GroupedOption(
        [_flag(key)],
        type=kind,
        metavar=metavar or ("|".join(choices) if choices else None),
        help=text,
        group=heading,
    )


def _flag(key: str) -> str:
    return "--" + key.replace("_", "-")


def _says(field: FieldInfo) -> dict[str, Any]:
    extra = field.json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


def _type(annotation: Any) -> type:
    """Return the type of a value, without None; of choices it is that of words."""
    kinds = [kind for kind in (get_args(annotation) or (annotation,)) if kind is not NoneType]
    return kinds[0] if kinds[0] in {bool, int, float} else str


def _choices(annotation: Any) -> tuple[str, ...]:
    for kind in (annotation, *get_args(annotation)):
        if get_origin(kind) is Literal:
            return tuple(map(str, get_args(kind)))
    return ()


def _shown(key: str, field: FieldInfo) -> str:
    """Return in brackets what a setting is if it is not given."""
    shown = _says(field)["shown"]
    if shown is not None:
        return f" [{shown}]"
    if key in find_preset(preset_names()[0]).recipe.defaults():
        return f" [{_decided(key)}]"
    if field.default is None or field.default is False:
        return ""
    return f" [{field.default}]"


def _decided(key: str) -> str:
    """Return the defaults of a setting that preset and gradient decide."""
    presets = [find_preset(name) for name in preset_names()]
    if key in BY_GRADIENTS_ONLY:
        presets = [preset for preset in presets if not preset.by_likelihood]
    exact = {preset.name: preset.recipe.defaults()[key] for preset in presets}
    by_shots = {
        preset.recipe.defaults("spsa")[key] for preset in presets if not preset.by_likelihood
    }
    usual = {preset.recipe.defaults()[key] for preset in presets if not preset.by_likelihood}
    if by_shots == usual:
        return _by_preset(exact)
    others = ", ".join(f"{value}" for value in sorted(by_shots))
    return f"{_by_preset(exact)}; with gradients from shots: {others}"


def _by_preset(defaults: dict[str, Any]) -> str:
    """Return defaults with the presets that have them, such as ``history: 2, spiqgan: 5``."""
    presets: dict[Any, list[str]] = {}
    for name, value in defaults.items():
        presets.setdefault(value, []).append(name)
    if list(presets.values()) == [list(preset_names())]:
        return _number(next(iter(presets)))
    return ", ".join(
        f"{' and '.join(names) if len(names) < 3 else ', '.join(names)}: {_number(value)}"
        for value, names in presets.items()
    )


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
