"""Every message on the page about errors is one that the package can print."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.docs.pages import DOCS
from tests.imports import paths

PAGE = DOCS / "troubleshooting.md"

# Literal texts of a sentence in the source, with None for every value in it.
Template = tuple[str | None, ...]


@cache
def _templates() -> frozenset[Template]:
    """Return the texts in the source, and their first sentences, that are more than values."""
    found: set[Template] = set()
    for path in paths():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            texts = [part.value if isinstance(part, ast.Constant) else None for part in parts]
            if all(text is None or isinstance(text, str) for text in texts):
                found |= {tuple(texts), _first_sentence(texts)}
    return frozenset(filter(_says_much, found))


def _first_sentence(texts: list[str | None]) -> Template:
    for number, text in enumerate(texts):
        if text is not None and ". " in text:
            return (*texts[:number], text.partition(". ")[0] + ".")
    return tuple(texts)


def _says_much(template: Template) -> bool:
    # One that is little but values fits everything.
    fixed = sum(len(text) for text in template if text)
    return fixed >= 12 and fixed >= 2 * template.count(None)


def _is_printed(message: str) -> bool:
    return any(
        all(text in message for text in template if text)
        and re.fullmatch("".join(".+?" if x is None else re.escape(x) for x in template), message)
        for template in _templates()
    )


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
