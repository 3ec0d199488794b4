"""Configurations put together from options and a TOML file: options override the file."""

from __future__ import annotations

import reprlib
import tomllib
import warnings
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from neuroqgan.errors import ConfigError, NeuroqganWarning
from neuroqgan.models.hyper_parameters import hyper_parameters
from neuroqgan.models.presets import preset_names
from neuroqgan.runs.config import RunConfig, decided_by, keys
from neuroqgan.runs.config_keys import NONE
from neuroqgan.runs.run_names import RELEASED, name_ending
from neuroqgan.runs.setting_rules import RENAMED, accept_hyper_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class ConfigWarning(NeuroqganWarning):
    """Something of a configuration is left out."""


def build_config(given: Mapping[str, Any], file: Path | None = None) -> RunConfig:
    """Put a configuration together; it is not resolved yet.

    What a file has only because its own preset and gradient decided so says nothing about another
    preset or gradient that is asked for, and is left out. So is the name that its training would
    have had anyway.

    Parameters
    ----------
    given
        Values by key, which override those of the file; None means not given.
    file
        A TOML file with the same keys.

    Raises
    ------
    ConfigError
        If the file is missing or is not TOML.
    ConfigError
        If a key is unknown or a value impossible.

    Warns
    -----
    ConfigWarning
        If values of the file are left out.
    """
    given = {key: value for key, value in given.items() if value is not None}
    if file is None:
        return _checked(given, file)
    values = {RENAMED.get(key, key): value for key, value in read_toml(file).items()}
    taken = without_unused_defaults(_for_another_preset(values, given, file), values.get("preset"))
    config = _checked(taken | given, file)
    if "name" in given or "name" not in taken:
        return config
    # A name that was made from the file's own training is not pinned for another one.
    own = _own_name_ending(values, file)
    if own is None or not str(taken["name"]).endswith(own):
        return config
    nameless = {key: value for key, value in taken.items() if key != "name"}
    other = _checked(nameless | given, file)
    same = name_ending(other.resolved().training_identity()) == own
    return config if same else other


def read_config(file: Path) -> RunConfig:
    """Read the resolved configuration of a run as it stands.

    Parameters
    ----------
    file
        Written by this version or an earlier one.

    Raises
    ------
    ConfigError
        If the file is missing or is not TOML, a key is unknown, or a value impossible.
    """
    # Runs of earlier versions were trained without covariates, and do not say so.
    values = {"covariates": NONE} | read_toml(file)
    return _checked(without_unused_defaults(values, values.get("preset")), file)


def without_unused_defaults(values: Mapping[str, Any], preset: str | None) -> dict[str, Any]:
    """Leave out hyper-parameters that a preset does not have and that have their default.

    Version 0.1 wrote the hyper-parameters of all presets into every configuration.

    Parameters
    ----------
    values
        By key.
    preset
        The preset for which they were written; None if they do not say it.
    """
    if preset is None:
        return dict(values)
    unused = {
        key: {RELEASED.get(key), *shared.defaults.values()}
        for key, shared in hyper_parameters().items()
        if preset not in shared.defaults
    }
    return {k: v for k, v in values.items() if k not in unused or v not in unused[k]}


def read_toml(file: Path) -> dict[str, Any]:
    """Read a TOML file of single values.

    Raises
    ------
    ConfigError
        If it is missing, is not TOML, or holds tables, lists or null bytes, which no key has.
    """
    values = read_toml_tables(file)
    for key, value in values.items():
        if isinstance(value, list | dict) or "\0" in str(value):
            raise ConfigError(
                f"Impossible value for {key} in {file}.",
                expected="a single number, text without null bytes, true or false",
                got=f"{reprlib.repr(value)}",
                hint="neuroqgan config show > run.toml",
            )
    return values


def read_toml_tables(file: Path) -> dict[str, Any]:
    """Read a TOML file, whatever it holds.

    Raises
    ------
    ConfigError
        If it is missing, or is not TOML.
    """
    shape = f"TOML with keys such as {', '.join(keys()[:4])}"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(
            f"The configuration {file} cannot be read.",
            expected=shape,
            got=error.strerror or str(error),
            hint="neuroqgan config show > run.toml",
        ) from error
    # Besides its own error the parser raises that of numbers of thousands of digits, or of lists
    # within lists within lists.
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"The configuration {file} is not TOML.",
            expected=shape,
            got=str(error),
            hint="neuroqgan config show > run.toml",
        ) from error


def _for_another_preset(
    values: dict[str, Any], given: Mapping[str, Any], file: Path
) -> dict[str, Any]:
    """Return the values of a file that hold beside another preset or gradient."""
    changed = {
        key: given[key]
        for key in ("preset", "gradient")
        if key in given and key in values and given[key] != values[key]
    }
    mine = {"preset": values.get("preset"), "gradient": values.get("gradient", "adjoint")} | changed
    if not changed or not {values.get("preset"), mine["preset"]} <= {*preset_names(), None}:
        return values
    default = RunConfig.model_fields["preset"].default
    theirs = decided_by(values.get("preset") or default, values.get("gradient", "adjoint"))
    here = decided_by(mine["preset"] or default, mine["gradient"])
    pinned = [k for k in theirs if k in values and k not in given and values[k] == theirs[k]]
    differing = [k for k in pinned if k in here and values[k] != here[k]]
    if differing:
        set_ = ", ".join(f"{key} = {values[key]}" for key in differing)
        instead = " and ".join(f"{key} = {value}" for key, value in changed.items())
        of = " and ".join(f"{key} = {values[key]}" for key in changed)
        warnings.warn(
            f"{file} was written for {of}, which set {set_}; with {instead} these values are not "
            "used.",
            ConfigWarning,
            stacklevel=3,
        )
    return {key: value for key, value in values.items() if key not in pinned}


def _own_name_ending(values: dict[str, Any], file: Path) -> str | None:
    """Return the end of the name that a file's own training would have, if it makes sense."""
    try:
        own = _checked(without_unused_defaults(values, values.get("preset")), file)
    except ConfigError:
        return None
    return name_ending(own.resolved().training_identity())


def _checked(values: Mapping[str, Any], file: Path | None) -> RunConfig:
    where = "" if file is None else f" in {file}"
    accepted = accept_hyper_parameters(values, RunConfig.model_fields, where)
    try:
        return RunConfig(**accepted)
    except ValidationError as error:
        raise _in_words(error, where) from error


def _in_words(error: ValidationError, where: str) -> ConfigError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    choices = get_args(RunConfig.model_fields[key].annotation)
    expected = first["msg"][0].lower() + first["msg"][1:]
    if first["type"] == "string_pattern_mismatch":
        expected = "a letter or digit, and up to 99 more of them, dots, dashes and underscores"
    has_words = bool(choices) and isinstance(choices[0], str)
    return ConfigError(
        f"Impossible value for {key}{where}.",
        expected=expected,
        got=repr(first["input"]),
        hint=f"`{key} = {choices[0]}`" if has_words else f"another `{key}`",
    )
