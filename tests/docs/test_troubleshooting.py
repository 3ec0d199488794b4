"""Every message on the page about errors is one that the package can print."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.docs.pages import DOCS
from tests.imports import paths

PAGE = DOCS / "troubleshooting.md"


@cache
def _templates() -> list[re.Pattern[str]]:
    """Return texts in the source, and their first sentences, with a wildcard for each value."""
    found = set()
    for path in paths():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            texts = [part.value if isinstance(part, ast.Constant) else None for part in parts]
            if all(text is None or isinstance(text, str) for text in texts):
                whole = "".join(".+?" if text is None else re.escape(text) for text in texts)
                found |= {whole, whole.split("\\.\\ ")[0] + "\\."}
    return [re.compile(pattern, re.DOTALL) for pattern in sorted(found) if _says_much(pattern)]


def _says_much(pattern: str) -> bool:
    # One that is little but values fits everything.
    words = re.sub(r"\.\+\?|\\", "", pattern)
    return len(words) >= 15 and len(words) >= 2 * pattern.count(".+?")


def _is_printed(message: str) -> bool:
    return any(template.fullmatch(message) for template in _templates())


def _headings() -> list[str]:
    return re.findall(r"^### (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_message_occurs_in_the_source() -> None:
    unknown = [message for message in _headings() if not _is_printed(message)]
    assert unknown == [], "no line of the package says this any more"
    assert len(_headings()) >= 40


def test_messages_that_are_never_printed_are_found() -> None:
    assert _is_printed("FILE does not say how wide its bins are.")
    assert not _is_printed("FILE does not say how wide its bins were.")
    assert not _is_printed("Something is wrong.")
