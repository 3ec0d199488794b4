"""What happens to help pages before mkdocs-click turns them into the Commands page.

A help page marks lines that click must not wrap with a backspace before them. mkdocs-click drops
that mark, and Markdown then joins the lines; as code blocks they remain lines. A command that lists
its options under headings does so in `format_options`; mkdocs-click calls click's own method
instead.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import click

_PLAIN = click.Command.format_options


def on_pre_build(config: Any) -> None:  # noqa: ARG001  # mkdocs calls it by this name
    """Rewrite the help pages of all commands as Markdown, and let options have headings."""
    from neuroqgan.cli import main

    for command in _commands(main):
        command.help = markdown(command.help or "")
    click.Command.format_options = format_options  # type: ignore[method-assign]  # put back below


def on_post_build(config: Any) -> None:  # noqa: ARG001  # mkdocs calls it by this name
    """Leave click as it was."""
    click.Command.format_options = _PLAIN  # type: ignore[method-assign]  # as it was


def format_options(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    """Write the options of a command as its own method does; see `click.Command.format_options`.

    The first line is a heading for all of them, which mkdocs-click replaces by its own.
    """
    own = type(command).format_options
    if isinstance(command, click.Group) or own in (_PLAIN, format_options):
        _PLAIN(command, ctx, formatter)
        return
    grouped = ctx.make_formatter()
    own(command, ctx, grouped)
    formatter.write(f"Options:\n{grouped.getvalue()}")


def markdown(help_page: str) -> str:
    """Return a help page as Markdown: indented lines as code blocks, flags as code."""
    paragraphs = inspect.cleandoc(help_page).split("\n\n")
    return "\n\n".join(_paragraph(text) for text in paragraphs)


def _paragraph(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() != "\b"]
    code = [line for line in lines if line.startswith("    ")]
    prose = "\n".join(_flags_as_code(line) for line in lines if line not in code)
    if not code:
        return prose
    block = "\n".join(line.removeprefix("    ") for line in code)
    return f"{prose}\n\n```sh\n{block}\n```"


def _flags_as_code(line: str) -> str:
    return re.sub(r"(?<![\w`-])--[a-z][a-z-]*", lambda found: f"`{found[0]}`", line)


def _commands(command: click.Command) -> list[click.Command]:
    parts = command.commands.values() if isinstance(command, click.Group) else ()
    return [command, *(found for part in parts for found in _commands(part))]
