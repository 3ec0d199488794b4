r"""Text from files, names and services as it may be shown: nothing in it moves a cursor or hides.

A terminal obeys escape sequences, and readers are deceived by what turns the direction of text or
has no width. Everything that is shown passes through here once, at the door where it leaves: the
lines and tables of the command line, messages of errors and warnings, pages, figures and cards.
Files of data keep the text as it is.

Examples
--------
>>> printable("unit\x1b[2J\u202e7")
'unit\\x1b[2J\\u202e7'
"""

from __future__ import annotations

import re

# Unicode's control characters, format characters, surrogates and separators of lines, and letters
# without a shape. Line feeds and tabs are left: texts of several lines are our own.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0"
    "\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bcaf"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def printable(text: str) -> str:
    r"""Return text with every character that is not shown as itself escaped, as ``\x1b``.

    Parameters
    ----------
    text
        Any text; line feeds and tabs stay.

    Examples
    --------
    >>> printable("Müller\n\tunit 1")
    'Müller\n\tunit 1'
    """
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub(_escaped, text)


def one_line(text: str) -> str:
    r"""Return text as `printable` does, on one line: line feeds and tabs are escaped as well.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> one_line("two\nlines")
    'two\\nlines'
    """
    return printable(text).replace("\n", r"\n").replace("\t", r"\t")


def printable_html(text: str) -> str:
    """Return text as it may stand between tags or in quotes of an HTML page.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> printable_html("<b>7</b>")
    '&lt;b&gt;7&lt;/b&gt;'
    """
    from html import escape

    return escape(printable(text))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    # The longer forms can be read again as TOML, in which characters above 127 stand as they are.
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
