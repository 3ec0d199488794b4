"""The examples of README, docs and help pages, as text."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from neuroqgan.cli import main
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = ROOT / "docs"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(DOCS.rglob("*.md")),
]
_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LOOP = re.compile(r"for (\w+) in ([^;]+); do (.*); done")


@dataclass(frozen=True)
class Block:
    """A block of code: language, what follows it on the fence, and the code."""

    language: str
    title: str
    code: str


def page_name(page: Path) -> str:
    """Return the name of a page, such as ``how-to/covariates``."""
    return str(page.relative_to(DOCS if DOCS in page.parents else ROOT).with_suffix(""))


def blocks(page: Path, language: str) -> list[Block]:
    """Return the blocks of a language on a page."""
    found = [Block(*parts) for parts in _BLOCK.findall(page.read_text(encoding="utf-8"))]
    return [block for block in found if block.language == language]


def page_commands(page: Path) -> list[str]:
    """Return the lines of a page that call neuroqgan, without prompts; of a loop, its first."""
    lines = [
        line.removeprefix(prompt)
        for language, prompt in (("console", "$ "), ("sh", ""))
        for block in blocks(page, language)
        for line in block.code.splitlines()
        if line.startswith(prompt)
    ]
    return [line for line in map(_first, lines) if line.startswith("neuroqgan ")]


def help_commands() -> dict[str, list[str]]:
    """Return the examples of every help page, by command."""
    return {
        path: re.findall(r"^ {4}(neuroqgan .+)$", inspect.cleandoc(command.help or ""), re.M)
        for path, command in _walk(main, "neuroqgan")
    }


def _walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, part in command.commands.items():
            yield from _walk(part, f"{path} {name}")


def _first(line: str) -> str:
    loop = _LOOP.fullmatch(line)
    if loop is None:
        return line
    name, values, body = loop.groups()
    return body.replace(f"${name}", values.split()[0])
