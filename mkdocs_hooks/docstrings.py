r"""Docstrings as Markdown: equations, terms and code blocks, written as reStructuredText.

An extension of griffe, which reads the docstrings for mkdocstrings.
"""

from __future__ import annotations

import re
import textwrap
from typing import Any

from griffe import Extension

_EQUATION = re.compile(r"^( *)\.\. math::[ \t]*(.*)\n((?:\n|\1[ ]+.*\n?)*)", re.MULTILINE)
_LITERAL = re.compile(
    r"^( *)(?:::|\.\. code-block:: *(\w+))\n\n((?:\n|\1 {4}.*\n?)+)", re.MULTILINE
)
# A term in code and, indented below it, what it means.
_TERM = re.compile(r"^( +)(``[^`\n]+``(?:, ``[^`\n]+``)*)\n\1    (?=\S)", re.MULTILINE)
_INLINE = re.compile(r":math:`([^`]+)`")


class Docstrings(Extension):
    """Translates every docstring before mkdocstrings shows it."""

    def on_object(self, *, obj: Any, **_: Any) -> None:
        """See `griffe.Extension.on_object`."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)


def markdown(docstring: str) -> str:
    """Return a docstring whose equations, terms and code blocks are Markdown."""
    docstring = _EQUATION.sub(_equation, docstring + "\n")
    docstring = _LITERAL.sub(_literal, docstring)
    docstring = _TERM.sub(r"\n\1\2\n\1:   ", docstring)
    return _INLINE.sub(r"$\1$", docstring).rstrip("\n")


def _equation(found: re.Match[str]) -> str:
    indent, first, rest = found.groups()
    lines = [first, *textwrap.dedent(rest).splitlines()]
    latex = "\n".join(line for line in lines if line.strip())
    if "&" in latex:
        latex = f"\\begin{{aligned}}\n{latex}\n\\end{{aligned}}"
    return textwrap.indent(f"\n$$\n{latex}\n$$\n\n", indent)


def _literal(found: re.Match[str]) -> str:
    indent, language, block = found.groups()
    code = textwrap.dedent(block).strip("\n")
    return textwrap.indent(f"```{language or 'text'}\n{code}\n```\n\n", indent)
