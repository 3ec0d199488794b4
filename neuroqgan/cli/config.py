"""``neuroqgan config``: what a run would be made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, command
from neuroqgan.cli.option_groups import GroupedCommand
from neuroqgan.cli.options import config_from_options, sampling_options, training_options
from neuroqgan.cli.streams import echo

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def config() -> None:
    """Show configurations.

    \b
    Example:
        neuroqgan config show > run.toml
    """


@config.command(cls=GroupedCommand)
@sampling_options
@training_options
@command
def show(output: Output, config_file: Path | None, **given: Any) -> None:
    """Print the resolved configuration as TOML, ready for --config; with a name only if given.

    \b
    Examples:
        neuroqgan config show --preset spiqgan --neurons 0:6 > run.toml
        neuroqgan run --config run.toml
    """
    asked = config_from_options(config_file, given)
    # The default name says how this very run is trained, and must not be kept for others.
    resolved = asked.resolved().model_copy(update={"name": asked.name})
    if output.as_json:
        output.result(resolved.model_dump())
    else:
        echo(resolved.to_toml().rstrip("\n"))
