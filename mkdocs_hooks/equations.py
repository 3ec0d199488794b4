r"""Equations as MathML, which browsers draw by themselves: no script, no fonts, no other host.

`pymdownx.arithmatex` marks ``$...$`` and ``$$...$$`` on a page; what it marked is translated here.
"""

from __future__ import annotations

import html
import re
from typing import Any

from latex2mathml.converter import convert

# As arithmatex writes them with `generic: true`.
_MARKED = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def on_page_content(text: str, **_: Any) -> str:
    """Translate all equations of a page."""
    return _MARKED.sub(_translated, text)


def _translated(found: re.Match[str]) -> str:
    element, bracket, latex = found.groups()
    display = "block" if bracket == "[" else "inline"
    return f'<{element} class="equation">{mathml(html.unescape(latex), display)}</{element}>'


def mathml(latex: str, display: str = "inline") -> str:
    """Return an equation as MathML, with its LaTeX for those who copy it or cannot see it."""
    if "\\sqrt" in latex:
        msg = (
            f"Without a font for mathematics, browsers draw no root; write a power: {latex.strip()}"
        )
        raise ValueError(msg)
    made = convert(latex.strip(), display=display)
    if "\\" in re.sub(r"<[^>]*>", "", made):
        msg = f"latex2mathml does not know a command of: {latex.strip()}"
        raise ValueError(msg)
    spoken = html.escape(" ".join(latex.split()), quote=True)
    return made.replace("<math ", f'<math alttext="{spoken}" ', 1)
