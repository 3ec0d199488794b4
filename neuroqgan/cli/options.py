"""Options that several commands share, and the configuration that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from neuroqgan.cli.grouped_option import GroupedOption
from neuroqgan.cli.option_groups import generated_options
from neuroqgan.cli.streams import echo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.runs.config import RunConfig

_Function = TypeVar("_Function", bound="Callable[..., Any]")

_READING = (
    *("array", "bin_width", "axes", "time_unit", "sampling_rate", "start", "stop", "counts"),
    *("time_column", "neuron_column", "trial_column"),
    *("epochs", "align_to", "before", "after"),
)


def reading_options(function: _Function) -> _Function:
    """Add the options that say how a file is read, and which of its neurons are meant."""
    return generated_options(*_READING, "neurons", "units")(function)


covariate_columns_option = click.option(
    "--covariate-columns",
    cls=GroupedOption,
    group="Covariates",
    metavar="NAMES",
    help="Names of the covariates in the recording to keep, separated by commas; in NWB files, "
    "names of time series. [all that come with the spikes]",
)


def read_options(given: dict[str, Any]) -> ReadOptions:
    """Take the options of `reading_options` out of ``given``, except the choice of neurons.

    Columns of covariates that are named, in commands with this option, are those of the recording.

    Raises
    ------
    ConfigError
        If a value is impossible.
    """
    from neuroqgan.runs.config_file import build_config
    from neuroqgan.runs.config_keys import RECORDED

    said = {key: given.pop(key) for key in _READING} | {"units": given.get("units")}
    columns = given.pop("covariate_columns", None)
    if columns is not None:
        said |= {"covariates": RECORDED, "covariate_columns": columns}
    return build_config(said).read_options


def generator_options(function: _Function) -> _Function:
    """Add the options that shape a generator."""
    return generated_options("Generator")(function)


def training_options(function: _Function) -> _Function:
    """Add all options of a training."""
    return generated_options("Recording", "Covariates", "Generator", "Training", "Output")(
        _config_option(function)
    )


def sampling_options(function: _Function) -> _Function:
    """Add the options of sampling."""
    return generated_options("Sampling", "Quantum hardware")(function)


pretrained_option = click.option(
    "--pretrained",
    cls=GroupedOption,
    group="Training",
    metavar="NAME",
    help="Use weights that come with the package, as listed by neuroqgan runs pretrained.",
)


def following_options(function: _Function) -> _Function:
    """Add the options that say how a training is followed; they change nothing of it."""
    watch = click.option(
        "--watch",
        is_flag=True,
        cls=GroupedOption,
        group="Training",
        help="Show curves, and ratios of statistics at checkpoints, in place of a progress bar.",
    )
    tracker = click.option(
        "--tracker",
        cls=GroupedOption,
        group="Training",
        metavar="NAME[:PLACE]",
        help="Also write the training down for TensorBoard or MLflow: tensorboard, "
        "tensorboard:FOLDER, mlflow, mlflow:FOLDER or mlflow:http://SERVER.",
    )
    return tracker(watch(function))


def _config_option(function: _Function) -> _Function:
    from pathlib import Path

    return click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path),
        metavar="FILE.toml",
        help="File with settings, as neuroqgan config show prints it; options override the file.",
    )(function)


def config_from_options(config_file: Path | None, given: dict[str, Any]) -> RunConfig:
    """Put a configuration together from options and a file; it is not resolved yet.

    Raises
    ------
    ConfigError
        If a key is unknown, a value impossible, or an option without effect.
    """
    from neuroqgan.runs.config_file import build_config
    from neuroqgan.runs.setting_rules import RENAMED, check_effect, check_samples

    given = {key: value for key, value in given.items() if value is not None}
    config = build_config(given, config_file)
    for key, value in given.items():
        if key in RENAMED:
            _note_new_name(_option(key), _option(RENAMED[key]))
        elif isinstance(value, str) and config.value(key) != value:
            _note_new_name(f"{_option(key)} {value}", f"{_option(key)} {config.value(key)}")
    check_samples(config.model_dump(), given)
    if config.is_preset_known:
        # What is typed was meant, even if it is the default.
        check_effect(config.model_dump(), [RENAMED.get(key, key) for key in given])
    return config


def _option(key: str) -> str:
    return "--" + key.replace("_", "-")


def _note_new_name(old: str, new: str) -> None:
    echo(f"{old} is now called {new}.", err=True)
