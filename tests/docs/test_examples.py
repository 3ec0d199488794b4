"""Examples of README and docs: Python runs, commands parse, links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from neuroqgan.cli import main
from tests.docs.pages import PAGES, blocks, help_commands, page_commands, page_name

_WITH_PYTHON = [page for page in PAGES if blocks(page, "python")]


def _commands() -> list[str]:
    lines = [line for page in PAGES for line in page_commands(page)]
    return sorted({*lines, *(line for part in help_commands().values() for line in part)})


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


# Each of these trains and judges several generators.
_HOW_TOS = ("ansatz", "backend", "covariates", "explain")
_LONG = {"python", "README", *(f"how-to/{name}" for name in _HOW_TOS)}


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(
            page, id=page_name(page), marks=[pytest.mark.slow] if page_name(page) in _LONG else []
        )
        for page in _WITH_PYTHON
    ],
)
def test_python_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page run in order, in one namespace.

    Those with a title are not run: it says what they need.
    """
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        if "title=" not in block.title:
            exec(compile(block.code, str(page), "exec"), names)  # noqa: S102  # our own pages


def test_there_are_examples() -> None:
    assert sum(len(blocks(page, "python")) for page in PAGES) >= 15
    assert len(_commands()) >= 80


def test_every_code_block_has_a_language() -> None:
    """A fence that the pattern misses would hide its examples from these tests."""
    for page in PAGES:
        fences = re.findall(r"^```(.*)$", page.read_text(), re.MULTILINE)
        assert len(fences) % 2 == 0, page.name
        assert all(closing == "" for closing in fences[1::2]), page.name


@pytest.mark.parametrize("line", _commands())
def test_commands_of_examples_parse(line: str) -> None:
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
