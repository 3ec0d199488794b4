"""What mkdocs does to the help pages of commands before the Commands page is made of them.

A help page marks lines that click is not to wrap with a backspace before them. mkdocs-click drops
that mark, and Markdown then runs the lines together; as code blocks they stay lines.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import click


def on_pre_build(config: Any) -> None:  # noqa: ARG001  # mkdocs calls it by this name
    """Rewrite the help pages of all commands as Markdown."""
    from neuroqgan.cli import main

    for command in _commands(main):
        command.help = markdown(command.help or "")


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
