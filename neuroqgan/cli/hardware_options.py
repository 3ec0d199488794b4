"""Options of ``neuroqgan run`` that say what is done at a quantum device, and when."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from neuroqgan.cli.grouped_option import GroupedOption

if TYPE_CHECKING:
    from collections.abc import Callable

_Function = TypeVar("_Function", bound="Callable[..., Any]")

_option = partial(click.option, cls=GroupedOption)
_switch = partial(_option, is_flag=True)

_OPTIONS = (
    _switch(
        "--dry-run",
        group="Quantum hardware",
        help="Only show what the samples would take on a quantum device.",
    ),
    _option(
        "--picture",
        type=click.Path(path_type=Path),
        metavar="FILE",
        group="Quantum hardware",
        help="With --dry-run: also draw the device and the cell circuits on it, as map.png, .svg "
        "or .pdf.",
    ),
    _switch(
        "--ask-service",
        "asks_service",
        group="Quantum hardware",
        help="With --dry-run: also show what the service of the device estimates, by a dry run of "
        "its own, which costs nothing.",
    ),
    _switch(
        "--yes",
        group="Quantum hardware",
        help="Use time on a quantum device, which may be charged, without asking.",
    ),
    _switch(
        "--wait",
        "wait_for_it",
        group="Quantum hardware",
        help="Wait until the quantum device has measured the raster.",
    ),
    _switch(
        "--fresh",
        group="Sampling",
        help="Sample again, even if an identical request exists.",
    ),
)


def hardware_options(function: _Function) -> _Function:
    """Add the options that say whether jobs are sent, agreed to and waited for."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
