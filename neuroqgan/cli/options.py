"""Flags that several commands share; each is a key of the configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.runs.config import RunConfig

_Function = TypeVar("_Function", bound="Callable[..., Any]")

# Bytes of a file's name on nearly all file systems.
_LONGEST_NAME = 255

_DATA = (
    click.option(
        "--data", metavar="PATH|NAME", help="Recording: a file, or a name from data list."
    ),
)
_READING = (
    click.option("--array", metavar="NAME", help="Array to read if the file holds several."),
    click.option(
        "--axes",
        metavar="NAMES",
        help="Meaning of the array's axes, such as neurons,bins,trials. [trials,bins,neurons]",
    ),
    click.option(
        "--bin-width",
        type=float,
        metavar="SECONDS",
        help="Bin width, if the file does not state it.",
    ),
    click.option(
        "--time-unit",
        metavar="s|ms|us|samples",
        help="Unit of spike times. [as the file says, or s]",
    ),
    click.option(
        "--sampling-rate",
        type=float,
        metavar="HZ",
        help="Samples per second, for --time-unit samples.",
    ),
    click.option(
        "--start",
        type=float,
        metavar="SECONDS",
        help="Start of the part of every trial to use. [0]",
    ),
    click.option(
        "--stop",
        type=float,
        metavar="SECONDS",
        help="End of the part of every trial to use. [as recorded]",
    ),
    click.option(
        "--counts",
        metavar="clip|refuse",
        help="Several spikes of a neuron in one bin: count them as one, or refuse. [clip]",
    ),
)
_CHOICE = (
    click.option("--neurons", metavar="LIST", help="Neurons by position: 0:10, or 3,7,9. [all]"),
    click.option("--units", metavar="LIST", help="Neurons by label, separated by commas. [all]"),
)
_RECORDING = (
    *_DATA,
    *_READING,
    *_CHOICE,
    click.option("--bins", type=int, help="Bins per window. [16]"),
)
_GENERATOR = (
    click.option(
        "--preset", metavar="stationary|history|memory|spiqgan", help="Generator. [stationary]"
    ),
    click.option(
        "--layers", type=int, help="Layers of rotations a cell. [3, history 2, spiqgan 5]"
    ),
    click.option("--group-size", type=int, help="Most neurons that share a cell. [10]"),
    click.option("--latents", type=int, help="Latents that all neurons share (stationary). [6]"),
    click.option("--own-latents", type=int, help="Latents of every neuron (stationary). [3]"),
    click.option("--memory-qubits", type=int, help="Qubits that keep the past (memory). [5]"),
    click.option("--mixing-layers", type=int, help="Layers that mix them, a bin (memory). [48]"),
    click.option("--emission-qubits", type=int, help="Where neurons take turns (memory). [2]"),
    click.option("--entangling", metavar="line|ring|none", help="Neighbours that CZ joins. [line]"),
    click.option(
        "--past",
        metavar="filters|bin",
        help="What neurons know of it: all of it, or their last bin (history). [filters]",
    ),
)
_TRAINING = (
    click.option(
        "--gradient",
        metavar="adjoint|parameter-shift|spsa",
        help="How cells are differentiated: exactly, or from shots alone. [adjoint]",
    ),
    click.option("--shots", type=int, help="Shots a circuit in training. [8, shot gradients 16]"),
    click.option("--exact", is_flag=True, default=None, help="No Aer shots for the critic."),
    click.option("--steps", type=int, help="Training steps. [from the preset]"),
    click.option("--batch", type=int, help="Latent draws, or windows, a step. [from the preset]"),
    click.option("--gradient-cells", type=int, help="Cells a step that shots differentiate. [64]"),
    click.option("--device", metavar="cpu|cuda|auto", help="Where cells are evaluated. [cpu]"),
    click.option("--learning-rate", type=float, help="At the start. [from the preset]"),
    click.option("--critic-weight", type=float, help="0 leaves the critic out. [10, history 6]"),
    click.option("--statistics-weight", type=float, help="0 leaves the statistics out. [1]"),
    click.option("--checkpoint-every", type=int, metavar="STEPS", help="[100]"),
)
_SEED = (click.option("--seed", type=int, help="Seed of the training, and of samples. [0]"),)
_NAME = (click.option("--name", metavar="RUN", help="Name of the run. [from what is trained]"),)
_FILE = (
    click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path),
        metavar="FILE.toml",
        help="The same keys in a file; flags go before it.",
    ),
)
_SAMPLING = (
    click.option("--samples", type=int, help="Samples of the raster. [2000]"),
    click.option("--sample-seed", type=int, help="Seed of the samples only. [same as --seed]"),
    click.option(
        "--backend",
        metavar="NAME",
        help="aer, exact, fake_<device>, ibm_<device>, ibm:least-busy. [aer]",
    ),
    click.option("--tiles", type=int, help="Most cells a page on a device. [as many as fit]"),
    click.option(
        "--redundant-readout",
        "--second-readers",
        "redundant_readout",
        type=int,
        metavar="N",
        help="Spare qubits that read again, most a cell: fewer false spikes. [0]",
    ),
    click.option(
        "--bins-per-job",
        type=int,
        metavar="N",
        help="Bins that a job measures together (history, past bin). [by estimate]",
    ),
    click.option(
        "--mitigate", metavar="none|readout", help="Calibrate the readout in the same job. [none]"
    ),
)
_HARDWARE = (
    click.option("--dynamical-decoupling", metavar="XX|XpXm|XY4", help="Pulses on idle qubits."),
    click.option(
        "--twirling",
        metavar="none|gates|measure|both",
        help="Random equivalent circuits, shots exact. [none]",
    ),
    click.option(
        "--fractional-gates", is_flag=True, default=None, help="Rotations as single pulses."
    ),
    click.option("--rep-delay", type=float, metavar="SECONDS", help="Between two executions."),
    click.option(
        "--max-execution-time", type=int, metavar="SECONDS", help="Most QPU time of a job."
    ),
    click.option(
        "--private", is_flag=True, default=None, help="The service gives the result once only."
    ),
)


pretrained_option = click.option(
    "--pretrained",
    metavar="NAME",
    help="Weights that come with the package: neuroqgan runs pretrained.",
)


def reading_options(function: _Function) -> _Function:
    """Add the flags that say how a file is read, and which of its neurons are meant."""
    return _apply((*_READING, *_CHOICE), function)


def read_options(flags: dict[str, Any]) -> ReadOptions:
    """Take the flags of `reading_options`, but for the choice of neurons, out of ``flags``.

    Raises
    ------
    ConfigError
        If a value is impossible.
    """
    from neuroqgan.runs.config import READING_KEYS, RunConfig

    given = {key: flags.pop(key) for key in READING_KEYS}
    return RunConfig.build(given).read_options


def generator_options(function: _Function) -> _Function:
    """Add the flags that shape a generator."""
    return _apply(_GENERATOR, function)


def training_options(function: _Function) -> _Function:
    """Add all flags of a training."""
    groups = (*_RECORDING, *_GENERATOR, *_TRAINING, *_SEED, *_NAME, *_FILE)
    return _apply(groups, function)


def sampling_options(function: _Function) -> _Function:
    """Add the flags of sampling."""
    return _apply((*_SAMPLING, *_HARDWARE), function)


def build_config(config_file: Path | None, flags: dict[str, Any]) -> RunConfig:
    """Put a configuration together from flags and a file; it is not resolved yet.

    Raises
    ------
    ConfigError
        If a key is unknown, a value impossible, or a flag without effect.
    """
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.setting_rules import check_effect

    config = RunConfig.build(flags, config_file)
    if config.is_preset_known:
        # What is typed was meant, even where it is the default.
        check_effect(config, [key for key, value in flags.items() if value is not None])
    return config


def check_output(path: Path | None, overwrite: bool) -> None:
    """Refuse an output that could not be written in the end, before any work is done.

    Raises
    ------
    ConfigError
        If it is no ``.npz``, exists already, or its folder does not.
    """
    if path is None:
        if overwrite:
            raise ConfigError(
                "--overwrite applies to the file of --output, and none is given.",
                expected="--output together with --overwrite",
                got="--overwrite alone",
                hint="--output FILE.npz, or leave --overwrite out",
            )
        return
    if path.suffix != ".npz":
        named = f"{path.stem or 'spikes'}.npz"
        raise ConfigError(
            "The raster goes to a .npz file.",
            expected="FILE.npz",
            got=repr(str(path)),
            hint=f"--output {named}; neuroqgan data convert knows other formats",
        )
    if max(len(os.fsencode(part)) for part in path.parts) > _LONGEST_NAME:
        raise ConfigError(
            "The name of the output is too long.",
            expected=f"up to {_LONGEST_NAME} bytes",
            got=f"{len(os.fsencode(path.name))} bytes",
            hint="a shorter --output",
        )
    if path.is_dir():
        raise ConfigError(
            "The output is a folder.",
            expected="FILE.npz",
            got=str(path),
            hint=f"--output {path / 'spikes.npz'}",
        )
    if not path.parent.is_dir():
        raise ConfigError(
            "The folder of the output does not exist.",
            expected="an existing folder",
            got=str(path.parent),
            hint=f"mkdir -p {path.parent}",
        )
    if not os.access(path.parent, os.W_OK):
        raise ConfigError(
            f"{path} cannot be written.",
            expected="a folder that you can write to",
            got=str(path.parent),
            hint="another --output",
        )
    if path.exists() and not overwrite:
        raise ConfigError(
            f"{path} exists already.",
            expected="a name that is free",
            got=str(path),
            hint="another --output, or --overwrite",
        )


def _apply(options: Iterable[Callable[[Any], Any]], function: _Function) -> _Function:
    for option in reversed(tuple(options)):
        function = option(function)
    return function
