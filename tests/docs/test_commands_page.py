"""The Commands page: what the hook of mkdocs makes of help pages."""

from __future__ import annotations

import inspect
import re

import click
import pytest

from mkdocs_hooks import help_pages
from neuroqgan.cli import main


def _commands(command: click.Command, path: str = "neuroqgan") -> list[tuple[str, click.Command]]:
    parts = command.commands if isinstance(command, click.Group) else {}
    below = [found for name, part in parts.items() for found in _commands(part, f"{path} {name}")]
    return [(path, command), *below]


@pytest.mark.parametrize(("path", "command"), _commands(main))
def test_examples_of_every_command_are_code_blocks(path: str, command: click.Command) -> None:
    page = inspect.cleandoc(command.help or "")
    examples = re.findall(r"^ {4}(.+)$", page, re.MULTILINE)
    assert any(line.startswith(path) for line in examples)
    made = help_pages.markdown(command.help or "")
    blocks = re.findall(r"^\n```sh\n(.*?)\n```$", made, re.DOTALL | re.MULTILINE)
    assert "\n".join(blocks).splitlines() == examples
    assert "\b" not in made
    prose = re.sub(r"```.*?```", "", made, flags=re.DOTALL)
    assert not re.search(r"^ ", prose, re.MULTILINE)
    plain = [line for line in page.splitlines() if line not in ("\b",) and line[:4] != "    "]
    assert prose.replace("`", "").split() == " ".join(plain).replace("`", "").split()


class _Grouped(click.Command):
    """Lists its options under headings, as the commands with many options do."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading in ("Recording", "Training"):
            with formatter.section(heading):
                formatter.write_dl([(f"--{heading.lower()}", "words")])


def test_options_keep_their_headings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click.Command, "format_options", help_pages.format_options)
    plain = click.Command("plain", params=[click.Option(["--one"], help="words")])
    pages = {}
    for command in (_Grouped("grouped"), plain, click.Group("group", commands=[plain])):
        context = click.Context(command)
        formatter = context.make_formatter()
        # As mkdocs-click does, whatever the command's class.
        click.Command.format_options(command, context, formatter)
        pages[command.name] = formatter.getvalue().splitlines()
    assert pages["grouped"][:2] == ["Options:", "Recording:"]
    assert "Training:" in pages["grouped"]
    assert pages["plain"][0] == "Options:"
    assert "--one TEXT  words" in pages["plain"][1]
    assert pages["group"] == ["Options:", "  --help  Show this message and exit."]
