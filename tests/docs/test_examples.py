"""The examples of README and docs: Python runs, and commands are ones that exist."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

import click
import pytest

from neuroqgan.cli import main
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _blocks(page: Path, language: str) -> list[str]:
    return [code for name, code in _BLOCK.findall(page.read_text()) if name == language]


def _commands() -> list[str]:
    lines = [
        line.removeprefix(prompt)
        for page in PAGES
        for language, prompt in (("console", "$ "), ("sh", ""))
        for block in _blocks(page, language)
        for line in block.splitlines()
        if line.startswith(f"{prompt}neuroqgan ")
    ]
    helps = re.findall(r"^ {4}(neuroqgan .+)$", _all_help(main), re.MULTILINE)
    return sorted({*lines, *helps})


def _all_help(command: click.Command) -> str:
    own = inspect.cleandoc(command.help or "")
    parts = command.commands.values() if isinstance(command, click.Group) else ()
    return "\n".join([own, *map(_all_help, parts)])


def _words(line: str) -> list[list[str]]:
    """Return the words of every command in a line of shell, without files and comments."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[list[str]] = [[]]
    is_file = False
    for word in lexer:
        if word in {"<", ">", ">>"}:
            is_file = True
        elif word in {"|", "&&", "||", ";"}:
            words.append([])
        elif not is_file:
            words[-1].append(word)
        else:
            is_file = False
    return words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_run(page: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code in _blocks(page, "python"):
        exec(compile(code, str(page), "exec"), names)  # noqa: S102  # our own pages


def test_there_are_examples() -> None:
    assert sum(len(_blocks(page, "python")) for page in PAGES) >= 8
    assert len(_commands()) >= 80


@pytest.mark.parametrize("line", _commands())
def test_commands_of_examples_exist(line: str) -> None:
    for name, *words in _words(line):
        if name == "neuroqgan":
            _check(words, line)


def _check(words: list[str], line: str) -> None:
    # With its settings, since click keeps the option for help that the first context asked for.
    context = click.Context(main, info_name="neuroqgan", **main.context_settings)
    command: click.Command = main
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0]) if words else None
        if found is None:
            assert words == []
            return
        command, words = found, words[1:]
    command.make_context(line, words, parent=context)


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
