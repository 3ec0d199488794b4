"""Commands with many options: listed under headings, and made when they are first needed.

``neuroqgan --help`` names all commands and must come at once, so options that are generated from
the declarations of settings are not made before their own command is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from neuroqgan.cli.completed_values import OF_GENERATED, complete
from neuroqgan.cli.grouped_option import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Callable

_Function = TypeVar("_Function", bound="Callable[..., Any]")

_ATTRIBUTE = "__generated_options__"


class GroupedCommand(click.Command):
    """A command whose options are listed under headings, some of them generated."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return all options and arguments; see `click.Command.get_params`."""
        from neuroqgan.cli.generated_options import options_of

        wanted: tuple[str, ...] = getattr(self.callback, _ATTRIBUTE, ())
        made = options_of(wanted)
        complete(made, OF_GENERATED)
        return [*made, *super().get_params(ctx)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, heading by heading; see `click.Command.format_options`."""
        records: dict[str, list[tuple[str, str]]] = {heading: [] for heading in HEADINGS}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                explained = getattr(parameter, "explained", [])
                records[getattr(parameter, "group", HEADINGS[-1])] += [
                    record,
                    *((f"    {value}", meaning) for value, meaning in explained),
                ]
        for heading, lines in records.items():
            if lines:
                with formatter.section(heading):
                    formatter.write_dl(lines)


def generated_options(*wanted: str) -> Callable[[_Function], _Function]:
    """Give a `GroupedCommand` options that are generated from the declarations of settings.

    Parameters
    ----------
    *wanted
        Keys of the configuration, or headings that stand for all of their keys.
    """

    def mark(function: _Function) -> _Function:
        setattr(function, _ATTRIBUTE, (*getattr(function, _ATTRIBUTE, ()), *wanted))
        return function

    return mark
